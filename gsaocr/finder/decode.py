"""From the field of one level to lines in the pixels of the page."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.chains import AN_END, THRESHOLD, chains
from gsaocr.finder.config import PART, STRIDE, FinderConfig
from gsaocr.finder.field import AxisField, LevelField
from gsaocr.finder.found import (
    AREA_KINDS,
    ASCENT,
    DESCENT,
    FoundArea,
    FoundLine,
    FoundPage,
    FoundRule,
)
from gsaocr.finder.pyramid import Level, Padded
from gsaocr.page.page_truth import Points, TextLine, turned_points

FEWEST = 2
"""Parts of the smallest line."""
BEYOND = 1.25
"""How much smaller or larger than the level's letters a line may be; other levels have the rest."""
NODES = 8.0
"""x-heights between the points of a bent baseline."""
STRAIGHT = 0.12
"""x-heights by which a baseline that is called straight leaves its parts' own at most."""
STIFFNESS = 0.1
"""What a corner of a bent baseline costs against the distance of its parts."""
SLOPED = 3.0
"""x-heights: a shorter line has too few parts to tell its slope and is taken to be level."""
FEWEST_CELLS = 4
"""Cells of the smallest area."""
SHORTEST_RULE = 5
"""Parts of the shortest rule."""


def decoded(field: LevelField, level: Level, page: Padded, config: FinderConfig) -> FoundPage:
    """Return what a level's field shows, in pixels of the page.

    Args:
        field: of the level, padded.
        level: tells how much smaller than the page it is.
        page: tells where the level stands in its padding.
        config: says which x-heights the field answers for.
    """
    offset, scale = np.array(page.offset), np.array(level.scale)
    lines, rules = [], []
    for axis in field.axes:
        high, wide = (n * PART for n in axis.level.shape)

        def moved(
            points: Points, turn: int = axis.quarters, size: tuple[int, int] = (high, wide)
        ) -> Points:
            return np.asarray((turned_points(points, turn, *size) - offset) / scale)

        light = np.rot90(field.cells["light"], -axis.quarters)
        for found in _lines(axis, light, config):
            line = found.line.mapped(moved)
            lines.append(FoundLine(line, found.score, found.up, found.light))
        rules += [FoundRule(moved(points), score) for points, score in _rules(axis)]
    areas = [
        FoundArea(kind, tuple(((box - offset[[0, 1, 0, 1]]) / scale[[0, 1, 0, 1]]).tolist()), score)
        for kind in AREA_KINDS
        for box, score in _areas(field.cells[kind])
    ]
    return FoundPage(tuple(lines), tuple(rules), tuple(areas))


