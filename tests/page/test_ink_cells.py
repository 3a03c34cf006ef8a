"""Lines whose outlines are given get the cells that they would have had if they were found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gsaocr.page.document import Box, Polygon
from gsaocr.page.ink_cells import baseline_gap, with_cells
from gsaocr.page.layout import find_lines
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutLine, LayoutRegion, PageLayout
from gsaocr.page.prepare import PreparedPage, prepare
from tests.page.printed import Sheet, book_page


def prepared(grey: np.ndarray) -> PreparedPage:
    return prepare(PageImage(np.ascontiguousarray(grey)))


def given(lines: list[LayoutLine]) -> PageLayout:
    """The layout as a file gives it: outlines and baselines without cells."""
    box = Box.union(line.box for line in lines)
    open_lines = tuple(
        LayoutLine(
            (), Box.around(line.polygon), line.polygon, line.orientation,
            tuple(p for cell in line.cells for p in cell.baseline), given=True,
        )
        for line in lines
    )  # fmt: skip
    return PageLayout((LayoutRegion(open_lines, box, box.polygon, "text"),), given=True)


@pytest.mark.parametrize("quarters", [0, 1])
def test_given_lines_are_cut_as_found_ones(quarters: int) -> None:
    page = prepared(np.rot90(book_page().grey, -quarters))
    found = find_lines(page)
    done = with_cells(given(list(found.lines)), page)
    assert done.orientation == found.orientation
    assert len(done.cells) == len(found.cells)
    for one, other in zip(found.cells, done.cells, strict=True):
        assert np.array_equal(one.crop(), other.crop())
        assert tuple(one.box) == pytest.approx(tuple(other.box))


def test_a_row_with_wide_gaps_is_parted_for_reading_and_whole_for_training() -> None:
    sheet = Sheet(900, 200)
    for k in range(3):
        for x, cell in ((40, "Bread and butter"), (420, "2"), (700, "4.50")):
            sheet.line(x, 30 + 50 * k, cell, 28)
    rows = [Box(30, 20 + 50 * k, 800, 68 + 50 * k) for k in range(3)]
    lines = tuple(LayoutLine((), box, box.polygon, given=True) for box in rows)
    layout = PageLayout((LayoutRegion(lines, Box.union(rows)),), given=True)
    page = prepared(sheet.grey)
    assert [len(line.cells) for line in with_cells(layout, page).lines] == [3, 3, 3]
    whole = with_cells(layout, page, split=False)
    assert [len(line.cells) for line in whole.lines] == [1, 1, 1]
    assert whole.cells[0].box.width > 650


def test_letters_of_two_lines_grown_together_are_cut_between_them() -> None:
    sheet = Sheet(700, 160)
    sheet.line(40, 20, "happy golfing by a jolly quay", 40)
    sheet.line(40, 72, "lively little libellules fly", 40)
    grey = sheet.grey.copy()
    grey[50:90, 300:306] = 0  # a stroke from one line into the other
    boxes = [Box(30, 18, 660, 68), Box(30, 68, 660, 118)]
    lines = tuple(LayoutLine((), box, box.polygon, given=True) for box in boxes)
    layout = PageLayout((LayoutRegion(lines, Box.union(boxes)),), given=True)
    cells = with_cells(layout, prepared(grey)).cells
    assert len(cells) == 2
    assert cells[0].box.y1 <= cells[1].box.y0 + 12


def test_a_line_without_ink_is_what_its_outline_encloses() -> None:
    box = Box(100, 100, 300, 140)
    layout = PageLayout((LayoutRegion((LayoutLine((), box, box.polygon),), box),), given=True)
    (cell,) = with_cells(layout, prepared(np.full((300, 400), 255, np.uint8))).cells
    assert cell.crop().shape[0] == pytest.approx(40, abs=6)
    assert cell.box.overlap(box) > 0.9 * box.area


def test_outlines_far_off_the_page_do_no_harm() -> None:
    polygons: list[Polygon] = [
        ((-900.0, -900.0), (-800.0, -900.0), (-800.0, -860.0), (-900.0, -860.0)),
        ((1e6, 1e6), (1e6 + 50, 1e6), (1e6, 1e6 + 50)),
        ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
        ((-1e6, 1e5), (1e6, 1e5), (1e6, 1e6), (-1e6, 1e6)),
        ((-1e6, 5.0), (1e6, 5.0), (1e6, 9.0), (-1e6, 9.0)),
    ]
    lines = tuple(LayoutLine((), Box.around(p), p, given=True) for p in polygons)
    layout = PageLayout((LayoutRegion(lines, lines[0].box),), given=True)
    page = prepared(book_page().grey)
    for cell in with_cells(layout, page).cells:
        height, width = cell.crop().shape
        assert 0 < height * width < 10 * page.grey.size


def test_baselines_are_compared_with_the_ink() -> None:
    page = prepared(book_page().grey)
    done = with_cells(given(list(find_lines(page).lines)), page)
    assert baseline_gap(done.lines) == pytest.approx(0, abs=0.05)
    raised = []
    for line in done.lines:
        up = 0.5 * line.cells[0].x_height
        raised.append(replace(line, baseline=tuple((x, y - up) for x, y in line.baseline)))
    assert baseline_gap(raised) == pytest.approx(0.5, abs=0.05)
    assert baseline_gap([]) is None
