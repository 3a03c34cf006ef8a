"""Columns, rows and regions: in which order the runs of text on a flat page are read.

A page is cut where a white gutter parts two columns of text: first what stands above it, then the
left column, then the right one, then what follows below; each part is cut again the same way.
Gutters in tables are not cut at: their cells are short, and are read row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.lines import Run

_MIN_ROWS = 4  # on either side of a gutter
_TABLE_ROWS = 8  # so many rows that stand in those beside them are a column all the same
_TABLE_CELL = 15.0  # letters; so wide a column is one, too
_MIN_NOTE = 2  # rows of a note in the margin
_BESIDE = 0.75  # of the distance of lines: a note has a line of the text so near
_NOTE_WIDTH = 1.6  # letters; narrower things beside a column are its numbers
_MIN_GUTTER = 0.9  # letters wide
_MIN_COLUMN = 9.0  # letters wide must most lines of a column be
_PARAGRAPH_GAP = 1.75  # times the usual distance of lines: a wider one begins a new region
_SIZE_STEP = 1.4  # times the size of letters: another size begins a new region

Indices = NDArray[Any]  # int64


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of one region from top to bottom; each row lists its runs from left to right."""

    rows: tuple[tuple[int, ...], ...]


def reading_order(runs: list[Run], letter: float) -> list[RowGroup]:
    """Regions in reading order; numbers in them are indices of ``runs``."""
    if not runs:
        return []
    boxes = np.array([_box(run) for run in runs])
    groups: list[RowGroup] = []
    for block in _columns(np.arange(len(runs)), boxes, letter, 0):
        initials = _initials(block, runs, boxes, letter)
        rows = _rows(block[~np.isin(block, initials)], boxes)
        rows = _with_initials(rows, initials, runs, boxes, letter)
        groups += _regions(rows, runs, boxes)
    return groups


def _box(run: Run) -> tuple[float, float, float, float]:
    ends = (run.band_at(run.x0), run.band_at(run.x1))
    top = (ends[0][0] + ends[1][0]) / 2
    bottom = (ends[0][1] + ends[1][1]) / 2
    return run.x0, top, run.x1, bottom


def _columns(block: Indices, boxes: NDArray[Any], letter: float, depth: int) -> list[Indices]:
    """Cut a block at its tallest gutter between columns, again and again."""
    if len(block) < 2 * _MIN_ROWS or depth > 12:
        return [block]
    gutter = _tallest_gutter(boxes[block], letter)
    if gutter is None:
        return [block]
    x, top, bottom = gutter
    middle = (boxes[block, 1] + boxes[block, 3]) / 2
    above, below = middle < top, middle > bottom
    within = ~above & ~below
    left = within & ((boxes[block, 0] + boxes[block, 2]) / 2 < x)
    result: list[Indices] = []
    for part in (above, left, within & ~left, below):
        if part.any():
            result += _columns(block[part], boxes, letter, depth + 1)
    return result


def _tallest_gutter(boxes: NDArray[Any], letter: float) -> tuple[float, float, float] | None:
    """x, top and bottom of the tallest white gutter with a column of text on both sides."""
    cell = 0.3 * letter
    origin = boxes[:, :2].min(axis=0)
    size = boxes[:, 2:].max(axis=0) - origin
    grid = np.zeros((int(size[1] / cell) + 2, int(size[0] / cell) + 2), np.int32)
    for x0, y0, x1, y1 in ((boxes - np.tile(origin, 2)) / cell).round().astype(int):
        grid[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] = 1
    # Height of white above each cell, the histogram behind the tallest empty strips.
    need = max(1, round(_MIN_GUTTER * letter / cell))
    wide = np.zeros_like(grid)
    total = np.cumsum(np.pad(grid, ((0, 0), (1, 0))), axis=1)
    wide[:, : grid.shape[1] - need + 1] = total[:, need:] - total[:, :-need]
    best: tuple[float, float, float, float] | None = None
    for column in range(1, grid.shape[1] - need, 2):
        filled = np.flatnonzero(wide[:, column])
        edges = np.concatenate(([-1], filled, [grid.shape[0]]))
        lengths = np.diff(edges) - 1
        for k in np.flatnonzero(lengths * cell >= 5 * letter):
            top = (edges[k] + 1) * cell + origin[1]
            bottom = edges[k + 1] * cell + origin[1]
            x = (column + need / 2) * cell + origin[0]
            found = _between_columns(boxes, x, top, bottom, letter)
            if found is not None:
                score = found[1] - found[0]
                if best is None or score > best[0]:
                    best = (score, x, found[0], found[1])
    return best[1:] if best else None


