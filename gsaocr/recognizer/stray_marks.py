"""Marks on a letter that a page has once and in doubt: dirt above a letter makes another of it.

A language that has a letter uses it more than once on a page. One that is found a single time,
with less confidence than an even chance, is the plain letter more likely than not.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gsaocr.recognizer.reading import Letter, Reading

_ENOUGH = 200  # letters that a page must have to tell
_DOUBT = 0.5  # confidence


def without_stray_marks(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings of a page's lines, doubtful marks taken off letters that occur once."""
    times = Counter(letter.text.casefold() for r in readings for letter in r.letters)
    if times.total() < _ENOUGH:
        return list(readings)

    def plain(letter: Letter) -> Letter:
        if letter.confidence >= _DOUBT or times[letter.text.casefold()] > 1:
            return letter
        parts = unicodedata.normalize("NFD", letter.text)
        marked = len(parts) > 1 and parts[0].isascii() and parts[0].isalpha()
        return replace(letter, text=parts[0]) if marked else letter

    return [replace(r, letters=tuple(map(plain, r.letters))) for r in readings]
