from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from tests.benchmarks.error_causes import Cause, causes

texts = st.text("ab cA.", max_size=40)


@given(texts, texts, st.booleans(), st.booleans())
def test_each_edit_has_one_cause(truth: str, reading: str, page: bool, turned: bool) -> None:
    found = causes(truth, reading, page=page, wrong_direction=turned)
    assert found.total() == Levenshtein.distance(truth, reading)


@pytest.mark.parametrize(
    ("truth", "reading", "cause"),
    [
        ("old house", "oldhouse", Cause.SPACE_MISSING),
        ("old house", "old ho use", Cause.SPACE_EXTRA),
        ("Seat", "seat", Cause.CASE),
        ("clear", "cleas", Cause.WRONG),
        ("clear", "cler", Cause.LEFT_OUT),
        ("clear", "cleear", Cause.EXTRA),
        ("½ cup", "1 cup", Cause.OUT_OF_CHARSET),
    ],
)
def test_causes(truth: str, reading: str, cause: Cause) -> None:
    assert causes(truth, reading, known=lambda c: c != "½") == {cause: 1}


def test_a_page_read_in_a_wrong_direction() -> None:
    assert causes("abc", "xyz", wrong_direction=True) == {Cause.ORIENTATION: 3}


def test_long_runs_of_a_page_are_missed_added_or_moved() -> None:
    first, second = "the quick brown fox", "over thirteen lazy dogs"
    assert causes(f"{first} {second}", first, page=True) == {Cause.MISSED: len(second) + 1}
    assert causes(first, f"{first} {second}", page=True) == {Cause.ADDED: len(second) + 1}
    column = " ".join(f"line {word} of a column" for word in second.split())
    moved = causes(f"{first} {column}", f"{column} {first}", page=True)
    assert moved[Cause.ORDER] > 0.7 * moved.total()
