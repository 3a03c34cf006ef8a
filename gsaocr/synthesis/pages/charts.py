"""Charts with axes and plans with measures: short numbers by lines that are no text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gsaocr.synthesis.draws import chance, pick, span, whole
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.running import fitted, heading
from gsaocr.synthesis.pages.texts import label, number
from gsaocr.synthesis.pages.type import Run, Type

Rng = np.random.Generator


@dataclass(frozen=True)
class _Chart:
    """What the parts of a chart share."""

    rng: Rng
    canvas: Canvas
    look: Look
    type: Type
    plot: Rect

    def put(self, run: Run, x: float, y: float, side: float = 0.5) -> None:
        """Set a label whose ``side`` (0 left, 1 right) stands at x."""
        if run.letters:
            self.canvas.text(run, x - side * run.width / self.look.scale, y, self.look.ink)


def chart(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with one chart: axes with their numbers, bars, curves, points, a legend."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 0.5, 2))
    if min(rect.width, rect.height) < 16 * u:
        return
    if chance(rng, 0.5):
        y = heading(rng, canvas, look, rect, span(rng, 1.0, 1.8))
        rect = Rect(rect.x0, min(y, rect.y1 - 14 * u), rect.x1, rect.y1)
    if chance(rng, 0.12):
        _pie(rng, canvas, look, rect)
        return
    named = chance(rng, 0.55)
    plot = Rect(rect.x0 + u * (5.5 + 2.5 * named), rect.y0 + u, rect.x1 - u, rect.y1 - 5.5 * u)
    parts = _Chart(rng, canvas, look, look.type(rng, span(rng, 0.75, 1.1), italic=0.03), plot)
    if named:
        _named(parts, rect)
    colour, thick = look.line_color(rng), max(0.5, u * span(rng, 0.04, 0.15))
    framed = chance(rng, 0.3)
    if framed:
        canvas.frame(plot, colour, thick)
    canvas.rule((plot.x0, plot.y0), (plot.x0, plot.y1), colour, thick)
    canvas.rule((plot.x0, plot.y1), (plot.x1, plot.y1), colour, thick)
    _values(parts, colour, thick)
    _steps(parts, colour, thick)
    if chance(rng, 0.35):
        _legend(parts)
    canvas.object("picture", plot)


def _named(parts: _Chart, rect: Rect) -> None:
    """Name the axes, the upright one on its side."""
    rng, canvas, look, plot = parts.rng, parts.canvas, parts.look, parts.plot
    u = look.x_height
    strip = Rect(rect.x0, plot.y0, rect.x0 + 2.4 * u, plot.y1)
    with canvas.part(strip, 1 if chance(rng, 0.85) else 3) as part:
        run = fitted(rng, look, parts.type, strip.height, most=4)
        if part is not None and run is not None:
            x = (part.width - run.width / look.scale) * pick(rng, (0.0, 0.5, 0.5, 1.0))
            part.text(run, x, 1.6 * u, look.ink)
    run = fitted(rng, look, parts.type, plot.width, most=4)
    if run is not None:
        parts.put(run, (plot.x0 + plot.x1) / 2, plot.y1 + 4.8 * u)


def _values(parts: _Chart, colour: colours.Colour, thick: float) -> None:
    """Set the numbers of the upright axis, with ticks and lines across."""
    rng, canvas, look, plot = parts.rng, parts.canvas, parts.look, parts.plot
    u = look.x_height
    count = max(2, int(plot.height / (u * span(rng, 3, 9))))
    step, start = pick(rng, (1, 2, 5, 10, 20, 25, 50, 100, 0.1, 0.25, 0.5)), 0
    pale, dash = colours.mixed(look.ground, look.ink, span(rng, 0.1, 0.4)), None
    if chance(rng, 0.3):
        dash = (u * span(rng, 0.2, 0.8), u * span(rng, 0.2, 0.8))
    lines = chance(rng, 0.5)
    for i, y in enumerate(np.linspace(plot.y1, plot.y0 + u, count)):
        value = start + i * step
        said = f"{value:g}" if chance(rng, 0.93) else number(rng)
        run = parts.type.set(said + ("%" if chance(rng, 0.05) else ""))
        parts.put(run, plot.x0 - 0.9 * u, float(y) + 0.55 * u, 1.0)
        canvas.rule((plot.x0 - 0.5 * u, float(y)), (plot.x0, float(y)), colour, thick, known=False)
        if lines and i:
            canvas.rule((plot.x0, float(y)), (plot.x1, float(y)), pale, thick, dash)


def _steps(parts: _Chart, colour: colours.Colour, thick: float) -> None:
    """Set what stands along the level axis, and what is drawn above it."""
    rng, canvas, look, plot = parts.rng, parts.canvas, parts.look, parts.plot
    u = look.x_height
    count = max(2, int(plot.width / (u * span(rng, 5, 14))))
    xs = np.linspace(plot.x0, plot.x1, count + 1)[:-1] + plot.width / count / 2
    bars, words = chance(rng, 0.5), chance(rng, 0.5)
    turned = pick(rng, (0, 0, 0, 1))
    fill, told = colours.told_from(rng, look.ground, 40), chance(rng, 0.6)
    for x in map(float, xs):
        run = parts.type.set(label(rng).split(" ")[0] if words else number(rng))
        if turned:
            cell = Rect(x - u, plot.y1 + 0.6 * u, x + u, plot.y1 + 5.4 * u)
            with canvas.part(cell, 1) as part:
                wide = run.width / look.scale
                if part is not None and run.letters and wide < part.width:
                    part.text(run, part.width - wide, 1.5 * u, look.ink)
        elif run.width / look.scale < plot.width / count - 0.6 * u:
            parts.put(run, x, plot.y1 + 2.3 * u)
        if bars:
            top = span(rng, plot.y0 + 2 * u, plot.y1 - u)
            half = plot.width / count * span(rng, 0.25, 0.45)
            canvas.fill(Rect(x - half, top, x + half, plot.y1), fill)
            said = parts.type.set(number(rng))
            if told and said.width / look.scale < plot.width / count:
                parts.put(said, x, top - 0.6 * u)
    if not bars:
        for _ in range(whole(rng, 1, 4)):
            _curve(parts)


def _curve(parts: _Chart) -> None:
    rng, canvas, plot = parts.rng, parts.canvas, parts.plot
    count = whole(rng, 6, 40)
    steps = np.cumsum(rng.normal(0, plot.height / count**0.5 / 3, count)) + plot.height / 2
    y = plot.y0 + np.clip(steps, 0, plot.height)
    x = np.linspace(plot.x0, plot.x1, count)
    colour = colours.told_from(rng, parts.look.ground, 50)
    points = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    if chance(rng, 0.75):
        canvas.polyline(points, colour, span(rng, 0.6, 2))
    if chance(rng, 0.5):
        size = parts.look.x_height * span(rng, 0.2, 0.6)
        for a, b in points:
            canvas.ellipse(Rect(a - size, b - size, a + size, b + size), colour)


def _legend(parts: _Chart) -> None:
    """Set names of curves beside patches of their colours."""
    rng, canvas, look, plot = parts.rng, parts.canvas, parts.look, parts.plot
    u = look.x_height
    x, y = plot.x0 + plot.width * span(rng, 0.05, 0.5), plot.y0 + 2.2 * u
    for _ in range(whole(rng, 1, 4)):
        run = parts.type.set(label(rng))
        if x + 3 * u + run.width / look.scale > plot.x1 or not run.letters:
            continue
        place = Rect(x - 0.4 * u, y - 1.8 * u, x + 3.4 * u + run.width / look.scale, y + 0.8 * u)
        canvas.fill(place, look.ground)
        canvas.fill(Rect(x, y - u, x + 1.8 * u, y), colours.told_from(rng, look.ground, 50))
        canvas.text(run, x + 2.6 * u, y, look.ink)
        y += 2.6 * u


def _pie(rng: Rng, canvas: Canvas, look: Look, rect: Rect) -> None:
    """Draw a disc in slices with shares in and beside them."""
    u, side = look.x_height, min(rect.width, rect.height)
    x, y, reach = (rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2, 0.36 * side
    type_ = look.type(rng, span(rng, 0.8, 1.1))
    cuts = np.sort(rng.random(whole(rng, 2, 7))) * 6.283
    for a, b in zip(cuts, np.append(cuts[1:], cuts[0] + 6.283), strict=True):
        angles = np.linspace(a, b, max(3, int((b - a) * 8)))
        ring = [(x + reach * float(np.cos(t)), y + reach * float(np.sin(t))) for t in angles]
        inside = look.on(rng, colours.any_ground(rng))
        canvas.polygon([(x, y), *ring], inside.ground, inside.ground)
        middle = (a + b) / 2
        run = type_.set(f"{whole(rng, 1, 99)}%" if chance(rng, 0.6) else label(rng))
        wide = run.width / look.scale
        if b - a > 0.7 and run.letters and wide < 0.6 * reach:
            at = 0.65 * reach
            cx, cy = x + at * float(np.cos(middle)), y + at * float(np.sin(middle))
            canvas.text(run, cx - wide / 2, cy + 0.5 * u, inside.ink)
    canvas.object("picture", Rect(x - reach, y - reach, x + reach, y + reach))


def diagram(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with boxes of few lines, joined by strokes, as charts of offices have them."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 1, 3))
    type_ = look.type(rng, bold=0.2)
    wide, high = u * span(rng, 12, 24), u * span(rng, 5, 11)
    gap_x, gap_y = u * span(rng, 1.5, 6), u * span(rng, 2, 7)
    colour, thick = look.line_color(rng), max(0.5, u * span(rng, 0.05, 0.2))
    inside = look.on(rng, colours.any_ground(rng)) if chance(rng, 0.4) else look
    radius = u * span(rng, 0, 1.5) if chance(rng, 0.4) else 0.0
    rows = max(1, int((rect.height + gap_y) / (high + gap_y)))
    columns = max(1, int((rect.width + gap_x) / (wide + gap_x)))
    for row in range(rows):
        for column in range(columns):
            if chance(rng, 0.2):
                continue
            x, y = rect.x0 + column * (wide + gap_x), rect.y0 + row * (high + gap_y)
            box, middle = Rect(x, y, x + wide, y + high), x + wide / 2
            if row + 1 < rows:
                canvas.rule((middle, y + high), (middle, y + high + gap_y), colour, thick)
            if column + 1 < columns and chance(rng, 0.3):
                level = y + high / 2
                canvas.rule((x + wide, level), (x + wide + gap_x, level), colour, thick)
            if inside is not look:
                canvas.fill(box, inside.ground, radius)
            if inside is look or chance(rng, 0.5):
                canvas.frame(box, colour, thick, radius)
            canvas.object("box", box, thick)
            _centred(rng, canvas, inside, type_, box)


def _centred(rng: Rng, canvas: Canvas, look: Look, type_: Type, box: Rect) -> None:
    """Set one to three lines into the middle of a box."""
    height = type_.x_height / look.scale
    pitch = height * span(rng, 2.0, 2.6)
    count = whole(rng, 1, max(1, min(3, int(box.height / pitch) - 1)))
    y = (box.y0 + box.y1) / 2 + 0.5 * height - (count - 1) * pitch / 2
    for _ in range(count):
        run = fitted(rng, look, type_, box.width - height, most=4)
        if run is not None:
            at = (box.x0 + box.x1 - run.width / look.scale) / 2
            canvas.text(run, at, y, look.ink)
        y += pitch


def plan(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Fill a canvas with a plan: walls, measures along them upright and sideways, names."""
    u = look.x_height
    rect = Rect(0, 0, canvas.width, canvas.height).inset(u * span(rng, 1, 4))
    type_ = look.type(rng, italic=0.15)
    colour, thick = look.line_color(rng), max(0.6, u * span(rng, 0.06, 0.25))
    for _ in range(whole(rng, 3, 9)):
        x, y = rect.x0 + rng.random() * rect.width, rect.y0 + rng.random() * rect.height
        room = Rect(x, y, x + u * span(rng, 10, 40), y + u * span(rng, 8, 30)).within(rect)
        if room.width < 8 * u or room.height < 6 * u:
            continue
        canvas.frame(room, colour, thick * span(rng, 1, 3))
        run = fitted(rng, look, type_, room.width - 2 * u, most=2)
        if run is not None and chance(rng, 0.7):
            at = (room.x0 + room.x1 - run.width / look.scale) / 2
            canvas.text(run, at, (room.y0 + room.y1) / 2 + 0.5 * u, look.ink)
        _measure(rng, canvas, look, type_, room, thick)
    canvas.object("picture", rect)


