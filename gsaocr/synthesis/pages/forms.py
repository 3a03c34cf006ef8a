"""Forms: labels, fields, combs with a place for each letter, boxes to tick, filled in or not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from gsaocr.page.page_truth import TextLine, shows_direction, shows_up
from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import Weighted, chance, pick, span, whole
from gsaocr.synthesis.pages import colours, graphics
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.colours import Colour
from gsaocr.synthesis.pages.look import FACES, Look
from gsaocr.synthesis.pages.running import column, draw_setting, fitted, heading
from gsaocr.synthesis.pages.texts import label
from gsaocr.synthesis.pages.type import Type

Rng = np.random.Generator

_FIELDS = Weighted(
    [("line", 3.0), ("box", 3.0), ("comb", 3.0), ("checks", 2.5), ("cells", 2.0), ("text", 1.5)]
)


def form(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with rows of fields, one to three in a row."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 0.5, 4))
    labels = look.type(rng, span(rng, 0.75, 1.05), bold=0.2)
    # what was filled in: by machine, in another face
    filled = replace(look, family=look.case.family(rng, FACES[pick(rng, ("typed", "modern"))]))
    colour, thick = look.line_color(rng), max(0.5, u * span(rng, 0.04, 0.2))
    y = rect.y0
    if chance(rng, 0.4):
        y = heading(rng, canvas, look, rect, span(rng, 1.2, 2.4))
    while y < rect.y1 - 3 * u:
        high = u * span(rng, 3.2, 7)
        strip = Rect(rect.x0, y, rect.x1, min(y + high, rect.y1))
        if canvas.shows(strip):
            for part in _shared(rng, strip, u):
                kind = _FIELDS.pick(rng)
                _field(rng, canvas, look, filled, labels, part, kind, colour, thick)
        y += high + u * span(rng, 0.3, 2.5)


def _shared(rng: Rng, strip: Rect, u: float) -> list[Rect]:
    count = whole(rng, 1, 3) if strip.width > 60 * u else whole(rng, 1, 2)
    edges = np.linspace(strip.x0, strip.x1, count + 1)
    return [Rect(float(a), strip.y0, float(b) - 0.8 * u, strip.y1) for a, b in pairwise(edges)]


def _field(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    filled: Look,
    labels: Type,
    rect: Rect,
    kind: str,
    colour: Colour,
    thick: float,
) -> None:
    u, s = look.x_height, look.scale
    value = filled.type(rng, span(rng, 0.9, 1.2), bold=0.05)
    named = chance(rng, 0.8)
    if kind == "text":
        words = look.texts.words(rng, look.language)
        small = look.sized(span(rng, 0.75, 1.0))
        column(rng, canvas, small, rect, words, draw_setting(rng, small))
        return
    if kind == "checks":
        _checks(rng, canvas, look, labels, rect, colour, thick)
        return
    base = rect.y1 - 0.9 * u
    name = labels.set(label(rng) + pick(rng, ("", "", ":", ":")))
    wide = name.width / s
    if kind == "line":
        start = rect.x0
        if named and wide < 0.6 * rect.width:
            start = canvas.text(name, rect.x0, base, look.ink) + 0.6 * u
        if chance(rng, 0.35):
            _dots(rng, canvas, look, labels, start, rect.x1, base)
        else:
            canvas.rule((start, base + 0.35 * u), (rect.x1, base + 0.35 * u), colour, thick)
        if chance(rng, 0.5):
            _value(rng, canvas, filled, value, Rect(start, rect.y0, rect.x1, rect.y1), base)
        return
    if named and wide < rect.width:
        top = rect.y0 + 0.9 * labels.x_height / s
        canvas.text(name, rect.x0 + 0.3 * u, top, look.ink)
    box = Rect(rect.x0, rect.y0 + (1.5 * u if named else 0), rect.x1, rect.y1)
    if kind == "comb":
        comb(rng, canvas, look, filled, value, box, colour, thick)
        return
    if kind == "cells":
        box = rect  # the label stands within the frame
    if chance(rng, 0.25):
        shade = colours.mixed(look.ground, colours.vivid(rng), span(rng, 0.04, 0.2))
        off = abs(colours.brightness(shade) - colours.brightness(filled.ink))
        if off > 60 and kind != "cells":
            canvas.fill(box, shade)
    canvas.frame(box, colour, thick, u * span(rng, 0, 0.5) if chance(rng, 0.2) else 0.0)
    canvas.object("box", box, thick)
    if chance(rng, 0.6) and box.height > 1.8 * u:
        _value(rng, canvas, filled, value, box, box.y1 - 0.6 * u)
    elif chance(rng, 0.1):
        graphics.handwriting(rng, canvas, box.inset(0.2 * u), colours.dark(rng))


def _value(rng: Rng, canvas: Canvas, look: Look, type_: Type, rect: Rect, baseline: float) -> None:
    """Fill a field in with what people write there."""
    say = pick(
        rng,
        (phrases.person, phrases.address, phrases.date, phrases.amount, phrases.code,
         phrases.phone, phrases.web, phrases.cell),
    )  # fmt: skip
    run = type_.set(say(rng))
    if run.letters and run.width / look.scale < rect.width - 0.8 * look.x_height:
        canvas.text(run, rect.x0 + 0.5 * look.x_height, baseline, look.ink)


def _dots(
    rng: Rng, canvas: Canvas, look: Look, type_: Type, x0: float, x1: float, baseline: float
) -> None:
    """Set a dotted line to write on."""
    dot = type_.fitting(pick(rng, (".", ".", "_", "…", "-"))) or "."
    count = int((x1 - x0) * look.scale / max(type_.width(dot), 0.5))
    if count > 1:
        canvas.text(type_.set(dot * count), x0, baseline, look.ink, known=False)
        canvas.known_rule((x0, baseline), (x1, baseline), 0.3 * look.x_height)


def _checks(
    rng: Rng, canvas: Canvas, look: Look, type_: Type, rect: Rect, colour: Colour, thick: float
) -> None:
    """Set boxes or circles to tick, each with its words."""
    u, x = look.x_height, rect.x0
    side = u * span(rng, 1.1, 1.9)
    base = (rect.y0 + rect.y1) / 2 + 0.5 * u
    circles = chance(rng, 0.25)
    after = chance(rng, 0.8)
    while x < rect.x1 - 4 * u:
        run = fitted(rng, look, type_, min(rect.x1 - x - side - u, 14 * u), most=3)
        if run is None:
            break
        wide = run.width / look.scale
        at = x if after else x + wide + 0.6 * u
        box = Rect(at, base - side + 0.15 * u, at + side, base + 0.15 * u)
        if circles:
            canvas.ellipse(box, None, colour, thick)
        else:
            canvas.frame(box, colour, thick)
        canvas.object("check", box, thick)
        if chance(rng, 0.35):
            _tick(rng, canvas, box, look.ink, thick)
        canvas.text(run, x + side + 0.6 * u if after else x, base, look.ink)
        x += wide + side + u * span(rng, 1.5, 5)


def _tick(rng: Rng, canvas: Canvas, box: Rect, ink: Colour, thick: float) -> None:
    inner, width = box.inset(0.15 * box.width), max(thick, 0.1 * box.width)
    at = rng.random()
    if at < 0.45:
        canvas.rule((inner.x0, inner.y0), (inner.x1, inner.y1), ink, width, known=False)
        canvas.rule((inner.x0, inner.y1), (inner.x1, inner.y0), ink, width, known=False)
    elif at < 0.8:
        low = inner.x0 + 0.35 * inner.width, inner.y1
        start = inner.x0, inner.y0 + 0.55 * inner.height
        canvas.polyline([start, low, (box.x1 + 0.2 * box.width, box.y0)], ink, width)
    else:
        canvas.fill(inner, ink)


def comb(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    filled: Look,
    type_: Type,
    rect: Rect,
    colour: Colour,
    thick: float,
) -> None:
    """Draw a field with a place for each letter: closed boxes, teeth or full dividers."""
    s = look.scale
    wide = max(type_.x_height / s * span(rng, 1.7, 2.8), 2.0)
    high = min(rect.height, type_.x_height / s * span(rng, 2.2, 3.4))
    count = min(int(rect.width / wide), whole(rng, 3, 24))
    if count < 2:
        return
    field = Rect(rect.x0, rect.y1 - high, rect.x0 + count * wide, rect.y1)
    style = pick(rng, ("boxes", "teeth", "dividers", "apart"))
    tooth = high * span(rng, 0.2, 0.5)
    if style == "boxes":
        canvas.frame(field, colour, thick)
    elif style != "apart":
        canvas.rule((field.x0, field.y1), (field.x1, field.y1), colour, thick, known=False)
    for place in range(count + 1):
        x = field.x0 + place * wide
        if style == "apart" and place < count:
            canvas.frame(Rect(x, field.y0, x + 0.85 * wide, field.y1), colour, thick)
        elif style != "apart":
            top = field.y1 - tooth if style == "teeth" else field.y0
            canvas.rule((x, top), (x, field.y1), colour, thick, known=False)
    canvas.object("comb", field, thick)
    if chance(rng, 0.75):
        say = pick(rng, (phrases.code, phrases.phone, phrases.date, phrases.person))
        text = filled.type(rng).fitting(say(rng).upper())[:count]
        shift = 0.42 if style == "apart" else 0.5
        base = field.y1 - max(0.25 * high, thick + 0.3)
        _spread(canvas, filled, type_, text, field.x0 + shift * wide, wide, base)


def _spread(
    canvas: Canvas, look: Look, type_: Type, text: str, x: float, step: float, baseline: float
) -> None:
    """Set letters in the middles of their places; together they are one line."""
    before = len(canvas.lines)
    for number, letter in enumerate(text):
        run = type_.set(letter)
        if run.letters:
            middle = x + number * step - run.width / look.scale / 2
            canvas.text(run, middle, baseline, look.ink)
    parts: list[TextLine] = canvas.lines[before:]
    if not parts:
        return
    said = "".join(part.text for part in parts)
    canvas.lines[before:] = [
        replace(
            parts[0],
            baseline=np.stack([parts[0].baseline[0], parts[-1].baseline[-1]]),
            ascent=max(part.ascent for part in parts),
            descent=max(part.descent for part in parts),
            directed=shows_direction(said),
            upright_known=shows_up(said),
            text=said,
        )
    ]
