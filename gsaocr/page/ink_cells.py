"""Cells of lines whose outlines are known: the ink within an outline settles ends, skew and size.

Each piece of ink goes to the line whose outline holds most of it; one that two lines share, letters
grown together, is cut along the border between them. What is measured of a line is then the same as
for a line that was found on the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.cells import cell_of_run, line_of, owners
from gsaocr.page.components import Components, connected, is_picture, letter_height
from gsaocr.page.crop import CROP_REACH, InkMap
from gsaocr.page.deskew import Axis, TextDirection
from gsaocr.page.document import Box, Polygon
from gsaocr.page.flatten import FlatFrame, flat_frame, warp_ink
from gsaocr.page.layout import CELL_GAP, neighbours_joined, text_direction
from gsaocr.page.lines import Run, extended, is_mark, measure
from gsaocr.page.marks import with_marks
from gsaocr.page.page_ink import PageInk, page_ink
from gsaocr.page.page_layout import LayoutCell, LayoutLine, PageLayout
from gsaocr.page.prepare import PreparedPage
from gsaocr.page.separate import without_rules

WHOLE_SHARE = 0.7
"""Of a piece of ink must lie in one line for it to belong to that line as a whole."""


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
    angles, lengths = [], []
    for line in lines:
        if line.baseline:
            (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
            angle = math.degrees(math.atan2(y1 - y0, x1 - x0)) - line.orientation
            angles.append((angle + 180) % 360 - 180)
            lengths.append(math.hypot(x1 - x0, y1 - y0))
    if not angles:
        return None
    order = np.argsort(angles)
    total = np.cumsum(np.array(lengths)[order])
    return float(angles[order[np.searchsorted(total, total[-1] / 2)]])


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
        owned = _shared_out(labels, parts, outlines)
        runs = [list(_runs_of(own, letter, split)) for own in owned]
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


@dataclass(slots=True)
class _Territory:
    """Which line each pixel of the flat page is nearest to: int32, 0 where there is none."""

    line: NDArray[Any]
    distance: NDArray[Any]  # float32, from the line's middle in halves of its height

    @classmethod
    def of(cls, shape: tuple[int, ...], outlines: Sequence[NDArray[Any]]) -> _Territory:
        own = cls(np.zeros(shape, np.int32), np.full(shape, np.inf, np.float32))
        for number, outline in enumerate(outlines, 1):
            own._add(number, outline)
        return own

    def _add(self, number: int, outline: NDArray[Any]) -> None:
        height, width = self.line.shape
        x0, y0 = np.clip(np.floor(outline.min(axis=0)).astype(int), 0, (width, height))
        x1, y1 = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 1, 0, (width, height))
        if x0 >= x1 or y0 >= y1:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        shifted = np.rint(np.clip(outline - (x0, y0), -1e4, 1e5)).astype(np.int32)
        cv2.fillPoly(mask, [shifted], 1)
        rows = np.arange(y1 - y0, dtype=np.float32)[:, None]
        count = mask.sum(axis=0, dtype=np.int32)
        first = mask.argmax(axis=0)
        half = np.maximum(count, 1) / 2
        distance = np.abs(rows + 0.5 - (first + half)) / half
        window = self.distance[y0:y1, x0:x1]
        nearer = (mask > 0) & (distance < window)
        window[nearer] = distance[nearer]
        self.line[y0:y1, x0:x1][nearer] = number


def _shared_out(
    labels: NDArray[Any], parts: Components, outlines: Sequence[NDArray[Any]]
) -> list[Components]:
    """Give each piece of ink to a line; ``labels`` changes where one is cut. One entry a line."""
    territory = _Territory.of(labels.shape, outlines).line
    lines = len(outlines)
    size = int(labels.max(initial=0)) + 1
    place = np.full(size, -1, np.int64)
    place[parts.label] = np.arange(len(parts))
    inked = np.flatnonzero((labels > 0) & (place[labels] >= 0))
    which, where = place[labels.ravel()[inked]], territory.ravel()[inked]
    pairs, pixels = np.unique(which * (lines + 1) + where, return_counts=True)
    piece, line = pairs // (lines + 1), pairs % (lines + 1)
    whole = pixels >= WHOLE_SHARE * parts.area[piece]
    owner = np.zeros(len(parts), np.int64)
    owner[piece[whole]] = line[whole]
    cut = np.setdiff1d(piece, piece[whole])
    new, owner_of_new = _cut(labels, territory, parts.where(cut))
    together = parts.plus(new)
    owner = np.concatenate([owner, owner_of_new])
    owner[cut] = 0
    return [together.where(np.flatnonzero(owner == number)) for number in range(1, lines + 1)]


def _cut(
    labels: NDArray[Any], territory: NDArray[Any], parts: Components
) -> tuple[Components, NDArray[Any]]:
    """Cut pieces along the borders of lines; return what lies in a line, and in which."""
    rows: list[tuple[int, ...]] = []
    owner: list[int] = []
    following = int(labels.max(initial=0)) + 1
    for k in range(len(parts)):
        y, x = slice(parts.y0[k], parts.y1[k]), slice(parts.x0[k], parts.x1[k])
        window = labels[y, x]
        piece = window == parts.label[k]
        for line in np.unique(territory[y, x][piece]):
            mine = piece & (territory[y, x] == line)
            if line == 0:
                continue
            window[mine] = following
            down, across = np.nonzero(mine)
            left, top = int(parts.x0[k] + across.min()), int(parts.y0[k] + down.min())
            right, bottom = int(parts.x0[k] + across.max()), int(parts.y0[k] + down.max())
            rows.append((left, top, right + 1, bottom + 1, len(down), following))
            owner.append(int(line))
            following += 1
    columns = np.array(rows, np.int32).reshape(-1, 6).T
    return Components(*columns), np.array(owner, np.int64)


def _runs_of(own: Components, letter: float, split: bool) -> Iterator[tuple[Components, Run]]:
    """The runs that a line's ink is read as, from left to right; none if there is no ink."""
    if not len(own):
        return
    letters = np.flatnonzero(~is_mark(own, letter))
    if not len(letters):
        yield own, measure(own, np.arange(len(own)), letter)
        return
    groups = [letters]
    if split:
        whole = measure(own, letters, letter)
        gap = CELL_GAP * max(whole.bottom - whole.top, 0.7 * letter)
        order = letters[np.argsort(own.x0[letters], kind="stable")]
        reach = np.maximum.accumulate(own.x1[order])
        groups = np.split(order, np.flatnonzero(own.x0[order][1:] - reach[:-1] > gap) + 1)
    runs = with_marks(own, [measure(own, group, letter) for group in groups], letter)
    runs.sort(key=lambda run: run.x0)
    if split:
        runs = neighbours_joined(own, runs, letter)
    else:
        runs = [extended(runs[0], own, [run.members for run in runs[1:]])]
    for run in runs:
        yield own, run


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
