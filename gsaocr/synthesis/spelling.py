"""How text was spelt and set in other times: long s, u and v, tildes, typists' signs."""

from __future__ import annotations

import re

import numpy as np

from gsaocr.synthesis.draws import chance, pick

# A round s stays at the end of a word; before an apostrophe as well.
_INNER_S = re.compile(r"s(?=[^\W\d_])")
_FIRST_U = re.compile(r"(?<![^\W\d_])u(?=[^\W\d_])")
_INNER_V = re.compile(r"(?<=[^\W\d_])v(?=[^\W\d_])")
_FIRST_J = re.compile(r"(?<![^\W\d_])[jJ](?=[^\W\d_])")
_NASAL = re.compile(r"([aeou])[nm](?=[^\W\d_aeiouyhàâéèêëîïôûùäöü])")
_UMLAUT = str.maketrans({"ä": "a\u0364", "ö": "o\u0364", "ü": "u\u0364"})
_TILDE = str.maketrans({"a": "ã", "e": "ẽ", "o": "õ", "u": "ũ"})
_ET = re.compile(r"(?<![^\W\d_])(?:et|and|und)(?![^\W\d_])")

_TYPED = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'", "‚": "'", "–": "-"}
    | {"—": "-", "…": "...", "‹": "'", "›": "'"}
)


def long_s(text: str) -> str:
    """Return the text with ſ for every s that is not at the end of its word."""
    return _INNER_S.sub("ſ", text)


def old_french(rng: np.random.Generator, text: str) -> str:
    """Return the text in a spelling of the 16th to 18th century, each habit by chance."""
    if chance(rng, 0.9):
        text = long_s(text)
    if chance(rng, 0.35):
        text = _INNER_V.sub("u", _FIRST_U.sub("v", text))
    if chance(rng, 0.3):
        text = _FIRST_J.sub(lambda m: "I" if m.group() == "J" else "i", text)
    if chance(rng, 0.35):
        text = tildes(rng, text, 0.25)
    if chance(rng, 0.35):
        text = _ET.sub("&", text)
    return text


def old_german(rng: np.random.Generator, text: str) -> str:
    """Return the text as older roman type set German: long s, e above vowels, oblique hyphens."""
    if chance(rng, 0.85):
        text = long_s(text)
    if chance(rng, 0.4):
        text = text.translate(_UMLAUT)
    if chance(rng, 0.25):
        text = tildes(rng, text, 0.2)
    if chance(rng, 0.3) and text.endswith("-"):
        text = text[:-1] + "⸗"
    if chance(rng, 0.1):
        text = re.sub("(?<=[oobdpv])r", "ꝛ", text)
    return text


def tildes(rng: np.random.Generator, text: str, share: float) -> str:
    """Return the text with a share of vowel + n or m written as the vowel with a tilde."""
    return _NASAL.sub(
        lambda m: m.group(1).translate(_TILDE) if chance(rng, share) else m.group(), text
    )


def typed(rng: np.random.Generator, text: str) -> str:
    """Return the text as typewriters can write it: straight quotes, hyphens for dashes."""
    if "—" in text and chance(rng, 0.4):
        text = text.replace("—", pick(rng, ("--", " - ", "- ")))
    text = text.translate(_TYPED)
    if "," in text and chance(rng, 0.08):
        text = text.replace(", ", ",")  # a habit of typists in a hurry
    if "1" in text and chance(rng, 0.02):
        text = text.replace("1", "l")  # machines without a one
    return text


def spaced(rng: np.random.Generator, text: str) -> str:
    """Return the text with one word of four letters or more spaced as typists stress names."""
    words = text.split(" ")
    long_words = [i for i, word in enumerate(words) if len(word) > 3]
    if not long_words:
        return text
    at = pick(rng, long_words)
    words[at] = " ".join(words[at])
    return " ".join(words)


def quotes(rng: np.random.Generator, text: str) -> str:
    """Return the text with its double quotes in another style, all of them alike."""
    if "“" not in text and "”" not in text and '"' not in text:
        return text
    opening, closing = pick(
        rng,
        (
            ('"', '"'),
            ('"', '"'),
            ("„", "“"),
            ("«", "»"),
            ("»", "«"),
            ("‘", "’"),
            ("‹", "›"),
            ("''", "''"),
            ("„", "”"),
            ("« ", " »"),
        ),
    )
    return text.replace("“", opening).replace("”", closing).replace("„", opening)
