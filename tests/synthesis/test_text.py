"""Texts of lines: form, length, coverage, old spelling."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gsaocr.recognizer.charset import default_charset, to_reading_form
from gsaocr.synthesis import phrases, spelling
from gsaocr.synthesis.draws import Weighted
from gsaocr.synthesis.text import DOCUMENTS, TextSource, simplified, variants_of


@pytest.fixture(scope="module")
def source(corpora: list[Path]) -> TextSource:
    return TextSource(corpora)


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 10), (18, 30), (60, 90)])
def test_lines_keep_to_form_and_length(
    source: TextSource, document: str, low: int, high: int
) -> None:
    rng = np.random.default_rng(low)
    charset = default_charset()
    for _ in range(150):
        text = source.line(rng, document, low, high)
        assert low <= len(text) <= high
        assert text == to_reading_form(text)
        assert not charset.missing(text)
        assert not unicodedata.combining(text[0])


def test_same_generator_state_gives_the_same_text(source: TextSource) -> None:
    texts = [source.line(np.random.default_rng(5), "book", 5, 60) for _ in range(2)]
    assert texts[0] == texts[1]
    assert texts[0] != source.line(np.random.default_rng(6), "book", 5, 60)


def test_every_character_of_the_charset_is_drawn_the_rare_ones_most(source: TextSource) -> None:
    rng = np.random.default_rng(1)
    drawn = Counter(source.rare_character(rng) for _ in range(60_000))
    never = set(default_charset().characters) - set(drawn)
    assert " " in never
    # the sign that is written as points, and what the texts themselves have enough of
    assert all(c.isascii() for c in never - {"…"})
    assert to_reading_form("…") == "..."
    assert drawn["ꝓ"] > 2 * drawn["e"]


def test_rare_characters_stand_in_a_text_that_stays_a_line(source: TextSource) -> None:
    rng = np.random.default_rng(2)
    charset = default_charset()
    known = frozenset(charset.characters) - {"ꝓ"}
    places = set()
    for _ in range(300):
        text = source.with_rare(rng, "the quick brown fox", "ő", known)
        assert "ő" in text
        assert "ꝓ" not in text
        assert text == to_reading_form(text)
        assert not charset.missing(text)
        places.add(text.index("ő"))
    assert {12, 17} <= places  # for an o mostly
    assert len(places) > 8  # but not only


def test_running_text_is_cut_at_words_or_hyphenated(
    source: TextSource, corpora: list[Path]
) -> None:
    rng = np.random.default_rng(2)
    lines = [source.running(rng, "book", 20, 40) for _ in range(300)]
    hyphenated = [line for line in lines if line.endswith("-")]
    assert 10 < len(hyphenated) < 200
    assert all(line[-2].isalpha() for line in hyphenated)


def test_long_s_stands_everywhere_but_at_the_end_of_words() -> None:
    assert spelling.long_s("Les misses' success is his") == "Les miſſes' ſucceſs is his"


def test_typists_signs_are_straight() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        text = spelling.typed(rng, "“Oui” — l’été «n’est» pas…")
        assert not set(text) & set("“”—’«»…")


def test_spaced_names_keep_their_letters() -> None:
    spaced = spelling.spaced(np.random.default_rng(3), "Frau Rosenbaum in Wien")
    assert "   " not in spaced
    assert spaced.replace(" ", "") == "FrauRosenbauminWien"
    assert len(spaced) > len("Frau Rosenbaum in Wien")


@pytest.mark.parametrize(
    ("number", "written"), [(1, "I"), (4, "IV"), (1949, "MCMXLIX"), (39, "XXXIX")]
)
def test_roman_numerals(number: int, written: str) -> None:
    assert phrases.roman(number) == written


@pytest.mark.parametrize(
    "makers", [phrases.RECEIPT, phrases.TYPED, phrases.PRINTED, phrases.MODERN]
)
def test_made_content_is_in_the_charset(makers: Weighted[phrases.Maker]) -> None:
    rng = np.random.default_rng(4)
    charset = default_charset()
    for maker in makers.items:
        for _ in range(60):
            text = maker(rng)
            assert to_reading_form(text)
            assert not charset.missing(text), text


def test_variants_stand_under_letters_they_resemble() -> None:
    variants = variants_of(default_charset().characters)
    assert {"é", "ę", "ẽ"} <= set(variants["e"])
    assert "ł" in variants["l"]
    assert "Ø" in variants["O"]


def test_simplified_text_needs_nothing_the_face_lacks() -> None:
    face = frozenset("abcdefghijklmnopqrstuvwxyz '\"-.")
    assert simplified("“ſœur—é”…", face) == '"soeur-e"...'
    assert simplified("日本", face) == ""


def test_no_corpus_is_an_error() -> None:
    with pytest.raises(ValueError, match="corpus"):
        TextSource([])
