"""Cells of a line whose course is known: the ink along it settles its ends, size and pieces.

The line is looked at level, along its own baseline, beside the lines that lie near it: each piece
of ink goes to the line that holds most of it, and one that two lines share, letters grown
together, is cut along the border between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components, connected, is_picture
from gsaocr.page.crop import CROP_FARTHEST, CROP_REACH, CROP_SIDE, soft_foreign
from gsaocr.page.document import Box, Point
from gsaocr.page.ink_owners import runs_of, shared_out
from gsaocr.page.line_course import LineCourse
from gsaocr.page.line_frame import LineFrame, PageSizes, Part, line_frame
from gsaocr.page.lines import Run
from gsaocr.page.page_layout import LayoutCell, WholeImage
from gsaocr.page.separate import without_rules
from gsaocr.page.strip_ink import StripInk, strip_ink

SIZES = (10.0, 32.0)
"""Pixels of a strip's x-height, least and most: smaller letters are enlarged before their ink is
told apart, larger ones made smaller."""
STRIP = (2.6, 1.6)
"""x-heights above and below the baseline that a strip reaches."""
OWN = (2.0, 0.8)
"""x-heights above and below the baseline within which ink is the line's own, but where another line
is nearer."""
LETTERS = (1.5, 0.5)
"""x-heights above and below the baseline between which letters lie."""
END_SLACK = 0.8
"""x-heights beyond an end within which ink is the line's own: the finder sees in coarse steps."""
OPEN_END = 3.0
"""The same where no end was seen."""


def cells_of_lines(
    lines: Sequence[LineCourse], page: PageSizes, count: int | None = None
) -> list[tuple[LayoutCell, ...]]:
    """Return the cells of each line of a page in reading order; none where there is no ink.

    Args:
        lines: all lines of the page.
        page: grey.
        count: how many of the lines are looked at, the others being known; None: all.
    """
    if not lines:
        return []
    reach = max(STRIP) + OPEN_END
    boxes = np.array([np.r_[c.outline(0, 0).min(0), c.outline(0, 0).max(0)] for c in lines])
    sizes = np.array([line.x_height for line in lines])
    result = []
    for n, line in enumerate(lines[:count]):
        away = reach * (line.x_height + sizes)
        before = boxes[:, :2] < boxes[n, 2:] + away[:, None]
        behind = boxes[:, 2:] > boxes[n, :2] - away[:, None]
        near = np.flatnonzero((before & behind).all(axis=1)).tolist()
        others = [lines[m] for m in near if m != n]
        result.append(_Strip.along(line, others, page).cells())
    return result


@dataclass(frozen=True)
class _Strip:
    """What is seen along a line: dark letters on white, and whose ink each piece is."""

    line: LineCourse
    frame: LineFrame
    page: PageSizes
    ink: StripInk
    labels: NDArray[Any]  # int32 (height, width): the numbers of pieces of ink, 0 for paper
    own: Components  # the line's

    @classmethod
    def along(cls, line: LineCourse, near: Sequence[LineCourse], page: PageSizes) -> _Strip:
        size = line.x_height
        scale = min(max(size, SIZES[0]), SIZES[1]) / size
        letter = size * scale
        beyond = [END_SLACK if seen else OPEN_END for seen in (line.begins, line.ends)]
        before, after = ((reach + 1) * size for reach in beyond)  # and paper about the ink
        frame = line_frame(line.baseline, scale, before, after, STRIP[0] * size, STRIP[1] * size)
        x, y = frame.origin
        band = slice(max(0, round(y - LETTERS[0] * letter)), round(y + LETTERS[1] * letter))
        grey = frame.sampled(page)
        ink = strip_ink(~grey if line.light else grey, letter, band)
        labels, pieces = connected(ink.ink)
        parts = without_rules(labels, pieces, letter)
        parts = parts.where(~is_picture(parts, letter))
        end = frame.shape[1] - after * scale
        top, bottom = y - OWN[0] * letter, y + OWN[1] * letter
        left, right = x - beyond[0] * letter, end + beyond[1] * letter
        outlines = [_rectangle(x, top, end, bottom)]
        outlines += [frame.to_strip(other.outline(*LETTERS)) for other in near]
        own = shared_out(labels, parts, outlines, _rectangle(left, top, right, bottom))[0]
        return cls(line, frame, page, ink, labels, own)

    def cells(self) -> tuple[LayoutCell, ...]:
        letter = self.line.x_height * self.frame.scale
        return tuple(self._cell(run) for _, run in runs_of(self.own, letter, split=True))

    def _cell(self, run: Run) -> LayoutCell:
        """Return the cell that a run of ink is read as."""
        letter = self.line.x_height * self.frame.scale
        side, reach = CROP_SIDE * letter, CROP_REACH * letter
        left, right = run.x0 - side, run.x1 + side
        middle = run.middle
        # Accents and long letters of its own are not cut off.
        above = min(max(reach, middle - run.y0 + 0.1 * letter), CROP_FARTHEST * reach)
        below = min(max(reach, run.y1 - middle + 0.1 * letter), CROP_FARTHEST * reach)
        half = (run.bottom - run.top) / 2

        def at(*places: tuple[float, float]) -> list[Point]:
            """Points of the page, from (x, how far below the middle) on the strip."""
            points = np.array(places)
            points[:, 1] += middle + run.slope * (points[:, 0] - (left + right) / 2)
            return [(x, y) for x, y in self.frame.to_page(points).tolist()]

        corners = at((left, -above), (right, -above), (right, below), (left, below))
        ink = at(*((x, y - middle) for x in (run.x0, run.x1) for y in (run.y0, run.y1)))
        base = at((run.x0, half), (run.x1, half))
        top = at((run.x0, -half), (run.x1, -half))
        return LayoutCell(
            Box.around(ink),
            (corners[0], corners[1], corners[2], corners[3]),
            (base[0], base[1]),
            (top[0], top[1]),
            self.line.x_height,
            WholeImage(self._image(run, left, right, -above, below)),
            pieces=len(run.members),
            score=self.line.score,
        )

    def _image(
        self, run: Run, left: float, right: float, above: float, below: float
    ) -> NDArray[np.uint8]:
        """Return a run's part of the strip, level: dark on white, without the ink of others."""
        width, height = max(1, round(right - left)), max(1, round(below - above))
        across, down = (right - left) / width, (below - above) / height
        start = run.middle + run.slope * (left - right) / 2 + above
        part = Part(
            np.array([[across, 0.0, left], [run.slope * across, down, start]]), (height, width)
        )
        grey = self.frame.sampled(self.page, part)
        even = self.ink.even(~grey if self.line.light else grey, part.cut(self.ink.paper))
        even[part.cut(self._foreign(run), cv2.INTER_NEAREST) > 0] = 255
        return np.ascontiguousarray(even)

    def _foreign(self, run: Run) -> NDArray[np.uint8]:
        """Where ink lies that is not the run's: uint8, not 0 there."""
        is_own = np.zeros(int(self.labels.max(initial=0)) + 1, np.uint8)
        is_own[self.own.label[run.members]] = 1
        own = is_own[self.labels]
        foreign = ((self.labels > 0) & (own == 0)).view(np.uint8)
        return soft_foreign(own, foreign)


def _rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
