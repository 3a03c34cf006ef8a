"""The layout of a page: regions, lines and cells in reading order, and the image of each cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import (
    Components,
    connected,
    is_picture,
    is_rule,
    letter_height,
    mend,
    touches_edge,
)
from gsaocr.page.deskew import Axis, TextDirection, find_direction
from gsaocr.page.document import Box, Point, Polygon, Quarter
from gsaocr.page.flatten import FlatFrame, flat_frame, pixel_matrix, warp_ink
from gsaocr.page.light_text import find_bars
from gsaocr.page.lines import Run, find_runs, join
from gsaocr.page.marks import with_fragments, with_marks
from gsaocr.page.plausible import only_text
from gsaocr.page.prepare import PreparedPage
from gsaocr.page.reading_order import RowGroup, reading_order
from gsaocr.page.separate import cut_between_lines, without_rules

CROP_REACH = 1.08  # x-heights from the middle of the letters to either edge of a crop
CROP_SIDE = 0.4  # x-heights of paper to the left and right of the ink
CELL_GAP = 3.3  # letters high; a wider gap within a row parts its cells


@dataclass(frozen=True, slots=True)
class LayoutCell:
    """A piece of a line that is read at once: the whole line, unless it has wide gaps.

    The letters stand in the band between ``baseline`` and ``topline``, the latter at x-height or,
    where the cell has capitals or figures only, at their height. Points are on the page.
    """

    box: Box
    polygon: Polygon  # clockwise from the corner at the start of the text and above it
    baseline: tuple[Point, Point]
    topline: tuple[Point, Point]
    x_height: float
    owner: int  # number of the cell's ink in the page's map of ink


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """Cells side by side, in reading order."""

    cells: tuple[LayoutCell, ...]
    box: Box
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class LayoutRegion:
    """Lines that belong together."""

    lines: tuple[LayoutLine, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class PageLayout:
    """Where text is on a page.

    ``orientation`` is 0 or 90 as found: only the axis of the lines is known. ``turned`` gives the
    same layout with the text the other way up, once its reader has said so.
    """

    page: PreparedPage
    regions: tuple[LayoutRegion, ...]
    orientation: Quarter
    direction: TextDirection
    frame: FlatFrame
    labels: NDArray[Any]  # int32 on the flat page: 0 paper, else the number of a piece of ink
    owner_of: NDArray[Any]  # int32: owner of the piece with that label; -1: no cell's

    @property
    def lines(self) -> tuple[LayoutLine, ...]:
        """All lines in reading order."""
        return tuple(line for region in self.regions for line in region.lines)

    @property
    def cells(self) -> tuple[LayoutCell, ...]:
        """All cells in reading order."""
        return tuple(cell for line in self.lines for cell in line.cells)

    def crop(self, cell: LayoutCell) -> NDArray[np.uint8]:
        """The image of a cell: uint8 (height, width), level, paper white, at the page's resolution.

        Cut from the page with one interpolation. The height is 2.16 x-heights about the middle of
        the letters, more where its own ink reaches further; ink of other lines is painted over.
        """
        (ax, ay), (bx, by) = cell.polygon[0], cell.polygon[1]
        (dx, dy) = cell.polygon[3]
        width = max(1, round(float(np.hypot(bx - ax, by - ay))))
        height = max(1, round(float(np.hypot(dx - ax, dy - ay))))
        to_page = np.array(
            [
                [(bx - ax) / width, (dx - ax) / height, ax],
                [(by - ay) / width, (dy - ay) / height, ay],
            ]
        )
        crop = _warp(self.page.grey, to_page, (height, width), cv2.INTER_LINEAR, 255)
        to_flat = self.frame.matrix[:, :2] @ to_page
        to_flat[:, 2] += self.frame.matrix[:, 2]
        foreign = self._foreign(cell, to_flat, (height, width))
        crop[foreign > 0] = 255
        return crop

    def _foreign(
        self, cell: LayoutCell, to_flat: NDArray[Any], shape: tuple[int, int]
    ) -> NDArray[Any]:
        """Where other cells' ink lies on a crop: uint8, not 0 there."""
        height, width = shape
        corners = to_flat @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        x0, y0 = np.maximum(np.floor(corners.min(axis=1)).astype(int) - 3, 0)
        x1, y1 = np.ceil(corners.max(axis=1)).astype(int) + 3
        window = self.owner_of[self.labels[y0:y1, x0:x1]]
        if not window.size:
            return np.zeros(shape, np.uint8)
        own = (window == cell.owner).view(np.uint8)
        foreign = ((window != 0) & (window != cell.owner)).view(np.uint8)
        # The soft edge of foreign ink goes with it, that of the cell's own stays.
        kernel = np.ones((5, 5), np.uint8)
        near_own: NDArray[Any] = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)))
        foreign = np.asarray(cv2.dilate(foreign, kernel)) & ~near_own
        shifted = to_flat.copy()
        shifted[:, 2] -= (x0, y0)
        return _warp(foreign, shifted, shape, cv2.INTER_NEAREST, 0)

    def turned(self) -> PageLayout:
        """The layout if the text is the other way up: order and baselines are reversed."""
        regions = tuple(
            LayoutRegion(tuple(_turned_line(line) for line in region.lines[::-1]), region.box)
            for region in self.regions[::-1]
        )
        opposite: Quarter = (self.orientation + 180) % 360  # type: ignore[assignment]
        return replace(self, regions=regions, orientation=opposite)


