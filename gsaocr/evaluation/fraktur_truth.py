"""Two habits of German Fraktur transcriptions, undone for training.

Neither belongs to a scoring: both change a truth towards what is printed and meant.
"""

from __future__ import annotations

import re
import unicodedata

_ROMAN_NUMBER = re.compile(r"\b[JVXLCDM]{2,}\b")
_J_BEFORE_CONSONANT = re.compile(r"J(?=[bcdfghklmnpqrstvwxzſ])")
_ET_CETERA = re.compile(r"[ꝛ⁊][cꝛ]\.?")
_STROKE = "[\u0303\u0304\u0305]"  # tilde, macron, overline
_NASAL_BEFORE_LABIAL = re.compile(rf"([aeiouyAEIOUY]){_STROKE}(?=[bmp])")
_NASAL = re.compile(rf"([aeiouyAEIOUY]){_STROKE}")
_DOUBLED = re.compile(rf"([nm]){_STROKE}")
_MODERN_LETTERS = str.maketrans({"ſ": "s", "ꝛ": "r", "⸗": "-", "⁊": "und"})
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


def modernise(text: str) -> str:
    """Return a Fraktur transcription in modern letters, abbreviations written out.

    Long s, r rotunda, double hyphens and the small e above give way to s, r, - and the diaeresis;
    ꝛc. becomes etc., a vowel with the nasal stroke gets its n (m before b, m and p), n and m with
    the stroke are doubled. Spelling and punctuation stay.
    """
    plain = unicodedata.normalize("NFD", text).replace("\u0364", "\u0308")
    plain = _ET_CETERA.sub("etc.", plain)
    plain = _NASAL_BEFORE_LABIAL.sub(r"\1m", plain)
    plain = _NASAL.sub(r"\1n", plain)
    plain = _DOUBLED.sub(r"\1\1", plain)
    return unicodedata.normalize("NFC", plain).translate(_MODERN_LETTERS)
