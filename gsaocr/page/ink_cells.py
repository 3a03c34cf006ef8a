"""Cells of lines whose outlines are known: the ink within an outline settles ends, skew and size.

Each piece of ink goes to the line whose outline holds most of it; one that two lines share, letters
grown together, is cut along the border between them. What is measured of a line is then the same as
for a line that was found on the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gsaocr.page.cells import cell_of_run, line_of, owners
from gsaocr.page.components import Components, connected, is_picture, letter_height
from gsaocr.page.crop import CROP_REACH, InkMap
from gsaocr.page.deskew import Axis, TextDirection, median_skew
from gsaocr.page.document import Box, Polygon
from gsaocr.page.flatten import FlatFrame, flat_frame, warp_ink
from gsaocr.page.ink_owners import runs_of, shared_out
from gsaocr.page.layout import text_direction
from gsaocr.page.lines import Run
from gsaocr.page.page_ink import PageInk, page_ink
from gsaocr.page.page_layout import LayoutCell, LayoutLine, PageLayout
from gsaocr.page.prepare import PreparedPage
from gsaocr.page.separate import without_rules

SKEW_TOLERANCE = 1.0
"""Degrees by which the ink's skew may differ from that of given baselines before these count."""


def with_cells(layout: PageLayout, page: PreparedPage, split: bool = True) -> PageLayout:
    """Return a layout whose lines have cells; lines that have some already keep them.

    Args:
        layout: its lines with outlines on the page, and with baselines where those are known.
        page: the page they lie on.
        split: whether a line is parted into cells at wide gaps, as for reading; one cell a line
            otherwise, as for training on the line's whole text.
    """
    ink = page_ink(page, with_edges=True)
    open_lines = [line for line in layout.lines if not line.cells]
    filled: dict[int, LayoutLine] = {}
    skews = []
    for axis in (0, 90):
        own = [line for line in open_lines if line.orientation % 180 == axis]
        if own:
            skew = _skew(own)
            skews.append((len(own), skew or 0.0))
            for line, done in zip(own, _lines_along(axis, skew, own, ink, split), strict=True):
                filled[id(line)] = done
    regions = tuple(
        replace(region, lines=tuple(filled.get(id(line), line) for line in region.lines))
        for region in layout.regions
    )
    most = max(skews, default=(0, layout.skew))[1]
    quarters = [line.orientation for line in open_lines]
    orientation = max(quarters, key=quarters.count) if quarters else layout.orientation
    return replace(layout, regions=regions, skew=most, orientation=orientation)


def baseline_gap(lines: Sequence[LayoutLine]) -> float | None:
    """Return by how much given baselines lie above those of the ink: the median, in x-heights.

    Near 0 where they are baselines; about 0.5 where they run through the middle of the letters, as
    in some published ALTO. None if no line has both.
    """
    gaps = []
    for line in lines:
        if len(line.baseline) >= 2 and line.cells and line.cells[0].x_height > 0:
            cell = line.cells[0]
            (x0, y0), (x1, y1) = cell.baseline
            across = np.array([cell.topline[0][0] - x0, cell.topline[0][1] - y0])
            across /= max(float(np.hypot(*across)), 1e-6)
            along = np.array([x1 - x0, y1 - y0]) / max(math.hypot(x1 - x0, y1 - y0), 1e-6)
            given = np.array(line.baseline) - (x0, y0)
            middle = math.hypot(x1 - x0, y1 - y0) / 2
            places = given @ along
            order = np.argsort(places)
            height = np.interp(middle, places[order], (given @ across)[order])
            gaps.append(float(height) / cell.x_height)
    return float(np.median(gaps)) if gaps else None


def _skew(lines: Sequence[LayoutLine]) -> float | None:
    """The median angle of the baselines off their quarter turn, in degrees clockwise, if any."""
    own = [line for line in lines if line.baseline]
    if not own:
        return None
    ends = [(line.baseline[0], line.baseline[-1]) for line in own]
    return median_skew(ends, [line.orientation for line in own])


def _lines_along(
    axis: Axis, skew: float | None, lines: Sequence[LayoutLine], ink: PageInk, split: bool
) -> list[LayoutLine]:
    """The lines that run along an axis, with cells."""
    direction = text_direction(ink.labels, ink.pieces, axis)
    if skew is not None and abs(direction.skew - skew) > SKEW_TOLERANCE:
        direction = TextDirection(axis, skew, 0.0)
    frame = flat_frame(ink.labels.shape, direction)
    labels, pieces = ink.labels.copy(), ink.pieces
    if axis or direction.skew:
        labels, pieces = connected(warp_ink(ink.ink, frame))
    letter = letter_height(pieces, labels.shape)
    runs: list[list[tuple[Components, Run]]] = [[] for _ in lines]
    if letter > 0:
        parts = without_rules(labels, pieces, letter)
        parts = parts.where(~is_picture(parts, letter))
        outlines = [np.array([frame.to_flat(p) for p in line.polygon]) for line in lines]
        owned = shared_out(labels, parts, outlines)
        runs = [list(runs_of(own, letter, split)) for own in owned]
    flat = [entry for own in runs for entry in own]
    source = InkMap(ink.page.grey, frame, labels, owners(int(labels.max(initial=0)), flat))
    numbers = iter(range(1, len(flat) + 1))
    done = []
    for line, own in zip(lines, runs, strict=True):
        cells = [cell_of_run(run, next(numbers), frame, source) for _, run in own]
        cells = cells or [_cell_of_outline(line.polygon, frame, source)]
        made = line_of(cells, frame, axis)
        if line.orientation != axis:
            made = made.turned()
        done.append(replace(line, cells=made.cells))
    return done


def _cell_of_outline(polygon: Polygon, frame: FlatFrame, source: InkMap) -> LayoutCell:
    """The cell of a line without ink of its own: what its outline encloses of the page."""
    height, width = frame.shape
    corners = (frame.to_flat(point) for point in polygon)
    box = Box.around((min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in corners)
    x_height = box.height / (2 * CROP_REACH)
    middle = (box.y0 + box.y1) / 2
    run = Run(
        np.zeros(0, np.int64), box.x0, box.x1, middle - x_height / 2, middle + x_height / 2,
        0.0, x_height, box.y0, box.y1,
    )  # fmt: skip
    return cell_of_run(run, -1, frame, source)
