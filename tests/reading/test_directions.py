"""Blocks of lines decide which way up they stand; lone signs run as their neighbours do."""

from __future__ import annotations

import numpy as np
import pytest

from gsaocr.page.document import Box
from gsaocr.page.line_course import LineCourse
from gsaocr.page.page_layout import LayoutLine
from gsaocr.reading.directions import LOUDEST_VOTE, PAGE_VOTE, UP_WEIGHT, blocks, direction_votes


def line(x: float, y: float, up: float = 0.0, turned: bool = False) -> LayoutLine:
    ends = np.array([[x, y], [x + 200.0, y]])
    course = LineCourse(ends[::-1] if turned else ends, 10.0, up=up)
    box = Box(x, y - 17, x + 200, y + 5)
    return LayoutLine((), box, box.polygon, course.orientation, course=course)


def test_lines_that_stand_close_are_a_block() -> None:
    lines = [line(0, 20), line(0, 50), line(0, 400), line(0, 430)]
    assert [members.tolist() for members in blocks(lines)] == [[0, 1], [2, 3]]


def test_a_doubtful_line_stands_as_its_block() -> None:
    lines = [line(0, 20 + 30 * n) for n in range(4)]
    votes = direction_votes(lines, [-2.0, -2.0, 0.5, -2.0])
    assert all(vote < 0 for vote in votes)


def test_a_block_may_stand_on_its_head() -> None:
    lines = [line(0, 20 + 30 * n) for n in range(4)] + [line(0, 600), line(0, 630)]
    votes = direction_votes(lines, [-3.0] * 4 + [3.0] * 2)
    assert [vote > 0 for vote in votes] == [False] * 4 + [True] * 2


def test_a_lone_line_in_doubt_stands_as_the_page() -> None:
    lines = [line(0, 20 + 30 * n) for n in range(4)] + [line(0, 600)]
    votes = direction_votes(lines, [-3.0] * 4 + [1.0])
    assert votes[4] < 0
    assert votes[4] == pytest.approx(1.0 - PAGE_VOTE)


def test_votes_are_told_of_lines_as_they_were_found() -> None:
    """A line that was found the other way up says the same in other words."""
    lines = [line(0, 20), line(0, 50, turned=True)]
    assert direction_votes(lines, [-2.0, 2.0]) == pytest.approx([-4.0, 4.0])


def test_the_finder_has_a_say() -> None:
    (vote,) = direction_votes([line(0, 20, up=2.0)], [0.5])
    assert vote == pytest.approx(0.5 - 2.0 * UP_WEIGHT)
    (vote,) = direction_votes([line(0, 20, up=-100.0)], [0.0])
    assert vote == pytest.approx(LOUDEST_VOTE)
