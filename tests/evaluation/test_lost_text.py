from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gsaocr.evaluation.lost_text import lost_runs

TRUTH = (
    "The seat is woven from the front to the back with strands of cane that were soaked in water. "
    "When the first layer is done the second is laid across it from the left side to the right."
)


def test_a_line_left_out_is_lost() -> None:
    reading = TRUTH.replace("that were soaked in water. When the first layer ", "")
    assert lost_runs(TRUTH, reading) == ["that were soaked in water. When the first layer"]


def test_misread_letters_are_not_lost_text() -> None:
    assert lost_runs(TRUTH, TRUTH.replace("e", "c").replace("h", "b")) == []


def test_case_is_no_loss() -> None:
    assert lost_runs(TRUTH, TRUTH.upper()) == []


def test_a_moved_line_is_not_lost() -> None:
    first, second = TRUTH.split(". ")
    assert lost_runs(TRUTH, f"{second} {first}.") == []


def test_four_words_are_too_few() -> None:
    reading = TRUTH.replace("soaked in water. When ", "")
    assert lost_runs(TRUTH, reading) == []
    assert lost_runs(TRUTH, reading, run=4) == ["soaked in water. When"]


@given(st.text("ab \n", max_size=40))
def test_a_reading_loses_nothing_of_itself_and_the_empty_one_everything(text: str) -> None:
    assert lost_runs(text, text) == []
    found = lost_runs(text, "", run=1)
    assert sum(len(run.split()) for run in found) == len(text.split())
