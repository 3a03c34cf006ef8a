"""Glyph pictures of a face, kept between lines, and the setting of a text from them.

A line is set from cached glyph bitmaps rather than drawn whole: that is several times faster, and
it lets every letter be moved, inked and worn by itself, as types and typebars are.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

from gsaocr.synthesis.fonts import FontFace

Ink = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type

# Letters that faces join; they are drawn together and share the width evenly.
_JOINED = "ffi|ffl|ſſi|ſſl|ff|fi|fl|fj|ſſ|ſi|ſl|ſt|ſb|ſh|ſk|Th|ct|st|sp"
_MARKED = "[^\u0300-\u036f][\u0300-\u036f]*"
_UNITS = re.compile(f"(?:{_JOINED})(?![\u0300-\u036f])|{_MARKED}")
_SINGLE_UNITS = re.compile(_MARKED)
# Units joined only where old ligatures are asked for; plain faces set them as two letters.
_OLD_JOINED = frozenset({"ct", "st", "sp"})

# Pairs that faces kern: looking others up costs more than it shows.
_KERNED_BEFORE = frozenset("ATVWYLPFRKDOQXUrvwyfkxce'’‘“”\".,-")
_KERNED_AFTER = frozenset("ATVWYOQCGJaeocvwydgqus.,-'’‘“”\"")

_FIGURES = frozenset("0123456789")

# Pillow shapes with raqm, which needs the system's FriBiDi; without it faces' ligatures are not
# drawn and kerning is what the plain layout knows of it.
CAN_SHAPE = bool(features.check("raqm"))

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
    shift: float = 0.0  # how far capitals stand off the line, as a worn shift key sets them
    kerning: bool = True
    ligatures: bool = True
    old_ligatures: bool = False  # ct, st and their like
    old_figures: str = ""  # figures with ascenders and descenders, 1 made from this: I or 1
    punctuation_gap: float = 0.0  # added before ; : ! ? as French printers do


@dataclass
class SetLine:
    """A text set: glyphs with their pens, and each character's centre; pixels."""

    glyphs: list[tuple[Glyph, float, float]] = field(default_factory=list)  # glyph, pen x, pen y
    units: list[str] = field(default_factory=list)
    centres: list[float] = field(default_factory=list)
    width: float = 0.0

    def extend(self, other: SetLine) -> None:
        """Set another piece of text after this one."""
        self.glyphs.extend((glyph, pen + self.width, dy) for glyph, pen, dy in other.glyphs)
        self.units.extend(other.units)
        self.centres.extend(x + self.width for x in other.centres)
        self.width += other.width

    def reach(self) -> tuple[float, float]:
        """Return how far the ink reaches above and below the baseline, pixels; (0, 0) if none."""
        if not self.glyphs:
            return 0.0, 0.0
        top = min(glyph.top + 1 + dy for glyph, _, dy in self.glyphs)
        bottom = max(glyph.top + glyph.bitmap.shape[0] - 1 + dy for glyph, _, dy in self.glyphs)
        return -top, bottom


