"""Letters ready to be put on a canvas: a face at a size, each letter scaled once and kept.

Print is scaled down from large letters, so that any size costs little; screens have letters drawn
at their own size, as their programs do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from gsaocr.synthesis.draws import Weighted, chance, pick
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.glyphs import FaceGlyphs, GlyphCache
from gsaocr.synthesis.pages.held_out import is_held_out
from gsaocr.synthesis.text import simplified

Rng = np.random.Generator

MASTER = 32  # x-height in pixels of the letters that print is scaled from
_LARGEST = 40  # from this x-height on letters are drawn at their own size
_OUTLINE = 0.11  # thickness of outlined letters' lines in x-heights
Form = Literal["plain", "outlined", "swollen"]
"""How letters are drawn: as they are, their edges alone, or grown on all sides as a dark rim is."""


@dataclass(frozen=True)
class Letter:
    """A letter's picture and its place against the pen, canvas pixels, y downwards."""

    mask: Image.Image | None  # None where there is no ink
    left: int
    top: int
    advance: float
    ink: tuple[float, float, float, float]  # left, top, right, bottom of the ink, exactly


@dataclass(frozen=True)
class Run:
    """A text set in one type: its letters with their pens, and where its ink lies."""

    text: str
    letters: tuple[tuple[Letter, float], ...]
    width: float  # of all advances
    left: float  # of the ink
    right: float
    above: float  # how far the ink reaches above the baseline
    below: float
    x_height: float  # canvas pixels, as the others


class Type:
    """A face at an x-height in canvas pixels; ``stretch`` widens or narrows its letters."""

    def __init__(
        self, glyphs: FaceGlyphs, x_height: float, stretch: float = 1.0, form: Form = "plain"
    ) -> None:
        self.face = glyphs.face
        self.x_height = x_height
        self._glyphs = glyphs
        self._scale = x_height / glyphs.x_height
        self._stretch = stretch
        self._form = form
        self._letters: dict[str, Letter] = {}
        self.space = glyphs.space * self._scale * stretch
        self.cap_height = glyphs.cap_height * self._scale

    def letter(self, character: str) -> Letter:
        """Return a letter's picture."""
        found = self._letters.get(character)
        if found is None:
            found = self._drawn(character)
            self._letters[character] = found
        return found

    def fitting(self, text: str) -> str:
        """Return the text with what the face lacks written plainly or left out."""
        if self.face.characters.issuperset(text):
            return text
        return simplified(text, self.face.characters)

    def width(self, text: str) -> float:
        """Return the advance of a text, canvas pixels."""
        return sum(self.letter(c).advance if c != " " else self.space for c in text)

    def set(self, text: str, tracking: float = 0.0, space: float | None = None) -> Run:
        """Set a text; ``tracking`` is added after each letter, ``space`` is a space's width."""
        text = self.fitting(text)
        blank = self.space if space is None else space
        letters: list[tuple[Letter, float]] = []
        pen = above = below = right = 0.0
        left: float | None = None
        for character in text:
            if character == " ":
                pen += blank + tracking
                continue
            letter = self.letter(character)
            if letter.mask is not None:
                letters.append((letter, pen))
                start, top, end, bottom = letter.ink
                if left is None:
                    left = pen + start
                right, above, below = pen + end, max(above, -top), max(below, bottom)
            pen += letter.advance + tracking
        return Run(text, tuple(letters), pen, left or 0.0, right, above, below, self.x_height)

    def _drawn(self, character: str) -> Letter:
        glyph = self._glyphs.glyph(character)
        across, down = self._scale * self._stretch, self._scale
        bitmap, left_of, top_of = glyph.bitmap, glyph.left, glyph.top
        line = _OUTLINE * self._glyphs.x_height
        if self._form == "outlined":
            bitmap = _outline(bitmap, line)
        elif self._form == "swollen":
            pad = round(line) + 1
            bitmap = _swollen(bitmap, line, pad)
            left_of, top_of = left_of - pad, top_of - pad
        rows, columns = (
            np.flatnonzero(bitmap.max(axis=1) > 60),
            np.flatnonzero(bitmap.max(axis=0) > 60),
        )
        advance = glyph.advance * across
        if not rows.size:
            return Letter(None, 0, 0, advance, (0.0, 0.0, 0.0, 0.0))
        ink = (
            (left_of + columns[0]) * across,
            (top_of + rows[0]) * down,
            (left_of + columns[-1] + 1) * across,
            (top_of + rows[-1] + 1) * down,
        )
        if self._scale == 1 and self._stretch == 1:
            return Letter(Image.fromarray(bitmap), left_of, top_of, advance, ink)
        # the scaled picture begins at a whole pixel: the large one is padded up to there
        left, top = int(np.floor(left_of * across)), int(np.floor(top_of * down))
        right = int(np.ceil((left_of + bitmap.shape[1]) * across))
        bottom = int(np.ceil((top_of + bitmap.shape[0]) * down))
        pad_left = max(0, round(left_of - left / across))
        pad_top = max(0, round(top_of - top / down))
        full = np.zeros(
            (
                max(pad_top + bitmap.shape[0], round((bottom - top) / down)),
                max(pad_left + bitmap.shape[1], round((right - left) / across)),
            ),
            np.uint8,
        )
        full[pad_top : pad_top + bitmap.shape[0], pad_left : pad_left + bitmap.shape[1]] = bitmap
        size = (max(1, right - left), max(1, bottom - top))
        how = cv2.INTER_AREA if down < 1 else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(full, size, interpolation=how), np.uint8)
        return Letter(Image.fromarray(scaled), left, top, advance, ink)