def _lines(
    axis: AxisField, light: NDArray[np.float32], config: FinderConfig
) -> Iterator[FoundLine]:
    """Yield the lines of an axis in its reader's own coordinates, level pixels."""
    for rows, columns in chains(axis):
        if len(rows) < FEWEST:
            continue
        at = (rows, columns)
        weight = axis.level[at]
        x_height = float(np.median(axis.x_height[at]))
        if not config.smallest / BEYOND <= x_height <= config.largest * BEYOND:
            continue
        x, y = (columns + 0.5) * PART, (rows + 0.5) * PART
        start, begins = _end(x, axis.left[at], axis.left_at[at], -1)
        stop, ends = _end(x, axis.right[at], axis.right_at[at], 1)
        lower = _course(x, y + axis.lower[at], weight, x_height, start, stop)
        up = float(np.average(axis.up[at], weights=weight))
        if up >= 0:
            baseline = lower
        else:
            # Upside down: the baseline is the upper edge, and it is read from right to left.
            baseline = (lower - (0.0, x_height))[::-1]
            begins, ends = ends, begins
        shone = float(np.average(light[rows // 2, columns // 2], weights=weight))
        line = TextLine(
            baseline,
            x_height,
            ASCENT * x_height,
            DESCENT * x_height,
            light=shone > 0.5,
            begins=begins,
            ends=ends,
        )
        yield FoundLine(line, float(weight.mean()), abs(up), shone)


def _end(
    x: NDArray[np.float64], said: NDArray[np.float32], at: NDArray[np.float32], side: int
) -> tuple[float, bool]:
    """Return where a line ends on a side (-1 left, 1 right), and whether the field says so."""
    outermost = float(x.min() if side < 0 else x.max())
    near = np.abs(x - outermost) <= 2 * PART
    sure = near & (said > AN_END)
    edge = outermost + side * PART / 2
    if not sure.any():
        return edge, False
    place = float(np.average((x + at)[sure], weights=said[sure]))
    # Not further than the parts show it: an end is looked for within a part of them.
    return float(np.clip(place, edge - PART, edge + PART)), True


def _course(
    x: NDArray[np.float64],
    edge: NDArray[np.float64],
    weight: NDArray[np.float32],
    x_height: float,
    start: float,
    stop: float,
) -> Points:
    """Return the lower edge from start to stop: two points, more where it is bent."""
    stop = max(stop, start + 1.0)
    middle = float(np.average(x, weights=weight))
    if stop - start < SLOPED * x_height:
        height = float(np.median(edge))
        return np.array([[start, height], [stop, height]])
    slope, height = _straight(x - middle, edge, weight)
    rest = edge - (height + slope * (x - middle))
    ends = np.array([start, stop])
    count = int((stop - start) / (NODES * x_height))
    if count >= 2:
        nodes = np.linspace(start, stop, count + 1)
        bend = _bend(x, rest, weight, nodes)
        if np.abs(bend).max() > STRAIGHT * x_height:
            return np.stack([nodes, height + slope * (nodes - middle) + bend], axis=1)
    return np.stack([ends, height + slope * (ends - middle)], axis=1)


def _bend(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float32],
    nodes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the heights at the nodes of the broken line nearest to points, a little stiff."""
    step = nodes[1] - nodes[0]
    hats = np.clip(1 - np.abs(x[:, None] - nodes) / step, 0, None)
    corners = np.diff(np.eye(len(nodes)), 2, axis=0)
    stiff = STIFFNESS * float(weight.sum()) / len(nodes) * corners.T @ corners
    normal = hats.T @ (weight[:, None] * hats) + stiff + 1e-6 * np.eye(len(nodes))
    return np.asarray(np.linalg.solve(normal, hats.T @ (weight * y)))


def _straight(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float32]
) -> tuple[float, float]:
    """Fit a line, once more without the parts that lie off it; x has its middle at 0."""
    keep = np.ones(len(x), bool)
    slope = height = 0.0
    for _ in range(2):
        w = weight * keep
        mean_x, mean_y = np.average(x, weights=w), np.average(y, weights=w)
        spread = float(np.sum(w * (x - mean_x) ** 2))
        slope = float(np.sum(w * (x - mean_x) * (y - mean_y)) / max(spread, 1e-6))
        height = float(mean_y - slope * mean_x)
        off = np.abs(y - height - slope * x)
        keep = off <= np.quantile(off, 0.9) + 1e-6
    return slope, height


def _rules(axis: AxisField) -> Iterator[tuple[Points, float]]:
    """Yield the rules of an axis, in its reader's own coordinates."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(
        (axis.rule > THRESHOLD).astype(np.uint8), connectivity=8
    )
    for number in range(1, count):
        left, top, wide, high, _ = stats[number]
        if wide < SHORTEST_RULE:
            continue
        window = (slice(top, top + high), slice(left, left + wide))
        own = label[window] == number
        weight = axis.rule[window] * own
        x = (left + np.arange(wide) + 0.5) * PART
        y = (weight * (top + np.arange(high)[:, None] + 0.5)).sum(0) / weight.sum(0) * PART
        slope, height = _straight(x - x.mean(), y, weight.sum(0))
        ends = np.array([x[0] - PART / 2, x[-1] + PART / 2])
        yield (
            np.stack([ends, height + slope * (ends - x.mean())], axis=1),
            float(weight.sum() / own.sum()),
        )


def _areas(said: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float64], float]]:
    """Yield boxes of connected cells, in pixels of the padded level."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(
        (said > THRESHOLD).astype(np.uint8), connectivity=4
    )
    for number in range(1, count):
        left, top, wide, high, cells = stats[number]
        if cells >= FEWEST_CELLS:
            window = (slice(top, top + high), slice(left, left + wide))
            score = float(said[window][label[window] == number].mean())
            yield np.array([left, top, left + wide, top + high], np.float64) * STRIDE, score
