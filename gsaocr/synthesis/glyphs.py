"""Glyph pictures of a face, kept between lines, and the setting of a text from them.

A line is set from cached glyph bitmaps rather than drawn whole: that is several times faster, and it
lets every letter be moved, inked and worn by itself, as types and typebars are.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gsaocr.synthesis.fonts import FontFace

Ink = NDArray[np.uint8]

# Letters that faces join; they are drawn together and share the width evenly.
_JOINED = "ffi|ffl|ſſi|ſſl|ff|fi|fl|fj|ſſ|ſi|ſl|ſt|ſb|ſh|ſk|Th|ct|st|sp"
_MARKED = "[^\u0300-\u036f][\u0300-\u036f]*"
_UNITS = re.compile(f"(?:{_JOINED})(?![\u0300-\u036f])|{_MARKED}")
_SINGLE_UNITS = re.compile(_MARKED)
# Units joined only where old ligatures are asked for; plain faces set them as two letters.
_OLD_JOINED = frozenset({"ct", "st", "sp"})

_COMBINING_E = "\u0364"
_COMBINING_TILDE = "\u0303"


@dataclass(frozen=True)
class Glyph:
    """A bitmap with its place against the pen: ``left`` and ``top`` in pixels, y downwards."""

    bitmap: Ink
    left: int
    top: int
    advance: float


@dataclass(frozen=True)
class Setting:
    """How a line is set; lengths in units of the x-height unless said otherwise."""

    tracking: float = 0.0  # added after every letter
    space: float = 1.0  # factor on the width of spaces
    space_jitter: float = 0.0  # standard deviation of that factor within the line
    pitch: float = 0.0  # fixed advance per letter; 0 for the face's own widths
    shake_x: float = 0.0  # standard deviation of each letter's place
    shake_y: float = 0.0
    kerning: bool = True
    ligatures: bool = True
    old_ligatures: bool = False  # ct, st and their like
    punctuation_gap: float = 0.0  # added before ; : ! ? as French printers do


@dataclass
class SetLine:
    """A text set: glyphs with their pens, and each character's centre; pixels."""

    glyphs: list[tuple[Glyph, float, float]] = field(default_factory=list)  # glyph, pen x, pen y
    units: list[str] = field(default_factory=list)
    centres: list[float] = field(default_factory=list)
    width: float = 0.0


