"""What each reader should say of a page whose text is known: the grids that the finder learns from.

A grid holds a number where the truth is known and NaN where it is not: there nothing is learnt.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.config import PART, STRIDE, FinderConfig
from gsaocr.finder.network import CELL_CHANNELS, PART_CHANNELS
from gsaocr.page.page_truth import PageObject, PageSample, TextLine

Grid = NDArray[np.float32]

COVERED = 0.45  # share of a part that a line's x-height band covers where the part is the line's
NEARLY = 0.7  # of the smallest x-height: text from there up is neither shown nor denied
BEYOND = 1.3  # of the largest x-height: text up to there is neither shown nor denied
LEAST = 1.2  # px of x-height: smaller text is grey, not even a sign of text for a finer level
END_REACH = 1.5 * PART  # px: parts of a line within it of the line's end say that it ends
SHORT = 8.0  # x-heights: parts of a shorter line count more, so that a lone digit is worth a word
MOST_WORTH = 3.0  # times that they count at most
WORTH = "worth"  # what each part counts in the losses of "level" and "up"; known everywhere
RULE_WIDTH = 2.0  # px that a drawn rule is at least taken to be wide
_CELL_KINDS = {
    "box": "box",
    "check": "box",
    "comb": "comb",
    "picture": "picture",
    "ornament": "picture",
    "code": "code",
    "stamp": "stamp",
    "handwriting": "handwriting",
    "formula": "formula",
}
_OUTLINED = ("box", "comb", "check")  # objects whose outline is drawn: its sides are rules
_SHIFT = 4  # bits after the point in what OpenCV fills


@dataclass(frozen=True)
class Targets:
    """What one reader should say, in its own coordinates; names are those of the network's."""

    parts: dict[str, Grid]
    """(2 h, 2 w): a value for 4 x 4 px; beside the network's channels ``WORTH``."""
    cells: dict[str, Grid]
    """(h, w): a value for 8 x 8 px."""


@dataclass(frozen=True)
class _Band:
    """A line's x-height band as a reader sees it who has it level: left to right, lower edge."""

    outline: NDArray[np.float64]
    lower: NDArray[np.float64]  # (n, 2), x rising
    x_height: float
    up: float  # 1 upright, 0 upside down, NaN: its letters don't show it
    light: bool
    has_left: bool
    has_right: bool


def targets(
    sample: PageSample, config: FinderConfig, quarters: int = 0, objects_known: bool = True
) -> Targets:
    """Return what the reader should say who sees the page turned back by ``quarters``.

    Args:
        sample: a page whose sides are multiples of 8.
        config: says which x-heights the field answers for.
        quarters: counter-clockwise quarter turns of the reader's element; its page is turned by as
            many clockwise.
        objects_known: whether all rules, boxes and so on of the page are among its objects.
    """
    if quarters:
        sample = sample.turned(-quarters)
    height, width = sample.image.shape[:2]
    ids = np.zeros((height, width), np.int16)
    unsure = np.zeros((height, width), np.uint8)  # text that is neither shown nor denied
    small = np.zeros((height, width), np.uint8)
    bands: list[_Band] = []
    low, high = config.smallest, config.largest
    for line in sample.lines:
        outline = line.band(line.x_height, 0.0)
        if LEAST <= line.x_height < low:
            _fill(small, outline, 1)
        level = line.quarter % 2 == 0
        if low <= line.x_height <= high and level:
            bands.append(_as_seen(line))
            _fill(ids, outline, len(bands))
        elif (level and NEARLY * low <= line.x_height <= BEYOND * high) or (
            not line.directed and low <= line.x_height <= high
        ):
            _fill(unsure, outline, 1)
    unknown = np.zeros((height, width), np.uint8)
    for outline in sample.ignore:
        _fill(unknown, outline, 1)
    parts = _part_grids(ids, bands, _share(unsure, PART))
    cells = _cell_grids(parts, bands, ids, _share(small, STRIDE))
    if objects_known:
        parts["rule"] = _rules(sample.objects, height, width)
        cells |= _kinds(sample.objects, height, width)
    else:
        parts["rule"] = np.full_like(parts["level"], np.nan)
        cells |= {name: np.full_like(cells["light"], np.nan) for name in CELL_CHANNELS[2:]}
    hidden = _share(unknown, PART) > 0
    # What the image's edge cuts is no letter any more.
    hidden[[0, -1], :] = hidden[:, [0, -1]] = True
    for name in ("level", "left", "right", "rule"):
        parts[name][hidden & ~(parts[name] > 0)] = np.nan
    hidden_cells = _share(unknown, STRIDE) > 0
    for name in CELL_CHANNELS[1:]:
        cells[name][hidden_cells] = np.nan
    return Targets(
        {name: parts[name] for name in PART_CHANNELS} | {WORTH: _worth(sample)},
        {name: cells[name] for name in CELL_CHANNELS},
    )


