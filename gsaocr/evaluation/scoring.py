"""Scorings: what counts as the same text when a reading is compared with its truth.

Transcribers differ in conventions (long s or s, ⸗ or -, curly or straight quotes). A scoring maps
both texts to a spelling in which the conventions it names agree; error rates are counted there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gsaocr.errors import UsageError
from gsaocr.evaluation.fraktur_truth import modernise

_DASHES = "⸗=¬‐‑‒–—―−⹀゠⸺\u00ad"
_DOUBLE_QUOTES = "“”„‟«»″❞❝〃"
_SINGLE_QUOTES = "‘’‚‛‹›′`´ʼ"

_HISTORICAL_LETTERS = {
    **dict(zip("ſꝛꝺʒꝫ⁊", "srdzz&", strict=True)),
    "ꜩ": "tz",
    "ꝡ": "vy",
}
_LIGATURES = {
    **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)),
    **dict(zip("æœĳÆŒĲ", ("ae", "oe", "ij", "AE", "OE", "IJ"), strict=True)),
    **dict(zip("ßẞ", ("ss", "SS"), strict=True)),
}
_FIGURES_AND_SIGNS = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹·", "0123456789.", strict=True)),
    **dict(zip("ϑϰ", "θκ", strict=True)),  # symbol forms of Greek letters
    "…": "...",
}
_MEDIEVAL_FONT_LETTERS = {  # private-use letters met in transcriptions
    "\ue42c": "ä",
    "\ue644": "ö",
    "\ue72b": "ü",
    "\ue8bf": "que",
    "\ueba1": "si",
}
_PLAIN_SPELLING = str.maketrans(
    dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_DOUBLE_QUOTES, '"')
    | dict.fromkeys(_SINGLE_QUOTES, "'")
    | _HISTORICAL_LETTERS
    | _LIGATURES
    | _FIGURES_AND_SIGNS
    | _MEDIEVAL_FONT_LETTERS
)
_SMALL_E_ABOVE = "\u0364"
_DIAERESIS = "\u0308"
_TILDE = "\u0303"
_ABBREVIATION_MARK = re.compile("[\u0303\u0304\u0305]")  # tilde, macron, overline
_MARK_ON_VOWEL = re.compile("(?<=[aeiouyAEIOUY])" + _ABBREVIATION_MARK.pattern)

_LETTER = r"[^\W\d_]"
_SPLIT_WORD = re.compile(rf"(?<={_LETTER})[-\u2010\u00ac\u00ad\u2e17][ \t]*\n\s*(?=[^\W\d_A-Z])")


def join_split_words(text: str) -> str:
    r"""Return NFC ``text`` with words that are hyphenated at a line end made whole.

    A letter, a hyphen, a line break and a letter that is no ASCII capital become one word:
    ``exam-\nple`` is ``example``, ``A-\nB`` stays.
    """
    return _SPLIT_WORD.sub("", unicodedata.normalize("NFC", text))


def normalise(
    text: str,
    *,
    fold_ij: bool = False,
    fold_uv: bool = False,
    drop_abbreviation_marks: bool = False,
    fold_case: bool = False,
) -> str:
    """Return ``text`` in a reduced spelling in which the conventions of transcribers agree.

    In order: the small e above becomes a diaeresis; tilde, macron and overline become one sign (or
    none on vowels); historical letters, ligatures, quotes, dashes and superior figures become plain
    ones; runs of dashes become one; white space becomes single spaces, with none before closing
    punctuation, after an opening bracket, or around quotes, dashes and slashes. Then the folds.
    """
    decomposed = unicodedata.normalize("NFD", text).replace(_SMALL_E_ABOVE, _DIAERESIS)
    if drop_abbreviation_marks:
        decomposed = _MARK_ON_VOWEL.sub("", decomposed)
    else:
        decomposed = _ABBREVIATION_MARK.sub(_TILDE, decomposed)
    plain = unicodedata.normalize("NFC", decomposed).translate(_PLAIN_SPELLING)
    plain = plain.replace(",,", '"').replace("''", '"')
    plain = re.sub("-+", "-", plain)
    plain = re.sub(r"\s+", " ", plain)
    plain = re.sub(r" +([,;:!?.)\]])", r"\1", plain)
    plain = re.sub(r"([(\[]) +", r"\1", plain)
    plain = re.sub(r' *(["\-/]) *', r"\1", plain)
    if fold_ij:
        plain = plain.replace("J", "I").replace("j", "i")
    if fold_uv:
        plain = plain.replace("V", "U").replace("v", "u")
    if fold_case:
        plain = plain.lower()
    return unicodedata.normalize("NFC", plain.strip())


@dataclass(frozen=True)
class Scoring:
    """A named way to make two texts comparable; call it on the truth and on the reading.

    Every scoring composes the text (NFC) and makes each run of white space one space, so line
    breaks count as spaces.
    """

    name: str
    meaning: str  # one line, for --help and reports
    joined: bool = False  # words split at line ends are made whole first
    upper: bool = False  # compare in capitals, for truths that are all capitals
    normalised: bool = False  # the reduced spelling of ``normalise``
    fold_ij: bool = False  # I and J are one letter (Fraktur has one capital for both)
    fold_uv: bool = False  # U and V are one letter (prints of the 16th and 17th century)
    drop_abbreviation_marks: bool = False  # ã reads a: what remains without the marks
    modern: bool = False  # Fraktur in modern letters, abbreviations written out, before the rest

    def __call__(self, text: str) -> str:
        """Return the text as it is compared."""
        if self.joined:
            text = join_split_words(text)
        if self.modern:
            text = modernise(text)
        if self.normalised:
            text = normalise(
                text,
                fold_ij=self.fold_ij,
                fold_uv=self.fold_uv,
                drop_abbreviation_marks=self.drop_abbreviation_marks,
            )
        else:
            text = " ".join(unicodedata.normalize("NFC", text).split())
        return text.upper() if self.upper else text


SCORINGS = {
    scoring.name: scoring
    for scoring in (
        Scoring("raw", "as transcribed"),
        Scoring("upper", "in capitals", upper=True),
        Scoring("joined", "words split at line ends made whole", joined=True),
        Scoring("normalised", "historical letters, quotes, dashes made plain", normalised=True),
        Scoring("normalised-ij", "normalised, I = J", normalised=True, fold_ij=True),
        Scoring("normalised-uv", "normalised, U = V", normalised=True, fold_uv=True),
        Scoring(
            "normalised-plain",
            "normalised, vowels without abbreviation marks",
            normalised=True,
            drop_abbreviation_marks=True,
        ),
        Scoring(
            "modern", "Fraktur in modern letters, I = J", normalised=True, fold_ij=True, modern=True
        ),
        Scoring("normalised-joined", "joined, then normalised", normalised=True, joined=True),
    )
}


def scoring_named(name: str) -> Scoring:
    """Return the scoring of this name; ``UsageError`` lists the names there are."""
    try:
        return SCORINGS[name]
    except KeyError:
        known = ", ".join(SCORINGS)
        raise UsageError(
            f"scoring {name}", "there is none of this name", f"known: {known}"
        ) from None
