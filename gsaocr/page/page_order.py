"""From lines with cells, in any directions, to a page's regions in reading order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gsaocr.page.cells import line_of
from gsaocr.page.components import weighted_median
from gsaocr.page.deskew import median_skew
from gsaocr.page.document import Box, Quarter
from gsaocr.page.flatten import FlatFrame
from gsaocr.page.lines import Run
from gsaocr.page.page_layout import QUARTERS, LayoutCell, LayoutLine, LayoutRegion, PageLayout
from gsaocr.page.reading_order import reading_order


def in_reading_order(lines: Sequence[LayoutLine]) -> PageLayout:
    """Return the layout of a page's lines; each has cells, and stands the way that is read.

    Lines of the direction that most text stands in come first; those of other directions are
    regions of their own after it. Lines that stand in a row of one region become one line.
    """
    regions: list[LayoutRegion] = []
    by_length = sorted(QUARTERS, key=lambda quarter: -_text_in(lines, quarter))
    main = by_length[0]
    skew = 0.0
    for quarter in by_length:
        own = [line for line in lines if line.orientation == quarter]
        if own:
            ends = [cell.baseline for line in own for cell in line.cells]
            own_skew = median_skew(ends, [quarter] * len(ends))
            skew = own_skew if quarter == main else skew
            regions += _regions(own, quarter, own_skew)
    return PageLayout(tuple(regions), main, skew)


def _text_in(lines: Sequence[LayoutLine], quarter: Quarter) -> float:
    """About how many letters stand in a direction."""
    own = [cell for line in lines if line.orientation == quarter for cell in line.cells]
    return sum(_length(cell) / max(cell.x_height, 1e-6) for cell in own)


def _length(cell: LayoutCell) -> float:
    (x0, y0), (x1, y1) = cell.baseline
    return math.hypot(x1 - x0, y1 - y0)


def _regions(lines: Sequence[LayoutLine], quarter: Quarter, skew: float) -> list[LayoutRegion]:
    """Return the regions of lines of one direction."""
    angle = math.radians(quarter + skew)
    turn = np.array([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0]])
    frame = FlatFrame(turn, (0, 0))
    cells = [cell for line in lines for cell in line.cells]
    runs = [_run(cell, frame) for cell in cells]
    letter = weighted_median(
        np.array([run.x_height for run in runs]), np.array([run.x1 - run.x0 for run in runs])
    )
    regions = []
    for group in reading_order(runs, letter):
        rows = tuple(line_of([cells[k] for k in row], frame, quarter) for row in group.rows)
        box = Box.union(line.box for line in rows)
        regions.append(LayoutRegion(rows, box, box.polygon))
    return regions


def _run(cell: LayoutCell, frame: FlatFrame) -> Run:
    """Return a cell as a run of ink on the flat page."""
    base = [frame.to_flat(point) for point in cell.baseline]
    top = [frame.to_flat(point) for point in cell.topline]
    ink = [frame.to_flat(point) for point in cell.box.polygon]
    (x0, y0), (x1, y1) = base
    slope = (y1 - y0) / max(x1 - x0, 1e-6)
    return Run(
        np.zeros(cell.pieces, np.int64),
        x0,
        x1,
        (top[0][1] + top[1][1]) / 2 - slope * (x0 + x1) / 2,
        (y0 + y1) / 2 - slope * (x0 + x1) / 2,
        slope,
        cell.x_height,
        min(y for _, y in ink),
        max(y for _, y in ink),
    )