def _as_seen(line: TextLine) -> _Band:
    upright = line.quarter == 0
    if upright:
        lower = line.baseline
        has_left, has_right = line.begins, line.ends
    else:
        # Upside down: the lower edge is the line at x-height, and the text ends on the left.
        lower = line.band(line.x_height, 0.0)[: len(line.baseline)][::-1]
        has_left, has_right = line.ends, line.begins
    shows = line.directed and line.upright_known
    return _Band(
        line.band(line.x_height, 0.0),
        lower[np.argsort(lower[:, 0], kind="stable")],
        line.x_height,
        float(upright) if shows else np.nan,
        line.light,
        has_left,
        has_right,
    )


def _part_grids(ids: NDArray[np.int16], bands: list[_Band], unsure: Grid) -> dict[str, Grid]:
    """Return all grids of parts but that of the rules."""
    covered = _share((ids > 0).view(np.uint8), PART) >= COVERED
    level = covered.astype(np.float32)
    owner = _owner(ids)
    level[covered & (owner == 0)] = np.nan
    level[(unsure > 0.1) & ~covered] = np.nan
    shape = level.shape
    grids = {name: np.full(shape, np.nan, np.float32) for name in PART_CHANNELS}
    grids["level"] = level
    near = cv2.dilate(covered.view(np.uint8), np.ones((3, 5), np.uint8)) > 0
    for name in ("left", "right"):
        grids[name][near & ~np.isnan(level)] = 0.0
    rows, columns = np.nonzero(covered & (owner > 0))
    owners = owner[rows, columns]
    order = np.argsort(owners, kind="stable")
    rows, columns, owners = rows[order], columns[order], owners[order]
    starts = np.searchsorted(owners, np.arange(1, len(bands) + 2))
    for number, band in enumerate(bands):
        here = slice(starts[number], starts[number + 1])
        at = (rows[here], columns[here])
        x, y = (columns[here] + 0.5) * PART, (rows[here] + 0.5) * PART
        lower = np.interp(x, band.lower[:, 0], band.lower[:, 1])
        grids["lower"][at] = (lower - y) / STRIDE
        grids["size"][at] = np.log2(band.x_height / 8)
        grids["up"][at] = band.up
        ends = (
            ("left", band.has_left, band.lower[0, 0]),
            ("right", band.has_right, band.lower[-1, 0]),
        )
        for name, is_there, end in ends:
            if is_there:
                distance = end - x
                is_close = np.abs(distance) <= END_REACH
                grids[name][at] = is_close
                grids[f"{name}_at"][at] = np.where(is_close, distance / STRIDE, np.nan)
    return grids


