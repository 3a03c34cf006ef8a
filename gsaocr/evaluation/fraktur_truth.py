"""Two habits of German Fraktur transcriptions, undone for training.

Neither belongs to a scoring: both change a truth towards what is printed and meant.
"""

from __future__ import annotations

import re

_ROMAN_NUMBER = re.compile(r"\b[JVXLCDM]{2,}\b")
_J_BEFORE_CONSONANT = re.compile(r"J(?=[bcdfghklmnpqrstvwxzſ])")
_DASH_AT_END = re.compile(r"(?<=[^\W\d_])—$")


def restore_i(text: str) -> str:
    """Return ``text`` with I where a transcriber wrote J for the one capital of both.

    J becomes I before a consonant and in Roman numbers; before a vowel it stays. That is right for
    German nearly always (Jch, Jhr; Jahr, Juli stay), wrong for a rare Ionien.
    """
    mended = _ROMAN_NUMBER.sub(lambda number: number[0].replace("J", "I"), text)
    return _J_BEFORE_CONSONANT.sub("I", mended)


def restore_hyphen(text: str) -> str:
    """Return ``text`` with a hyphen where a line ends in a letter and an em dash."""
    return _DASH_AT_END.sub("-", text)