def _between_columns(
    boxes: NDArray[Any], x: float, top: float, bottom: float, letter: float
) -> tuple[float, float] | None:
    """The stretch of a white strip that has columns on both sides, if it has one."""
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    within = (middle > top) & (middle < bottom)
    left = boxes[within & (boxes[:, 2] <= x + 0.3 * letter)]
    right = boxes[within & (boxes[:, 0] >= x - 0.3 * letter)]
    if min(len(left), len(right)) < _MIN_NOTE or max(len(left), len(right)) < _MIN_ROWS:
        return None
    # Only where both sides have text does the strip part anything.
    start = max(left[:, 1].min(), right[:, 1].min())
    end = min(left[:, 3].max(), right[:, 3].max())
    sides = left, right
    left = left[(left[:, 3] > start) & (left[:, 1] < end)]
    right = right[(right[:, 3] > start) & (right[:, 1] < end)]
    if _is_column(left, letter) and _is_column(right, letter):
        if _is_table(left, right, letter):
            return None
    elif (_is_column(sides[1], letter) and _is_note(left, sides[1], letter)) or (
        _is_column(sides[0], letter) and _is_note(right, sides[0], letter)
    ):
        # The column beside a note is read in one piece.
        left, right = sides
    else:
        return None
    start = min(left[:, 1].min(), right[:, 1].min())
    end = max(left[:, 3].max(), right[:, 3].max())
    return max(top, start - 0.1), min(bottom, end + 0.1)


def _row_widths(boxes: NDArray[Any]) -> NDArray[Any]:
    """How much of each row is text; boxes side by side are one row."""
    order = np.argsort(boxes[:, 1] + boxes[:, 3], kind="stable")
    rows: list[list[float]] = []
    for x0, y0, x1, y1 in boxes[order]:
        if rows and (y0 + y1) / 2 < rows[-1][2] and (y0 + y1) / 2 > rows[-1][1]:
            rows[-1][0] += x1 - x0
        else:
            rows.append([x1 - x0, y0, y1])
    return np.array([row[0] for row in rows])


def _is_column(boxes: NDArray[Any], letter: float) -> bool:
    """Whether text fills its width: most rows reach from edge to edge, and far."""
    widths = _row_widths(boxes)
    if len(widths) < _MIN_ROWS:
        return False
    extent = np.percentile(boxes[:, 2], 90) - np.percentile(boxes[:, 0], 10)
    usual = float(np.median(widths))
    return usual >= _MIN_COLUMN * letter and usual >= 0.65 * float(extent)


def _is_table(left: NDArray[Any], right: NDArray[Any], letter: float) -> bool:
    """Whether a gutter cuts the rows of a table in two: few, short on one side, level with it."""
    rows = [_row_widths(side) for side in (left, right)]
    narrow = min(float(np.median(widths)) for widths in rows) < _TABLE_CELL * letter
    level = max(_in_rows(left, right, letter), _in_rows(right, left, letter))
    return min(map(len, rows)) < _TABLE_ROWS and narrow and level >= 0.5


def _in_rows(boxes: NDArray[Any], others: NDArray[Any], letter: float) -> float:
    """The share of boxes that stand in a row with others beside them.

    Figures are taller than the letters beside them: rows share the foot or the head.
    """

    def shared(edge: int) -> float:
        away = np.abs(boxes[:, None, edge] - others[None, :, edge]).min(axis=1)
        return float(np.mean(away < 0.2 * letter))

    return max(shared(1), shared(3))


