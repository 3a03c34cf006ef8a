"""Finding text on a page: all levels of the pyramid, and the best of what several of them found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.config import STRIDE
from gsaocr.finder.decode import decoded
from gsaocr.finder.field import LevelField, field_of
from gsaocr.finder.found import FoundLine, FoundPage
from gsaocr.finder.network import Finder
from gsaocr.finder.pyramid import Padded, levels, padded

ALWAYS = 1600
"""Pixels of the longer side up to which a level is looked at whole; of finer ones only the tiles
where the next coarser level says that there is text too small for it."""
HINTED = 2
"""Cells of a coarser level that must say so for a tile to be looked at."""
SHARED = 0.5
"""Share of the smaller of two lines' bands that may be common to both; else the surer one stays."""
LENGTH_BONUS = 0.08
"""What a line's length, as the logarithm of its x-heights, adds to its score where lines are
compared: a whole line rather than a piece of it."""


def find_text(finder: Finder, page: NDArray[np.uint8]) -> FoundPage:
    """Return what stands on a page.

    Args:
        finder: in evaluation mode.
        page: (height, width, 3), RGB.
    """
    found: list[FoundPage] = []
    coarser: tuple[LevelField, Padded, tuple[float, float]] | None = None
    for level in reversed(list(levels(page))):
        whole = padded(level.image)
        if coarser is None or max(level.image.shape[:2]) <= ALWAYS:
            field = field_of(finder, whole)
        else:
            hints = _hints(*coarser, whole, level.scale)
            field = field_of(finder, whole, partial(_is_hinted, hints))
        found.append(decoded(field, level, whole, finder.config))
        coarser = (field, whole, level.scale)
    lines = surest([line for each in found for line in each.lines])
    # Rules and areas are told by the finest level that has any of their kind: it sees them best.
    rules = next((each.rules for each in reversed(found) if each.rules), ())
    areas = next((each.areas for each in reversed(found) if each.areas), ())
    return FoundPage(tuple(lines), rules, areas)


def surest(lines: Sequence[FoundLine]) -> list[FoundLine]:
    """Return lines of which no two cover the same: of those that do, the one with more score."""
    order = sorted(range(len(lines)), key=lambda n: -_rank(lines[n]))
    kept: list[FoundLine] = []
    outlines: list[NDArray[np.float32]] = []
    areas: list[float] = []
    boxes = np.zeros((0, 4))
    for number in order:
        line = lines[number]
        outline = _outline(line)
        area = float(cv2.contourArea(outline))
        box = np.array([*outline.min(axis=0), *outline.max(axis=0)])
        near = np.flatnonzero(
            (boxes[:, 0] < box[2])
            & (boxes[:, 2] > box[0])
            & (boxes[:, 1] < box[3])
            & (boxes[:, 3] > box[1])
        )
        if any(
            cv2.intersectConvexConvex(outline, outlines[n])[0] > SHARED * min(area, areas[n])
            for n in near
        ):
            continue
        kept.append(line)
        outlines.append(outline)
        areas.append(area)
        boxes = np.vstack([boxes, box])
    return kept


def _rank(line: FoundLine) -> float:
    return line.score + LENGTH_BONUS * float(np.log1p(line.line.length / line.line.x_height))


def _outline(line: FoundLine) -> NDArray[np.float32]:
    """Return the corners of the least rectangle about a line's x-height band, any direction."""
    band = line.line.band(line.line.x_height, 0.0).astype(np.float32)
    return np.asarray(cv2.boxPoints(cv2.minAreaRect(band)), np.float32)


def _hints(
    field: LevelField,
    page: Padded,
    scale: tuple[float, float],
    finer: Padded,
    finer_scale: tuple[float, float],
) -> NDArray[np.bool_]:
    """Return which cells of a finer level the coarser one calls text too small for itself."""
    said = field.cells["finer"]
    height, width = (n // STRIDE for n in finer.pixels.shape[1:])

    def source(count: int, axis: int, most: int) -> NDArray[np.int64]:
        middle = (np.arange(count) + 0.5) * STRIDE
        on_page = (middle - finer.offset[axis]) / finer_scale[axis]
        cell = (on_page * scale[axis] + page.offset[axis]) / STRIDE
        return np.clip(cell.astype(np.int64), 0, most - 1)

    rows, columns = source(height, 1, said.shape[0]), source(width, 0, said.shape[1])
    return np.asarray(said[rows[:, None], columns[None, :]] > 0.5)


def _is_hinted(hints: NDArray[np.bool_], rows: slice, columns: slice) -> bool:
    return int(hints[_cells(rows), _cells(columns)].sum()) >= HINTED


def _cells(pixels: slice) -> slice:
    return slice(pixels.start // STRIDE, pixels.stop // STRIDE)
