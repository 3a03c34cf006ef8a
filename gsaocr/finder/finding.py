"""Finding text on a page: all levels of the pyramid, and the best of what several of them found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.config import STRIDE
from gsaocr.finder.decode import decoded
from gsaocr.finder.field import LevelField, field_of
from gsaocr.finder.found import FoundLine, FoundPage
from gsaocr.finder.neighbours import settled
from gsaocr.finder.network import Finder
from gsaocr.finder.pyramid import Padded, levels, padded
from gsaocr.page.page_truth import cut_to

ALWAYS = 1600
"""Pixels of the longer side up to which a level is looked at whole; of finer ones only the tiles
where the next coarser level says that there is text too small for it."""
HINTED = 2
"""Cells of a coarser level that must say so for a tile to be looked at."""
SHARED = 0.5
"""Share of the smaller of two lines' bands that may be common to both; else the surer one stays."""
CROSSED = 0.3
"""Share of a line's band that other lines cover who run out of it; more, and it is none: a column
of words taken for one line across them."""
INSIDE = 0.7
"""Share of a line's own band within another's from which it counts as a piece of that one, if both
run along the same axis."""
NO_LARGER = 1.3
"""Times a line's x-height that the x-height of one which speaks against it may be."""
NEARLY_AS_SURE = 0.15
"""How much less sure a line may be that speaks against another."""
LENGTH_BONUS = 0.08
"""What a line's length, as the logarithm of its x-heights, adds to its score where lines are
compared: a whole line rather than a piece of it."""

LEAST_SCORE = 0.65
"""Score from which a line is told of: noise, other sides that show through and shaded grounds are
found with less."""


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
    lines = surest([line for each in found for line in _on_page(each.lines, *page.shape[:2])])
    lines = settled([line for line in lines if line.score >= LEAST_SCORE])
    # Rules and areas are told by the finest level that has any of their kind: it sees them best.
    rules = next((each.rules for each in reversed(found) if each.rules), ())
    areas = next((each.areas for each in reversed(found) if each.areas), ())
    return FoundPage(tuple(lines), rules, areas)


def _on_page(lines: Sequence[FoundLine], height: int, width: int) -> Iterator[FoundLine]:
    """Yield the lines as far as they stand on the page: a level is seen with some room about it."""
    for each in lines:
        line = cut_to(each.line, width, height)
        if line is not None:
            yield replace(each, line=line)


def surest(lines: Sequence[FoundLine]) -> list[FoundLine]:
    """Return lines of which no two cover the same: of those that do, the one with more score.

    First those go that several others of no larger letters cross: lines of words are no letters of
    a line across them.
    """
    if not lines:
        return []
    outlines = [_outline(line) for line in lines]
    areas = np.array([max(1e-6, float(cv2.contourArea(outline))) for outline in outlines])
    boxes = np.array([[*o.min(axis=0), *o.max(axis=0)] for o in outlines])
    scores = np.array([line.score for line in lines])
    common: list[dict[int, float]] = []  # for each line, the areas that it shares with others
    for n, box in enumerate(boxes):
        near = (boxes[:, :2] < box[2:]).all(axis=1) & (boxes[:, 2:] > box[:2]).all(axis=1)
        near[n] = False
        common.append(
            {
                int(m): float(cv2.intersectConvexConvex(outlines[n], outlines[m])[0])
                for m in np.flatnonzero(near)
            }
        )
    dropped: set[int] = set()
    sizes = np.array([line.line.x_height for line in lines])
    across = [line.line.quarter % 2 for line in lines]
    # The largest letters first: what speaks against them must not fall with them.
    for n in np.argsort(-sizes, kind="stable").tolist():
        against = [
            area
            for m, area in common[n].items()
            if m not in dropped
            and sizes[m] < NO_LARGER * sizes[n]
            and (area < INSIDE * areas[m] or across[m] != across[n])
            and scores[m] > scores[n] - NEARLY_AS_SURE
        ]
        if len(against) > 1 and sum(against) > CROSSED * areas[n]:
            dropped.add(n)
    kept: set[int] = set()
    for n in sorted(set(range(len(lines))) - dropped, key=lambda n: -_rank(lines[n])):
        if not any(
            m in kept and area > SHARED * min(areas[n], areas[m]) for m, area in common[n].items()
        ):
            kept.add(n)
    return [lines[n] for n in sorted(kept)]


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
