"""From runs of ink on the flat page to cells and lines with their places on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components
from gsaocr.page.crop import CROP_FARTHEST, CROP_REACH, CROP_SIDE
from gsaocr.page.document import Box, Point, Quarter
from gsaocr.page.flatten import FlatFrame
from gsaocr.page.lines import Run
from gsaocr.page.page_layout import CropSource, LayoutCell, LayoutLine


def owners(count: int, pieces: Sequence[tuple[Components, Run]]) -> NDArray[Any]:
    """Return whose each label is: int32 (count + 1,), the run's place from 1, -1 if nobody's.

    ``pieces`` are the runs, each with the components that its members are indices of.
    """
    number = np.full(count + 1, -1, np.int32)
    number[0] = 0
    for place, (parts, run) in enumerate(pieces, 1):
        number[parts.label[run.members]] = place
    return number


def cell_of_run(run: Run, owner: int, frame: FlatFrame, source: CropSource) -> LayoutCell:
    """Return the cell that a run of ink is read as; ``owner`` is its number in the source."""
    side = CROP_SIDE * run.x_height
    left, right = run.x0 - side, run.x1 + side
    reach = CROP_REACH * run.x_height
    centre = (left + right) / 2
    middle = run.middle
    # Accents and long letters of its own are not cut off, unless they are another thing.
    above = min(max(reach, middle - run.y0 + 0.1 * run.x_height), CROP_FARTHEST * reach)
    below = min(max(reach, run.y1 - middle + 0.1 * run.x_height), CROP_FARTHEST * reach)

    def at(x: float, shift: float) -> Point:
        return frame.to_page((x, middle + run.slope * (x - centre) + shift))

    half = (run.bottom - run.top) / 2
    return LayoutCell(
        Box.around(at(x, y - middle) for x in (run.x0, run.x1) for y in (run.y0, run.y1)),
        (at(left, -above), at(right, -above), at(right, below), at(left, below)),
        (at(run.x0, half), at(run.x1, half)),
        (at(run.x0, -half), at(run.x1, -half)),
        run.x_height,
        source,
        owner,
        len(run.members),
    )


def line_of(cells: Sequence[LayoutCell], frame: FlatFrame, orientation: Quarter) -> LayoutLine:
    """Return the line of cells that stand in a row, from left to right on the flat page."""
    if len(cells) == 1:
        return LayoutLine((cells[0],), cells[0].box, cells[0].polygon, orientation)
    flat = Box.around(frame.to_flat(point) for cell in cells for point in cell.polygon)
    polygon = tuple(frame.to_page(point) for point in flat.polygon)
    return LayoutLine(tuple(cells), Box.union(cell.box for cell in cells), polygon, orientation)