class FaceGlyphs:
    """A face at one size, its glyphs drawn when first asked for.

    ``x_height`` is in pixels. With ``mono`` the glyphs are hinted one-bit bitmaps, as the raster
    fonts of printers are.
    """

    def __init__(self, face: FontFace, x_height: int, mono: bool = False) -> None:
        self.face = face
        self.mono = mono
        probe = ImageFont.truetype(str(face.path), 100, index=face.index)
        measured = -probe.getbbox("x", anchor="ls")[1]
        capital = -probe.getbbox("H", anchor="ls")[1]
        if measured < 25 or measured > 85:
            measured = max(25.0, 0.7 * capital)
        # Faces of capitals alone would come out small beside others.
        measured = max(measured, 0.6 * capital)
        size = max(6, round(100 * x_height / measured))
        self.font = ImageFont.truetype(str(face.path), size, index=face.index)
        self.x_height = float(x_height)
        self.ascent = float(-min(self.font.getbbox(c, anchor="ls")[1] for c in "dlHk"))
        self.descent = float(max(self.font.getbbox(c, anchor="ls")[3] for c in "pgqy"))
        self.space = float(self.font.getlength(" "))
        self.fixed = face.kind in ("mono", "typewriter", "dotmatrix") and (
            self.font.getlength("i") == self.font.getlength("m")
        )
        self._glyphs: dict[tuple[str, bool], Glyph] = {}
        self._kerns: dict[str, float] = {}

    def glyph(self, unit: str, old: bool = False) -> Glyph:
        """Return the picture of a letter, a ligature or a letter with its marks."""
        found = self._glyphs.get((unit, old))
        if found is None:
            found = self._drawn(unit, old)
            self._glyphs[unit, old] = found
        return found

    def kern(self, before: str, after: str) -> float:
        """Return what the face adds between two letters, in pixels."""
        pair = before + after
        found = self._kerns.get(pair)
        if found is None:
            length = self.font.getlength
            found = length(pair, features=["-liga"]) - length(before) - length(after)
            # what is not plausibly kerning is a ligature or a contextual form
            found = found if abs(found) < 0.5 * self.x_height else 0.0
            self._kerns[pair] = found
        return found

    def set_line(self, text: str, setting: Setting, rng: np.random.Generator) -> SetLine:
        """Set a text; spaces are drawn by advance only."""
        joined = setting.ligatures and not self.fixed and setting.tracking < 0.12
        units = (_UNITS if joined else _SINGLE_UNITS).findall(text)
        line = SetLine(units=units)
        height = self.x_height
        tracking = setting.tracking * height
        pitch = setting.pitch * height
        kerning = setting.kerning and not self.fixed and not pitch
        noise = rng.standard_normal((len(units), 3)) if units else np.zeros((0, 3))
        shakes = noise * (setting.shake_x * height, setting.shake_y * height, setting.space_jitter)
        pen = 0.0
        previous = " "
        for unit, (dx, dy, gap) in zip(units, shakes.tolist(), strict=True):
            if unit == " ":
                advance = pitch or self.space
                advance = max(0.35 * advance, advance * (setting.space + gap)) + tracking
                line.centres.append(pen + advance / 2)
                pen += advance
                previous = unit
                continue
            glyph = self.glyph(unit, setting.old_ligatures)
            if kerning and previous != " ":
                pen += self.kern(previous, unit[0])
            if setting.punctuation_gap and unit in ";:!?" and previous != " ":
                pen += setting.punctuation_gap * height
            width = pitch * len(unit.rstrip("\u0303\u0364")) if pitch else glyph.advance
            offset = (width - glyph.advance) / 2
            line.glyphs.append((glyph, pen + offset + dx, dy))
            share = width / len(unit)
            line.centres.extend(pen + (i + 0.5) * share for i in range(len(unit)))
            pen += width + tracking
            previous = unit[-1]
        line.width = pen
        return line

    def _drawn(self, unit: str, old: bool) -> Glyph:
        if len(unit) == 2 and unit[1] in (_COMBINING_E, _COMBINING_TILDE):
            return self._with_mark(unit)
        if unit in _OLD_JOINED and not old:
            return self._row(unit)
        if any(c not in self.face.characters for c in unit):
            return self._row(unit)
        features = ["dlig", "hlig"] if old and len(unit) > 1 else None
        left, top, right, bottom = self.font.getbbox(unit, anchor="ls", features=features)
        width, height = max(1, round(right - left) + 2), max(1, round(bottom - top) + 2)
        picture = Image.new("1" if self.mono else "L", (width, height))
        draw = ImageDraw.Draw(picture)
        at = (1 - left, 1 - top)
        draw.text(at, unit, fill=1 if self.mono else 255, font=self.font, anchor="ls",
                  features=features)  # fmt: skip
        bitmap = np.asarray(picture.convert("L"), dtype=np.uint8)
        advance = self.font.getlength(unit, features=features)
        return Glyph(bitmap, round(left) - 1, round(top) - 1, float(advance))

    def _row(self, unit: str) -> Glyph:
        """Set letters side by side into one picture."""
        if len(unit) == 1:
            raise KeyError(f"{self.face.path.name} lacks {unit!r}")
        parts = [self.glyph(c) for c in unit]
        pens = [sum(p.advance for p in parts[:i]) for i in range(len(parts))]
        left = min(round(x) + p.left for p, x in zip(parts, pens, strict=True))
        top = min(p.top for p in parts)
        right = max(round(x) + p.left + p.bitmap.shape[1] for p, x in zip(parts, pens, strict=True))
        bottom = max(p.top + p.bitmap.shape[0] for p in parts)
        bitmap = np.zeros((bottom - top, right - left), np.uint8)
        for part, x in zip(parts, pens, strict=True):
            paste(bitmap, part.bitmap, round(x) + part.left - left, part.top - top)
        return Glyph(bitmap, left, top, sum(p.advance for p in parts))

    def _with_mark(self, unit: str) -> Glyph:
        """Draw a letter with a small e or a tilde above, which few faces carry."""
        base = self.glyph(unit[0])
        source = self.glyph("e" if unit[1] == _COMBINING_E else "~").bitmap
        rows = np.flatnonzero(source.max(axis=1))
        source = source[rows[0] : rows[-1] + 1] if rows.size else source
        scale = 0.5 if unit[1] == _COMBINING_E else 0.75
        size = (max(2, round(source.shape[1] * scale)), max(2, round(source.shape[0] * scale)))
        mark = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
        gap = max(1, round(0.12 * self.x_height))
        lift = mark.shape[0] + gap
        height = base.bitmap.shape[0] + lift
        width = max(base.bitmap.shape[1], mark.shape[1])
        bitmap = np.zeros((height, width), np.uint8)
        paste(bitmap, base.bitmap, (width - base.bitmap.shape[1]) // 2, lift)
        paste(bitmap, mark, (width - mark.shape[1]) // 2, 0)
        left = base.left - (width - base.bitmap.shape[1]) // 2
        return Glyph(bitmap, left, base.top - lift, base.advance)


def paste(canvas: Ink, bitmap: Ink, x: int, y: int) -> None:
    """Put ink on a canvas, keeping the darker of both; what falls outside is left out."""
    height, width = canvas.shape
    rows, columns = bitmap.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(height, y + rows), min(width, x + columns)
    if top >= bottom or left >= right:
        return
    part = canvas[top:bottom, left:right]
    np.maximum(part, bitmap[top - y : bottom - y, left - x : right - x], out=part)


def paint(
    canvas: Ink,
    line: SetLine,
    x: float,
    baseline: float,
    inked: Callable[[str, Ink], Ink] | None = None,
) -> None:
    """Paint a set line on a canvas with its pen starting at x; ``inked`` alters each bitmap."""
    letters = (u for u in line.units if u != " ")
    for unit, (glyph, pen, dy) in zip(letters, line.glyphs, strict=True):
        bitmap = glyph.bitmap if inked is None else inked(unit, glyph.bitmap)
        paste(canvas, bitmap, round(x + pen) + glyph.left, round(baseline + dy) + glyph.top)


class GlyphCache:
    """Faces opened at the sizes in use, the least used ones given up beyond ``limit``."""

    def __init__(self, limit: int = 900) -> None:
        self._limit = limit
        self._open: OrderedDict[tuple[int, int, bool], FaceGlyphs] = OrderedDict()

    def get(self, face: FontFace, x_height: int, mono: bool = False) -> FaceGlyphs:
        """Return the glyphs of a face at a size."""
        key = (id(face), x_height, mono)
        found = self._open.get(key)
        if found is None:
            found = FaceGlyphs(face, x_height, mono)
            self._open[key] = found
            if len(self._open) > self._limit:
                self._open.popitem(last=False)
        else:
            self._open.move_to_end(key)
        return found
