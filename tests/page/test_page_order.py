"""Lines of several directions in reading order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.line_cells import cells_of_lines
from gsaocr.page.line_course import LineCourse
from gsaocr.page.line_frame import PageSizes
from gsaocr.page.page_layout import LayoutLine, PageLayout
from gsaocr.page.page_order import in_reading_order
from tests.page.test_line_cells import letters


def placed(page: NDArray[np.uint8], courses: list[LineCourse]) -> list[LayoutLine]:
    cells = cells_of_lines(courses, PageSizes(page))
    return [
        LayoutLine(own, own[0].box, own[0].polygon, course.orientation, course=course)
        for course, own in zip(courses, cells, strict=True)
    ]


def corners(layout: PageLayout) -> list[tuple[int, int]]:
    return [(round(line.box.x0 / 10), round(line.box.y0 / 10)) for line in layout.lines]


def level(x: float, y: float, count: int) -> LineCourse:
    return LineCourse(np.array([[x, y], [x + 20 * count - 8, y]], float), 16.0)


def test_two_columns_are_read_one_after_the_other() -> None:
    page = np.full((400, 700), 255, np.uint8)
    courses = []
    for row in range(6):
        for x in (40, 360):
            letters(page, x, 60 + 40 * row, 14)
            courses.append(level(x, 60 + 40 * row, 14))
    found = corners(in_reading_order(placed(page, courses)))
    assert found == [(4, 4 + 4 * n) for n in range(6)] + [(36, 4 + 4 * n) for n in range(6)]


def test_a_line_up_the_margin_is_a_region_of_its_own() -> None:
    page = np.full((400, 500), 255, np.uint8)
    courses = []
    for row in range(4):
        letters(page, 100, 60 + 40 * row, 14)
        courses.append(level(100, 60 + 40 * row, 14))
    side = np.full((500, 400), 255, np.uint8)
    letters(side, 100, 40, 9)  # turned counter-clockwise, it runs up the left edge
    page = np.minimum(page, np.rot90(side, 1)[:400])
    start = np.array([[40.0, 400 - 100.0], [40.0, 400 - 272.0]])
    courses.insert(1, LineCourse(start, 16.0))
    layout = in_reading_order(placed(np.ascontiguousarray(page), courses))
    assert [line.orientation for line in layout.lines] == [0, 0, 0, 0, 270]
    assert layout.orientation == 0
    assert layout.regions[-1].lines[0].orientation == 270


def test_cells_side_by_side_are_one_line() -> None:
    page = np.full((200, 700), 255, np.uint8)
    courses = []
    for row in range(3):
        for x, count in ((40, 6), (500, 3)):
            letters(page, x, 60 + 40 * row, count)
            courses.append(level(x, 60 + 40 * row, count))
    layout = in_reading_order(placed(page, courses))
    assert [len(line.cells) for line in layout.lines] == [2, 2, 2]


def test_no_lines_are_an_empty_layout() -> None:
    assert in_reading_order([]).regions == ()