def _is_note(boxes: NDArray[Any], column: NDArray[Any], letter: float) -> bool:
    """Whether a few short rows beside a column are set on their own and not in its rows."""
    widths = boxes[:, 2] - boxes[:, 0]
    if len(boxes) < _MIN_NOTE or float(np.median(widths)) < _NOTE_WIDTH * letter:
        return False
    # What stands beside white paper is the beginning of a row, or a line of its own.
    middle, lines = (np.sort((side[:, 1] + side[:, 3]) / 2) for side in (boxes, column))
    pitch = float(np.median(np.diff(lines)))
    beside = np.abs(middle[:, None] - lines).min(axis=1) <= _BESIDE * pitch
    return _in_rows(boxes, column, letter) < 0.5 and float(np.mean(beside)) >= 0.6


def _rows(block: Indices, boxes: NDArray[Any]) -> list[list[int]]:
    """Runs that stand side by side, from top to bottom, each row from left to right."""
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    height = boxes[:, 3] - boxes[:, 1]
    rows: list[list[int]] = []
    for k in block[np.argsort(middle[block], kind="stable")]:
        for row in rows[-1:-4:-1]:
            near = all(
                abs(middle[k] - middle[j])
                <= 0.5 * max(0.6 * max(height[k], height[j]), min(height[k], height[j]))
                for j in row
            )
            apart = all(boxes[k, 0] >= boxes[j, 2] or boxes[k, 2] <= boxes[j, 0] for j in row)
            if near and apart:
                row.append(int(k))
                break
        else:
            rows.append([int(k)])
    return [sorted(row, key=lambda j: float(boxes[j, 0])) for row in rows]


def _initials(block: Indices, runs: list[Run], boxes: NDArray[Any], letter: float) -> list[int]:
    """Single large letters that stand beside several rows and begin the first of them."""
    found = []
    for k in block.tolist():
        height = runs[k].y1 - runs[k].y0
        if len(runs[k].members) > 2 or height < 1.8 * letter:
            continue
        side = boxes[block, 0] - boxes[k, 2]
        middle = (boxes[block, 1] + boxes[block, 3]) / 2
        beside = (side >= -0.5 * letter) & (side <= 2.5 * letter)
        beside &= (middle > runs[k].y0) & (middle < runs[k].y1)
        beside &= boxes[block, 3] - boxes[block, 1] < 0.6 * height
        if beside.sum() >= 2:
            found.append(k)
    return found


def _with_initials(
    rows: list[list[int]], initials: list[int], runs: list[Run], boxes: NDArray[Any], letter: float
) -> list[list[int]]:
    """Put each initial before the first row beside it."""
    for k in initials:
        for row in rows:
            j = row[0]
            middle = (boxes[j, 1] + boxes[j, 3]) / 2
            beside = -0.5 * letter <= boxes[j, 0] - boxes[k, 2] <= 2.5 * letter
            if beside and runs[k].y0 < middle < runs[k].y1:
                row.insert(0, k)
                break
    return rows


def _regions(rows: list[list[int]], runs: list[Run], boxes: NDArray[Any]) -> list[RowGroup]:
    """Part rows where the distance or the size of letters changes."""
    middle = [float(np.mean([(boxes[j, 1] + boxes[j, 3]) / 2 for j in row])) for row in rows]
    size = [float(np.median([runs[j].x_height for j in row])) for row in rows]
    steps = np.diff(middle)
    groups: list[list[list[int]]] = [[rows[0]]]
    for k in range(1, len(rows)):
        near = steps[max(0, k - 4) : k + 3]
        usual = min(float(np.median(near)), 4.5 * min(size[k], size[k - 1]))
        larger = max(size[k], size[k - 1]) > _SIZE_STEP * min(size[k], size[k - 1])
        if steps[k - 1] > _PARAGRAPH_GAP * usual or larger:
            groups.append([])
        groups[-1].append(rows[k])
    return [RowGroup(tuple(tuple(row) for row in group)) for group in groups]
