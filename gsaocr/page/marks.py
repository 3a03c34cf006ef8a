"""Small pieces of ink and the run of text that each belongs to.

Dots, accents and punctuation join the run beside or under them, parts of broken letters the run
they stand in, and colons or dashes that stand alone in a row make a run of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components
from gsaocr.page.lines import Run, extended, group, is_mark

Longs = NDArray[Any]  # int64

_MARK_REACH = 1.2  # letters high; so far from a run's letters may its marks lie, sideways
_SPECK = 0.008  # square letters; less ink beside a run is noise, within it part of a letter
_ROW_REACH = 14.0  # letters high; so far from a run may a mark stand alone in its row
_USUAL_DASH = 2.2  # letters; longer flat pieces are bits of rules, or em dashes within a run
_LONGEST_DASH = 4.2  # letters
_DASH_PLACE = (0.25, 0.8)  # of a run's band, from its top: where an em dash may lie
_DASH_REACH = 0.8  # letters; so far from a run's letters, sideways


def with_fragments(parts: Components, runs: list[Run], letter: float) -> list[Run]:
    """Give parts of broken letters, which chained to nothing, to the run they stand in."""
    x0, x1, top, bottom, slope, x_height = (
        np.array([getattr(run, name) for run in runs])
        for name in ("x0", "x1", "top", "bottom", "slope", "x_height")
    )
    y0, y1 = np.array([run.y0 for run in runs]), np.array([run.y1 for run in runs])
    count = np.array([len(run.members) for run in runs])
    band = bottom - top
    guests: dict[int, list[int]] = {}
    taken = np.zeros(len(runs), bool)
    for k in np.flatnonzero((count <= 3) & (x1 - x0 < 3 * letter)).tolist():
        at = (x0[k] + x1[k]) / 2
        tops, bottoms = top + slope * at, bottom + slope * at
        side = np.maximum(np.maximum(x0 - x1[k], x0[k] - x1), 0)
        # Ascenders and descenders reach this far over the band.
        shared = np.minimum(bottoms + 0.9 * x_height, y1[k]) - np.maximum(
            tops - 0.9 * x_height, y0[k]
        )
        host = (side <= 1.2 * band) & (shared >= 0.75 * (y1[k] - y0[k]))
        host &= (x1 - x0 > 2 * (x1[k] - x0[k])) & (count > count[k]) & ~taken
        host &= y1[k] - y0[k] < 1.6 * band
        if host.any():
            away = np.abs((tops + bottoms) / 2 - (y0[k] + y1[k]) / 2) / band + side / letter
            guests.setdefault(int(np.argmin(np.where(host, away, np.inf))), []).append(k)
            taken[k] = True
    result = []
    for k, run in enumerate(runs):
        if not taken[k]:
            result.append(extended(run, parts, [runs[j].members for j in guests.get(k, [])]))
    return result


def with_marks(parts: Components, runs: list[Run], letter: float) -> list[Run]:
    """Give each small piece to the run whose band it lies nearest to, if near enough."""
    long = parts.width > _USUAL_DASH * letter
    bit_of_rule = long & ((parts.width > _LONGEST_DASH * letter) | (parts.height > 0.4 * letter))
    marks = np.flatnonzero(is_mark(parts, letter) & ~bit_of_rule)
    if not len(runs) or not len(marks):
        return runs
    centre_x = (parts.x0[marks] + parts.x1[marks]) / 2
    centre_y = (parts.y0[marks] + parts.y1[marks]) / 2
    speck = parts.area[marks] < _SPECK * letter * letter
    dash = long[marks]
    best = np.full(len(marks), np.inf)
    owner = np.full(len(marks), -1)
    for k, run in enumerate(runs):
        size = max(run.x_height, 0.5 * letter)
        side = np.maximum(np.maximum(run.x0 - parts.x1[marks], parts.x0[marks] - run.x1), 0)
        top, bottom = run.top + run.slope * centre_x, run.bottom + run.slope * centre_x
        away = np.maximum(np.maximum(top - centre_y, centre_y - bottom), 0)
        cost = away / size + 0.15 * side / size
        reach = _MARK_REACH * max(run.bottom - run.top, 0.7 * letter)
        better = (side <= np.where(speck, 0, reach)) & (away <= 0.95 * size) & (cost < best)
        depth = (centre_y - top) / (bottom - top)
        within = (depth >= _DASH_PLACE[0]) & (depth <= _DASH_PLACE[1])
        better &= ~dash | (within & (side <= _DASH_REACH * letter))
        best[better], owner[better] = cost[better], k
    result = []
    for k, run in enumerate(runs):
        mine = marks[owner == k]
        result.append(extended(run, parts, [mine] if len(mine) else []))
    return result + _alone(parts, result, marks[(owner < 0) & ~dash], letter)


def _alone(parts: Components, runs: list[Run], marks: Longs, letter: float) -> list[Run]:
    """Runs of colons, dashes and stars that stand alone between the cells of a row."""
    large = parts.area[marks] >= 0.015 * letter * letter
    large &= np.maximum(parts.width, parts.height)[marks] >= 0.1 * letter
    marks = marks[large]
    hosts: dict[int, list[int]] = {}
    table = np.array([(r.x0, r.x1, r.top, r.bottom, r.slope, len(r.members)) for r in runs])
    x0, x1, top, bottom, slope, count = table.T
    for k in marks.tolist():
        at = (parts.x0[k] + parts.x1[k]) / 2
        side = np.maximum(x0 - at, at - x1)
        # A run's slope says little of places far away.
        end = np.clip(at, x0, x1)
        tops, bottoms = top + slope * end, bottom + slope * end
        within = (parts.y0[k] >= tops - 0.1 * letter) & (parts.y1[k] <= bottoms + 0.1 * letter)
        fits = within & (side < _ROW_REACH * letter) & (count >= 3)
        if fits.any():
            hosts.setdefault(int(np.argmin(np.where(fits, side, np.inf))), []).append(k)
    result = []
    for host, members in hosts.items():
        mine = np.array(members)
        order = mine[np.argsort(parts.x0[mine], kind="stable")]
        gaps = parts.x0[order][1:] - np.maximum.accumulate(parts.x1[order])[:-1]
        near = np.flatnonzero(gaps < 1.2 * letter)
        links = np.stack([near, near + 1], axis=1)
        for places in group(len(order), links):
            found = order[places]
            # A single dot is dust more often than text.
            if len(found) == 1 and parts.width[found[0]] < 0.3 * letter:
                continue
            result.append(_marks_run(runs[host], parts, found))
    return result


def _marks_run(host: Run, parts: Components, members: Longs) -> Run:
    x0, x1 = float(parts.x0[members].min()), float(parts.x1[members].max())
    end = min(max((x0 + x1) / 2, host.x0), host.x1)
    top, bottom = host.band_at(end)
    y0, y1 = float(parts.y0[members].min()), float(parts.y1[members].max())
    return Run(members, x0, x1, top, bottom, 0.0, host.x_height, y0, y1)
