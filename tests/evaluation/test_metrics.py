"""Error rates against values worked out by hand and against a plain second implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.evaluation.metrics import Counts, confusions, count, score


def edit_distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_character_errors_are_edit_distance(truth: str, reading: str) -> None:
    counted = count(truth, reading)
    assert counted.character_errors == edit_distance(truth, reading)
    assert counted.exact == (truth == reading)


def test_count() -> None:
    counted = count("the cat sat on the mat", "the cat sat the hat")
    assert counted == Counts(
        characters=22,
        character_errors=4,
        words=6,
        word_errors=2,
        read_words=5,
        common_words=4,
        exact=0,
    )


def test_rates_are_micro_averages() -> None:
    result = score([count("abcdefghij", "abcdefghij"), count("ab", "xy")])
    assert result.items == 2
    assert result.cer.value == pytest.approx(2 / 12)
    assert result.wer.value == pytest.approx(1 / 2)
    assert result.word_f1.value == pytest.approx(1 / 2)
    assert result.exact.value == pytest.approx(1 / 2)


def test_word_f1_knows_bags() -> None:
    result = score([count("a a b", "a b b c")])
    assert result.word_f1.value == pytest.approx(2 * 2 / 7)


def test_interval_surrounds_the_rate_and_is_the_same_each_time() -> None:
    counts = [count("abcdefghij", "abcdefghij"[: 10 - k % 4]) for k in range(200)]
    first, second = score(counts), score(counts)
    assert first == second
    assert first.cer.low < first.cer.value < first.cer.high
    # errors per item are 0 to 3 of 10, uniformly: the standard error of the mean is 0.0079
    assert first.cer.high - first.cer.low == pytest.approx(2 * 1.96 * 0.0079, rel=0.15)
    assert first.cer != score(counts, seed=1).cer


def test_nothing_read_of_nothing_is_right() -> None:
    blank = score([count("", "")])
    assert (blank.cer.value, blank.wer.value, blank.word_f1.value) == (0, 0, 1)
    assert score([]).items == 0
    assert score([count("", "noise")]).cer.value > 0


def test_one_item_has_an_interval_of_one_point() -> None:
    result = score([count("abcd", "abxd")])
    assert (result.cer.low, result.cer.high) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("truth", "reading", "expected"),
    [
        ("modern", "modem", {("rn", "m"): 1}),
        ("abc", "xbz", {("a", "x"): 1, ("c", "z"): 1}),
        ("ſſ", "ff", {("ſ", "f"): 2}),
        ("a b", "ab", {(" ", ""): 1}),
        ("ab", "a.b", {("", "."): 1}),
        ("same", "same", {}),
    ],
)
def test_confusions(truth: str, reading: str, expected: dict[tuple[str, str], int]) -> None:
    assert dict(confusions([(truth, reading)])) == expected


@given(st.lists(st.tuples(st.text("abcd", max_size=9), st.text("abcd", max_size=9)), max_size=3))
def test_confusions_account_for_every_edit(pairs: list[tuple[str, str]]) -> None:
    counted = confusions(pairs)
    assert all(wanted != got for wanted, got in counted)
    edits = sum(max(len(w), len(g)) * times for (w, g), times in counted.items())
    assert edits == sum(edit_distance(truth, reading) for truth, reading in pairs)
