"""What rendered lines say: running text cut as printers cut it, and made-up content between."""

from __future__ import annotations

import lzma
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gsaocr.recognizer.charset import default_charset, to_reading_form
from gsaocr.synthesis import spelling
from gsaocr.synthesis.draws import Weighted, chance, pick, whole
from gsaocr.synthesis.phrases import MODERN, PRINTED, RECEIPT, TYPED, Maker

# Shares of the languages in running text; corpora of other names get the last one each.
LANGUAGE_SHARES = {
    "english": 36.0,
    "german": 14.0,
    "french": 14.0,
    "czech": 8.0,
    "norwegian": 3.0,
    "latin": 2.5,
    "spanish": 2.5,
    "italian": 2.5,
    "polish": 2.5,
    "danish": 1.0,
}
_OTHER_SHARE = 1.8

# Kinds of document: what a line is taken from decides its text, its face and its fate on paper.
DOCUMENTS = ("book", "oldprint", "typescript", "receipt", "modern")

_MADE: dict[str, Weighted[Maker]] = {
    "book": PRINTED,
    "oldprint": PRINTED,
    "typescript": TYPED,
    "receipt": RECEIPT,
    "modern": MODERN,
}
_MADE_SHARE = {"book": 0.16, "oldprint": 0.08, "typescript": 0.12, "receipt": 0.82, "modern": 0.45}
# Signs that differ by little from others that texts have more often: fewer examples would teach
# only that the others are likelier.
_ALIKE = frozenset("ĀāǎĂĔĕĖĬĭǐĨŎŏŪūŬŭǔŨẼỹĞğĠġİıĸꝰꝑꝓꝗꝛʳˢºª⁸⁵⁹‚′″−–⸗ĐŦŧ\u0303\u0364")
_ALIKE_FACTOR = 4.0
_OLD_LANGUAGES = {"french": 55.0, "latin": 15.0, "german": 15.0, "english": 12.0, "italian": 3.0}


