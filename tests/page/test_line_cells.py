"""Cells along lines that were found: straight, bent, turned, light on dark, beside others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gsaocr.page.line_cells import cells_of_lines
from gsaocr.page.line_course import LineCourse
from gsaocr.page.line_frame import LineFrame, PageSizes, line_frame

Grey = NDArray[np.uint8]
X_HEIGHT = 16.0


def letters(grey: Grey, left: int, base: int, count: int, ink: int = 0) -> None:
    """Draw posts and bars in the place of letters, each of one piece, x-height 16."""
    for n in range(count):
        x = left + 20 * n
        grey[base - 16 : base, x : x + 4] = ink
        grey[base - 4 : base, x : x + 12] = ink


def course(left: float, right: float, base: float, light: bool = False) -> LineCourse:
    return LineCourse(np.array([[left, base], [right, base]], float), X_HEIGHT, light)


@given(
    st.lists(st.tuples(st.floats(10, 60), st.floats(-6, 6)), min_size=2, max_size=6),
    st.floats(0.3, 3.0),
)
def test_points_go_to_the_strip_and_back(steps: list[tuple[float, float]], scale: float) -> None:
    baseline = np.cumsum(np.array([(100.0, 200.0), *steps]), axis=0)
    frame = line_frame(baseline, scale, 10, 10, 20, 10)
    along = np.linspace(0, frame.along[-1], 7)[1:-1] * scale + frame.origin[0]
    points = np.stack([along, np.full_like(along, frame.origin[1] - 2.0)], axis=1)
    back = frame.to_strip(frame.to_page(points))
    # On the inner side of a bend the two directions of its pieces overlap.
    assert np.abs(back - points).max() < (1e-6 if frame.is_straight else 2.5)


def test_a_straight_strip_is_the_page_itself() -> None:
    page = np.random.default_rng(1).integers(0, 256, (60, 90), np.uint8)
    frame = LineFrame(np.array([[20.0, 40.0], [70.0, 40.0]]), 1.0, (0.0, 30.0), (30, 50))
    assert np.array_equal(frame.sampled(PageSizes(page)), page[10:40, 20:70])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_line_gives_the_same_image(quarters: int) -> None:
    page = np.full((120, 300), 230, np.uint8)
    letters(page, 40, 70, 8)
    upright = cells_of_lines([course(40, 192, 70)], PageSizes(page))[0]
    turned = np.ascontiguousarray(np.rot90(page, quarters))
    ends = np.array([[40.0, 70.0], [192.0, 70.0]])
    height, width = page.shape
    for _ in range(quarters):
        ends = np.stack([ends[:, 1], width - ends[:, 0]], axis=1)
        height, width = width, height
    (cell,) = cells_of_lines([LineCourse(ends, X_HEIGHT)], PageSizes(turned))[0]
    assert len(upright) == 1
    assert np.abs(cell.crop().astype(int) - upright[0].crop()).max() <= 2


def test_light_letters_are_read_dark() -> None:
    page = np.full((120, 300), 60, np.uint8)
    letters(page, 40, 70, 8, ink=200)
    (cell,) = cells_of_lines([course(40, 192, 70, light=True)], PageSizes(page))[0]
    crop = cell.crop()
    assert crop.max() > 250
    assert crop.min() < 150
    assert np.median(crop) > 240


def test_ink_of_a_neighbour_is_painted_over() -> None:
    page = np.full((140, 300), 255, np.uint8)
    letters(page, 40, 60, 8)
    letters(page, 40, 86, 8)
    upper, lower = cells_of_lines([course(40, 192, 60), course(40, 192, 86)], PageSizes(page))
    assert len(upper) == len(lower) == 1
    for cell, base in ((upper[0], 60), (lower[0], 86)):
        assert cell.box.y1 == pytest.approx(base, abs=1.5)
        assert cell.box.y0 == pytest.approx(base - 16, abs=1.5)
        assert int((cell.crop() < 128).sum()) == pytest.approx(8 * (16 * 4 + 8 * 4), rel=0.1)


def test_what_lies_beyond_an_end_belongs_to_the_line_that_is_there() -> None:
    page = np.full((120, 500), 255, np.uint8)
    letters(page, 40, 70, 4)
    letters(page, 140, 70, 6)
    left, right = course(40, 112, 70), course(140, 252, 70)
    open_left = LineCourse(right.baseline, X_HEIGHT, begins=False)
    cells = cells_of_lines([left, open_left], PageSizes(page))
    assert [round(own[0].box.x0) for own in cells] == [40, 140]


def test_words_missed_at_an_open_end_are_found() -> None:
    page = np.full((120, 500), 255, np.uint8)
    letters(page, 40, 70, 8)
    found = LineCourse(np.array([[40.0, 70.0], [150.0, 70.0]]), X_HEIGHT, ends=False)
    (cell,) = cells_of_lines([found], PageSizes(page))[0]
    assert cell.box.x1 == pytest.approx(192, abs=1.5)


def test_a_line_without_ink_has_no_cells() -> None:
    assert cells_of_lines([course(40, 200, 70)], PageSizes(np.full((120, 300), 255, np.uint8))) == [
        ()
    ]


def test_a_bent_line_comes_out_level() -> None:
    page = np.full((200, 700), 255, np.uint8)
    x = np.arange(40, 640, 20)
    base = 100 + 30 * np.sin((x - 40) / 600 * np.pi)
    for left, foot in zip(x.tolist(), base.tolist(), strict=True):
        letters(page, left, round(foot), 1)
    nodes = np.linspace(40, 640, 9)
    bent = np.stack([nodes, 100 + 30 * np.sin((nodes - 40) / 600 * np.pi)], axis=1)
    (cell,) = cells_of_lines([LineCourse(bent, X_HEIGHT)], PageSizes(page))[0]
    rows = np.flatnonzero((cell.crop() < 128).any(axis=1))
    assert rows[-1] - rows[0] < 16 + 6  # 46 rows if it were cut straight
