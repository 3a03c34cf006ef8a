"""Running text set into columns: paragraphs, headings, lists, notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import emphasis
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.colours import Colour
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.type import Run, Type

Rng = np.random.Generator

_EMPHASIS = 0.025  # share of lines that are underlined, marked or carry a note's figure
_INITIALS = 0.03  # share of columns that begin with a large letter
_LEAST_WORDS = 3  # a line with fewer is not spread over its column


@dataclass(frozen=True)
class Setting:
    """How running text is set; lengths in x-heights unless said otherwise."""

    type: Type
    pitch: float  # pixels from baseline to baseline
    justified: bool
    indent: float
    gap: float  # pixels between paragraphs
    tracking: float = 0.0
    centred: bool = False


def draw_setting(rng: Rng, look: Look) -> Setting:
    """Draw how a page's running text is set."""
    type_ = look.type(rng, bold=0.04, italic=0.05)
    pitch = look.pitch(rng)
    spaced = chance(rng, 0.3)
    tracking = 0.0
    if chance(rng, 0.12):
        tracking = span(rng, -0.05, 0.25) * type_.x_height
    return Setting(
        type_,
        pitch,
        chance(rng, 0.55) and look.era != "typed",
        span(rng, 0.0, 4.0) if chance(rng, 0.6) else 0.0,
        pitch * span(rng, 0.3, 1.0) if spaced else 0.0,
        tracking,
        chance(rng, 0.03),
    )


def column(
    rng: Rng, canvas: Canvas, look: Look, rect: Rect, words: Iterator[str], how: Setting
) -> float:
    """Fill a rectangle with running text; returns the baseline after the last line."""
    s, height = look.scale, how.type.x_height / look.scale
    seen = canvas.window
    beside = rect.x1 < seen.x0 or rect.x0 > seen.x1
    y = rect.y0 + 1.6 * height
    first = True
    waiting = ""
    left, beside_initial = 0.0, 0
    if chance(rng, _INITIALS) and rect.width > 24 * height and rect.height > 6 * how.pitch:
        left, beside_initial = emphasis.initial(rng, canvas, look, rect, how.pitch)
    while y < rect.y1:
        beside_initial -= 1
        if beside or y < seen.y0 - 2 * height or y > seen.y1 + 3 * height:
            y += how.pitch
            continue
        indent = left if beside_initial >= 0 else how.indent * height if first else 0.0
        room = (rect.width - indent) * s
        text, waiting, last = _line(rng, how, words, waiting, room)
        if text:
            _set_line(rng, canvas, look, how, text, rect.x0 + indent, room / s, y, last)
        y += how.pitch + (how.gap if last else 0.0)
        first = last
    return y


def _line(
    rng: Rng, how: Setting, words: Iterator[str], waiting: str, room: float
) -> tuple[str, str, bool]:
    """Return a line's text, the word that didn't fit, and whether the paragraph ends."""
    text, used = "", 0.0
    type_ = how.type
    while True:
        word = waiting or type_.fitting(next(words))
        waiting = ""
        if not word:
            return text, "", True
        width = type_.width(word) + how.tracking * len(word)
        more = width + (type_.space + how.tracking if text else 0.0)
        if used + more > room:
            if not text:  # a word wider than the column is cut
                keep = max(1, int(len(word) * room / max(width, 1.0)))
                return word[:keep], "", False
            cut = _hyphenated(rng, how, word, room - used)
            if cut:
                return f"{text} {word[:cut]}-", word[cut:], False
            return text, word, False
        text = f"{text} {word}" if text else word
        used += more


def _hyphenated(rng: Rng, how: Setting, word: str, room: float) -> int:
    """Return after which letter a word is divided, 0 for not at all."""
    if len(word) < 6 or not word.isalpha() or not how.justified or not chance(rng, 0.6):
        return 0
    for cut in range(len(word) - 2, 1, -1):
        if how.type.width(f" {word[:cut]}-") + how.tracking * (cut + 2) <= room:
            return cut
    return 0


def _set_line(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    how: Setting,
    text: str,
    x: float,
    room: float,
    y: float,
    last: bool,
) -> None:
    spaces = text.count(" ")
    run = how.type.set(text, how.tracking)
    left = room - run.width / look.scale
    if how.centred:
        x += left / 2
    elif how.justified and not last and spaces >= _LEAST_WORDS - 1 and left > 0:
        wider = how.type.space + left * look.scale / spaces
        if wider < 2.2 * how.type.x_height:
            run = how.type.set(text, how.tracking, wider)
    if not chance(rng, _EMPHASIS):
        canvas.text(run, x, y, look.ink)
        return
    kind = emphasis.before(rng, canvas, look, run, x, y)
    canvas.text(run, x, y, look.ink)
    emphasis.after(rng, canvas, look, run, x, y, kind)


def heading(
    rng: Rng, canvas: Canvas, look: Look, rect: Rect, size: float, ink: Colour | None = None
) -> float:
    """Set a heading of one to three lines at the top of a rectangle; returns its lower end."""
    chosen = look if chance(rng, 0.6) else look.other_family(rng)
    type_ = chosen.type(rng, size, bold=0.6, italic=0.1)
    tracking = type_.x_height * span(rng, 0.1, 0.9) if chance(rng, 0.12) else 0.0
    centred, underlined = chance(rng, 0.5), chance(rng, 0.1)
    height = type_.x_height / look.scale
    y = rect.y0 + 2.2 * height
    for _ in range(whole(rng, 1, 3) if size < 3 else whole(rng, 1, 2)):
        run = fitted(rng, look, type_, rect.width, tracking)
        if run is None or y > rect.y1:
            break
        x = rect.x0 + ((rect.width - run.width / look.scale) / 2 if centred else 0.0)
        canvas.text(run, x, y, ink or look.ink)
        if underlined:
            end = x + run.width / look.scale
            emphasis.under(rng, canvas, look.sized(size), x, end, y)
        y += height * span(rng, 2.0, 2.8)
    return min(y, rect.y1)


def fitted(
    rng: Rng, look: Look, type_: Type, width: float, tracking: float = 0.0, most: int = 9
) -> Run | None:
    """Return a phrase that is no wider than ``width`` finished pixels, None where none is."""
    text = type_.fitting(look.texts.phrase(rng, look.language, 1, most))
    while text:
        run = type_.set(text, tracking)
        if run.width / look.scale <= width:
            return run if run.letters else None
        text = text.rpartition(" ")[0]
    return None


def listed(rng: Rng, canvas: Canvas, look: Look, rect: Rect, how: Setting) -> float:
    """Fill a rectangle with a list: bullets or numbers and short lines; returns its lower end."""
    height = how.type.x_height / look.scale
    sign = pick(rng, ("•", "-", "–", "*", "1.", "1)", "a)", ""))
    y, number = rect.y0 + 1.6 * height, whole(rng, 1, 9)
    while y < rect.y1:
        run = fitted(rng, look, how.type, rect.width - 3 * height, most=12)
        if run is not None:
            mark = sign.replace("1", str(number)).replace("a", chr(96 + min(number, 26)))
            text = how.type.fitting(f"{mark} {run.text}" if mark else run.text)
            canvas.text(how.type.set(text), rect.x0 + span(rng, 0, 0.1), y, look.ink)
        number += 1
        y += how.pitch
    return y


def side_by_side(rect: Rect, count: int, gutter: float) -> list[Rect]:
    """Return a rectangle's columns."""
    width = (rect.width - gutter * (count - 1)) / count
    lefts = [rect.x0 + i * (width + gutter) for i in range(count)]
    return [Rect(x, rect.y0, x + width, rect.y1) for x in lefts]
