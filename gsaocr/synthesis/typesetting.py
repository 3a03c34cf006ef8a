"""How a line is set and what is struck over, under and beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, pick, span, whole
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.glyphs import FaceGlyphs, Glyph, GlyphCache, SetLine, Setting, paint

Ink = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type


def draw_setting(
    rng: np.random.Generator, document: str, face: FontFace, strength: float
) -> Setting:
    """Draw how a line of a document is set."""
    fixed = face.kind in ("mono", "typewriter", "dotmatrix")
    tracking = 0.0
    if chance(rng, 0.3):
        tracking = span(rng, -0.07, 0.12) if not fixed else span(rng, -0.12, 0.3)
    elif chance(rng, 0.04):
        tracking = span(rng, 0.2, 0.9)
    space = span(rng, 0.75, 1.8) if document in ("book", "oldprint") else span(rng, 0.9, 1.3)
    if document == "oldprint" and chance(rng, 0.4):
        space = span(rng, 0.55, 1.0)
    if document in ("receipt", "modern") and chance(rng, 0.1):
        space = span(rng, 1.5, 4.0)
    uneven = {"book": 0.02, "oldprint": 0.05, "typescript": 0.07, "receipt": 0.0, "modern": 0.0}
    shake = uneven[document] * strength
    old_figures = {"book": 0.4, "oldprint": 0.7}.get(document, 0.0) if face.kind == "serif" else 0.0
    return Setting(
        tracking=tracking,
        space=space,
        # a book face at one width for all letters: like the typewriters of old
        pitch=span(rng, 1.2, 1.5) if document == "typescript" and not fixed else 0.0,
        space_jitter=0.1 if document in ("book", "oldprint") else 0.0,
        shake_x=0.5 * shake if chance(rng, 0.6) else 0.0,
        shake_y=shake if chance(rng, 0.7) else 0.0,
        shift=float(rng.normal(0, 0.07)) * strength if document == "typescript" else 0.0,
        kerning=chance(rng, 0.9),
        ligatures=document in ("book", "oldprint") or chance(rng, 0.4),
        old_ligatures=document == "oldprint" and chance(rng, 0.7),
        old_figures=pick(rng, "I1") if chance(rng, old_figures) else "",
        punctuation_gap=span(rng, 0.1, 0.5) if chance(rng, 0.25) and not fixed else 0.0,
    )


def set_mixed(
    rng: np.random.Generator,
    cache: GlyphCache,
    glyphs: FaceGlyphs,
    siblings: Sequence[FontFace],
    text: str,
    setting: Setting,
) -> SetLine:
    """Set a line with some words in another face of the family or in small capitals.

    Small capitals stand for small letters, as in names: the truth has "Rubens", not "RUBENS". Full
    capitals stay full: which of the two a word is shows in its letters' heights.
    """
    words = text.split(" ")
    needed = set(text)
    others = [f for f in siblings if f is not glyphs.face and needed <= f.characters]
    first = whole(rng, 0, len(words) - 1)
    last = min(len(words), first + whole(rng, 1, 4))
    size = int(glyphs.x_height)
    other = cache.get(pick(rng, others), size) if others else None
    in_capitals = chance(rng, 0.4)
    if in_capitals and chance(rng, 0.25):  # a heading
        first, last = 0, len(words)
    inside, outside = " ".join(words[first:last]), " ".join(words[:first] + words[last:])
    # Small capitals alone could as well be capitals: something has to show their height.
    in_capitals &= inside != inside.lower() or outside != outside.upper()
    # Small capitals are as high as an x, or up to a quarter higher, and clearly no full capitals.
    of_capital = span(rng, 0.98, 1.25) * glyphs.x_height / max(glyphs.cap_height, 1.0)
    height = max(8, int(size * min(of_capital, 0.86)))
    small = cache.get(glyphs.face, height) if in_capitals else None
    line = SetLine()
    for i, word in enumerate(words):
        if i:
            line.extend(glyphs.set_line(" ", setting, rng))
        if not first <= i < last:
            line.extend(glyphs.set_line(word, setting, rng))
        elif small is not None:
            line.extend(_small_capitals(rng, glyphs, small, word, setting))
        elif other is not None:
            line.extend(other.set_line(word, setting, rng))
        else:
            line.extend(glyphs.set_line(word, setting, rng))
    return line


def _small_capitals(
    rng: np.random.Generator, glyphs: FaceGlyphs, small: FaceGlyphs, word: str, setting: Setting
) -> SetLine:
    """Set a word whose small letters are drawn as capitals little higher than an x."""
    line = SetLine()
    apart = replace(setting, tracking=setting.tracking + span(rng, 0.0, 0.12))
    for letter in re.findall(r"\w[\u0300-\u036f]*|\W", word):
        capital = letter.upper()
        if capital != letter and capital.lower() == letter and capital in small.face.characters:
            line.extend(small.set_line(capital, apart, rng))
        else:
            line.extend(glyphs.set_line(letter, setting, rng))
    return line


def overtype(
    rng: np.random.Generator,
    glyphs: FaceGlyphs,
    line: SetLine,
    ink: Ink,
    left: float,
    baseline: float,
) -> None:
    """Strike another letter under one or two: the one that stands reads darker."""
    for _ in range(whole(rng, 1, 2)):
        if not line.glyphs:
            return
        _, pen, dy = pick(rng, line.glyphs)
        other = glyphs.glyph(pick(rng, "aeiounrstlmdcpxh-"))
        faint = cv2.convertScaleAbs(other.bitmap, alpha=span(rng, 0.2, 0.6))
        one = SetLine([(Glyph(faint, other.left, other.top, 0.0), pen, dy)], ["x"], [0.0])
        paint(ink, one, left + span(rng, -2, 2), baseline + span(rng, -1, 1))


def rule(
    rng: np.random.Generator,
    ink: Ink,
    line: SetLine,
    left: float,
    baseline: float,
    glyphs: FaceGlyphs,
) -> None:
    """Underline the line or a part of it, rule it above, or stand a box's edge beside it."""
    columns = ink.shape[1]
    thick = max(1, round(glyphs.x_height * log_span(rng, 0.04, 0.16)))
    dark = whole(rng, 120, 255)
    at = rng.random()
    if at < 0.6:
        y = int(baseline + span(rng, 0.12, 0.75) * glyphs.x_height)
        begin, end = left, left + line.width
        if chance(rng, 0.4) and line.width > 4 * glyphs.x_height:
            begin = left + span(rng, 0, 0.6) * line.width
            end = begin + span(rng, 0.2, 0.6) * line.width
        elif chance(rng, 0.4):
            begin, end = 0, columns
        ink[max(0, y) : y + thick, max(0, int(begin)) : max(0, int(end))] = dark
        if chance(rng, 0.15):
            y += 2 * thick + 1
            ink[max(0, y) : y + thick, max(0, int(begin)) : max(0, int(end))] = dark
    elif at < 0.85:
        y = int(baseline - glyphs.ascent - span(rng, 0.05, 0.5) * glyphs.x_height)
        if y >= 0:
            ink[y : y + thick, :] = dark
    if at > 0.75:
        x = int(left - span(rng, 0.3, 1.0) * glyphs.x_height)
        if x >= 0:
            ink[:, x : x + thick] = dark
        x = int(left + line.width + span(rng, 0.3, 1.0) * glyphs.x_height)
        if x < columns:
            ink[:, x : x + thick] = dark
