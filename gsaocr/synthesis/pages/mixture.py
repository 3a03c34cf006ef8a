"""Pages put together: one kind, or parts of several, some of them turned or on other grounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gsaocr.synthesis.draws import Weighted, chance, pick, span
from gsaocr.synthesis.pages import (
    charts,
    colours,
    forms,
    graphics,
    grounds,
    prints,
    receipts,
    scatter,
    screens,
    tables,
)
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import FACES, Look

Rng = np.random.Generator
Filler = Callable[[Rng, Canvas, Look], None]

KINDS: dict[str, tuple[Filler, str, float]] = {
    "book": (prints.book, "book", 13),
    "old book": (prints.book, "old", 4),
    "typescript": (prints.book, "typed", 4),
    "paper": (prints.paper, "book", 7),
    "newspaper": (prints.newspaper, "book", 8),
    "old newspaper": (prints.newspaper, "old", 3),
    "magazine": (prints.magazine, "modern", 7),
    "table": (tables.table, "modern", 11),
    "old table": (tables.table, "book", 2),
    "form": (forms.form, "modern", 7),
    "receipt": (receipts.receipt, "receipt", 8),
    "screen": (screens.screen, "screen", 9),
    "code": (screens.listing, "code", 2),
    "slide": (screens.slide, "modern", 3),
    "chart": (charts.chart, "modern", 6),
    "plan": (charts.plan, "modern", 2),
    "diagram": (charts.diagram, "modern", 2),
    "grid": (scatter.grid, "modern", 7),
    "lone": (scatter.lone, "modern", 8),
    "sign": (scatter.sign, "modern", 4),
    "device": (scatter.sign, "device", 1.5),
}
"""By name: what fills a canvas, the faces it is set in (a key of ``look.FACES``), its weight."""

_KINDS = Weighted([(name, weight) for name, (_, _, weight) in KINDS.items()])
_DEEPEST = 2  # times that a page is divided
_TURNED = 0.2  # share of a divided page's parts that lie on their side or upside down
_GROUND = 0.16  # share of parts whose ground is not plain


def draw_kind(rng: Rng) -> str:
    """Return the name of a kind of page."""
    return _KINDS.pick(rng)


def fill(rng: Rng, canvas: Canvas, look: Look, kind: str, held_out: bool = False) -> None:
    """Fill a canvas with a page of a kind, or with parts of several.

    Pages for measuring (``held_out``) are arranged in ways that training never shows.
    """
    if chance(rng, 0.3):
        if held_out:
            arranged(rng, canvas, look, kind, _TURNED)
        else:
            _divided(rng, canvas, look, kind, 0)
    else:
        _one(rng, canvas, look, kind)
    if chance(rng, 0.1):
        _strewn(rng, canvas, look)


def _one(rng: Rng, canvas: Canvas, look: Look, kind: str) -> None:
    if chance(rng, _GROUND):
        look = grounds.lay(rng, canvas, look)
    KINDS[kind][0](rng, canvas, look)


def arranged(rng: Rng, canvas: Canvas, look: Look, kind: str, turned: float) -> None:
    """Fill a canvas with three strips, four quarters or a part framed by four others.

    ``turned`` is the share of parts that lie on their side or upside down.
    """
    w, h = canvas.width, canvas.height
    a, b = span(rng, 0.25, 0.4), span(rng, 0.6, 0.75)
    places = pick(
        rng,
        (
            [Rect(0, 0, w, a * h), Rect(0, a * h, w, b * h), Rect(0, b * h, w, h)],
            [Rect(0, 0, a * w, h), Rect(a * w, 0, b * w, h), Rect(b * w, 0, w, h)],
            [Rect(0, 0, a * w, b * h), Rect(a * w, 0, w, b * h),
             Rect(0, b * h, b * w, h), Rect(b * w, b * h, w, h)],
            [Rect(0, 0, b * w, a * h), Rect(b * w, 0, w, b * h), Rect(a * w, b * h, w, h),
             Rect(0, a * h, a * w, h), Rect(a * w, a * h, b * w, b * h)],
        ),
    )  # fmt: skip
    for place in places:
        _part(rng, canvas, look, kind, place, turned, _DEEPEST)


def _divided(rng: Rng, canvas: Canvas, look: Look, kind: str, depth: int) -> None:
    """Divide a canvas in two and fill each part, one like the page and one of any kind."""
    rect = Rect(0, 0, canvas.width, canvas.height)
    upright = canvas.height > canvas.width if chance(rng, 0.75) else chance(rng, 0.5)
    at = span(rng, 0.25, 0.75)
    if upright:
        cut = at * rect.height
        places = Rect(0, 0, rect.x1, cut), Rect(0, cut, rect.x1, rect.y1)
    else:
        cut = at * rect.width
        places = Rect(0, 0, cut, rect.y1), Rect(cut, 0, rect.x1, rect.y1)
    for place in places:
        _part(rng, canvas, look, kind, place, _TURNED, depth + 1)


def _part(
    rng: Rng, canvas: Canvas, look: Look, kind: str, place: Rect, turned: float, depth: int
) -> None:
    """Fill a part of a page, like the rest of it or otherwise; it may be divided further."""
    inner = place.inset(look.x_height * span(rng, 0.2, 1.5))
    if min(inner.width, inner.height) < 4 * look.x_height:
        return
    quarters = pick(rng, (1, 2, 3)) if chance(rng, turned) else 0
    own = look
    if chance(rng, 0.5):
        kind = draw_kind(rng)
        era = KINDS[kind][1]
        own = replace(own, era=era, family=own.case.family(rng, FACES[era]))
    if chance(rng, 0.25):
        own = own.sized(span(rng, 0.7, 1.6))
    with canvas.part(inner, quarters) as part:
        if part is None:
            return
        if chance(rng, 0.2):
            own = own.on(rng, colours.any_ground(rng))
            part.fill(Rect(0, 0, part.width, part.height), own.ground)
            part.ground = own.ground
        if depth < _DEEPEST and chance(rng, 0.35):
            _divided(rng, part, own, kind, depth)
        else:
            _one(rng, part, own, kind)
    if chance(rng, 0.06):
        canvas.frame(inner, look.line_color(rng), span(rng, 0.5, 2))


def _strewn(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Put on the page what is put on pages later: stamps, signatures, codes, stickers."""
    u = look.x_height
    x, y = rng.random() * canvas.width, rng.random() * canvas.height
    place = Rect(x, y, x + u * span(rng, 5, 16), y + u * span(rng, 4, 12))
    at = rng.random()
    if at < 0.4:
        graphics.stamp(rng, canvas, place, look)
    elif at < 0.7:
        graphics.handwriting(rng, canvas, place, colours.dark(rng))
    elif at < 0.85:
        canvas.fill(place, colours.WHITE)
        graphics.code(rng, canvas, place.inset(0.5 * u), look)
    else:
        watermark(rng, canvas, look)


def watermark(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Let a large word stand pale over the page: no text of it."""
    large = look.other_family(rng).type(rng, span(rng, 3, 8), bold=0.6)
    run = large.set(pick(rng, ("DRAFT", "COPY", "SAMPLE", "CONFIDENTIAL", "VOID", "KOPIE")))
    share = span(rng, 0.06, 0.16)
    pale = colours.mixed(look.ground, look.ink, share)
    x = (canvas.width - run.width / look.scale) * rng.random()
    canvas.text(run, x, canvas.height * span(rng, 0.2, 0.9), pale, known=False)