class FaceGlyphs:
    """A face at one size, its glyphs drawn when first asked for.

    ``x_height`` is in pixels. With ``mono`` the glyphs are hinted one-bit bitmaps, as the raster
    fonts of printers are.
    """

    def __init__(self, face: FontFace, x_height: int, mono: bool = False) -> None:
        self.face = face
        self.mono = mono
        basic = ImageFont.Layout.BASIC
        probe = ImageFont.truetype(str(face.path), 100, face.index, layout_engine=basic)
        measured = -probe.getbbox("x", anchor="ls")[1]
        capital = -probe.getbbox("H", anchor="ls")[1]
        if measured < 25 or measured > 85:
            measured = max(25.0, 0.7 * capital)
        # Faces of capitals alone would come out small beside others.
        measured = max(measured, 0.6 * capital)
        size = max(6, round(100 * x_height / measured))
        # Plain layout is several times faster; shaping is for ligatures and kerning alone.
        self.font = ImageFont.truetype(str(face.path), size, face.index, layout_engine=basic)
        self._size = size
        self._shaping: ImageFont.FreeTypeFont | None = None
        self.x_height = float(x_height)
        self.ascent = float(-min(self.font.getbbox(c, anchor="ls")[1] for c in "dlH"))
        self.cap_height = float(-self.font.getbbox("H", anchor="ls")[1])
        self.descent = float(max(self.font.getbbox(c, anchor="ls")[3] for c in "pg"))
        self.space = float(self.font.getlength(" "))
        self.fixed = face.kind in ("mono", "typewriter", "dotmatrix") and (
            self.font.getlength("i") == self.font.getlength("m")
        )
        self._glyphs: dict[tuple[str, bool], Glyph] = {}
        self._old_figures: dict[str, Glyph] = {}
        drawn = self.glyph("H").bitmap
        # width of a main stroke in x-heights: about 0.18 in text faces, from 0.28 in bold ones
        self.stem = float(drawn.sum()) / 255 / (2.4 * self.cap_height) / self.x_height
        self._kerns: dict[str, float] = {}

    def glyph(self, unit: str, old: bool = False) -> Glyph:
        """Return the picture of a letter, a ligature or a letter with its marks."""
        found = self._glyphs.get((unit, old))
        if found is None:
            found = self._drawn(unit, old)
            self._glyphs[unit, old] = found
        return found

    def old_figure(self, digit: str, one: str = "1") -> Glyph:
        """Return a figure as old book faces have it: 0 to 2 low, 3 to 5, 7 and 9 hanging.

        Made from the face's own, unless those are of that kind already. ``one`` is the letter that
        1 is made from: many faces had a small I for it.
        """
        source = one if digit == "1" else digit
        found = self._old_figures.get(source)
        if found is None:
            three = self.glyph("3")
            hanging = three.top + three.bitmap.shape[0] - 1 > 0.2 * self.x_height
            found = self.glyph(digit if hanging else source)
            if not hanging and digit in "012":
                found = _lowered(found, self.x_height / max(self.cap_height, self.x_height))
            elif not hanging and digit in "34579":
                found = replace(found, top=found.top + round(self.cap_height - self.x_height))
            self._old_figures[source] = found
        return found

    def kern(self, before: str, after: str) -> float:
        """Return what the face adds between two letters, in pixels."""
        if before not in _KERNED_BEFORE or after not in _KERNED_AFTER:
            return 0.0
        pair = before + after
        found = self._kerns.get(pair)
        if found is None:
            apart = ["-liga", "-clig"] if CAN_SHAPE else None
            length = self._shaped().getlength(pair, features=apart)
            found = length - self.font.getlength(before) - self.font.getlength(after)
            # what is not plausibly kerning is a ligature or a contextual form
            found = found if abs(found) < 0.4 * self.x_height else 0.0
            self._kerns[pair] = found
        return found

    def _shaped(self) -> ImageFont.FreeTypeFont:
        if self._shaping is None:
            self._shaping = ImageFont.truetype(str(self.face.path), self._size, self.face.index)
        return self._shaping

    def set_line(self, text: str, setting: Setting, rng: np.random.Generator) -> SetLine:
        """Set a text; spaces are drawn by advance only."""
        joined = setting.ligatures and not self.fixed and setting.tracking < 0.12
        joined = joined and not setting.pitch
        units = (_UNITS if joined else _SINGLE_UNITS).findall(text)
        line = SetLine(units=units)
        height = self.x_height
        tracking = setting.tracking * height
        pitch = setting.pitch * height
        shift = setting.shift * height
        kerning = setting.kerning and not self.fixed and not pitch
        noise = rng.standard_normal((len(units), 3)) if units else np.zeros((0, 3))
        shakes = noise * (setting.shake_x * height, setting.shake_y * height, setting.space_jitter)
        pen = 0.0
        previous = " "
        for unit, (dx, dy, gap) in zip(units, shakes.tolist(), strict=True):
            if unit == " ":
                advance = pitch or self.space
                advance = max(0.45 * advance, advance * (setting.space + gap)) + tracking
                line.centres.append(pen + advance / 2)
                pen += advance
                previous = unit
                continue
            if setting.old_figures and unit in _FIGURES:
                glyph = self.old_figure(unit, setting.old_figures)
            else:
                glyph = self.glyph(unit, setting.old_ligatures)
            if kerning and previous != " ":
                pen += self.kern(previous, unit[0])
            if setting.punctuation_gap and unit in ";:!?" and previous != " ":
                pen += setting.punctuation_gap * height
            width = pitch * len(unit.rstrip("\u0303\u0364")) if pitch else glyph.advance
            if pitch and glyph.advance > 1.08 * width:
                glyph = _narrowed(glyph, 1.02 * width / glyph.advance)
            offset = (width - glyph.advance) / 2
            if shift and unit.isupper():
                dy += shift
            line.glyphs.append((glyph, pen + offset + dx, dy))
            share = width / len(unit)
            line.centres.extend(pen + (i + 0.5) * share for i in range(len(unit)))
            pen += width + tracking
            previous = unit[-1]
        line.width = pen
        return line

    def _drawn(self, unit: str, old: bool) -> Glyph:
        if len(unit) > 1 and unit[-1] in (_COMBINING_E, _COMBINING_TILDE):
            return self._with_mark(unit[:-1], unit[-1])
        if unit in _OLD_JOINED and not old:
            return self._row(unit)
        if any(c not in self.face.characters for c in unit):
            return self._row(unit)
        wanted = ["dlig", "hlig"] if old and len(unit) > 1 and CAN_SHAPE else None
        font = self.font if len(unit) == 1 else self._shaped()
        left, top, right, bottom = font.getbbox(unit, anchor="ls", features=wanted)
        left, top = math.floor(left) - 1, math.floor(top) - 1
        size = (max(1, math.ceil(right) + 1 - left), max(1, math.ceil(bottom) + 1 - top))
        picture = Image.new("1" if self.mono else "L", size)
        ink = 1 if self.mono else 255
        draw = ImageDraw.Draw(picture)
        draw.text((-left, -top), unit, fill=ink, font=font, anchor="ls", features=wanted)
        bitmap = np.asarray(picture.convert("L"), dtype=np.uint8)
        advance = font.getlength(unit, features=wanted)
        return Glyph(bitmap, left, top, float(advance))

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

    def _with_mark(self, letter: str, mark: str) -> Glyph:
        """Draw a letter with a small e or a tilde above, which few faces carry."""
        base = self.glyph(letter)
        small_e = mark == _COMBINING_E
        tilde = "~" if "~" in self.face.characters else "-"
        source = self.glyph("e" if small_e else tilde).bitmap
        rows = np.flatnonzero(source.max(axis=1))
        source = source[rows[0] : rows[-1] + 1] if rows.size else source
        scale = 0.5 if small_e else 0.75
        size = (max(2, round(source.shape[1] * scale)), max(2, round(source.shape[0] * scale)))
        above = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
        gap = max(1, round(0.12 * self.x_height))
        lift = above.shape[0] + gap
        height = base.bitmap.shape[0] + lift
        width = max(base.bitmap.shape[1], above.shape[1])
        bitmap = np.zeros((height, width), np.uint8)
        paste(bitmap, base.bitmap, (width - base.bitmap.shape[1]) // 2, lift)
        paste(bitmap, above, (width - above.shape[1]) // 2, 0)
        left = base.left - (width - base.bitmap.shape[1]) // 2
        return Glyph(bitmap, left, base.top - lift, base.advance)


def _lowered(glyph: Glyph, factor: float) -> Glyph:
    """Return a glyph of a lower height on the same line, a little narrower."""
    height, width = glyph.bitmap.shape
    narrower = (1 + factor) / 2
    size = (max(2, round(width * narrower)), max(2, round(height * factor)))
    bitmap = cv2.resize(glyph.bitmap, size, interpolation=cv2.INTER_AREA)
    left, top = round(glyph.left * narrower), round(glyph.top * factor)
    return Glyph(bitmap, left, top, glyph.advance * narrower)


def _narrowed(glyph: Glyph, factor: float) -> Glyph:
    """Return a glyph squeezed along the line, as m and w are on a typewriter."""
    height, width = glyph.bitmap.shape
    size = (max(2, round(width * factor)), height)
    bitmap = cv2.resize(glyph.bitmap, size, interpolation=cv2.INTER_AREA)
    return Glyph(bitmap, round(glyph.left * factor), glyph.top, glyph.advance * factor)


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
    inked: Callable[[str, Ink, int, int], Ink] | None = None,
) -> None:
    """Paint a set line on a canvas with its pen starting at x; ``inked`` alters each bitmap."""
    letters = (u for u in line.units if u != " ")
    for unit, (glyph, pen, dy) in zip(letters, line.glyphs, strict=True):
        left, top = round(x + pen) + glyph.left, round(baseline + dy) + glyph.top
        paste(canvas, inked(unit, glyph.bitmap, left, top) if inked else glyph.bitmap, left, top)


class GlyphCache:
    """Faces opened at the sizes in use, the least used ones given up beyond ``limit``."""

    def __init__(self, limit: int = 1200) -> None:
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
