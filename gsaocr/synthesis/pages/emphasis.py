"""What is drawn about words: underlines, strokes through, markers, raised figures, initials."""

from __future__ import annotations

import numpy as np

from gsaocr.synthesis.draws import Weighted, chance, pick, span, whole
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import Look
from gsaocr.synthesis.pages.type import Run

Rng = np.random.Generator

_KINDS = Weighted([("under", 5.0), ("marker", 3.0), ("raised", 4.0), ("through", 0.7)])


def under(rng: Rng, canvas: Canvas, look: Look, x0: float, x1: float, baseline: float) -> None:
    """Underline from x0 to x1: once or twice, whole, dashed or dotted."""
    u = look.x_height
    y, thick = baseline + u * span(rng, 0.2, 0.7), max(0.5, u * span(rng, 0.05, 0.16))
    dash = (u * span(rng, 0.1, 0.5), u * span(rng, 0.1, 0.4)) if chance(rng, 0.15) else None
    colour = look.ink if chance(rng, 0.7) else look.line_color(rng)
    canvas.rule((x0, y), (x1, y), colour, thick, dash)
    if chance(rng, 0.12):
        y += max(2 * thick, 0.2 * u)
        canvas.rule((x0, y), (x1, y), colour, thick, dash)


def before(rng: Rng, canvas: Canvas, look: Look, run: Run, x: float, baseline: float) -> str:
    """Draw what lies under a run of text, if anything; returns what is to be drawn after it."""
    kind = _KINDS.pick(rng)
    if kind == "marker":
        u, wide = look.x_height, run.width / look.scale
        start = x + wide * span(rng, 0, 0.5)
        colour = pick(rng, ((255, 240, 80), (150, 255, 130), (255, 170, 200), colours.vivid(rng)))
        if abs(colours.brightness(colour) - colours.brightness(look.ink)) > 70:
            end = start + wide * span(rng, 0.1, 0.5)
            canvas.fill(Rect(start, baseline - 1.9 * u, end, baseline + 0.6 * u), colour)
    return kind


def after(
    rng: Rng, canvas: Canvas, look: Look, run: Run, x: float, baseline: float, kind: str
) -> None:
    """Draw what lies over a run of text or behind it."""
    wide, u = run.width / look.scale, look.x_height
    start = x + (wide * span(rng, 0, 0.6) if chance(rng, 0.6) else 0.0)
    end = min(x + wide, start + wide * span(rng, 0.1, 1.0))
    if kind == "under":
        under(rng, canvas, look, start, end, baseline)
    elif kind == "through":
        y = baseline - 0.5 * u
        canvas.rule((start, y), (end, y), look.ink, max(0.5, 0.1 * u))
    elif kind == "raised":  # a note's figure: part of its line, whose band it hardly alters
        small = look.type(rng, span(rng, 0.55, 0.7))
        figure = small.set(str(whole(rng, 1, 40)) if chance(rng, 0.8) else "*")
        lift = u * (span(rng, 0.5, 0.9) if chance(rng, 0.8) else -0.3)
        canvas.text(figure, x + wide + 0.1 * u, baseline - lift, look.ink, known=False)


def initial(rng: Rng, canvas: Canvas, look: Look, rect: Rect, pitch: float) -> tuple[float, int]:
    """Set a large first letter at a column's top left.

    Returns the room it takes, pixels, and how many lines stand beside it.
    """
    rows = whole(rng, 2, 3)
    chosen = look.other_family(rng) if chance(rng, 0.5) else look
    type_ = chosen.type(rng, 1.0, bold=0.3)
    wanted = (rows - 1) * pitch + 1.4 * look.x_height
    size = wanted / max(type_.cap_height / look.scale, 0.5)
    large = chosen.type(rng, size, bold=0.3)
    run = large.set(pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWZ"))
    baseline = rect.y0 + 1.6 * look.x_height + (rows - 1) * pitch
    if not run.letters:
        return 0.0, 0
    if chance(rng, 0.25):
        box = Rect(rect.x0, baseline - wanted, rect.x0 + run.width / look.scale, baseline)
        canvas.frame(box, look.ink, max(0.5, 0.08 * look.x_height))
    canvas.text(run, rect.x0, baseline, look.ink)
    return run.width / look.scale + 0.5 * look.x_height, rows
