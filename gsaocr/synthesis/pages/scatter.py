"""Short text that stands alone: key pads, sudokus, calendars, lone digits and words, signs."""

from __future__ import annotations

import numpy as np

from gsaocr.synthesis import phrases
from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import colours, graphics
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.running import fitted
from gsaocr.synthesis.pages.texts import digit, label, number
from gsaocr.synthesis.pages.type import Form

Rng = np.random.Generator


def grid(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a grid of short cells: sudoku, key pad, calendar, bingo, letters."""
    u = look.x_height
    kind = pick(rng, ("sudoku", "keys", "calendar", "letters", "numbers"))
    step = u * (span(rng, 2.4, 6) if kind in ("sudoku", "letters") else span(rng, 3, 9))
    high = step * (1.0 if kind in ("sudoku", "letters") else span(rng, 0.7, 1.2))
    columns, rows = int(canvas.width / step), int(canvas.height / high)
    if columns < 1 or rows < 1:
        return
    left, top = (canvas.width - columns * step) / 2, (canvas.height - rows * high) / 2
    type_ = look.type(rng, bold=0.3, italic=0.04)
    frames = pick(rng, ("rules", "boxes", "none", "discs"))
    colour, thick = look.line_color(rng), max(0.5, u * span(rng, 0.05, 0.2))
    share = span(rng, 0.25, 1.0)
    key = look.on(rng, colours.any_ground(rng)) if chance(rng, 0.4) else look
    gap = step * span(rng, 0.05, 0.2)
    count = whole(rng, 0, 6)
    for row in range(rows):
        for column in range(columns):
            cell = Rect(left + column * step, top + row * high,
                        left + (column + 1) * step, top + (row + 1) * high)  # fmt: skip
            if not canvas.shows(cell):
                continue
            _framed(canvas, cell, gap, frames, colour, thick, key if key is not look else None)
            count += 1
            if chance(rng, share):
                run = type_.set(_said(rng, kind, count))
                wide = run.width / look.scale
                if run.letters and wide < step - 0.5 * u:
                    base = (cell.y0 + cell.y1) / 2 + 0.5 * type_.cap_height / look.scale
                    canvas.text(run, (cell.x0 + cell.x1 - wide) / 2, base, key.ink)
    if frames == "rules":
        _rules(canvas, Rect(left, top, left + columns * step, top + rows * high), columns, rows,
               colour, thick, kind == "sudoku")  # fmt: skip


def _said(rng: Rng, kind: str, count: int) -> str:
    if kind == "sudoku":
        return digit(rng)
    if kind == "calendar":
        return str(1 + count % 31)
    if kind == "letters":
        return pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgkmnpqrstuvwxyz")
    if kind == "keys":
        return pick(rng, "0123456789*#+-=/×÷%.C") if chance(rng, 0.8) else label(rng)[:5]
    return number(rng)


def _framed(
    canvas: Canvas,
    cell: Rect,
    gap: float,
    frames: str,
    colour: colours.Colour,
    thick: float,
    key: Look | None,
) -> None:
    inner = cell.inset(gap)
    if frames == "discs":
        if key is not None:
            canvas.ellipse(inner, key.ground)
        else:
            canvas.ellipse(inner, None, colour, thick)
    else:
        if key is not None:
            canvas.fill(cell if frames in ("rules", "none") else inner, key.ground)
        if frames == "boxes":
            canvas.frame(inner, colour, thick, gap)
    if frames in ("boxes", "discs"):
        canvas.object("box", inner)


def _rules(
    canvas: Canvas,
    rect: Rect,
    columns: int,
    rows: int,
    colour: colours.Colour,
    thick: float,
    thirds: bool,
) -> None:
    for i, x in enumerate(np.linspace(rect.x0, rect.x1, columns + 1)):
        wide = thick * (2.2 if thirds and i % 3 == 0 else 1)
        canvas.rule((float(x), rect.y0), (float(x), rect.y1), colour, wide)
    for i, y in enumerate(np.linspace(rect.y0, rect.y1, rows + 1)):
        wide = thick * (2.2 if thirds and i % 3 == 0 else 1)
        canvas.rule((rect.x0, float(y)), (rect.x1, float(y)), colour, wide)


def lone(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Put a few short strings on an otherwise empty canvas, one to some, near or far apart."""
    u = look.x_height
    taken: list[Rect] = []
    for _ in range(whole(rng, 1, 3) if chance(rng, 0.5) else whole(rng, 3, 25)):
        size = 1.0 if chance(rng, 0.7) else span(rng, 0.6, 2.5)
        type_ = look.type(rng, size, bold=0.3)
        run = type_.set(number(rng) if chance(rng, 0.6) else label(rng))
        wide, height = run.width / look.scale, type_.x_height / look.scale
        if not run.letters or wide > canvas.width - 2 * u:
            continue
        x = u + rng.random() * (canvas.width - wide - 2 * u)
        y = 2.2 * height + rng.random() * max(canvas.height - 3.2 * height, 0)
        place = Rect(x - height, y - 2.6 * height, x + wide + height, y + 1.6 * height)
        if any(place.within(t).width > 0 and place.within(t).height > 0 for t in taken):
            continue
        taken.append(place)
        canvas.text(run, x, y, look.ink)


def sign(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a sign, a label or a business card: few lines of several sizes."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 0.6, 3))
    side = pick(rng, (0.0, 0.5, 0.5, 1.0))
    if chance(rng, 0.3):
        canvas.frame(rect, look.line_color(rng), span(rng, 0.6, 3), u * span(rng, 0, 2))
        rect = rect.inset(u)
    at = rng.random()
    form: Form = "outlined" if at < 0.1 else "plain"
    rimmed = at > 0.88  # letters with a rim of another colour, as captions of pictures have
    rim = colours.BLACK if colours.brightness(look.ink) > 110 else colours.WHITE
    y = rect.y0
    while y < rect.y1:
        size = span(rng, 0.7, 1.3) if chance(rng, 0.6) else span(rng, 1.3, 4)
        chosen = look if chance(rng, 0.8) else look.other_family(rng)
        face = chosen.type(rng, size, bold=0.4).face
        type_ = chosen.of_face(face, size, form if size > 1.3 else "plain")
        height = type_.x_height / look.scale
        y += height * span(rng, 2.0, 3.4)
        run = fitted(rng, look, type_, rect.width, most=5)
        if chance(rng, 0.35):
            say = pick(rng, (phrases.phone, phrases.web, phrases.address, phrases.person, label,
                             number, phrases.code))  # fmt: skip
            run = type_.set(say(rng))
        if run is None or not run.letters or y + 0.4 * height > rect.y1:
            continue
        wide = run.width / look.scale
        if wide <= rect.width:
            x = rect.x0 + side * (rect.width - wide)
            if rimmed:
                canvas.text(chosen.of_face(face, size, "swollen").set(run.text), x, y, rim,
                            known=False)  # fmt: skip
            canvas.text(run, x, y, look.ink)
    if chance(rng, 0.1):
        box = Rect(rect.x1 - 8 * u, rect.y1 - 8 * u, rect.x1, rect.y1)
        graphics.code(rng, canvas, box, look)
