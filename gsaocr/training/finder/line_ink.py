"""Where the letters of an outlined line stand: baseline, x-height and ends, measured on the ink.

Data sets outline lines loosely, and their baselines lie up to a third of an x-height off, or there
are none. The ink in a line's band tells: small letters fill the rows between baseline and x-height,
capitals and figures those up to their own height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.page_truth import Points, TextLine, shows_direction, shows_up

CAPITALS = 1.42  # height of capitals and figures in x-heights
_FULL = 0.5  # share of a row's usual ink from which on it lies between baseline and x-height
_INKED = 0.08  # share from which on a row holds ink at all
_SPAN = 0.35  # x-heights that ink reaches from top to foot in a column of letters at least
_APART = 4.0  # x-heights without letters from which on a line is two cells
_FAINTEST = 12.0  # levels by which ink is darker than its paper at least
_POINTS = 0.8  # x-heights beyond the last letter where a stop or a hyphen may stand
_SLOPES = 13  # slopes tried for a line without baseline
_STEEPEST = 0.045  # of them, pixels per pixel


@dataclass(frozen=True)
class InkProfile:
    """Rows of a straightened line, 0 being its assumed baseline, y downwards; pixels."""

    full: tuple[float, float]  # first and last edge of the rows full of letters
    inked: tuple[float, float]  # of those with any ink
    pieces: tuple[tuple[float, float], ...]  # shares of the length between which letters stand


def measured(
    grey: NDArray[np.uint8],
    polygon: Points,
    baseline: Points | None,
    text: str,
    usual: float,
) -> list[TextLine]:
    """Return a line as its ink shows it, more than one where wide gaps or leaders part it.

    None are returned where there is too little ink.

    Args:
        grey: the page, dark ink.
        polygon: outline of the line's letters, (n, 2).
        baseline: as the data set has it, or None for lines that run about level.
        text: what the line says, perhaps in other letter case.
        usual: x-height of the page's running text, pixels.
    """
    if baseline is None:
        baseline = _level(grey, polygon, usual)
    baseline = _over(baseline, polygon)
    length = float(np.hypot(*np.diff(baseline, axis=0).T).sum())
    if length < 0.4 * usual:
        return []
    rough = TextLine(baseline, usual, usual, usual, False)
    up = _normals(baseline)
    reach = ((polygon[:, None] - baseline[None]) * up[None]).sum(-1)
    nearest = np.abs(polygon[:, None] - baseline[None]).sum(-1).argmin(axis=1)
    heights = reach[np.arange(len(polygon)), nearest]
    above, below = float(heights.max()) + 1, max(1.0, -float(heights.min())) + 1
    if above < 2 or above + below > 12 * usual:
        return []
    band = _straightened(grey, rough, above, below)
    profile = _profile(band, above, text, usual)
    return [] if profile is None else _placed(baseline, up, profile, text, usual, length)


def _placed(
    baseline: Points, up: Points, profile: InkProfile, text: str, usual: float, length: float
) -> list[TextLine]:
    """Return the lines that a profile shows, the text's words shared out by width."""
    top, foot = profile.full
    x_height = _x_height(max(foot - top, 1.0), top - profile.inked[0], text, usual)
    moved = baseline - foot * up
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(moved, axis=0).T))])
    lines = []
    for (start, end), said in zip(profile.pieces, _shared(text, profile.pieces), strict=True):
        first, last = start * along[-1], max(end * along[-1], start * along[-1] + 1)
        count = max(2, int((last - first) / (4 * usual)) + 1)
        at = np.linspace(first, last, count)
        points = np.stack([np.interp(at, along, moved[:, i]) for i in (0, 1)], axis=1)
        lines.append(
            TextLine(
                points,
                x_height,
                max(foot - profile.inked[0], x_height),
                max(profile.inked[1] - foot, 0.0),
                False,
                shows_direction(said),
                shows_up(said),
                text=said,
            )
        )
    return lines


def _shared(text: str, pieces: Sequence[tuple[float, float]]) -> list[str]:
    """Return the words of a text shared out to its pieces by their widths."""
    if len(pieces) == 1:
        return [text]
    words = text.split()
    letters = max(1, sum(map(len, words)))
    ends = np.cumsum([end - start for start, end in pieces])
    ends = ends / ends[-1]
    said: list[list[str]] = [[] for _ in pieces]
    before = 0
    for word in words:
        middle = (before + len(word) / 2) / letters
        said[int(np.searchsorted(ends[:-1], middle))].append(word)
        before += len(word)
    return [" ".join(part) for part in said]


def _x_height(height: float, over: float, text: str, usual: float) -> float:
    """Return the x-height of a line whose letters fill rows of a height.

    Ink well over the full rows is that of ascenders: the rows then are those of small letters.
    """
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return height / CAPITALS
    if over > 0.22 * height:
        return height
    # small letters without ascenders or capitals: what suits the page
    small, large = height, height / CAPITALS
    mixed = any(c.islower() for c in text)
    if mixed and not any(c in "bdfhkltßſ" or c.isupper() for c in text):
        return small
    return min(small, large, key=lambda x: abs(np.log(x / usual)) + (0.1 if x == small else 0.0))


