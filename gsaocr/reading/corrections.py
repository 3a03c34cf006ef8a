"""What a page as a whole tells of its letters: the corrections, in the order they are made."""

from __future__ import annotations

from collections.abc import Sequence

from gsaocr.recognizer.long_s import without_stray_long_s
from gsaocr.recognizer.reading import Reading
from gsaocr.recognizer.stray_marks import without_stray_marks


def corrected(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings of a page's cells with letters corrected that the page speaks against."""
    return without_stray_marks(without_stray_long_s(list(readings)))
