"""Receipts and labels: items with prices, rows of dashes and dots, heads in the middle."""

from __future__ import annotations

import numpy as np

from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import Weighted, chance, pick, span, whole
from gsaocr.synthesis.pages import colours, graphics
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.texts import digit, label
from gsaocr.synthesis.pages.type import Type

Rng = np.random.Generator

_ROWS = Weighted(
    [
        ("item", 34.0),
        ("total", 16.0),
        ("pair", 10.0),
        ("middle", 12.0),
        ("rule", 9.0),
        ("line", 6.0),
        ("columns", 8.0),
        ("gap", 4.0),
        ("code", 1.0),
        ("stamp", 0.6),
        ("scrawl", 0.6),
    ]
)


def receipt(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a receipt, its margins of the paper's colour."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height)
    wide = min(rect.width, u * span(rng, 36, 70))
    left = (rect.width - wide) * rng.random()
    rect = Rect(left, 0, left + wide, rect.y1).inset(u * span(rng, 0.5, 2.5))
    type_ = look.type(rng, bold=0.15, italic=0.02)
    large = look.type(rng, span(rng, 1.1, 1.9), bold=0.5, italic=0.0)
    pitch = u * span(rng, 1.8, 2.9)
    prices = rect.x1 - (0.0 if chance(rng, 0.7) else u * span(rng, 2, 6))
    y = rect.y0 + 2 * u
    while y < rect.y1:
        y += _row(rng, canvas, look, rect, type_, large, y, prices, pitch)


def _row(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    rect: Rect,
    type_: Type,
    large: Type,
    y: float,
    prices: float,
    pitch: float,
) -> float:
    """Set one row; returns how far down the next one stands."""
    if y > canvas.window.y1 + 4 * pitch or y < canvas.window.y0 - 4 * pitch:
        return pitch
    u, kind = look.x_height, _ROWS.pick(rng)
    if kind == "item":
        _pair(canvas, look, type_, rect.x0, prices, y, phrases.item(rng), phrases.amount(rng))
    elif kind == "total":
        chosen = large if chance(rng, 0.25) else type_
        colon = pick(rng, ("", "", ":", " :"))
        _pair(canvas, look, chosen, rect.x0, prices, y, label(rng) + colon, phrases.amount(rng))
    elif kind == "pair":  # label, a colon in a column of its own, value
        at = rect.x0 + rect.width * span(rng, 0.25, 0.4)
        start = _left(canvas, look, type_, rect.x0, y, label(rng), at - u)
        canvas.text(type_.set(":"), max(at, start), y, look.ink, known=False)
        _left(canvas, look, type_, max(at, start) + 1.6 * u, y, _value(rng), rect.x1)
    elif kind == "middle":
        chosen = large if chance(rng, 0.35) else type_
        say = pick(rng, (phrases.sentence, phrases.address, phrases.phone, phrases.web, label))
        run = chosen.set(say(rng))
        wide = run.width / look.scale
        if wide < rect.width:
            canvas.text(run, (rect.x0 + rect.x1 - wide) / 2, y, look.ink)
            return pitch * max(1.0, chosen.x_height / type_.x_height)
    elif kind == "rule":
        typed_rule(rng, canvas, look, type_, rect.x0, rect.x1, y)
    elif kind == "line":
        _left(canvas, look, type_, rect.x0, y, _value(rng), rect.x1)
    elif kind == "columns":
        _figures(rng, canvas, look, type_, rect, prices, y)
    elif kind == "code":
        high = u * span(rng, 4, 14)
        left = rect.x0 + rect.width * span(rng, 0, 0.4)
        right = left + min(rect.x1 - left, u * span(rng, 10, 30))
        graphics.code(rng, canvas, Rect(left, y - u, right, y - u + high), look)
        return high + pitch
    elif kind in ("stamp", "scrawl"):
        left = rect.x0 + rect.width * span(rng, 0, 0.6)
        place = Rect(left, y - u, left + u * span(rng, 6, 16), y + u * span(rng, 3, 9))
        if kind == "stamp":
            graphics.stamp(rng, canvas, place, look)
        else:
            graphics.handwriting(rng, canvas, place, colours.dark(rng))
    return pitch


def _value(rng: Rng) -> str:
    say = pick(rng, (phrases.code, phrases.date, phrases.clock, phrases.amount, phrases.address))
    return say(rng)


def _left(
    canvas: Canvas, look: Look, type_: Type, x: float, y: float, text: str, limit: float
) -> float:
    """Set a text from x on, cut at a word before the limit; returns its end."""
    run = type_.set(text)
    while x + run.width / look.scale > limit and text:
        text = text.rpartition(" ")[0]
        run = type_.set(text)
    return canvas.text(run, x, y, look.ink) if run.letters else x


def _pair(
    canvas: Canvas, look: Look, type_: Type, x: float, right: float, y: float, a: str, b: str
) -> None:
    """Set a name at the left and a sum that ends at the right."""
    price = type_.set(b)
    at = right - price.width / look.scale
    _left(canvas, look, type_, x, y, a, at - 1.5 * look.x_height)
    canvas.text(price, at, y, look.ink)


def _figures(
    rng: Rng, canvas: Canvas, look: Look, type_: Type, rect: Rect, right: float, y: float
) -> None:
    """Set quantity, price, sum and tax sign, each a short cell of its own."""
    ends = [rect.x0 + (right - rect.x0) * share for share in (0.2, 0.5, 0.8, 1.0)]
    said = (
        pick(rng, (digit(rng), f"{digit(rng)} x", f"{whole(rng, 1, 20)}", "1.00")),
        phrases.amount(rng),
        phrases.amount(rng),
        pick(rng, ("SR", "S", "ZR", "*", "T", "6%")),
    )
    for end, text in zip(ends, said, strict=True):
        run = type_.set(text)
        if run.letters and run.width / look.scale < 0.2 * rect.width:
            canvas.text(run, end - run.width / look.scale, y, look.ink)


def typed_rule(
    rng: Rng, canvas: Canvas, look: Look, type_: Type, x0: float, x1: float, y: float
) -> None:
    """Set a row of dashes, dots, stars or the like from side to side: no text."""
    sign = type_.fitting(pick(rng, ("-", "-", "=", "*", "_", ".", "- ", "~", "·", "#", "+-")))
    if chance(rng, 0.25):
        dash = (look.x_height * span(rng, 0.1, 1), look.x_height * span(rng, 0.1, 0.8))
        canvas.rule((x0, y), (x1, y), look.ink, look.x_height * 0.12, dash)
        return
    wide = type_.width(sign)
    if not sign or wide <= 0:
        return
    if chance(rng, 0.15):
        x1 = x0 + (x1 - x0) * span(rng, 0.2, 0.9)
    run = type_.set(sign * max(1, int((x1 - x0) * look.scale / wide)))
    canvas.text(run, x0, y, look.ink, known=False)
    lift = 0.5 * look.x_height
    canvas.known_rule((x0, y - lift), (x0 + run.width / look.scale, y - lift), 2 * lift)
