from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.evaluation.calibration import (
    WordEvidence,
    expected_calibration_error,
    fit,
    reliability,
    right_words,
    word_confidences,
)
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.recognizer.calibration import UNFITTED, LetterCalibration

probability = st.floats(0.0, 1.0)


def test_error_by_hand() -> None:
    confidences = [0.95, 0.95, 0.55, 0.55, 0.55, 0.55]
    rights = [True, False, True, True, True, False]
    # 2 items: |0.5 - 0.95|; 4 items: |0.75 - 0.55|
    assert expected_calibration_error(confidences, rights) == pytest.approx((0.9 + 0.8) / 6)


def test_bins_hold_every_item_once_and_one_has_the_end() -> None:
    table = reliability([0.0, 0.1, 0.999, 1.0], [False, True, True, True])
    assert [part.items for part in table] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert table[9].right == 1.0
    assert table[9].confidence == pytest.approx(0.9995)


def test_no_items_have_no_error() -> None:
    assert expected_calibration_error([], []) == 0.0


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="2 confidences for 1"):
        reliability([0.1, 0.2], [True])


@given(st.lists(st.tuples(probability, st.booleans()), min_size=1))
def test_error_is_a_share_and_bins_are_complete(items: list[tuple[float, bool]]) -> None:
    confidences, rights = zip(*items, strict=True)
    assert 0 <= expected_calibration_error(confidences, rights) <= 1
    assert sum(part.items for part in reliability(confidences, rights)) == len(items)


@pytest.mark.parametrize(
    ("truth", "reading", "rights"),
    [
        ("the old house", "the old house", [True, True, True]),
        ("the old house", "the o1d house", [True, False, True]),
        ("the old house", "theold house", [False, True]),  # a space is missing
        ("the old house", "the ol d house", [True, False, False, True]),  # one too many
        ("the old house", "the house", [True, True]),  # what is left out makes nothing wrong
        ("a b", "", []),
        ("", "x", [False]),
    ],
)
def test_right_words(truth: str, reading: str, rights: list[bool]) -> None:
    assert right_words(truth, reading.split()) == rights


def test_each_word_of_the_truth_answers_for_one() -> None:
    assert sum(right_words("house", ["house", "house"])) <= 1
    assert right_words("house house", ["house", "house"]) == [True, True]


@pytest.mark.parametrize(
    ("scoring", "truth", "reading"),
    [
        ("upper", "TOTAL 5.00", "Total 5.00"),
        ("normalised", "vne amẽ , & l’on", "vne amẽ, & l'on"),  # spaces the scoring drops
        ("normalised", "Haͤuſer ⸗ fein", "Häuser-fein"),
        ("normalised-ij", "Ich ſage", "Jch sage"),
    ],
)
def test_right_words_where_a_scoring_changes_letters_and_spaces(
    scoring: str, truth: str, reading: str
) -> None:
    assert all(right_words(truth, reading.split(), scoring_named(scoring)))


@given(st.lists(st.text("ab c-,", min_size=1).filter(str.strip), max_size=6))
def test_a_perfect_reading_has_only_right_words(texts: list[str]) -> None:
    words = " ".join(texts).split()
    for name in ("raw", "upper", "normalised"):
        assert all(right_words(" ".join(words), words, scoring_named(name)))


@given(probability, probability, probability)
def test_a_letter_calibration_is_a_probability_and_grows(a: float, b: float, c: float) -> None:
    calibration = LetterCalibration(0.7, 0.4, -0.5)
    low, high = min(a, b), max(a, b)
    assert 0 <= calibration(low, c) <= calibration(high, c) <= 1
    assert 0 <= calibration(c, low) <= calibration(c, high) <= 1
    assert calibration(a, None) == calibration(a, a)


@given(st.floats(0.001, 0.999))
def test_unfitted_keeps_what_both_say(p: float) -> None:
    assert UNFITTED(p, p) == pytest.approx(p)


def simulated(true: LetterCalibration, number: int) -> list[WordEvidence]:
    draw = np.random.default_rng(1)
    words = []
    for _ in range(number):
        size = int(draw.integers(1, 9))
        ctc, decoder = (1 / (1 + np.exp(-draw.normal(4, 2, size))) for _ in range(2))
        word = WordEvidence(tuple(ctc.tolist()), tuple(decoder.tolist()), True)
        right = bool(draw.random() < word_confidences([word], true)[0])
        words.append(WordEvidence(word.ctc, word.decoder, right))
    return words


def test_fit_finds_the_calibration_that_words_were_drawn_from() -> None:
    true = LetterCalibration(0.3, 0.6, 0.8)
    found = fit(simulated(true, 8000))
    assert found.ctc == pytest.approx(true.ctc, abs=0.08)
    assert found.decoder == pytest.approx(true.decoder, abs=0.08)
    assert found.bias == pytest.approx(true.bias, abs=0.25)


def test_fit_mends_the_calibration_error() -> None:
    words = simulated(LetterCalibration(0.2, 0.3, 0.5), 4000)
    rights = [word.right for word in words]
    before = expected_calibration_error(word_confidences(words, UNFITTED).tolist(), rights)
    after = expected_calibration_error(word_confidences(words, fit(words)).tolist(), rights)
    assert before > 0.1
    assert after < 0.03


def test_little_evidence_changes_little() -> None:
    sure = WordEvidence((0.99,), (0.99,), True)
    found = fit([sure])
    assert math.dist((found.ctc, found.decoder), (0.5, 0.5)) < 0.1
    with pytest.raises(ValueError, match="no words"):
        fit([])


def test_all_right_and_all_wrong_stay_finite() -> None:
    for right in (True, False):
        found = fit([WordEvidence((0.9, 1.0), (0.0, 1.0), right)] * 50)
        assert all(map(math.isfinite, (found.ctc, found.decoder, found.bias)))
