"""What is said of few lines."""

from __future__ import annotations

import itertools

import pytest

from gsaocr.training.few_lines import LEFT, errors_left, warnings


def test_the_measured_numbers_are_told() -> None:
    for lines, left in LEFT:
        assert errors_left(lines) == pytest.approx(left)
    assert errors_left(1000) == LEFT[-1][1]


def test_more_lines_never_leave_more_errors() -> None:
    shares = [errors_left(lines) for lines in range(300)]
    assert all(a >= b for a, b in itertools.pairwise(shares))
    assert shares[0] == 1.0


def test_who_is_warned() -> None:
    (few,) = warnings(49, 20)
    assert few.startswith("49 lines are few")
    assert "100 lines" in few
    (little,) = warnings(50, 9)
    assert "--validation" in little
    assert len(warnings(4, 1)) == 2
    assert warnings(50, 10) == []