def variants_of(characters: str) -> dict[str, tuple[str, ...]]:
    """Return, for each plain letter, the letters of the charset that carry a mark on it.

    Letters without a decomposition (ø, ł, þ ...) stand under the letter they resemble.
    """
    alike = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    alike |= {"þ": "p", "Þ": "P", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ı": "i", "ŋ": "n"}
    alike |= {"Ŋ": "N", "ĸ": "k", "æ": "a", "Æ": "A", "œ": "o", "Œ": "O", "ß": "s", "ẞ": "S"}
    alike |= {"ĳ": "i", "Ĳ": "I", "ƒ": "f", "ſ": "s", "ꝛ": "r", "ŀ": "l", "Ŀ": "L", "ꝑ": "p"}
    alike |= {"ꝓ": "p", "ꝗ": "q", "ꝰ": "s", "⁊": "t", "ʳ": "r", "ˢ": "s", "ª": "a", "º": "o"}
    found: dict[str, list[str]] = {}
    for char in characters:
        base = alike.get(char) or unicodedata.normalize("NFD", char)[0]
        if base != char and base.isascii() and base.isalpha():
            found.setdefault(base, []).append(char)
    return {base: tuple(chars) for base, chars in found.items()}


class TextSource:
    """Draws texts of lines; all corpora are held in memory, about one byte a character.

    ``corpora`` are ``*.txt.xz`` files, UTF-8, one paragraph a line, named by language. Raises
    ``ValueError`` where there are none.
    """

    def __init__(self, corpora: Sequence[Path]) -> None:
        if not corpora:
            raise ValueError("a text source needs at least one corpus")
        self._texts: dict[str, str] = {}
        for path in sorted(corpora):
            name = path.name.split(".")[0]
            self._texts[name] = lzma.decompress(path.read_bytes()).decode("utf-8")
        shares = [(n, LANGUAGE_SHARES.get(n, _OTHER_SHARE)) for n in self._texts]
        self._languages = Weighted(shares)
        old = [(n, _OLD_LANGUAGES.get(n, 0.0)) for n in self._texts]
        self._old = Weighted(old) if any(share for _, share in old) else self._languages
        self._charset = frozenset(default_charset().characters)
        self._variants = variants_of(default_charset().characters)
        self._base = {c: base for base, chars in self._variants.items() for c in chars}
        self._rare = self._rarities()

    def line(
        self,
        rng: np.random.Generator,
        document: str,
        min_chars: int,
        max_chars: int,
    ) -> str:
        """Return a text of min_chars to max_chars characters in reading form."""
        for _ in range(20):
            text = self._made(rng, document, min_chars, max_chars)
            if text is None:
                text = self.running(rng, document, min_chars, max_chars)
            text = "".join(c for c in to_reading_form(text) if c in self._charset)
            text = to_reading_form(text)
            if len(text) > max_chars:
                text = to_reading_form(text[:max_chars])
            if max(1, min_chars) <= len(text) and not unicodedata.combining(text[0]):
                return text
        return self._filled(rng, min_chars, max_chars)

    def running(
        self, rng: np.random.Generator, document: str, min_chars: int, max_chars: int
    ) -> str:
        """Return running text in a language, cut at words or hyphenated, spelt as the document."""
        language = (self._old if document == "oldprint" else self._languages).pick(rng)
        low = max(min_chars, 1)
        # Whole printed lines are alike in length; ends of paragraphs and verses are shorter.
        length = whole(rng, max(low, int(0.6 * max_chars)), max_chars)
        if chance(rng, 0.35):
            length = whole(rng, low, max_chars)
        text = self._cut(rng, language, low, length)
        return self._respelt(rng, text, document, language)

    def _cut(self, rng: np.random.Generator, language: str, low: int, length: int) -> str:
        corpus = self._texts[language]
        text = ""
        for _ in range(8):
            at = int(rng.random() * max(1, len(corpus) - length - 80))
            window = corpus[at : at + length + 80]
            at = window.find(" ") + 1
            newline = window.find("\n")
            if 0 <= newline < at + length:
                # near the end of a paragraph: its last line, or the first of the next one
                if newline - at >= low and chance(rng, 0.5):
                    return window[at:newline][:length]
                at = newline + 1
            text = window[at : at + length + 1].split("\n")[0]
            if len(text) <= length:
                if len(text) >= low:
                    return text
                continue
            space = text.rfind(" ")
            if length - space > 3 and chance(rng, 0.35):
                part = text[: length - 1]
                if part[-1].isalpha() and part[-2:-1].isalpha() and text[length - 1].isalpha():
                    return part + "-"
            if space >= low:
                return text[:space]
            return text[:length]
        return text

    def _respelt(self, rng: np.random.Generator, text: str, document: str, language: str) -> str:
        if document == "oldprint":
            if language == "german":
                text = spelling.old_german(rng, text)
            else:
                text = spelling.old_french(rng, text)
        elif document in ("typescript", "receipt"):
            text = spelling.typed(rng, text)
            if chance(rng, 0.05):
                text = spelling.spaced(rng, text)
        elif chance(rng, 0.3):
            text = spelling.quotes(rng, text)
            if chance(rng, 0.3):
                text = text.replace("’", "'")
        at = rng.random()
        if at < (0.25 if document == "receipt" else 0.05):
            text = text.upper() if "ß" not in text else text.replace("ß", "ẞ").upper()
        elif at < 0.08:
            text = text.title()
        return text

    def _made(
        self, rng: np.random.Generator, document: str, min_chars: int, max_chars: int
    ) -> str | None:
        share = _MADE_SHARE[document]
        if min_chars > 24:
            share *= 0.75
        if not chance(rng, share):
            return None
        maker = _MADE[document]
        text = to_reading_form(maker.pick(rng)(rng))
        while len(text) < min_chars:
            text = to_reading_form(f"{text} {maker.pick(rng)(rng)}")
        if len(text) > max_chars:
            start = whole(rng, 0, len(text) - max_chars)
            space = text.find(" ", start)
            if space >= 0 and len(text) - space - 1 >= max(1, min_chars):
                start = space + 1
            text = text[start : start + max_chars]
        return text

    def rare_character(self, rng: np.random.Generator) -> str:
        """Return a letter or sign that texts seldom have, the rarer in the corpora the likelier."""
        return self._rare.pick(rng)

    def with_rare(
        self, rng: np.random.Generator, text: str, lead: str, characters: frozenset[str]
    ) -> str:
        """Return the text with rare characters in it: ``lead``, and others out of ``characters``.

        Marked letters mostly stand where their plain letter stood, signs at spaces; some stand
        anywhere, so that the neighbours alone don't tell what a character is.
        """
        chars = list(text)
        count = whole(rng, 1, max(1, len(chars) // 6))
        for number in range(count):
            char = lead if number == count - 1 else self.rare_character(rng)
            if char not in characters and not unicodedata.combining(char):
                continue
            if unicodedata.combining(char):
                # a, o, u and n with a tilde are letters of their own
                carriers = "aou" if char == "\u0364" else "pqm"
                places = [i for i, c in enumerate(chars) if c in carriers]
                if places:
                    chars[pick(rng, places)] += char
                continue
            at = None
            if char in self._base and chance(rng, 0.7):
                at = _place_for(rng, chars, self._base[char])
            spaces = [i for i, c in enumerate(chars) if c == " "]
            if at is None and char not in self._base and spaces and chance(rng, 0.6):
                chars[pick(rng, spaces)] = pick(rng, (f" {char} ", f" {char}", f"{char} ", char))
                continue
            chars[whole(rng, 0, len(chars) - 1) if at is None else at] = char
        return to_reading_form("".join(chars))

    def _rarities(self) -> Weighted[str]:
        """Return the charset weighted by rarity: what a text of 5,000 letters has counts little."""
        seen = np.zeros(0x110000, np.int64)
        for text in self._texts.values():
            points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
            seen += np.bincount(points, minlength=len(seen))
        share = seen / max(1, seen.sum())
        rare = [
            (c, (_ALIKE_FACTOR if c in _ALIKE else 1.0) / (1 + 5000 * float(share[ord(c)])))
            for c in default_charset().characters
            if to_reading_form(c) == c
        ]
        return Weighted(rare)

    def _filled(self, rng: np.random.Generator, min_chars: int, max_chars: int) -> str:
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        count = whole(rng, max(1, min_chars), max(1, max_chars, min_chars))
        return "".join(pick(rng, letters) for _ in range(count))


def _place_for(rng: np.random.Generator, chars: list[str], base: str) -> int | None:
    """Return where a marked form of a letter looks least out of place, None without letters."""
    capital = base.isupper()
    letters = [i for i, c in enumerate(chars) if c.isalpha() and c.isascii()]
    places = [i for i in letters if chars[i] == base]
    if not places:
        places = [i for i in letters if chars[i].isupper() == capital]
    if not places and capital:
        places = [i for i in letters if i == 0 or chars[i - 1] == " "]
    places = places or letters
    return pick(rng, places) if places else None


def simplified(text: str, characters: frozenset[str]) -> str:
    """Return the text with what ``characters`` lacks written plainly or left out."""
    plain = {"ſ": "s", "ꝛ": "r", "⸗": "-", "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'"}
    plain |= {"—": "-", "–": "-", "…": "...", "«": '"', "»": '"', "ß": "ss", "æ": "ae", "œ": "oe"}
    written = []
    for char in text:
        if char in characters or char == " ":
            written.append(char)
            continue
        other = plain.get(char) or unicodedata.normalize("NFD", char)[0]
        written.extend(c for c in other if c in characters)
    while written and unicodedata.combining(written[0]):
        del written[0]
    return to_reading_form("".join(written))