def _outline(
    bitmap: np.ndarray[tuple[int, int], np.dtype[np.uint8]], line: float
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return the edge of a letter alone, its inside empty."""
    size = max(3, 2 * round(line) + 1)
    inner = cv2.erode(bitmap, np.ones((size, size), np.uint8))
    return cv2.subtract(bitmap, inner).astype(np.uint8)


def _swollen(
    bitmap: np.ndarray[tuple[int, int], np.dtype[np.uint8]], line: float, pad: int
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return a letter grown on all sides, with room around it."""
    size = max(3, 2 * round(line) + 1)
    round_one = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(np.pad(bitmap, pad), round_one), np.uint8)


class TypeCase:
    """The faces that pages are set in, by kind, those for measuring or the others.

    Blackletter faces are used too: a finder has to find them. Raises ``ValueError`` where no face
    is left.
    """

    def __init__(self, faces: Sequence[FontFace], held_out: bool = False, limit: int = 400) -> None:
        self.faces = [f for f in faces if is_held_out(f.family) == held_out]
        if not self.faces:
            raise ValueError("no face to set pages with")
        self._by_kind: dict[str, dict[str, list[FontFace]]] = {}
        for face in self.faces:
            self._by_kind.setdefault(face.kind, {}).setdefault(face.family, []).append(face)
        self._masters = GlyphCache(limit=2000)
        self._own_size = GlyphCache(limit=limit)
        self._types: OrderedDict[tuple[int, float, float, bool, Form], Type] = OrderedDict()
        self._limit = limit

    def family(self, rng: Rng, kinds: Weighted[str]) -> list[FontFace]:
        """Return the faces of a family, of one of the kinds that there are."""
        for _ in range(8):
            families = self._by_kind.get(kinds.pick(rng))
            if families:
                return families[pick(rng, sorted(families))]
        families = self._by_kind[pick(rng, sorted(self._by_kind))]
        return families[pick(rng, sorted(families))]

    def type(
        self,
        face: FontFace,
        x_height: float,
        crisp: bool = False,
        stretch: float = 1.0,
        form: Form = "plain",
    ) -> Type:
        """Return a face at a size, canvas pixels; ``crisp`` as screens draw letters."""
        x_height = max(1.0, float(x_height))
        own = crisp or x_height > _LARGEST
        if own:
            x_height = float(max(3, round(x_height)))
        key = (id(face), x_height, stretch, own, form)
        found = self._types.get(key)
        if found is None:
            glyphs = (
                self._own_size.get(face, int(x_height)) if own else self._masters.get(face, MASTER)
            )
            found = Type(glyphs, x_height, stretch, form)
            self._types[key] = found
            if len(self._types) > self._limit:
                self._types.popitem(last=False)
        else:
            self._types.move_to_end(key)
        return found


def member(
    rng: Rng, family: Sequence[FontFace], bold: float = 0.1, italic: float = 0.1
) -> FontFace:
    """Return a face of a family, with the given chances of bold and slanted ones."""
    wants = chance(rng, bold), chance(rng, italic)
    fitting = [f for f in family if (f.bold, f.italic) == wants]
    fitting = fitting or [f for f in family if f.bold == wants[0]]
    return pick(rng, fitting or family)
