"""Only a doubtful mark that a page has once is taken off its letter."""

from __future__ import annotations

import pytest

from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.stray_marks import without_stray_marks

PAGE = "after the peel and core have been prepared by hand"


def line(text: str, doubtful: str = "", confidence: float = 0.3) -> Reading:
    return Reading(
        tuple(
            Letter(c, n, n + 1.0, confidence if c in doubtful else 0.98) for n, c in enumerate(text)
        )
    )


def read(*lines: Reading) -> list[str]:
    return [r.text for r in without_stray_marks([line(PAGE)] * 5 + list(lines))][5:]


def test_a_doubtful_mark_goes_a_sure_one_stays() -> None:
    assert read(line("the peel ānd core", "ā")) == ["the peel and core"]
    assert read(line("the fiancé", "é", 0.6)) == ["the fiancé"]
    assert read(line("the fiancé")) == ["the fiancé"]


@pytest.mark.parametrize("text", ["élevé", "Élan, été"])
def test_letters_that_the_page_has_more_often_stay(text: str) -> None:
    assert read(line(text, "éÉ")) == [text]


@pytest.mark.parametrize("char", ["ø", "ß", "—", "½", "\u0303", "7"])
def test_what_is_no_marked_letter_stays(char: str) -> None:
    assert read(line(f"a{char}b", char)) == [f"a{char}b"]


def test_a_few_words_tell_nothing() -> None:
    alone = [line("ānd", "ā")]
    assert without_stray_marks(alone) == alone
    assert without_stray_marks([]) == []
