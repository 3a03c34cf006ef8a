"""The generator of training lines: text, face, press, page and scanner drawn anew for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.recognizer.charset import to_reading_form
from gsaocr.synthesis import crop, degrade, press
from gsaocr.synthesis.draws import Weighted, chance, log_span, pick, span, whole
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.glyphs import FaceGlyphs, GlyphCache, SetLine, Setting, paint
from gsaocr.synthesis.paper import NoiseBank, scribble, specks
from gsaocr.synthesis.sample import LineSample
from gsaocr.synthesis.scan import STRENGTHS, scanned
from gsaocr.synthesis.text import TextSource, simplified
from gsaocr.synthesis.typesetting import draw_setting, overtype, rule, set_mixed

Ink = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type

MIN_HEIGHT, MAX_HEIGHT = 14, 80
# x-height in pixels at which lines are set before they are brought to their size
SCALE = 16

# Kinds of face by document, with their weights.
_KINDS: dict[str, tuple[tuple[str, float], ...]] = {
    "book": (("serif", 92.0), ("sans", 5.0), ("display", 3.0)),
    "oldprint": (("serif", 100.0),),
    "typescript": (("typewriter", 70.0), ("mono", 18.0), ("serif", 10.0), ("dotmatrix", 2.0)),
    "receipt": (
        ("sans", 38.0),
        ("mono", 30.0),
        ("dotmatrix", 22.0),
        ("typewriter", 4.0),
        ("serif", 6.0),
    ),
    "modern": (
        ("sans", 52.0),
        ("serif", 30.0),
        ("mono", 8.0),
        ("display", 7.0),
        ("typewriter", 3.0),
    ),
}
# Heights of small letters in the finished crop, pixels.
_X_HEIGHTS: dict[str, tuple[float, float]] = {
    "book": (8.0, 21.0),
    "oldprint": (8.0, 20.0),
    "typescript": (7.0, 19.0),
    "receipt": (7.0, 24.0),
    "modern": (7.0, 22.0),
}


# Marks that are drawn from other letters: they are wanted from no face.
_DRAWN = {"\u0303", "\u0364"}

# Families drawn after types of the 15th to 18th century, whose italics are as frequent as romans.
_OLD = re.compile(
    "Fell|Garamond|Garamont|Jenson|Caslon|Junicode|Elstob|Cardo|Essays|Fanwood|Goudy|Linden|"
    "Cormorant|Amiri|Alegreya|Accanthis|Crimson|Gentium|Coelacanth|Libertine|Pagella|P052|"
    "Baskerv|Irianis|Campania|Galatia|Cormor",
).search

# Greatest usual margin above and below, in heights of the line: boxes of cells are close.
_MARGINS = {"book": 0.3, "oldprint": 0.4, "typescript": 0.6, "receipt": 0.2, "modern": 0.25}


@dataclass(frozen=True)
class RenderConfig:
    """Probabilities and strengths of the line generator."""

    # weight of each kind of document: what a line is taken from
    book: float = 0.32
    oldprint: float = 0.1
    typescript: float = 0.23
    receipt: float = 0.22
    modern: float = 0.13
    # share of lines that are nearly clean
    clean: float = 0.25
    # share of lines with letters and signs that texts seldom have
    rare: float = 0.45
    # share of crops in which the lines above and below show
    neighbours: float = 0.35
    # share of crops cut as page segmentation cuts them, neighbours mostly painted over
    page_cut: float = 0.35
    # share of printed lines with words in italics, bold or small capitals
    mixed: float = 0.12
    # greatest skew, degrees
    skew: float = 3.0
    # share of crops cut a pixel or two into the letters
    tight: float = 0.12
    # share of crops with wide margins (up to 60 % of the line's height)
    loose: float = 0.12
    # share of lines underlined, ruled, boxed or leader-dotted
    rules: float = 0.08
    # share of lines crossed by a pen stroke
    scribbles: float = 0.015
    # share of lines white on black
    inverted: float = 0.025


def _weighted(family: list[FontFace], italic: float) -> Weighted[FontFace]:
    """Return a family's faces, upright and regular ones the likeliest."""
    return Weighted([(f, (0.4 if f.bold else 1.0) * (italic if f.italic else 1.0)) for f in family])


