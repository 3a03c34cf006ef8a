"""The characters the recognizer reads, and the one normal form of its texts."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_ASCII = "".join(map(chr, range(0x20, 0x7F)))
# Latin-1 without the no-break space and the soft hyphen, which are layout rather than letters.
_LATIN_1 = "".join(chr(c) for c in range(0xA1, 0x100) if c != 0xAD)
_LATIN_EXTENDED_A = "".join(chr(c) for c in range(0x100, 0x180) if c not in (0x149, 0x17F))
_OTHER_LATIN = "ƒșțȘȚẽẼũĩỹẞǎǐǔǧ"  # Romanian, tilde abbreviations of old prints, capital sharp s
_TYPOGRAPHY = "–—‘’‚“”„†‡•…‰′″‹›⁄−≈≠≤≥→←"
_CURRENCY = "€₤₣"
_NUMBERS = "⅓⅔⅛⅜⅝⅞№℞™"
_SUPERIOR = "⁰⁴⁵⁶⁷⁸⁹"
# long s, r rotunda, double oblique hyphen, Tironian et, con, p with stroke; tilde and e above
_HISTORICAL = "ſꝛ⸗⁊ꝰꝑꝓꝗ¶\u0303\u0364ʳˢ"

# Signs that never stand for themselves in a reading: they are written out on the way in. Three
# points look like an ellipsis, and transcribers write points: no truth of our scans has the sign.
_WRITTEN_OUT = str.maketrans(
    {
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬀ": "ff",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "ſt",
        "ﬆ": "st",
        "…": "...",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u00ad": "",
        "\u200b": "",
        "\ufeff": "",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "–",
        "\u2015": "—",
        "Ι": "I",
        # medieval-font private-use letters met in transcriptions
        "\ue42c": "a\u0364",
        "\ue644": "o\u0364",
        "\ue72b": "u\u0364",
        "\ueba1": "ſi",
    }
)


def to_reading_form(text: str) -> str:
    """Return ``text`` as readings are written: NFC, ligatures written out, single spaces, stripped.

    This is the only normalisation between a truth and the recognizer's targets.
    """
    composed = unicodedata.normalize("NFC", text).translate(_WRITTEN_OUT)
    return " ".join(composed.split())


@dataclass(frozen=True)
class Charset:
    """An ordered list of characters; their ids are 1, 2, ...; id 0 is the CTC blank.

    The decoder's two extra symbols follow the characters: ``start`` and ``end``.
    """

    characters: str

    def __post_init__(self) -> None:
        if len(set(self.characters)) != len(self.characters):
            raise ValueError("a charset lists each character once")

    @property
    def blank(self) -> int:
        """The id of the CTC blank."""
        return 0

    @property
    def start(self) -> int:
        """The id of the decoder's start symbol."""
        return len(self.characters) + 1

    @property
    def end(self) -> int:
        """The id of the decoder's end symbol."""
        return len(self.characters) + 2

    @property
    def ctc_size(self) -> int:
        """Number of CTC classes: blank and characters."""
        return len(self.characters) + 1

    @property
    def decoder_size(self) -> int:
        """Number of decoder classes: blank (unused, so that ids agree), characters, start, end."""
        return len(self.characters) + 3

    def missing(self, text: str) -> set[str]:
        """Return the characters of ``text`` that are not in the charset."""
        return set(text) - set(self.characters)

    def encode(self, text: str) -> list[int]:
        """Return the ids of ``text``; raises ``KeyError`` on a character outside the charset."""
        table = self._table()
        return [table[c] for c in text]

    def decode(self, ids: list[int]) -> str:
        """Return the text of ``ids``; blank, start and end give nothing."""
        size = len(self.characters)
        return "".join(self.characters[i - 1] for i in ids if 1 <= i <= size)

    def extended(self, characters: str) -> Charset:
        """Return a charset with ``characters`` appended, so that all old ids stay what they are."""
        return Charset(self.characters + "".join(dict.fromkeys(characters)))

    def _table(self) -> dict[str, int]:
        table = _TABLES.get(self.characters)
        if table is None:
            table = {c: i + 1 for i, c in enumerate(self.characters)}
            _TABLES[self.characters] = table
        return table


_TABLES: dict[str, dict[str, int]] = {}


def default_charset() -> Charset:
    """Return the charset of the shipped model, in its fixed order."""
    listed = (
        _ASCII
        + _LATIN_1
        + _LATIN_EXTENDED_A
        + _OTHER_LATIN
        + _TYPOGRAPHY
        + _CURRENCY
        + _NUMBERS
        + _SUPERIOR
        + _HISTORICAL
    )
    return Charset("".join(dict.fromkeys(listed)))
