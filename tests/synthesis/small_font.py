"""Builds tiny TrueType fonts whose every outline a test decides on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

Box = tuple[int, int, int, int]  # left, bottom, right, top
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PLAIN = LETTERS + "0123456789.,-!?"
NOTDEF: tuple[Box, ...] = ((50, 0, 450, 700), (100, 50, 400, 650))


def outline_of(character: str) -> tuple[Box, ...]:
    """Return an outline that no other character has: a letter-high bar and a random one."""
    chance = random.Random(ord(character))
    top = 700 if character.isupper() or character in "bdfhklt" else 500
    bottom = -200 if character in "gjpqy" else 0
    left = chance.randrange(110, 300)
    return ((50, bottom, 100, top), (left, 0, left + chance.randrange(20, 150), top))


def build_font(
    path: Path,
    outlines: Mapping[str, tuple[Box, ...]] | None = None,
    family: str = "Probe",
    style: str = "Regular",
    characters: str = PLAIN,
    licence: str = "",
    widths: Mapping[str, int] | None = None,
    glyph_names: Mapping[str, str] | None = None,
) -> Path:
    """Write a font of ``characters`` (and a space) with ``outlines`` in place of their own.

    ``glyph_names`` are the names of some characters' glyphs; the others are called u0041 and so on.
    """

    def named(character: str) -> str:
        return (glyph_names or {}).get(character, f"u{ord(character):04X}")

    drawn = {c: outline_of(c) for c in characters} | dict(outlines or {})
    names = [".notdef", "space"] + [named(c) for c in drawn if c != " "]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({32: "space"} | {ord(c): named(c) for c in drawn})
    glyphs = {".notdef": _glyph(NOTDEF), "space": _glyph(())}
    metrics = {".notdef": (500, 0), "space": (300, 0)}
    for character, boxes in drawn.items():
        glyphs[named(character)] = _glyph(boxes)
        metrics[named(character)] = ((widths or {}).get(character, 500), 0)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {"familyName": family, "styleName": style, "licenseDescription": licence}
    )
    bold = "Bold" in style
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWeightClass=700 if bold else 400)
    builder.setupPost()
    builder.save(path)
    return path


def _glyph(boxes: tuple[Box, ...]) -> Glyph:
    pen = TTGlyphPen(None)
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        pen.lineTo((left, top))
        pen.lineTo((right, top))
        pen.lineTo((right, bottom))
        pen.closePath()
    return pen.glyph()
