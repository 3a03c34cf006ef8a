"""Which runs of ink can be text: not dust, blots, ornaments or parts of pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gsaocr.page.components import Components, is_solid
from gsaocr.page.lines import Run, find_runs, is_mark

_FEW = 3  # pieces; what stands in a longer run can be judged by how it keeps to a line
_NOTE = 3.0  # letters; so near to each other are the lines of a note
_FAR = 6.0  # letters; so far beside the text a few pieces are noise of the sheet's edge


def only_text(runs: list[Run], parts: Components, zones: Components, letter: float) -> list[Run]:
    """The runs that may be text.

    ``letter`` is the page's usual letter height in pixels; ``zones`` are pieces so large that
    their boxes may hold a picture.
    """
    runs = [piece for run in runs for piece in _disentangled(run, parts, letter)]
    kept = [run for run in runs if _is_text(run, parts, letter)]
    level = [_keeps_to_a_line(run, parts, letter) for run in kept]
    sure = [run for run, flat in zip(kept, level, strict=True) if flat and len(run.members) > _FEW]
    if not sure:
        return kept
    pictures = _pictures(zones, sure, parts, letter)
    kept = [
        run
        for run, flat in zip(kept, level, strict=True)
        if flat
        and (not _lies_in(run, pictures) or _keeps_to_a_line(run, parts, letter, strict=True))
    ]
    long = [run for run in sure if len(run.members) > 2 * _FEW] or sure
    x0 = min(run.x0 for run in long) - _FAR * letter
    x1 = max(run.x1 for run in long) + _FAR * letter
    near: list[Run] = []
    far: list[Run] = []
    for run in kept:
        among = len(run.members) > 2 * _FEW or (run.x1 > x0 and run.x0 < x1)
        (near if among else far).append(run)
    near += _notes(far, letter)
    return [run for run in kept if _in_a_row(run, near, letter)]


def _notes(far: list[Run], letter: float) -> list[Run]:
    """The lines of notes among far runs: a word at least, and what stands over or under it.

    Noise of the sheet's edge is not wider than high.
    """
    word = [len(run.members) > _FEW and run.x1 - run.x0 > run.y1 - run.y0 for run in far]
    found = [run for run, sure in zip(far, word, strict=True) if sure]
    left = [run for run, sure in zip(far, word, strict=True) if not sure]
    for run in found:  # grows on the way
        beside = [_stacked(other, run, letter) for other in left]
        found += [other for other, yes in zip(left, beside, strict=True) if yes]
        left = [other for other, yes in zip(left, beside, strict=True) if not yes]
    return found


def _stacked(run: Run, other: Run, letter: float) -> bool:
    """Whether a run stands right over or under another of like height."""
    high, other_high = run.bottom - run.top, other.bottom - other.top
    like = 0.5 * other_high < high < 2.0 * other_high
    beside = min(run.x1, other.x1) - max(run.x0, other.x0) > -letter
    return like and beside and abs(run.middle - other.middle) < _NOTE * letter


def _in_a_row(run: Run, others: list[Run], letter: float) -> bool:
    """Whether a run is one of the others or stands in a row with one, as a price does."""
    for other in others:
        top, bottom = other.band_at(min(max(run.x0, other.x0), other.x1))
        like = 0.6 * (bottom - top) < run.bottom - run.top < 1.6 * (bottom - top)
        if run is other or (like and abs(run.middle - (top + bottom) / 2) < 0.3 * letter):
            return True
    return False


def _disentangled(run: Run, parts: Components, letter: float) -> list[Run]:
    """A run, or if it wanders the runs within it: a stamp or a stroke of the pen joined them."""
    if _keeps_to_a_line(run, parts, letter):
        return [run]
    height = parts.height[run.members]
    members = run.members[height <= 1.5 * letter]
    if not len(members):
        return [run]
    return [
        replace(piece, members=members[piece.members])
        for piece in find_runs(parts.where(members), letter)
    ]


def _pictures(zones: Components, sure: list[Run], parts: Components, letter: float) -> Components:
    """Zones whose ink is mostly no text, though most of the page's text is elsewhere."""
    text = np.zeros(len(parts), bool)
    text[np.concatenate([run.members for run in sure])] = True
    x, y = (parts.x0 + parts.x1) / 2, (parts.y0 + parts.y1) / 2
    chosen = np.zeros(len(zones), bool)
    for k in range(len(zones)):
        inside = (x > zones.x0[k]) & (x < zones.x1[k]) & (y > zones.y0[k]) & (y < zones.y1[k])
        read = parts.area[inside & text].sum()
        # A pen's loop around a sum, or a stamp's letter, makes no picture of what is inside.
        size = min(zones.width[k], zones.height[k])
        solid = zones.area[k] > 0.15 * zones.width[k] * zones.height[k]
        ink = parts.area[inside].sum() + (zones.area[k] if solid else 0)
        chosen[k] = (
            (solid or size > 10 * letter)
            and read < 0.3 * ink
            and read < 0.4 * parts.area[text].sum()
        )
    return zones.where(chosen)


def _keeps_to_a_line(run: Run, parts: Components, letter: float, strict: bool = False) -> bool:
    """Whether the tops and bottoms of a run's letters share a height; few pieces may differ."""
    mine = parts.where(run.members)
    mine = mine.where(~is_mark(mine, letter))
    if len(mine) <= _FEW:
        return not strict
    centre = (mine.x0 + mine.x1) / 2
    near = 0.17 * (run.bottom - run.top)
    shares = [
        float(np.mean(np.abs(edge - run.slope * centre - line) <= max(near, 1.5)))
        for edge, line in ((mine.y0, run.top), (mine.y1, run.bottom))
    ]
    if strict:
        return min(shares) >= 0.6
    return max(shares) >= 0.5 and min(shares) >= 0.25


def _is_text(run: Run, parts: Components, letter: float) -> bool:
    """Whether a run, taken alone, may be text."""
    height = run.y1 - run.y0
    if height < 0.5 * letter:
        return False
    mine = parts.where(run.members)
    solid = is_solid(mine, letter)
    if int((~solid).sum()) > _FEW:
        return True
    if mine.area[solid].sum() > 0.6 * mine.area.sum() or height > 6 * letter:
        return False
    # A lone stroke, as at the edge of a sheet, is no letter; an I or 1 is wider.
    return bool(mine.width.max() >= 0.12 * height)


def _lies_in(run: Run, pictures: Components) -> bool:
    """Whether most of a run lies within the box of a picture."""
    if not len(pictures):
        return False
    width = np.minimum(pictures.x1, run.x1) - np.maximum(pictures.x0, run.x0)
    height = np.minimum(pictures.y1, run.y1) - np.maximum(pictures.y0, run.y0)
    inside = np.maximum(width, 0) * np.maximum(height, 0)
    return bool(inside.max() > 0.7 * (run.x1 - run.x0) * (run.y1 - run.y0))
