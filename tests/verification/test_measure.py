"""The measurements can't be fooled: NaN, zeros, wrong shapes, empty masks never count as fine."""

from __future__ import annotations

import math

import pytest
import torch

from gsaocr.verification.claims import Expectation, Row, condense
from gsaocr.verification.measure import CONTROL_LIMIT, DOUBLE_LIMIT, Error, compare, limit


def row(error: Error, expectation: Expectation = Expectation.HOLDS, element: str = "90°") -> Row:
    bound = CONTROL_LIMIT if expectation is Expectation.FAILS else DOUBLE_LIMIT
    return Row(
        "equivariance", "own", "C4", element, "none", "model", "float64", error, bound, expectation
    )


def test_error_is_relative_to_the_largest_expected_value() -> None:
    error = compare(torch.tensor([10.0, -20.5]), torch.tensor([10.0, -20.0]))
    assert error == Error(0.5, 0.025)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (torch.zeros(3), torch.zeros(3)),
        (torch.tensor([math.nan, 1.0]), torch.tensor([1.0, 1.0])),
        (torch.tensor([1.0, 1.0]), torch.tensor([1.0, math.nan])),
        (torch.tensor([math.inf]), torch.tensor([math.inf])),
        (torch.ones(2, 3), torch.ones(3, 2)),
        (torch.ones(0), torch.ones(0)),
    ],
)
def test_what_shows_nothing_is_an_infinite_error(
    actual: torch.Tensor, expected: torch.Tensor
) -> None:
    error = compare(actual, expected)
    assert math.isinf(error.relative)
    assert not row(error).as_it_must


def test_only_valid_points_are_compared() -> None:
    actual, expected = torch.tensor([1.0, 9.0]), torch.tensor([1.0, 2.0])
    assert compare(actual, expected, torch.tensor([True, False])).relative == 0
    assert compare(actual, expected, torch.tensor([True, True])).relative == 3.5
    assert math.isinf(compare(actual, expected, torch.tensor([False, False])).relative)


def test_limits_are_stated_against_rounding() -> None:
    assert limit(torch.float64) == 1e-12
    assert limit(torch.float32) == 1e-4


def test_verdicts() -> None:
    small, large, nothing = Error(0, 1e-16), Error(1, 0.5), Error(math.nan, math.nan)
    assert row(small).verdict == "holds"
    assert row(large).verdict == "BROKEN"
    assert row(nothing).verdict == "BROKEN"
    assert row(large, Expectation.FAILS).verdict == "fails, as it must"
    assert row(small, Expectation.FAILS).verdict == "CONTROL HOLDS"
    assert row(nothing, Expectation.FAILS).verdict == "CONTROL HOLDS"
    for error in (small, large):
        assert row(error, Expectation.APPROXIMATE).verdict == "approximate"
        assert row(error, Expectation.APPROXIMATE).as_it_must


def test_a_short_table_shows_the_decisive_row() -> None:
    errors = [Error(1, 0.5), Error(1, 0.7), Error(1, 0.2)]
    held = [row(e, element=str(n)) for n, e in enumerate(errors)]
    controls = [row(e, Expectation.FAILS, str(n)) for n, e in enumerate(errors)]
    assert [(r.element, count) for r, count in condense(held + controls)] == [("1", 3), ("2", 3)]
