"""What pages say: words of running text by language, and short made-up content."""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from gsaocr.recognizer.charset import default_charset
from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import Weighted, chance, pick, whole
from gsaocr.synthesis.pages.held_out import is_held_out
from gsaocr.synthesis.phrases import Maker
from gsaocr.synthesis.spelling import long_s
from gsaocr.synthesis.text import LANGUAGE_SHARES
from gsaocr.synthesis.vocabulary import GOODS, LABELS, MONTHS, NAMES, PLACES, UNITS

Rng = np.random.Generator

_OTHER_SHARE = 4.0  # of a language that has none of its own; English has 36
_PARAGRAPH = 60  # characters of the shortest paragraph that running text is taken from


class PageTexts:
    """Paragraphs of corpora (``*.txt.xz``, one a line), those for measuring or the others.

    Raises ``ValueError`` where none is left.
    """

    def __init__(self, corpora: Sequence[Path], held_out: bool = False) -> None:
        known = frozenset(default_charset().characters)
        self._paragraphs: dict[str, list[str]] = {}
        for path in sorted(corpora):
            text = lzma.decompress(path.read_bytes()).decode("utf-8")
            kept = [
                p
                for p in text.split("\n")
                if len(p) >= _PARAGRAPH and is_held_out(p) == held_out and set(p) <= known
            ]
            if kept:
                self._paragraphs[path.name.split(".")[0]] = kept
        if not self._paragraphs:
            raise ValueError("no corpus holds a paragraph to set pages with")
        self._languages = Weighted(
            [(n, max(LANGUAGE_SHARES.get(n, 0), _OTHER_SHARE)) for n in self._paragraphs]
        )

    def language(self, rng: Rng) -> str:
        """Return a language; pages keep to one."""
        return self._languages.pick(rng)

    def paragraph(self, rng: Rng, language: str, old: bool = False) -> str:
        """Return a paragraph, with long s where the print is old."""
        text = pick(rng, self._paragraphs[language])
        return long_s(text) if old else text

    def words(self, rng: Rng, language: str, old: bool = False) -> Iterator[str]:
        """Yield words of running text without end, "" after each paragraph."""
        while True:
            yield from self.paragraph(rng, language, old).split()
            yield ""

    def phrase(self, rng: Rng, language: str, low: int, high: int) -> str:
        """Return low to high successive words, as headings and notes have them."""
        words = pick(rng, self._paragraphs[language]).split()
        count = whole(rng, low, high)
        at = whole(rng, 0, max(0, len(words) - count))
        text = " ".join(words[at : at + count])
        if chance(rng, 0.3):
            return text.upper()
        return text[:1].upper() + text[1:]


def number(rng: Rng) -> str:
    """Return a number or another short string, as tables, axes and keys have them."""
    return _NUMBERS.pick(rng)(rng)


def label(rng: Rng) -> str:
    """Return a short label, as forms, buttons and receipts have them."""
    return phrases.recased(rng, _LABELS.pick(rng)(rng))


def digit(rng: Rng) -> str:
    """Return one digit."""
    return str(int(rng.random() * 10))


def signed(rng: Rng) -> str:
    """Return a number with a sign, some of them set apart from it."""
    sign = pick(rng, ("-", "–", "−", "+", "- ", "– "))
    return f"{sign}{whole(rng, 1, 99)}{pick(rng, ('', '', '.5', ',75', ' %'))}"


def _decimal(rng: Rng) -> str:
    return f"{rng.random() * 10 ** whole(rng, 0, 4):.2f}"


def _ordinal(rng: Rng) -> str:
    return pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") + pick(rng, ("", ".", ")", "1", "2", "4", "12"))


def _sign(rng: Rng) -> str:
    return pick(
        rng,
        ("OK", "kg", "IV", "XII", "%", "No", "€", "x", "Y", "N", "1st", "m²", "#7", "A", "II", "M",
         "EXIT", "±", "*", "✓", "Ja", "No.", "a)", "(b)", "§ 4", "1/2", "½", "12:30", "7 °C"),
    )  # fmt: skip


_NUMBERS: Weighted[Maker] = Weighted(
    [
        (digit, 20),
        (lambda r: phrases.digits(r, 2, 4), 20),
        (_decimal, 20),
        (phrases.amount, 10),
        (signed, 8),
        (phrases.date, 5),
        (_ordinal, 6),
        (_sign, 6),
        (phrases.clock, 2),
        (phrases.cell, 3),
    ]
)
_LABELS: Weighted[Maker] = Weighted(
    [
        (lambda r: pick(r, LABELS), 10),
        (lambda r: pick(r, GOODS), 5),
        (lambda r: pick(r, NAMES), 4),
        (lambda r: pick(r, PLACES), 3),
        (lambda r: pick(r, MONTHS), 2),
        (lambda r: pick(r, UNITS), 1),
        (phrases.code, 1),
    ]
)
