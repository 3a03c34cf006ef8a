"""Lines of a single sign, which hardly show which way they run: their neighbours say it.

A lone figure looks like a letter of a line in any direction. It is taken to run as the lines about
it do; where a page has no other lines, all of its short ones are looked at in every turn, and
decide together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gsaocr.page.document import Box
from gsaocr.page.line_cells import cells_of_lines
from gsaocr.page.line_course import LineCourse
from gsaocr.page.line_frame import PageSizes
from gsaocr.page.page_layout import LayoutLine
from gsaocr.recognizer.line_reader import LineReader

ONE_PIECE, ANY = 3.0, 1.2
"""x-heights: a line that is shorter is a single sign if its ink is one piece; in any case."""
NEIGHBOURS = 5
"""The nearest longer lines that are asked."""
FIGURE = 1.4
"""Height of a figure or a capital in x-heights."""
LOUDEST = 3.0
"""Log-probability by which one sign may speak for a turn."""


def along_their_neighbours(
    lines: Sequence[LayoutLine], page: PageSizes, reader: LineReader
) -> list[LayoutLine]:
    """Return lines with cells, short ones cut anew where the lines about them run the other way."""
    short = [n for n, line in enumerate(lines) if _is_one_sign(line)]
    longer = [line for line in lines if not _is_one_sign(line)]
    if not short:
        return list(lines)
    if longer:
        axes = {n: _axis_about(lines[n], longer) for n in short}
    else:
        axes = dict.fromkeys(short, _axis_of_all([lines[n] for n in short], reader))
    wrong = [n for n in short if lines[n].orientation % 180 != axes[n]]
    courses = [line.course for n, line in enumerate(lines) if n not in wrong and line.course]
    again = [_along(lines[n], axes[n]) for n in wrong]
    cells = cells_of_lines(again + courses, page, count=len(again))
    result = list(lines)
    for n, course, own in zip(wrong, again, cells, strict=True):
        if own:
            orientation = course.orientation
            result[n] = replace(lines[n], cells=own, orientation=orientation, course=course)
    return result


def _is_one_sign(line: LayoutLine) -> bool:
    pieces = sum(cell.pieces for cell in line.cells)
    return _length(line) < (ONE_PIECE if pieces == 1 else ANY)


def _length(line: LayoutLine) -> float:
    """Return how long a line's ink is, in its x-heights, measured across the page's axes."""
    box = Box.union(cell.box for cell in line.cells)
    along = box.width if line.orientation % 180 == 0 else box.height
    return along / max(line.course.x_height if line.course else 1.0, 1e-6)


def _axis_about(line: LayoutLine, longer: Sequence[LayoutLine]) -> int:
    """Return the axis, 0 or 90, along which most text about a line runs."""
    near = sorted(longer, key=lambda other: _gap(line.box, other.box))[:NEIGHBOURS]
    text = {axis: sum(_length(o) for o in near if o.orientation % 180 == axis) for axis in (0, 90)}
    return 0 if text[0] >= text[90] else 90


def _gap(a: Box, b: Box) -> float:
    across = max(a.x0 - b.x1, b.x0 - a.x1, 0.0)
    down = max(a.y0 - b.y1, b.y0 - a.y1, 0.0)
    return math.hypot(across, down)


def _axis_of_all(lines: Sequence[LayoutLine], reader: LineReader) -> int:
    """Return the axis on which the signs of a page look most like letters."""
    votes = {0: 0.0, 90: 0.0}
    crops = [line.cells[0].crop() for line in lines]
    for line, sights in zip(lines, reader.look(crops, any_turn=True), strict=True):
        scores = np.full(4, -math.inf)
        for sight in sights:
            for quarter, score in sight.scores.items():
                scores[quarter] = max(scores[quarter], score)
        along, across = (np.logaddexp(*scores[part::2]) for part in (0, 1))
        lead = float(np.clip(along - across, -LOUDEST, LOUDEST))
        votes[line.orientation % 180] += lead
    return 0 if votes[0] >= votes[90] else 90


def _along(line: LayoutLine, axis: int) -> LineCourse:
    """Return the course of a sign that stands along an axis, from the box of its ink."""
    box = Box.union(cell.box for cell in line.cells)
    low, size = box.y1, box.height
    ends = [[box.x0, low], [box.x1, low]]
    if axis == 90:  # the text's lower side is the box's left one
        low, size = box.x0, box.width
        ends = [[low, box.y0], [low, box.y1]]
    course = line.course
    return LineCourse(
        np.array(ends),
        max(size / FIGURE, 1.0),
        light=course.light if course else False,
        score=course.score if course else 1.0,
    )
