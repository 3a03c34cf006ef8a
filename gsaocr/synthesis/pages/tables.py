"""Tables: ruled, banded or with nothing but white between their cells; lists of figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.texts import digit, label, number, signed
from gsaocr.synthesis.pages.type import Type

Rng = np.random.Generator


@dataclass(frozen=True)
class Column:
    """One column of a table: what its cells say and where they stand."""

    x0: float
    x1: float
    say: Callable[[Rng], str]
    side: float  # 0 at the left, 0.5 centred, 1 at the right


def table(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with one table, or some under each other."""
    rect = Rect(0, 0, canvas.width, canvas.height).inset(look.x_height * span(rng, 0.3, 3))
    while rect.height > 6 * look.x_height:
        end = rect.y1 if chance(rng, 0.6) else rect.y0 + rect.height * span(rng, 0.2, 0.9)
        place(rng, canvas, look, Rect(rect.x0, rect.y0, rect.x1, end))
        rect = Rect(rect.x0, end + look.x_height * span(rng, 1, 5), rect.x1, rect.y1)


def place(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Set one table into a rectangle."""
    u = look.x_height
    columns = _columns(rng, look, rect)
    type_ = look.type(rng, bold=0.05)
    heads = look.type(rng, span(rng, 0.85, 1.1), bold=0.6)
    pitch = u * span(rng, 1.9, 4.5)
    rows = max(1, int(rect.height / pitch))
    across, upright = _rules(rng)
    colour, thick = look.line_color(rng), max(0.5, u * span(rng, 0.04, 0.15))
    band = colours.mixed(look.ground, colours.vivid(rng), span(rng, 0.06, 0.35))
    banded, filled = chance(rng, 0.15), span(rng, 0.6, 1.0)
    sideways = chance(rng, 0.1)
    top = rect.y0
    if chance(rng, 0.55):
        high = pitch if not sideways else u * span(rng, 6, 14)
        _head(rng, canvas, look, columns, heads, Rect(rect.x0, top, rect.x1, top + high), sideways)
        top += high
        canvas_rule = across or chance(rng, 0.4)
        if canvas_rule:
            canvas.rule((rect.x0, top), (rect.x1, top), colour, thick * span(rng, 1, 2.5))
    dash = (u * span(rng, 0.15, 0.6), u * span(rng, 0.15, 0.6)) if chance(rng, 0.12) else None
    for row in range(rows):
        y = top + row * pitch
        if y + pitch > rect.y1 + 1:
            break
        inside = look
        strip = Rect(rect.x0, y, rect.x1, y + pitch)
        if banded and row % 2 and abs(colours.brightness(band) - colours.brightness(look.ink)) > 60:
            canvas.fill(strip, band)
        elif chance(rng, 0.02):
            inside = look.on(rng, colours.any_ground(rng))
            canvas.fill(strip, inside.ground)
        if canvas.shows(strip):
            _row(rng, canvas, inside, columns, type_, y + pitch / 2, filled)
        if across and (across == 1 or row % across == across - 1):
            canvas.rule((rect.x0, y + pitch), (rect.x1, y + pitch), colour, thick, dash)
    end = min(rect.y1, top + rows * pitch)
    if upright:
        edges = [columns[0].x0] + [c.x1 for c in columns]
        for x in edges if upright == 1 else edges[1:-1]:
            canvas.rule((x, rect.y0), (x, end), colour, thick, dash)
    if across:
        canvas.rule((rect.x0, rect.y0), (rect.x1, rect.y0), colour, thick)


def _rules(rng: Rng) -> tuple[int, int]:
    """Return rules across (0 none, else after each n-th row) and upright (0, 1 all, 2 inner)."""
    at = rng.random()
    if at < 0.35:
        return 0, 0
    if at < 0.65:
        return 1, 1
    if at < 0.8:
        return whole(rng, 1, 5), 0
    return 0, whole(rng, 1, 2)


def _columns(rng: Rng, look: Look, rect: Rect) -> list[Column]:
    """Return columns that fill a rectangle's width."""
    narrow = chance(rng, 0.35)
    wanted = look.x_height * (span(rng, 3, 6) if narrow else span(rng, 6, 18))
    count = max(1, min(24, int(rect.width / wanted)))
    even = narrow or chance(rng, 0.4)
    shares = np.ones(count) if even else 0.5 + rng.random(count) * 2
    edges = rect.x0 + np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) * rect.width
    one = _sayer(rng, narrow)
    alike = narrow and chance(rng, 0.6)
    columns = []
    for left, right in pairwise(edges):
        say = one if alike else _sayer(rng, right - left < 6 * look.x_height)
        side = pick(rng, (0.0, 0.0, 0.5, 1.0, 1.0))
        columns.append(Column(float(left), float(right), say, side))
    return columns


def _sayer(rng: Rng, narrow: bool) -> Callable[[Rng], str]:
    """Return what a column's cells say."""
    at = rng.random()
    if narrow:
        if at < 0.3:
            return digit
        if at < 0.75:
            return lambda r: phrases.digits(r, 1, 3)
        return number if at < 0.9 else phrases.cell
    if at < 0.2:
        return phrases.amount
    if at < 0.27:
        return signed
    if at < 0.5:
        return number
    if at < 0.75:
        return label
    if at < 0.85:
        return phrases.date
    return phrases.person if at < 0.92 else phrases.item


def _head(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    columns: list[Column],
    type_: Type,
    strip: Rect,
    sideways: bool,
) -> None:
    """Set the heads of columns, on a dark band now and then, on their side where they are."""
    inside = look
    if chance(rng, 0.35):
        inside = look.on(rng, colours.any_ground(rng))
        canvas.fill(strip, inside.ground)
    quarters = pick(rng, (1, 1, 1, 3))
    for column in columns:
        cell = Rect(column.x0, strip.y0, column.x1, strip.y1)
        if not canvas.shows(cell):
            continue
        if not sideways:
            _cell(canvas, inside, column, type_, label(rng), (strip.y0 + strip.y1) / 2)
            continue
        with canvas.part(cell, quarters) as part:
            if part is not None:
                along = Column(0, part.width, label, 0.0)
                _cell(part, inside, along, type_, label(rng), part.height / 2)


def _row(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    columns: list[Column],
    type_: Type,
    middle: float,
    filled: float,
) -> None:
    for column in columns:
        if chance(rng, filled):
            _cell(canvas, look, column, type_, column.say(rng), middle)


def _cell(
    canvas: Canvas, look: Look, column: Column, type_: Type, text: str, middle: float
) -> None:
    """Set a cell's text, cut to whole words and letters that fit."""
    pad = 0.45 * look.x_height
    room = (column.x1 - column.x0 - 2 * pad) * look.scale
    text = type_.fitting(text)
    run = type_.set(text)
    while run.width > room and text:
        text = text.rpartition(" ")[0]
        run = type_.set(text)
    if run.letters:
        left = (room - run.width) / look.scale * column.side
        x_height = type_.x_height / look.scale
        canvas.text(run, column.x0 + pad + left, middle + 0.55 * x_height, look.ink)
