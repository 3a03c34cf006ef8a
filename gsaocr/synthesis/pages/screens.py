"""Screens and slides: bars, buttons, cards, menus, dialogs, dark and light, bullets."""

from __future__ import annotations

import numpy as np

from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import colours, graphics
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.running import column, draw_setting, fitted, heading, listed
from gsaocr.synthesis.pages.texts import label, number
from gsaocr.synthesis.pages.type import Run

Rng = np.random.Generator


def screen(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a window or a web page: bars, a side bar, cards, rows of buttons."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height)
    if chance(rng, 0.6):
        high = u * span(rng, 2.6, 6)
        bar(rng, canvas, look, Rect(rect.x0, rect.y0, rect.x1, rect.y0 + high))
        rect = Rect(rect.x0, rect.y0 + high, rect.x1, rect.y1)
    if chance(rng, 0.3):
        high = u * span(rng, 2.6, 7)
        bar(rng, canvas, look, Rect(rect.x0, rect.y1 - high, rect.x1, rect.y1))
        rect = Rect(rect.x0, rect.y0, rect.x1, rect.y1 - high)
    if chance(rng, 0.3) and rect.width > 40 * u:
        wide = rect.width * span(rng, 0.15, 0.35)
        menu(rng, canvas, look, Rect(rect.x0, rect.y0, rect.x0 + wide, rect.y1))
        rect = Rect(rect.x0 + wide, rect.y0, rect.x1, rect.y1)
    rect = rect.inset(u * span(rng, 0.5, 2))
    while rect.height > 5 * u:
        high = min(rect.height, u * span(rng, 6, 40))
        strip = Rect(rect.x0, rect.y0, rect.x1, rect.y0 + high)
        _strip(rng, canvas, look, strip)
        rect = Rect(rect.x0, strip.y1 + u * span(rng, 0.5, 3), rect.x1, rect.y1)


def _strip(rng: Rng, canvas: Canvas, look: Look, strip: Rect) -> None:
    u, at = look.x_height, rng.random()
    if not canvas.shows(strip):
        return
    if at < 0.3:
        count = max(1, min(4, int(strip.width / (u * span(rng, 16, 34)))))
        wide = strip.width / count
        for i in range(count):
            left = strip.x0 + i * wide
            card(rng, canvas, look, Rect(left, strip.y0, left + wide - 1.2 * u, strip.y1))
    elif at < 0.5:
        buttons(rng, canvas, look, strip)
    elif at < 0.62:
        bubbles(rng, canvas, look, strip)
    elif at < 0.7:
        heading(rng, canvas, look, strip, span(rng, 1.3, 3.5))
    elif at < 0.78:
        graphics.picture(rng, canvas, strip, look)
    elif at < 0.86:
        listed(rng, canvas, look, strip, draw_setting(rng, look))
    else:
        words = look.texts.words(rng, look.language)
        column(rng, canvas, look, strip, words, draw_setting(rng, look))


def bar(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Draw a bar of a ground of its own, with names spread over it."""
    u = look.x_height
    inside = look.on(rng, colours.any_ground(rng)) if chance(rng, 0.85) else look
    canvas.fill(rect, inside.ground)
    type_ = inside.type(rng, span(rng, 0.8, 1.3), bold=0.3, italic=0.02)
    base = (rect.y0 + rect.y1) / 2 + 0.5 * type_.x_height / look.scale
    x = rect.x0 + u * span(rng, 0.5, 3)
    while x < rect.x1 - 3 * u:
        run = type_.set(label(rng) if chance(rng, 0.8) else number(rng))
        wide = run.width / look.scale
        if run.letters and x + wide < rect.x1 - u:
            if chance(rng, 0.12):
                pill = Rect(x - 0.8 * u, base - 2 * u, x + wide + 0.8 * u, base + u)
                inner = inside.on(rng, colours.any_ground(rng))
                canvas.fill(pill, inner.ground, u)
                canvas.text(run, x, base, inner.ink)
            else:
                canvas.text(run, x, base, inside.ink)
        x += wide + u * (span(rng, 1.8, 6) if chance(rng, 0.8) else span(rng, 6, 40))
    if chance(rng, 0.3):
        icon(
            rng, canvas, inside, Rect(rect.x1 - 3 * u, base - 1.6 * u, rect.x1 - u, base + 0.3 * u)
        )


def icon(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Draw a small sign: a cross, three rules, a disc, an arrow, a lens."""
    ink, thick, at = look.ink, max(0.7, rect.width * 0.1), rng.random()
    if at < 0.2:
        canvas.rule((rect.x0, rect.y0), (rect.x1, rect.y1), ink, thick, known=False)
        canvas.rule((rect.x0, rect.y1), (rect.x1, rect.y0), ink, thick, known=False)
    elif at < 0.45:
        for share in (0.15, 0.5, 0.85):
            y = rect.y0 + share * rect.height
            canvas.rule((rect.x0, y), (rect.x1, y), ink, thick, known=False)
    elif at < 0.6:
        canvas.ellipse(rect, ink)
    elif at < 0.8:
        middle = (rect.y0 + rect.y1) / 2
        canvas.polygon([(rect.x0, rect.y0), (rect.x1, middle), (rect.x0, rect.y1)], ink)
    else:
        lens = Rect(rect.x0, rect.y0, rect.x0 + 0.7 * rect.width, rect.y0 + 0.7 * rect.height)
        canvas.ellipse(lens, None, ink, thick)
        canvas.rule((lens.x1, lens.y1), (rect.x1, rect.y1), ink, thick, known=False)
    canvas.object("ornament", rect)


def menu(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Draw a side bar with a list of names, one of them marked."""
    u = look.x_height
    inside = look.on(rng, colours.any_ground(rng)) if chance(rng, 0.7) else look
    canvas.fill(rect, inside.ground)
    type_, pitch = inside.type(rng, italic=0.02), u * span(rng, 2.4, 4.5)
    icons = chance(rng, 0.4)
    y = rect.y0 + 2.5 * u
    while y < rect.y1:
        run = fitted(rng, look, type_, rect.width - 5 * u, most=3)
        x = rect.x0 + 1.2 * u
        chosen = inside
        if chance(rng, 0.12):
            chosen = inside.on(rng, colours.any_ground(rng))
            mark = Rect(rect.x0 + 0.3 * u, y - 1.8 * u, rect.x1 - 0.3 * u, y + 0.9 * u)
            canvas.fill(mark, chosen.ground, u * span(rng, 0, 1))
        if icons:
            icon(rng, canvas, chosen, Rect(x, y - 1.3 * u, x + 1.4 * u, y + 0.1 * u))
            x += 2.4 * u
        if run is not None:
            canvas.text(run, x, y, chosen.ink)
        y += pitch


def card(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Draw a card or a dialog: a ground of its own, a title, some text, buttons."""
    u = look.x_height
    inside = look.on(rng, colours.any_ground(rng)) if chance(rng, 0.8) else look
    radius = u * span(rng, 0.2, 2) if chance(rng, 0.6) else 0.0
    if inside is not look:
        canvas.fill(rect, inside.ground, radius)
    if inside is look or chance(rng, 0.3):
        canvas.frame(rect, look.line_color(rng), span(rng, 0.5, 1.5), radius)
    canvas.object("box", rect)
    inner = rect.inset(u * span(rng, 0.8, 1.8))
    if inner.width < 5 * u or inner.height < 2 * u:
        return
    if chance(rng, 0.2) and inner.height > 14 * u:
        top = Rect(inner.x0, inner.y0, inner.x1, inner.y0 + inner.height * span(rng, 0.2, 0.5))
        graphics.picture(rng, canvas, top, inside)
        inner = Rect(inner.x0, top.y1 + u, inner.x1, inner.y1)
    y = inner.y0
    if chance(rng, 0.6):
        y = heading(rng, canvas, inside, inner, span(rng, 0.9, 1.8))
    foot = inner.y1
    if chance(rng, 0.35) and inner.y1 - y > 7 * u:
        foot -= 4.5 * u
        buttons(rng, canvas, inside, Rect(inner.x0, foot, inner.x1, inner.y1))
    if foot - y > 2 * u and chance(rng, 0.8):
        words = look.texts.words(rng, look.language)
        small = inside.sized(span(rng, 0.8, 1.0))
        place = Rect(inner.x0, y, inner.x1, foot)
        column(rng, canvas, small, place, words, draw_setting(rng, small))


def buttons(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Fill a rectangle with rows of buttons, filled or outlined, alike or not."""
    u = look.x_height
    type_ = look.type(rng, span(rng, 0.9, 1.3), bold=0.3, italic=0.02)
    height = type_.x_height / look.scale
    high, apart = height * span(rng, 2.5, 5), u * span(rng, 0.4, 3)
    alike, outlined = chance(rng, 0.6), chance(rng, 0.4)
    one = look.on(rng, colours.any_ground(rng))
    radius = high * pick(rng, (0.0, 0.15, 0.3, 0.5))
    short = chance(rng, 0.3)
    y = rect.y0
    while y + high <= rect.y1:
        x = rect.x0
        while True:
            run = type_.set(number(rng) if short else label(rng))
            wide = run.width / look.scale + u * span(rng, 1.2, 5)
            if x + wide > rect.x1 or not run.letters:
                break
            _button(rng, canvas, look if outlined else one, run, Rect(x, y, x + wide, y + high),
                    outlined, radius)  # fmt: skip
            if not alike:
                one = look.on(rng, colours.any_ground(rng))
            x += wide + apart
        y += high + apart


def _button(
    rng: Rng,
    canvas: Canvas,
    inside: Look,
    run: Run,
    box: Rect,
    outlined: bool,
    radius: float,
) -> None:
    if outlined:
        canvas.frame(box, inside.line_color(rng), span(rng, 0.6, 2), radius)
    else:
        canvas.fill(box, inside.ground, radius)
    canvas.object("box", box)
    s = inside.scale
    base = (box.y0 + box.y1) / 2 + 0.52 * run.x_height / s
    canvas.text(run, (box.x0 + box.x1 - run.width / s) / 2, base, inside.ink)


def bubbles(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Fill a rectangle with the bubbles of a conversation, at both sides."""
    u, y = look.x_height, rect.y0
    mine, theirs = (look.on(rng, colours.any_ground(rng)) for _ in range(2))
    words = look.texts.words(rng, look.language)
    while y < rect.y1 - 5 * u:
        wide = min(rect.width * span(rng, 0.3, 0.75), 40 * u)
        high = min(u * span(rng, 4, 12), rect.y1 - y)
        right = chance(rng, 0.5)
        left = rect.x1 - wide if right else rect.x0
        box = Rect(left, y, left + wide, y + high)
        inside = mine if right else theirs
        canvas.fill(box, inside.ground, u * span(rng, 0.5, 2))
        canvas.object("box", box)
        column(rng, canvas, inside, box.inset(0.9 * u), words, draw_setting(rng, inside))
        if chance(rng, 0.4):
            small = look.type(rng, 0.7)
            canvas.text(small.set(phrases.clock(rng)), left, y + high + 1.2 * u, look.ink)
        y += high + 2.2 * u


def listing(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with the text of a program: steps of indentation, numbers of lines, colours."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 0.5, 3))
    type_ = look.type(rng, bold=0.05, italic=0.02)
    height, pitch = type_.x_height / look.scale, u * span(rng, 2.1, 3.0)
    step = 4 * type_.width("n") / look.scale * pick(rng, (0.5, 1.0))
    numbered, number, depth = chance(rng, 0.4), whole(rng, 1, 300), 0
    inks = [look.ink, *(colours.told_from(rng, look.ground, 60, 0.0) for _ in range(3))]
    y = rect.y0 + 1.5 * height
    while y < rect.y1:
        left = rect.x0
        if numbered:
            said = type_.set(str(number))
            canvas.text(said, left + 3 * u - said.width / look.scale, y, inks[1])
            left += 5 * u
        depth = max(0, min(5, depth + pick(rng, (-1, 0, 0, 0, 1))))
        left += depth * step
        run = type_.set(_statement(rng, look))
        if chance(rng, 0.88) and run.letters and left + run.width / look.scale < rect.x1:
            canvas.text(run, left, y, inks[0] if chance(rng, 0.7) else pick(rng, inks))
        number += 1
        y += pitch


def _statement(rng: Rng, look: Look) -> str:
    words = look.texts.phrase(rng, look.language, 2, 5).lower().split()
    name, rest = "_".join(words[:2]), "".join(words[2:])
    forms = (
        "{0} = {1}({2})", "if {0} > {2}:", "return {0}.{1}", "for (int i = 0; i < {2}; i++) {{",
        "}}", "# {0} {1}", "def {0}({1}):", "{0}[{2}] += {1};", "<{1} class=\"{0}\">", "end",
        "const {0} = \"{1}\";", "import {1}", "$ {1} --{0} {2}",
    )  # fmt: skip
    return pick(rng, forms).format(name, rest or "x", whole(rng, 0, 999))


def slide(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a slide: a large title, few lines of text, a picture, a footer."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 1, 5))
    inside = look
    if chance(rng, 0.3):
        high = u * span(rng, 6, 12)
        inside = look.on(rng, colours.any_ground(rng))
        canvas.fill(Rect(0, 0, canvas.width, rect.y0 + high), inside.ground)
    y = heading(rng, canvas, inside, rect, span(rng, 1.4, 3))
    body = Rect(rect.x0, y + u * span(rng, 1, 3), rect.x1, rect.y1 - 3 * u)
    if chance(rng, 0.35) and body.width > 30 * u:
        middle = body.x0 + body.width * span(rng, 0.4, 0.7)
        graphics.picture(rng, canvas, Rect(middle, body.y0, body.x1, body.y1), look)
        body = Rect(body.x0, body.y0, middle - u, body.y1)
    if body.height > 4 * u:
        listed(rng, canvas, look, body, draw_setting(rng, look))
    small = look.type(rng, span(rng, 0.5, 0.8))
    for share in (0.0, 0.5, 0.93):
        run = small.set(pick(rng, (str(whole(rng, 1, 99)), phrases.date(rng), label(rng))))
        if chance(rng, 0.4) and run.width / look.scale < 0.4 * rect.width:
            canvas.text(run, rect.x0 + share * rect.width, rect.y1, look.ink)
