"""The program that changes numbers finds them, changes them wherever they are used, and back."""

from __future__ import annotations

import pytest

from gsaocr.recognizer import line_reader, second_look, text_rows
from tests.benchmarks.constants import Constant, constants


def found() -> dict[str, Constant]:
    return {str(constant): constant for constant in constants()}


def test_numbers_of_every_kind_are_found() -> None:
    names = found()
    assert {
        "recognizer.text_rows._CROWDED",
        "recognizer.second_look.WIDTHS[1]",
        "reading.encoded_lines.PAGE_MARGIN",
        "assembly._SHORT",
    } <= names.keys()
    assert not [name for name in names if name.endswith("WIDEST")]


def test_a_number_is_changed_where_it_is_used_and_back() -> None:
    before = second_look.WIDTHS
    constant = found()["recognizer.second_look.WIDTHS[1]"]
    with constant.set_to(1.5):
        assert second_look.WIDTHS == (before[0], 1.5) == line_reader.WIDTHS
    assert second_look.WIDTHS is before is line_reader.WIDTHS


def test_a_number_is_put_back_after_an_error() -> None:
    share = text_rows._CROWDED
    constant = found()["recognizer.text_rows._CROWDED"]

    def fail() -> None:
        with constant.set_to(0.5):
            raise ZeroDivisionError(text_rows._CROWDED)

    with pytest.raises(ZeroDivisionError, match=r"0\.5"):
        fail()
    assert share == text_rows._CROWDED


@pytest.mark.parametrize(
    ("value", "factor", "changed"), [(0.5, 1.4, 0.7), (8, 0.7, 6), (1, 0.7, 0), (1, 1.4, 2)]
)
def test_whole_numbers_stay_whole_and_change(value: float, factor: float, changed: float) -> None:
    constant = Constant("gsaocr.x", "_X", None, value, ())
    assert constant.times(factor) == pytest.approx(changed)
    assert isinstance(constant.times(factor), type(value))
