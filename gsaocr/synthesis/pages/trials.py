"""Pages for measuring a finder: text in several directions, and photographs with flat twins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gsaocr.page.page_truth import PageSample
from gsaocr.synthesis.draws import pick, span
from gsaocr.synthesis.pages import mixture, optics, scanning
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.picture import picture, told, window_of
from gsaocr.synthesis.pages.renderer import PageRenderer, beside

Rng = np.random.Generator

X_HEIGHTS = (8.0, 14.0)
"""Pixels: heights of small letters on these pages."""
_KINDS = ("book", "paper", "newspaper", "table", "form", "receipt", "chart", "screen", "sign")
_FLAT = ("book", "paper", "newspaper", "magazine", "table", "form", "receipt")
_TURNED = 0.5  # share of parts of a page in several directions that do not stand upright
_TRIES = 30


def several_directions(renderer: PageRenderer, rng: Rng, height: int, width: int) -> PageSample:
    """Return a clean page whose lines stand in two to four directions.

    Raises ``ValueError`` where none comes out, as on pages far too small.
    """
    for _ in range(_TRIES):
        look = renderer.look(rng, pick(rng, _KINDS), X_HEIGHTS[1])
        look = replace(look, x_height=float(round(span(rng, *X_HEIGHTS))))
        canvas = Canvas(width, height, Rect(0, 0, width, height), look.scale, look.ground)
        mixture.arranged(rng, canvas, look, pick(rng, _KINDS), _TURNED)
        sample = picture(canvas, optics.flat(0, 0), width, height)
        if len({line.quarter for line in sample.lines if line.directed}) > 1:
            return told(sample, sample.image)
    raise ValueError(f"no page of {height} x {width} pixels has text in several directions")


def photograph_and_flat(
    renderer: PageRenderer, rng: Rng, height: int, width: int
) -> tuple[PageSample, PageSample]:
    """Return a page as a camera sees it, tilted by up to 15 degrees, bent and shaded, and flat.

    Both show the same page, of height x width pixels; the photograph is larger, so that it shows
    all of the page at about the same size, and what lies beside it.
    """
    kind = pick(rng, _FLAT)
    look = replace(renderer.look(rng, kind, X_HEIGHTS[1]), crisp=False, scale=1.6)
    look = replace(look, x_height=span(rng, *X_HEIGHTS))
    view, margin = _whole(optics.draw_view(rng, 0.0, 0.0, width, height, True), width, height)
    seen_height, seen_width = height + 2 * margin, width + 2 * margin
    page = Rect(0, 0, width, height)
    window = _around(window_of(view, seen_width, seen_height), page)
    canvas = Canvas(width, height, window, look.scale, look.ground)
    mixture.KINDS[kind][0](rng, canvas, look)
    beside(rng, canvas, look)
    around = optics.flat(window.x0, window.y0)
    flat = picture(canvas, around, round(window.width), round(window.height))
    flat = flat.cropped(round(-window.x0), round(-window.y0), width, height)
    seen = picture(canvas, view, seen_width, seen_height)
    image = scanning.lit(rng, renderer.bank, seen.image)
    image = scanning.captured(rng, renderer.bank, image, look.x_height, 0.35)
    return told(replace(seen, image=image), seen.image), flat


def _whole(view: optics.View, width: int, height: int) -> tuple[optics.View, int]:
    """Return a view with a margin around, pixels, in which all of a page is seen."""
    corners = Rect(0, 0, width, height).corners
    longest = max(width, height)
    for margin in range(longest // 20, longest, longest // 20):
        moved = np.eye(3)
        moved[:2, 2] = -margin
        wider = optics.View(view.to_flat @ moved, view.waves)
        seen = wider.to_picture(corners)
        if (seen > 0).all() and (seen < (width + 2 * margin, height + 2 * margin)).all():
            return wider, margin
    raise ValueError("a view that far off shows no whole page")


def _around(a: Rect, b: Rect) -> Rect:
    """Return the least rectangle of whole pixels about two."""
    return Rect(
        np.floor(min(a.x0, b.x0)),
        np.floor(min(a.y0, b.y0)),
        np.ceil(max(a.x1, b.x1)),
        np.ceil(max(a.y1, b.y1)),
    )