def _profile(band: NDArray[np.uint8], above: float, text: str, usual: float) -> InkProfile | None:
    """Return where a straightened band has its letters."""
    paper = float(np.percentile(band, 75))
    ink = np.clip(paper - band.astype(np.float32), 0, None)
    level = float(np.percentile(ink, 97))
    if level < _FAINTEST:
        return None
    ink = np.clip(ink / level, 0, 1)
    ink[ink < 0.3] = 0
    columns = np.flatnonzero(ink.max(axis=0) > 0.5)
    if columns.size < 2:
        return None
    rows = ink[:, columns[0] : columns[-1] + 1].mean(axis=1)
    strong = float(np.sort(rows)[-max(2, len(rows) // 4) :].mean())
    full = _widest(rows > _FULL * strong)
    inked = _around(rows > _INKED * strong, full)
    x_height = _x_height(max(full[1] - full[0], 1.0), full[0] - inked[0], text, usual)
    pieces = _pieces(ink[inked[0] : inked[1]] > 0.5, x_height)
    if not pieces:
        return None
    return InkProfile(
        (full[0] - above, full[1] - above), (inked[0] - above, inked[1] - above), pieces
    )


def _pieces(ink: NDArray[np.bool_], x_height: float) -> tuple[tuple[float, float], ...]:
    """Return from where to where letters stand, shares of the width; leaders and rules are none."""
    height, width = ink.shape
    filled = np.asarray(ink.any(axis=0))
    span = height - ink.argmax(axis=0) - ink[::-1].argmax(axis=0)
    letters = np.flatnonzero(filled & (span >= _SPAN * x_height))
    if not letters.size:
        letters = np.flatnonzero(filled)  # nothing but dashes or stops
    cuts = np.flatnonzero(np.diff(letters) > _APART * x_height)
    firsts = letters[np.concatenate([[0], cuts + 1])]
    lasts = letters[np.concatenate([cuts, [len(letters) - 1]])]
    reach = round(_POINTS * x_height)
    found = []
    for first, last in zip(firsts, lasts, strict=True):
        left, right = max(0, first - reach), min(width, last + 1 + reach)
        near = left + np.flatnonzero(filled[left:right])
        found.append((float(near[0]) / width, float(near[-1] + 1) / width))
    return tuple(found)


def _widest(rows: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the longest stretch of true rows, gaps of one row passed over."""
    closed = rows.copy()
    closed[1:-1] |= rows[:-2] & rows[2:]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(np.int8), [0]])))
    stretches = edges.reshape(-1, 2)
    first, last = stretches[np.argmax(stretches[:, 1] - stretches[:, 0])]
    return int(first), int(last)


def _around(rows: NDArray[np.bool_], full: tuple[int, int]) -> tuple[int, int]:
    """Return the stretch of true rows that holds the full ones."""
    first, last = full
    while first > 0 and rows[first - 1]:
        first -= 1
    while last < len(rows) and rows[last]:
        last += 1
    return first, last


def _straightened(
    grey: NDArray[np.uint8], line: TextLine, above: float, below: float
) -> NDArray[np.uint8]:
    """Return the band along a baseline as an image of about its length."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line.baseline, axis=0).T))])
    width = max(2, int(np.ceil(along[-1])))
    at = (np.arange(width) + 0.5) * along[-1] / width
    base = np.stack([np.interp(at, along, line.baseline[:, i]) for i in (0, 1)], axis=1)
    normal = _normals(line.baseline)
    up = np.stack([np.interp(at, along, normal[:, i]) for i in (0, 1)], axis=1)
    rows = np.arange(int(np.ceil(above + below))) + 0.5 - above
    maps = (base[None] - rows[:, None, None] * up[None] - 0.5).astype(np.float32)
    band = cv2.remap(
        grey, np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1]),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(band, np.uint8)


def _level(grey: NDArray[np.uint8], polygon: Points, usual: float) -> Points:
    """Return a baseline for an outline: its foot, at the slope at which rows are sharpest."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    foot = high[1] - 0.2 * (high[1] - low[1])
    flat = np.array([(low[0], foot), (high[0], foot)], np.float64)
    width, height = high - low
    if width < 6 * height:
        return flat
    best, sharpest = flat, -1.0
    for slope in np.linspace(-_STEEPEST, _STEEPEST, _SLOPES):
        rise = slope * width / 2
        tried = flat + np.array([(0, -rise), (0, rise)])
        rough = TextLine(tried, usual, usual, usual, False)
        band = _straightened(grey, rough, 0.8 * height, 0.2 * height)
        rows = band.mean(axis=1)
        sharpness = float(np.square(np.diff(rows)).sum()) - 1e-3 * abs(slope)
        if sharpness > sharpest:
            best, sharpest = tried, sharpness
    return best


def _over(baseline: Points, polygon: Points) -> Points:
    """Return a baseline cut or prolonged to where an outline begins and ends along it."""
    way = baseline[-1] - baseline[0]
    way = way / max(float(np.hypot(*way)), 1e-9)
    at = (polygon - baseline[0]) @ way
    along = (baseline - baseline[0]) @ way
    low, high = float(at.min()), float(at.max())
    inside = baseline[(along > low) & (along < high)]
    ends = [_at(baseline, along, way, low), _at(baseline, along, way, high)]
    return np.concatenate([[ends[0]], inside, [ends[1]]])


def _at(baseline: Points, along: NDArray[Any], way: Points, where: float) -> Points:
    """Return a baseline's point at a distance along it; beyond its ends it runs on as it is."""
    clipped = float(np.clip(where, along[0], along[-1]))
    point = np.array([np.interp(clipped, along, baseline[:, i]) for i in (0, 1)])
    return np.asarray(point + (where - clipped) * way, np.float64)


def _normals(baseline: Points) -> Points:
    """Return the unit vectors to the upper side, all alike: along the whole line's direction."""
    way = baseline[-1] - baseline[0]
    way = way / max(float(np.hypot(*way)), 1e-9)
    return np.repeat([[way[1], -way[0]]], len(baseline), axis=0)
