"""Printed matter: books, papers, newspapers, magazines, typescripts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import graphics
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.running import (
    Setting,
    column,
    draw_setting,
    heading,
    listed,
    side_by_side,
)

Rng = np.random.Generator


def book(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with one column, as books and letters have it: head, folio, notes."""
    margin = look.x_height * span(rng, 0.5, 8)
    rect = Rect(0, 0, canvas.width, canvas.height).inset(margin)
    how = draw_setting(rng, look)
    words = look.texts.words(rng, look.language, look.era == "old" and chance(rng, 0.8))
    rect = _heads(rng, canvas, look, rect)
    rect = _foot(rng, canvas, look, rect, how, words)
    if chance(rng, 0.1):
        rect = margin_notes(rng, canvas, look, rect)
    _stacked(rng, canvas, look, rect, how, words)


def paper(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with two or three columns under a common head."""
    margin = look.x_height * span(rng, 0.5, 6)
    rect = Rect(0, 0, canvas.width, canvas.height).inset(margin)
    how = draw_setting(rng, look)
    words = look.texts.words(rng, look.language)
    rect = _heads(rng, canvas, look, rect)
    if chance(rng, 0.3):
        y = heading(rng, canvas, look, rect, span(rng, 1.3, 2.6))
        rect = Rect(rect.x0, min(y, rect.y1), rect.x1, rect.y1)
    _columns(rng, canvas, look, rect, how, words, _gutter(rng, look), 0.12)


def newspaper(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with narrow columns that hardly part, ruled or not, and heads across them."""
    rect = Rect(0, 0, canvas.width, canvas.height).inset(look.x_height * span(rng, 0, 3))
    how = draw_setting(rng, look)
    how = Setting(
        how.type, look.x_height * span(rng, 1.7, 2.3), chance(rng, 0.85), span(rng, 0, 2.5), 0.0
    )
    words = look.texts.words(rng, look.language, look.era == "old" and chance(rng, 0.5))
    ruled = 0.6 if chance(rng, 0.75) else 0.0
    while rect.height > 12 * look.x_height:
        share = span(rng, 0.3, 1.0)
        if chance(rng, 0.45):
            y = heading(rng, canvas, look, rect, span(rng, 1.2, 4.5))
            rect = Rect(rect.x0, min(y + look.x_height, rect.y1), rect.x1, rect.y1)
        part = Rect(rect.x0, rect.y0, rect.x1, rect.y0 + rect.height * share)
        gutter = look.x_height * span(rng, 0.9, 2.6)
        _columns(rng, canvas, look, part, how, words, gutter, ruled, narrow=True)
        if chance(rng, 0.6):
            across(rng, canvas, look, rect.x0, rect.x1, part.y1 + 0.8 * look.x_height)
        rect = Rect(rect.x0, part.y1 + 1.6 * look.x_height, rect.x1, rect.y1)


def magazine(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with columns, pictures, boxes on grounds of their own and large heads."""
    whole_page = Rect(0, 0, canvas.width, canvas.height)
    rect = whole_page.inset(look.x_height * span(rng, 0, 4))
    how = draw_setting(rng, look)
    words = look.texts.words(rng, look.language)
    cells = _divided(rng, rect, 12 * look.x_height)
    for cell in cells:
        at = rng.random()
        inner = cell.inset(look.x_height * span(rng, 0.4, 1.6))
        if at < 0.22:
            graphics.picture(rng, canvas, inner, look)
        elif at < 0.4:
            boxed(rng, canvas, look, inner, words)
        elif at < 0.55:
            heading(rng, canvas, look, inner, span(rng, 1.5, 6))
        else:
            gutter = _gutter(rng, look)
            _columns(rng, canvas, look, inner, how, words, gutter, 0.15, narrow=chance(rng, 0.5))


def boxed(rng: Rng, canvas: Canvas, look: Look, rect: Rect, words: Iterator[str]) -> None:
    """Set text into a frame or onto a ground of its own, light letters included."""
    from gsaocr.synthesis.pages.colours import any_ground

    if rect.width < 6 * look.x_height or rect.height < 4 * look.x_height:
        return
    inside = look
    radius = look.x_height * span(rng, 0.3, 2) if chance(rng, 0.3) else 0.0
    if chance(rng, 0.75):
        inside = look.on(rng, any_ground(rng))
        canvas.fill(rect, inside.ground, radius)
    if inside is look or chance(rng, 0.3):
        canvas.frame(rect, look.line_color(rng), span(rng, 0.5, 2), radius)
    canvas.object("box", rect)
    inner = rect.inset(look.x_height * span(rng, 0.6, 1.6))
    if chance(rng, 0.4):
        y = heading(rng, canvas, inside, inner, span(rng, 1.0, 1.9))
        inner = Rect(inner.x0, min(y, inner.y1), inner.x1, inner.y1)
    how = draw_setting(rng, inside)
    if chance(rng, 0.2):
        listed(rng, canvas, inside, inner, how)
    else:
        column(rng, canvas, inside, inner, words, how)


def across(rng: Rng, canvas: Canvas, look: Look, x0: float, x1: float, y: float) -> None:
    """Draw a rule across: thin, thick, double, dashed or with an ornament in its middle."""
    colour, thick = look.line_color(rng), look.x_height * span(rng, 0.05, 0.25)
    at = rng.random()
    if at < 0.15:
        length = look.x_height * span(rng, 0.2, 1.0)
        canvas.rule((x0, y), (x1, y), colour, thick, (length, length * span(rng, 0.5, 1.5)))
        return
    if at < 0.3:  # a short one in the middle, as between articles
        middle, half = (x0 + x1) / 2, (x1 - x0) * span(rng, 0.05, 0.3)
        x0, x1 = middle - half, middle + half
    canvas.rule((x0, y), (x1, y), colour, thick)
    if at > 0.85:
        y += thick + max(1.0, 0.25 * look.x_height)
        canvas.rule((x0, y), (x1, y), colour, thick * span(rng, 0.4, 1.0))


def margin_notes(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> Rect:
    """Set notes beside a column, upright or sideways; returns what is left of the rectangle."""
    small = look.sized(span(rng, 0.65, 0.95))
    width = min(rect.width / 3, look.x_height * span(rng, 6, 14))
    at_left = chance(rng, 0.5)
    gap = look.x_height * span(rng, 0.8, 2)
    side = (
        Rect(rect.x0, rect.y0, rect.x0 + width - gap, rect.y1)
        if at_left
        else Rect(rect.x1 - width + gap, rect.y0, rect.x1, rect.y1)
    )
    words = look.texts.words(rng, look.language)
    y = side.y0
    while y < side.y1 - 4 * small.x_height:
        height = small.x_height * span(rng, 3, 16)
        place = Rect(side.x0, y, side.x1, min(y + height, side.y1))
        if chance(rng, 0.6):
            quarters = 0 if chance(rng, 0.75) else pick(rng, (1, 3))
            with canvas.part(place, quarters) as part:
                if part is not None:
                    how = draw_setting(rng, small)
                    column(rng, part, small, Rect(0, 0, part.width, part.height), words, how)
        y += height + small.x_height * span(rng, 1, 8)
    if at_left:
        return Rect(rect.x0 + width, rect.y0, rect.x1, rect.y1)
    return Rect(rect.x0, rect.y0, rect.x1 - width, rect.y1)


def _heads(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> Rect:
    """Set a running head and a folio where the page has them; returns the rest."""
    if not chance(rng, 0.45):
        return rect
    type_ = look.type(rng, span(rng, 0.75, 1.15), bold=0.1, italic=0.3)
    y = rect.y0 + 1.2 * type_.x_height / look.scale
    folio = type_.set(phrases.folio(rng))
    wide = folio.width / look.scale
    if chance(rng, 0.7):
        canvas.text(folio, rect.x0 if chance(rng, 0.5) else rect.x1 - wide, y, look.ink)
    head = type_.set(look.texts.phrase(rng, look.language, 1, 4))
    if head.width / look.scale < rect.width - 2.5 * wide - 4 * look.x_height and head.letters:
        canvas.text(head, (rect.x0 + rect.x1 - head.width / look.scale) / 2, y, look.ink)
    if chance(rng, 0.3):
        across(rng, canvas, look, rect.x0, rect.x1, y + 0.8 * look.x_height)
    return Rect(rect.x0, y + look.x_height * span(rng, 1.2, 3), rect.x1, rect.y1)


def _foot(
    rng: Rng, canvas: Canvas, look: Look, rect: Rect, how: Setting, words: Iterator[str]
) -> Rect:
    """Set footnotes under a rule where the page has them; returns the rest."""
    if not chance(rng, 0.2) or rect.height < 30 * look.x_height:
        return rect
    small = look.sized(span(rng, 0.7, 0.9))
    top = rect.y1 - look.x_height * span(rng, 6, 14)
    end = rect.x0 + rect.width * (1.0 if chance(rng, 0.3) else span(rng, 0.2, 0.5))
    canvas.rule((rect.x0, top), (end, top), look.line_color(rng), look.x_height * 0.08)
    notes = Rect(rect.x0, top + 0.5 * look.x_height, rect.x1, rect.y1)
    column(rng, canvas, small, notes, words, draw_setting(rng, small))
    return Rect(rect.x0, rect.y0, rect.x1, top - look.x_height)


def _stacked(
    rng: Rng, canvas: Canvas, look: Look, rect: Rect, how: Setting, words: Iterator[str]
) -> None:
    """Fill a rectangle with paragraphs, and now and then a heading, a list or a picture."""
    u = look.x_height
    while rect.height > 4 * u:
        at = rng.random()
        piece = Rect(rect.x0, rect.y0, rect.x1, min(rect.y1, rect.y0 + u * span(rng, 14, 70)))
        end = piece.y1
        if at < 0.12:
            end = heading(rng, canvas, look, piece, span(rng, 1.0, 2.2))
        elif at < 0.18:
            left = Rect(piece.x0 + u * span(rng, 1, 6), piece.y0, piece.x1, piece.y1)
            listed(rng, canvas, look, left, how)
        elif at < 0.22:
            contents(rng, canvas, look, piece)
        elif at < 0.27:
            graphics.picture(rng, canvas, piece.inset(u), look)
        elif at < 0.3:
            graphics.ornament(rng, canvas, piece, look)
            end = piece.y0 + 6 * u
        else:
            column(rng, canvas, look, piece, words, how)
        rect = Rect(rect.x0, end + u * span(rng, 0.2, 2), rect.x1, rect.y1)


def contents(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Set a table of contents: titles, leaders, page numbers at the right."""
    type_ = look.type(rng)
    dots = chance(rng, 0.75)
    dot = type_.set("." if chance(rng, 0.8) else "·")
    gap = max(dot.width, type_.x_height * span(rng, 0.3, 1.5)) / look.scale
    y, pitch = rect.y0 + 2 * look.x_height, look.pitch(rng)
    while y < rect.y1:
        title = type_.set(look.texts.phrase(rng, look.language, 1, 5))
        number = type_.set(str(whole(rng, 1, 400)))
        at = rect.x1 - number.width / look.scale
        end = rect.x0 + title.width / look.scale
        if end < at - 3 * look.x_height:
            canvas.text(title, rect.x0, y, look.ink)
            canvas.text(number, at, y, look.ink)
            if dots:
                first = end + look.x_height
                x = first
                while x < at - 0.8 * look.x_height:
                    canvas.text(dot, x, y, look.ink, known=False)
                    x += gap
                points = (first, y - 0.1 * look.x_height), (x, y - 0.1 * look.x_height)
                canvas.known_rule(*points, 0.2 * look.x_height)
        y += pitch


def _gutter(rng: Rng, look: Look) -> float:
    """Return a distance of columns: from hardly more than a wide space to an empty strip."""
    return look.x_height * (span(rng, 1.0, 2.6) if chance(rng, 0.5) else span(rng, 2, 6))


def _columns(
    rng: Rng,
    canvas: Canvas,
    look: Look,
    rect: Rect,
    how: Setting,
    words: Iterator[str],
    gutter: float,
    ruled: float,
    narrow: bool = False,
) -> None:
    """Fill a rectangle with as many columns as it has room for, ruled with some probability."""
    wanted = look.x_height * (span(rng, 14, 32) if narrow else span(rng, 24, 60))
    count = max(1, min(8, round(rect.width / (wanted + gutter))))
    columns = side_by_side(rect, count, gutter)
    has_rules = chance(rng, ruled)
    colour, thick = look.line_color(rng), look.x_height * span(rng, 0.04, 0.2)
    broken = chance(rng, 0.2)
    for number, part in enumerate(columns):
        y = part.y0
        while y < part.y1 - 3 * look.x_height:
            end = (
                part.y1 if chance(rng, 0.5) else min(part.y1, y + look.x_height * span(rng, 15, 60))
            )
            if chance(rng, 0.15):
                y = heading(rng, canvas, look, Rect(part.x0, y, part.x1, end), span(rng, 1, 1.6))
            piece = Rect(part.x0, y, part.x1, end)
            if piece.height > 3 * look.x_height:
                if chance(rng, 0.03):
                    graphics.picture(rng, canvas, piece.inset(0.5 * look.x_height), look)
                else:
                    column(rng, canvas, look, piece, words, how)
            if chance(rng, 0.2):
                across(rng, canvas, look, part.x0, part.x1, end + 0.7 * look.x_height)
            y = end + look.x_height * span(rng, 0.8, 1.6)
        if has_rules and number:
            x = part.x0 - gutter / 2
            dash = (look.x_height * span(rng, 4, 30), look.x_height * 0.5) if broken else None
            canvas.rule((x, rect.y0), (x, rect.y1), colour, thick, dash)


def _divided(rng: Rng, rect: Rect, least: float) -> list[Rect]:
    """Return a rectangle cut into some, none smaller than ``least`` in height or width."""
    across = rect.width < rect.height if chance(rng, 0.7) else rect.width > rect.height
    size = rect.height if across else rect.width
    if size < 2.5 * least or chance(rng, 0.1):
        return [rect]
    at = span(rng, 0.3, 0.7)
    if across:
        y = rect.y0 + at * rect.height
        parts = Rect(rect.x0, rect.y0, rect.x1, y), Rect(rect.x0, y, rect.x1, rect.y1)
    else:
        x = rect.x0 + at * rect.width
        parts = Rect(rect.x0, rect.y0, x, rect.y1), Rect(x, rect.y0, rect.x1, rect.y1)
    return [cell for part in parts for cell in _divided(rng, part, least)]
