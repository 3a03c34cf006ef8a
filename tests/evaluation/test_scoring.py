"""Scorings map the conventions of transcribers onto each other, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.errors import UsageError
from gsaocr.evaluation.fraktur_truth import restore_hyphen, restore_i
from gsaocr.evaluation.scoring import SCORINGS, join_split_words, normalise, scoring_named

LETTERS = st.text(
    alphabet="abJvßſꝛæ⸗=-–—“„'’` ,;.()/\n\t\u0303\u0304\u0364\u00ad½Äéﬁ⁊", max_size=40
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Haͤuſer", "Häuser"),  # small e above is the old umlaut
        ("ꝛc. ⁊ ﬂuß", "rc. & fluss"),
        ("eins⸗ zwei ⹀ drei— vier", "eins-zwei-drei-vier"),
        ("a--b", "a-b"),
        ("„ Wort “ ,,Wort''", '"Wort""Wort"'),
        ("l’on ‹so›", "l'on 'so'"),
        ("Œuvre æ ﬃ", "OEuvre ae ffi"),
        ("x² … ·", "x2...."),
        ("Herr , was ?  ( so )", "Herr, was? (so)"),
        ("and / or", "and/or"),
        ("amẽ, tein̄", "amẽ, teiñ"),
        ("\ue42c\ue8bf", "äque"),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_normalise_folds_only_when_asked() -> None:
    assert normalise("Jahr Vnd ã") == "Jahr Vnd ã"
    assert normalise("Jahr ja", fold_ij=True) == "Iahr ia"
    assert normalise("Vnd vnd", fold_uv=True) == "Und und"
    assert normalise("Ab", fold_case=True) == "ab"
    assert normalise("amãt ñ", drop_abbreviation_marks=True) == "amat ñ"


@given(LETTERS)
def test_normalise_again_changes_nothing(text: str) -> None:
    once = normalise(normalise(text))
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("exam-\nple", "example"),
        ("exam¬ \n  ple of", "example of"),
        ("Über-\nöde", "Überöde"),
        ("A-\nB", "A-\nB"),  # a compound stays
        ("1-\n2", "1-\n2"),
        ("well-known", "well-known"),
        ("end -\nnext", "end -\nnext"),
    ],
)
def test_join_split_words(text: str, joined: str) -> None:
    assert join_split_words(text) == joined


def test_scorings_take_line_breaks_for_spaces_and_compose() -> None:
    for scoring in SCORINGS.values():
        assert scoring("a\nb") == scoring("a  b")
        assert scoring("e\u0301") == scoring("é")


def test_named_scorings() -> None:
    assert scoring_named("raw")("„So“  ſei") == "„So“ ſei"
    assert scoring_named("upper")("Total é") == "TOTAL É"
    assert scoring_named("normalised-ij")("Jn ſo") == "In so"
    assert scoring_named("normalised-uv")("vn") == "un"
    assert scoring_named("normalised-plain")("ẽ") == "e"
    assert scoring_named("normalised-joined")("exam-\nple —so") == "example-so"
    assert scoring_named("joined")("exam-\nple — so") == "example — so"
    with pytest.raises(UsageError, match=r"nonsense.*normalised"):
        scoring_named("nonsense")


def test_restore_i() -> None:
    mended = restore_i("Jch war im Jahr Jhrer XJV. Jagd, J ſt")
    assert mended == "Ich war im Jahr Ihrer XIV. Jagd, J ſt"


def test_restore_hyphen() -> None:
    assert restore_hyphen("die ruſſiſche Diplo—") == "die ruſſiſche Diplo-"
    assert restore_hyphen("ja —") == "ja —"
    assert restore_hyphen("1—") == "1—"