def _measure(rng: Rng, canvas: Canvas, look: Look, type_: Type, room: Rect, thick: float) -> None:
    """Set measures on lines with arrows above and beside a room."""
    u = look.x_height
    y, x = room.y0 - 1.4 * u, room.x0 - 1.4 * u
    fine = thick * 0.5
    ground = look.ground
    run = type_.set(number(rng))
    wide = run.width / look.scale
    if run.letters and wide < room.width:
        canvas.rule((room.x0, y), (room.x1, y), look.ink, fine)
        at = (room.x0 + room.x1 - wide) / 2
        canvas.fill(Rect(at - 0.3 * u, y - 0.8 * u, at + wide + 0.3 * u, y + 0.8 * u), ground)
        canvas.text(run, at, y + 0.5 * u, look.ink)
    run = type_.set(number(rng))
    wide = run.width / look.scale
    if run.letters and wide < room.height:
        canvas.rule((x, room.y0), (x, room.y1), look.ink, fine)
        middle = (room.y0 + room.y1) / 2
        cell = Rect(x - u, middle - wide / 2 - 0.4 * u, x + u, middle + wide / 2 + 0.4 * u)
        canvas.fill(cell, ground)
        with canvas.part(cell, 1) as part:
            if part is not None:
                part.text(run, 0.4 * u, 1.5 * u, look.ink)