def _turned_line(line: LayoutLine) -> LayoutLine:
    cells = tuple(
        replace(
            cell,
            polygon=cell.polygon[2:] + cell.polygon[:2],
            baseline=cell.topline[::-1],
            topline=cell.baseline[::-1],
        )
        for cell in line.cells[::-1]
    )
    return LayoutLine(cells, line.box, line.polygon[2:] + line.polygon[:2])


def find_lines(page: PreparedPage, axis: Axis | None = None) -> PageLayout:
    """Find the lines of text on a page; a page without any gives a layout without regions.

    ``axis`` says how the lines run where that is known: 0 along the image's rows, 90 along its
    columns.
    """
    ink, labels, everything = mend(page.ink)
    letter = letter_height(everything, labels.shape)
    edge = touches_edge(everything, labels.shape, letter)
    if edge.any():
        kept = np.ones(len(edge) + 1, np.uint8)
        kept[1:] = ~edge
        ink = ink & kept[labels]
        everything = everything.where(~edge)
    bars = find_bars(labels, everything, letter)
    if bars is not None:
        page = _with_bars_reversed(page, bars)
        ink, labels, everything = mend(np.where(bars > 0, bars - (ink & bars), ink))
    direction = _direction(labels, everything, axis)
    frame = flat_frame(page.ink.shape, direction)
    if direction.axis or direction.skew:
        labels, everything = connected(warp_ink(ink, frame))
    letter = letter_height(everything, labels.shape)
    runs: list[Run] = []
    parts = everything.where(np.zeros(len(everything), bool))
    if letter > 0:
        parts, runs = _runs(labels, everything, letter)
    runs, groups = _with_wider_cells(parts, runs, reading_order(runs, letter), letter)
    owner_of = _owner_of(labels, parts, runs)
    regions = []
    for group in groups:
        lines = tuple(
            _line([_cell(runs[k], k + 1, frame) for k in row], frame) for row in group.rows
        )
        regions.append(LayoutRegion(lines, Box.union(line.box for line in lines)))
    return PageLayout(page, tuple(regions), direction.axis, direction, frame, labels, owner_of)


def _with_bars_reversed(page: PreparedPage, bars: NDArray[Any]) -> PreparedPage:
    """The page with light text on bars made dark on white."""
    grey = np.where(bars > 0, ~page.grey, page.grey)
    # Paint over the bars' soft outer edge, which would stay as a thin frame.
    around = np.asarray(cv2.dilate(bars, np.ones((5, 5), np.uint8)))
    grey[(around > 0) & (bars == 0)] = 255
    return replace(page, grey=grey)


def _runs(
    labels: NDArray[Any], everything: Components, letter: float
) -> tuple[Components, list[Run]]:
    """Pieces of text and the runs they form; ``labels`` changes where pieces are cut apart."""
    zones = everything.where(np.minimum(everything.width, everything.height) > 5 * letter)
    parts = without_rules(labels, everything, letter)
    parts = parts.where(~is_picture(parts, letter))
    runs = find_runs(parts, letter)
    cut = cut_between_lines(labels, parts, runs, letter)
    if cut is not None:
        parts = cut
        runs = find_runs(parts, letter)
    runs = with_fragments(parts, runs, letter)
    runs = only_text(runs, parts, zones, letter)
    return parts, with_marks(parts, runs, letter)