def _worth(sample: PageSample) -> Grid:
    """Return what each part counts: more on short lines along either axis, 1 elsewhere."""
    height, width = sample.image.shape[:2]
    tenths = np.full((height, width), 10, np.uint8)
    for line in sample.lines:
        length = line.length / max(line.x_height, 1e-6)
        if length < SHORT:
            worth = min(MOST_WORTH, SHORT / max(length, 1e-6))
            _fill(tenths, line.band(line.x_height, 0.0), round(10 * worth))
    return np.asarray(tenths[PART // 2 :: PART, PART // 2 :: PART] / 10, np.float32)


def _cell_grids(
    parts: dict[str, Grid], bands: list[_Band], ids: NDArray[np.int16], small: Grid
) -> dict[str, Grid]:
    """Return the grids of light letters and of text for a finer level."""
    owner = _owner(ids)
    lights = np.array([np.nan, *(float(band.light) for band in bands)], np.float32)
    said = np.where(parts["level"] == 1, lights[owner], np.nan)
    cells = said.reshape(said.shape[0] // 2, 2, -1, 2)
    light = np.full(small.shape, np.nan, np.float32)
    for row in (0, 1):
        for column in (0, 1):
            light = np.where(np.isnan(light), cells[:, row, :, column], light)
    finer = np.where(small >= 0.3, 1.0, np.where(small > 0.02, np.nan, 0.0))
    return {"light": light.astype(np.float32), "finer": finer.astype(np.float32)}


def _rules(objects: tuple[PageObject, ...], height: int, width: int) -> Grid:
    """Return where drawn rules run along the rows."""
    drawn = np.zeros((height, width), np.uint8)
    for each in objects:
        if each.kind != "rule" and each.kind not in _OUTLINED:
            continue
        closed = each.kind in _OUTLINED
        points = np.concatenate([each.points, each.points[:1]]) if closed else each.points
        stroke = max(RULE_WIDTH, each.thickness)
        for a, b in itertools.pairwise(points):
            if abs(b[0] - a[0]) > abs(b[1] - a[1]):
                half = np.array([0.0, stroke / 2])
                _fill(drawn, np.stack([a - half, b - half, b + half, a + half]), 1)
    share = _share(drawn, PART)
    return np.where(share >= 0.25, 1.0, np.where(share > 0, np.nan, 0.0)).astype(np.float32)


def _kinds(objects: tuple[PageObject, ...], height: int, width: int) -> dict[str, Grid]:
    """Return where objects of each kind stand."""
    drawn: dict[str, NDArray[np.uint8]] = {}
    for each in objects:
        if each.kind in _CELL_KINDS and len(each.points) > 2:
            name = _CELL_KINDS[each.kind]
            if name not in drawn:
                drawn[name] = np.zeros((height, width), np.uint8)
            _fill(drawn[name], each.points, 1)
    found: dict[str, Grid] = {}
    for name in CELL_CHANNELS[2:]:
        if name not in drawn:
            found[name] = np.zeros((height // STRIDE, width // STRIDE), np.float32)
            continue
        share = _share(drawn[name], STRIDE)
        found[name] = np.where(share >= 0.5, 1.0, np.where(share > 0.05, np.nan, 0.0)).astype(
            np.float32
        )
    return found


def _owner(ids: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the number of the line at the middle of every part, or beside the middle; else 0."""
    middle = ids[PART // 2 :: PART, PART // 2 :: PART]
    beside = [ids[y::PART, x::PART] for y in (1, 3) for x in (1, 3)]
    return np.where(middle > 0, middle, np.maximum.reduce(beside))


def _fill(
    canvas: NDArray[np.int16] | NDArray[np.uint8], outline: NDArray[np.float64], v: int
) -> None:
    # OpenCV's pixels have their middles at whole numbers; coordinates here have their edges there.
    points = np.round((outline - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [points], v, shift=_SHIFT)


def _share(drawn: NDArray[np.uint8], side: int) -> Grid:
    """Return which share of every square of ``side`` pixels is drawn, 0 to 1."""
    height, width = drawn.shape
    size = (width // side, height // side)
    return np.asarray(
        cv2.resize(drawn.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32
    )