class LineRenderer:
    """Draws line images with their texts; the same generator state gives the same line.

    ``faces`` may hold any kinds; blackletter is never used. Raises ``ValueError`` without a face
    or without corpora.
    """

    def __init__(
        self,
        faces: Sequence[FontFace],
        corpora: Sequence[Path],
        config: RenderConfig = RenderConfig(),
    ) -> None:
        usable = [f for f in faces if f.kind != "blackletter"]
        if not usable:
            raise ValueError("no face to render lines with")
        self.config = config
        self._faces = usable
        # by kind: the families, each as its faces weighted for print and for typescripts
        self._by_kind: dict[str, list[tuple[Weighted[FontFace], Weighted[FontFace]]]] = {}
        self._families: dict[tuple[str, str], list[FontFace]] = {}
        for face in usable:
            self._families.setdefault((face.kind, face.family), []).append(face)
        for (kind, _), members in sorted(self._families.items()):
            weighted = _weighted(members, 0.35), _weighted(members, 0.06)
            self._by_kind.setdefault(kind, []).append(weighted)
        self._old_faces = [f for f in usable if f.kind == "serif" and not f.bold and _OLD(f.family)]
        self._text = TextSource(corpora)
        self._glyphs = GlyphCache()
        self._bank = NoiseBank()
        c = config
        self._documents = Weighted(
            [
                ("book", c.book),
                ("oldprint", c.oldprint),
                ("typescript", c.typescript),
                ("receipt", c.receipt),
                ("modern", c.modern),
            ]
        )
        self._kinds = {d: Weighted(kinds) for d, kinds in _KINDS.items()}

    def sample(self, rng: np.random.Generator, min_chars: int, max_chars: int) -> LineSample:
        """Return a line of min_chars to max_chars characters (reading form)."""
        document = self._documents.pick(rng)
        text = self._text.line(rng, document, min_chars, max_chars)
        face = self._face(rng, document, text)
        if chance(rng, self.config.rare):
            text, face = self._with_rare(rng, document, text, max_chars)
        if face is None:
            face = self._any_face(rng, document)
            plain = simplified(text, face.characters)[:max_chars].strip()
            text = plain if plain else "0"
        return self._render(rng, document, face, text)

    def _with_rare(
        self, rng: np.random.Generator, document: str, text: str, max_chars: int
    ) -> tuple[str, FontFace | None]:
        """Return the text with rare characters in it and a face that has them all.

        One character is drawn first and a face for it second, so that a character in few faces
        comes as often as one in many; the others are taken from what the face has.
        """
        lead = self._text.rare_character(rng)
        face = self._face(rng, document, lead)
        if face is None:
            return text, self._face(rng, document, text)
        plain = simplified(text, face.characters) or text
        text = self._text.with_rare(rng, plain, lead, face.characters)
        if len(text) > max_chars:
            text = to_reading_form(text[:max_chars]).rstrip()
        return text, face if set(text) - _DRAWN <= face.characters else None

    def _any_face(self, rng: np.random.Generator, document: str) -> FontFace:
        families = self._by_kind.get(self._kinds[document].pick(rng))
        if not families:
            return pick(rng, self._faces)
        upright = document == "typescript"
        return pick(rng, families)[upright].pick(rng)

    def _face(self, rng: np.random.Generator, document: str, text: str) -> FontFace | None:
        """Return a face that has every character of the text, or None."""
        needed = set(text) - _DRAWN
        if document == "oldprint" and self._old_faces and chance(rng, 0.7):
            for _ in range(12):
                face = pick(rng, self._old_faces)
                if needed <= face.characters:
                    return face
        for _ in range(16):
            face = self._any_face(rng, document)
            if needed <= face.characters:
                return face
        fitting = [f for f in self._faces if needed <= f.characters]
        return pick(rng, fitting) if fitting else None

    def _render(
        self, rng: np.random.Generator, document: str, face: FontFace, text: str
    ) -> LineSample:
        c, bank = self.config, self._bank
        strength = span(rng, 0, 0.2) if chance(rng, c.clean) else span(rng, 0.2, 1.0)
        target = log_span(rng, *_X_HEIGHTS[document])
        # printers' own raster fonts: small hinted bitmaps, enlarged
        raster = document == "receipt" and face.kind in ("mono", "sans") and chance(rng, 0.3)
        scale = pick(rng, (8, 10, 12)) if raster else SCALE
        glyphs = self._glyphs.get(face, scale, raster)
        setting = draw_setting(rng, document, face, strength)
        if document in ("book", "oldprint", "modern") and chance(rng, c.mixed):
            family = self._families[face.kind, face.family]
            line = set_mixed(rng, self._glyphs, glyphs, family, text, setting)
        else:
            line = glyphs.set_line(text, setting, rng)

        # margins around the line in setting pixels, from ascender and descender
        body = glyphs.ascent + glyphs.descent
        cut_as_page = chance(rng, c.page_cut)
        if cut_as_page:
            top, bottom = crop.page_margins(rng, glyphs, line, text)
        else:
            top, bottom = crop.box_margins(rng, glyphs, line, _MARGINS[document], c.tight, c.loose)
        left, right = crop.side_margin(rng, scale), crop.side_margin(rng, scale)
        squeeze = float(np.clip(rng.normal(1.0, 0.1), 0.7, 1.3))
        if document == "receipt" and face.kind != "dotmatrix":
            squeeze = float(np.clip(rng.normal(0.9, 0.15), 0.6, 1.35))
        width = line.width + left + right
        ratio = target / scale
        warp = degrade.random_warp(
            rng, width * ratio * squeeze, body * ratio, min(1.0, strength * 1.2), c.skew
        )
        lift = (abs(warp.slope) / 2 + sum(a for a, _, _ in warp.waves)) / ratio
        follow = span(rng, 0.3, 1.1)  # how far the crop makes room for the drift
        top, bottom = top + lift * follow, bottom + lift * follow

        pad = int(lift + 3)
        height = max(body + top + bottom, 6.0)
        columns = int(np.ceil(max(width, 8.0)))
        baseline = pad + top + glyphs.ascent
        ink = np.zeros((int(np.ceil(height)) + 2 * pad, columns), np.uint8)
        self._print(
            rng, document, glyphs, setting, line, ink, left, baseline, strength, cut_as_page
        )
        inked = self._pressed(rng, document, face, ink, scale, raster, glyphs.stem, strength)
        if chance(rng, 0.25 * strength):
            specks(rng, inked, log_span(rng, 0.03, 0.8))

        out_h = max(MIN_HEIGHT, min(MAX_HEIGHT, round(height * ratio)))
        ratio = out_h / height
        out_w = max(4, round(columns * ratio * squeeze))
        grown = (out_w, max(1, round(ink.shape[0] * ratio)))
        how = cv2.INTER_AREA if grown[1] < inked.shape[0] else cv2.INTER_LINEAR
        flat = cv2.resize(inked, grown, interpolation=how)
        flat = degrade.warped(flat, warp, 0, round(pad * ratio), out_w, out_h, baseline * ratio)
        grey = scanned(rng, bank, flat, scale * ratio, STRENGTHS[document], strength)
        if chance(rng, c.inverted):
            grey = 255 - grey
        centres = (np.asarray(line.centres, np.float32) + np.float32(left)) / np.float32(columns)
        if warp.stretch:
            centres -= np.float32(warp.stretch / out_w) * np.sin(np.float32(2 * np.pi) * centres)
        centres = np.maximum.accumulate(np.clip(centres, 0, 1))
        return LineSample(np.ascontiguousarray(grey), text, centres)

    def _print(
        self,
        rng: np.random.Generator,
        document: str,
        glyphs: FaceGlyphs,
        setting: Setting,
        line: SetLine,
        ink: Ink,
        left: float,
        baseline: float,
        strength: float,
        cut_as_page: bool,
    ) -> None:
        """Put the line on the canvas, and what stands around it, over it and under it."""
        c = self.config
        if document == "typescript":
            machine = press.typebars(rng, strength)
            paint(ink, line, left, baseline, machine)
            if chance(rng, 0.12 * strength):
                overtype(rng, glyphs, line, ink, left, baseline)
            ink[:] = machine.struck(ink)
        else:
            paint(ink, line, left, baseline)
        if chance(rng, c.rules):
            rule(rng, ink, line, left, baseline, glyphs)
        # page segmentation paints most neighbours over
        if chance(rng, c.neighbours * (0.3 if cut_as_page else 1.2)):
            self._add_neighbours(rng, document, glyphs, setting, ink, left, baseline)
        if chance(rng, c.scribbles * (0.5 + strength)):
            scribble(rng, ink, whole(rng, 90, 230))

    def _add_neighbours(
        self,
        rng: np.random.Generator,
        document: str,
        glyphs: FaceGlyphs,
        setting: Setting,
        ink: Ink,
        left: float,
        baseline: float,
    ) -> None:
        """Set the lines above and below, where the crop may catch their edges."""
        body = glyphs.ascent + glyphs.descent
        # of a neighbour less than half may show, or it would be a line to read as well
        margin = max(baseline - glyphs.ascent, ink.shape[0] - baseline - glyphs.descent)
        pitch = max(body * span(rng, 0.95, 1.5), 0.62 * body + margin)
        wanted = max(2, int(ink.shape[1] / (0.55 * glyphs.x_height)))
        known = glyphs.face.characters
        for step in (-pitch, pitch):
            unseen = baseline + step + glyphs.descent < 0 or (
                baseline + step - glyphs.ascent > ink.shape[0]
            )
            if chance(rng, 0.2) or unseen:
                continue
            start = left - span(rng, 0, 4) * glyphs.x_height
            text = simplified(self._text.running(rng, document, 2, wanted + 6), known)
            line = glyphs.set_line(text, setting, rng)
            layer = ink
            if chance(rng, 0.3):
                # page segmentation masks a neighbour where it can, and misses parts of it
                begin = int(rng.random() * ink.shape[1])
                layer = ink[:, begin : begin + whole(rng, 10, ink.shape[1])]
            paint(layer, line, start, baseline + step)

    def _pressed(
        self,
        rng: np.random.Generator,
        document: str,
        face: FontFace,
        ink: Ink,
        unit: int,
        raster: bool,
        stem: float,
        strength: float,
    ) -> Ink:
        """Bring the ink to the paper the way the document was printed.

        The canvas comes back as it was or enlarged by a whole factor (raster fonts).
        """
        bank = self._bank
        # more would close the counters of bold letters
        fattest = min(0.5, max(-0.15, 3.0 * (0.36 - stem)))
        if raster:
            factor = 2 if unit > 9 else 3
            ink = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
            unit *= factor
            if chance(rng, 0.4):
                ink = press.dots(ink, rng, unit, unit / factor, span(rng, 0.9, 1.6))
        elif document == "receipt" and face.kind != "dotmatrix":
            at = rng.random()
            if at < 0.15:
                ink = press.dots(ink, rng, unit, span(rng, 5.5, 9.0), span(rng, 0.9, 1.6))
            elif at < 0.35:
                ink = press.raster(ink, rng, unit, span(rng, 7.0, 12.0))
        elif face.kind == "dotmatrix" and chance(rng, 0.4):
            ink = press.dots(ink, rng, unit, span(rng, 7.0, 10.0), span(rng, 0.9, 1.6))
        if document == "typescript":
            # ink that a blow left faint stays so: the cut is made on evenly inked letters only
            weight = float(rng.normal(0.15, 0.22)) * (0.3 + strength)
            rough = span(rng, 0, 0.9) * strength
            spread = span(rng, 0.03, 0.1)
            weight, gain = min(weight, fattest), log_span(rng, 0.9, 2.4)
            ink = press.bleed(ink, rng, bank, unit, spread, weight, rough, gain)
            if chance(rng, 0.5 * strength):
                ink = press.worn(ink, rng, bank, span(rng, 0.2, 0.7), pick(rng, (0.7, 1.5, 3.0)))
        elif document in ("book", "oldprint"):
            old = document == "oldprint"
            weight = float(rng.normal(0.12 if old else 0.06, 0.22)) * (0.3 + strength)
            rough = span(rng, 0, 1.2 if old else 0.9) * strength
            spread, gain = span(rng, 0.03, 0.08), log_span(rng, 1.2, 4.0)
            weight = min(weight, fattest)
            ink = press.bleed(ink, rng, bank, unit, spread, weight, rough, gain)
        elif strength > 0.2:
            weight = min(float(rng.normal(0.08, 0.25)), fattest)
            rough, gain = span(rng, 0, 0.6) * strength, log_span(rng, 1.0, 2.5)
            ink = press.bleed(ink, rng, bank, unit, 0.06, weight, rough, gain)
            if chance(rng, 0.2 * strength):
                ink = press.worn(ink, rng, bank, span(rng, 0.2, 0.6), pick(rng, (0.7, 3.0, 8.0)))
        if chance(rng, 0.2 * strength):
            ink = press.worn(ink, rng, bank, span(rng, 0.2, 0.7), pick(rng, (8.0, 24.0)))
        return ink
