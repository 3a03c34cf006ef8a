"""Long s on a page that has none.

The recognizer sees a line at a time, and a worn f with half a bar looks like ſ. A print that has
the long s at all sets it wherever an s does not end a word (with few exceptions); so a page that
has the round s there, as nearly all prints since about 1810, has no long s anywhere, and what was
read as one is an f: so it was for all 41 of them on 20 pages of such books.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gsaocr.recognizer.reading import Letter, Reading

_ENOUGH = 8  # places that tell: an s of either kind with a letter after it
_SELDOM = 0.1  # share of long ones up to which they are misread


def without_stray_long_s(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings of a page's lines, ſ made f where the page has none."""
    long, all_ = 0, 0
    for reading in readings:
        for one, after in zip(reading.letters, reading.letters[1:], strict=False):
            if one.text in "sſ" and after.text.islower():
                all_ += 1
                long += one.text == "ſ"
    if all_ < _ENOUGH or long > _SELDOM * all_:
        return list(readings)
    return [replace(r, letters=tuple(map(_as_f, r.letters))) for r in readings]


def _as_f(letter: Letter) -> Letter:
    return replace(letter, text="f") if letter.text == "ſ" else letter