def _direction(labels: NDArray[Any], parts: Components, axis: Axis | None) -> TextDirection:
    letter = letter_height(parts, labels.shape)
    if letter <= 0:
        return TextDirection(axis or 0, 0.0, 0.0)
    body = ~is_rule(parts, letter) & ~is_picture(parts, letter) & (parts.height > 0.4 * letter)
    shown = np.zeros(int(labels.max(initial=0)) + 1, np.uint8)
    shown[parts.label[body]] = 1
    # Edges of letters 10 pixels high tell the angle as well as those of larger ones.
    step = max(1, int(letter / 10))
    direction = find_direction(shown[labels[::step, ::step]], letter / step, axis)
    length = labels.shape[1 if direction.axis == 0 else 0]
    # A skew that moves no line's end by a quarter of a letter is left to the lines' own slopes.
    if abs(np.tan(np.radians(direction.skew))) * length < 0.25 * letter:
        return replace(direction, skew=0.0)
    return direction


def _with_wider_cells(
    parts: Components, runs: list[Run], groups: list[RowGroup], letter: float
) -> tuple[list[Run], list[RowGroup]]:
    """Join neighbours in a row unless much paper parts them: columns are known by now."""
    joined: list[Run] = []
    result = []
    for group in groups:
        rows = []
        for row in group.rows:
            cells = [[runs[row[0]]]]
            for k in row[1:]:
                last, run = cells[-1][-1], runs[k]
                size = min(last.bottom - last.top, run.bottom - run.top)
                like = max(last.bottom - last.top, run.bottom - run.top) < 1.7 * size
                if like and run.x0 - last.x1 <= CELL_GAP * max(size, 0.7 * letter):
                    cells[-1].append(run)
                else:
                    cells.append([run])
            rows.append(tuple(range(len(joined), len(joined) + len(cells))))
            joined += [cell[0] if len(cell) == 1 else join(parts, cell, letter) for cell in cells]
        result.append(RowGroup(tuple(rows)))
    return joined, result


def _owner_of(labels: NDArray[Any], parts: Components, runs: list[Run]) -> NDArray[Any]:
    number = np.full(int(labels.max(initial=0)) + 1, -1, np.int32)
    number[0] = 0
    for k, run in enumerate(runs):
        number[parts.label[run.members]] = k + 1
    return number


def _cell(run: Run, owner: int, frame: FlatFrame) -> LayoutCell:
    side = CROP_SIDE * run.x_height
    left, right = run.x0 - side, run.x1 + side
    reach = CROP_REACH * run.x_height
    centre = (left + right) / 2
    middle = run.middle
    # Accents and long letters of its own are not cut off, unless they are another thing.
    above = min(max(reach, middle - run.y0 + 0.1 * run.x_height), 1.9 * reach)
    below = min(max(reach, run.y1 - middle + 0.1 * run.x_height), 1.9 * reach)

    def at(x: float, shift: float) -> Point:
        return frame.to_page((x, middle + run.slope * (x - centre) + shift))

    half = (run.bottom - run.top) / 2
    return LayoutCell(
        Box.around(at(x, y - middle) for x in (run.x0, run.x1) for y in (run.y0, run.y1)),
        (at(left, -above), at(right, -above), at(right, below), at(left, below)),
        (at(run.x0, half), at(run.x1, half)),
        (at(run.x0, -half), at(run.x1, -half)),
        run.x_height,
        owner,
    )


def _line(cells: list[LayoutCell], frame: FlatFrame) -> LayoutLine:
    if len(cells) == 1:
        return LayoutLine((cells[0],), cells[0].box, cells[0].polygon)
    flat = Box.around(frame.to_flat(point) for cell in cells for point in cell.polygon)
    polygon = tuple(frame.to_page(point) for point in flat.polygon)
    return LayoutLine(tuple(cells), Box.union(cell.box for cell in cells), polygon)


def _warp(
    image: NDArray[Any], to_image: NDArray[Any], shape: tuple[int, int], how: int, outside: int
) -> NDArray[np.uint8]:
    """Sample an image through a map from the result's points to the image's."""
    return np.asarray(
        cv2.warpAffine(
            image,
            pixel_matrix(to_image),
            shape[::-1],
            flags=how | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=outside,
        )
    )
