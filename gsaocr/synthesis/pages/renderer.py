"""The renderer of pages: kind, look, paper and camera drawn anew for each view of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.page_truth import PageSample, cut_to
from gsaocr.synthesis.draws import Weighted, chance, log_span, pick, span
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.pages import colours, graphics, mixture, optics, scanning
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.look import FACES, Look
from gsaocr.synthesis.pages.picture import negative, picture, told, window_of
from gsaocr.synthesis.pages.texts import PageTexts
from gsaocr.synthesis.pages.type import TypeCase
from gsaocr.synthesis.paper import NoiseBank

Rng = np.random.Generator

# Heights of small letters in the finished picture, pixels, with their weights: those that the
# finder is to find at this size, larger ones, and ones too small to be found.
X_HEIGHTS: Weighted[tuple[float, float]] = Weighted(
    [((4.2, 13.0), 74.0), ((13.0, 24.0), 12.0), ((24.0, 60.0), 5.0), ((1.6, 4.2), 9.0)]
)
# How many x-heights a view has at least across, by kind.
_ROOM = {
    "chart": 26.0,
    "plan": 24.0,
    "diagram": 16.0,
    "table": 14.0,
    "old table": 14.0,
    "form": 18.0,
    "grid": 8.0,
}
# How often a page's other side shows through, by era; elsewhere now and then.
_SHOWN_THROUGH = {"old": 0.45, "book": 0.22, "typed": 0.22}
_LEAST_ROOM = 6.0
_TRIES = 4  # views drawn until one has text


@dataclass(frozen=True)
class PageConfig:
    """Probabilities of the page renderer."""

    # share of pages of paper that are photographed: perspective, curl, uneven light
    photographed: float = 0.14
    # share of the other paper pages that lie askew or bent on the scanner
    askew: float = 0.35
    # share of views that show the page's edge and what is beside it
    edge: float = 0.2
    # share of paper pages with specks, hairs, holes
    dirty: float = 0.15
    # share of pages with nothing wrong at all
    clean: float = 0.2
    # share of views without any text that are kept
    empty: float = 0.15
    # share of pages light on dark as a whole, screens aside
    negative: float = 0.03


class PageRenderer:
    """Draws views of pages with their truth; the same generator state gives the same view.

    With ``held_out``, faces, paragraphs and arrangements are those kept out of training. Raises
    ``ValueError`` where no face or no text is left.
    """

    def __init__(
        self,
        faces: Sequence[FontFace],
        corpora: Sequence[Path],
        held_out: bool = False,
        config: PageConfig = PageConfig(),
    ) -> None:
        self.config = config
        self.held_out = held_out
        self._case = TypeCase(faces, held_out)
        self._texts = PageTexts(corpora, held_out)
        self.bank = NoiseBank(height=1024, width=1024)

    def sample(self, rng: Rng, height: int, width: int, kind: str | None = None) -> PageSample:
        """Return a view of height x width pixels of a page, of a kind of ``mixture.KINDS``."""
        sample = self._view(rng, height, width, kind)
        for _ in range(_TRIES):
            if sample.lines or chance(rng, self.config.empty):
                break
            sample = self._view(rng, height, width, kind)
        return sample

    def _view(self, rng: Rng, height: int, width: int, kind: str | None) -> PageSample:
        c = self.config
        kind = kind or mixture.draw_kind(rng)
        look = self.look(rng, kind, min(height, width) / _ROOM.get(kind, _LEAST_ROOM))
        on_screen = look.crisp
        photographed = not on_screen and chance(rng, c.photographed)
        page_width, page_height, x, y = _page(rng, height, width, look.x_height, c.edge)
        if photographed or (not on_screen and chance(rng, c.askew)):
            view = optics.draw_view(rng, x, y, width, height, photographed)
        else:
            view = optics.flat(x, y)
        window = window_of(view, width, height)
        if window.width > 3 * width or window.height > 3 * height:  # too far beside the page
            view = optics.flat(x, y)
            window = window_of(view, width, height)
        canvas = Canvas(page_width, page_height, window, look.scale, look.ground)
        mixture.fill(rng, canvas, look, kind, self.held_out)
        if not on_screen and chance(rng, c.dirty):
            graphics.dirt(rng, canvas, look)
        beside(rng, canvas, look)
        sample = picture(canvas, view, width, height)
        if not on_screen and chance(rng, c.negative):
            sample = negative(sample)
        return told(self.pictured(rng, look, sample, photographed), sample.image)

    def pictured(self, rng: Rng, look: Look, sample: PageSample, photographed: bool) -> PageSample:
        """Return a drawn view as ink, light and camera leave it."""
        made = self._made(rng, look, sample.image, photographed)
        return replace(sample, image=made)

    def _made(
        self, rng: Rng, look: Look, image: NDArray[np.uint8], photographed: bool
    ) -> NDArray[np.uint8]:
        c, u = self.config, look.x_height
        if look.crisp:
            if chance(rng, 0.3):
                image = scanning.captured(rng, self.bank, image, u, span(rng, 0, 0.3))
            return image
        if chance(rng, c.clean):
            return image
        image = scanning.printed(rng, self.bank, image, u, _SHOWN_THROUGH.get(look.era, 0.14))
        if photographed:
            image = scanning.lit(rng, self.bank, image)
        return scanning.captured(rng, self.bank, image, u, span(rng, 0.1, 1.0))

    def look(self, rng: Rng, kind: str, largest: float) -> Look:
        """Draw how a page of a kind looks, its small letters at most ``largest`` pixels high."""
        era = mixture.KINDS[kind][1]
        crisp = era in ("screen", "code") or (era == "modern" and chance(rng, 0.25))
        x_height = min(log_span(rng, *X_HEIGHTS.pick(rng)), largest)
        if crisp:
            x_height = float(max(2, round(x_height)))
            scale = 1.0
        else:
            # drawn larger where letters are small; fine strokes need the room
            scale = span(rng, 1.2, 2.2) if x_height < 14 else span(rng, 1.0, 1.3)
        if era in ("screen", "code", "modern") and chance(rng, 0.5 if crisp else 0.15):
            ground, ink = colours.scheme(rng)
        else:
            ground = colours.paper(rng)
            ink = colours.ink(rng, ground)
        stretch = 1.0
        if not crisp and chance(rng, 0.2):
            stretch = span(rng, 0.78, 1.25)
        return Look(
            self._case,
            self._texts,
            self._texts.language(rng),
            era,
            self._case.family(rng, FACES[era]),
            x_height,
            scale,
            crisp,
            ground,
            ink,
            stretch,
        )


def _page(
    rng: Rng, height: int, width: int, x_height: float, edge: float
) -> tuple[float, float, float, float]:
    """Return a page's width and height, and the point of it at the view's corner."""
    if chance(rng, 0.35):  # made for the view
        return float(width), float(height), 0.0, 0.0
    page_width = max(width * span(rng, 0.7, 1.5), min(x_height * span(rng, 50, 150), 2.5 * width))
    page_height = max(height * span(rng, 0.7, 1.6), page_width * span(rng, 0.5, 1.5))
    if chance(rng, edge):  # over an edge, on to what lies beside the page
        x = pick(rng, (-span(rng, 0.02, 0.4) * width, page_width - width * span(rng, 0.6, 0.98)))
        y = span(rng, -0.2, 1.1) * (page_height - height)
    else:
        x = rng.random() * max(0.0, page_width - width)
        y = rng.random() * max(0.0, page_height - height)
    return page_width, page_height, x, y


def beside(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Paint what lies beside the page: the scanner's lid or bed, a desk, a strip of shadow."""
    w, far = canvas.window, 1e6
    around = (
        Rect(-far, -far, far, 0),
        Rect(-far, canvas.height, far, far),
        Rect(-far, 0, 0, canvas.height),
        Rect(canvas.width, 0, far, canvas.height),
    )
    seen = [r.within(w) for r in around]
    seen = [r for r in seen if r.width > 0.5 and r.height > 0.5]
    if not seen:
        return
    at = rng.random()
    colour = colours.dark(rng) if at < 0.5 else colours.paper(rng)
    for rect in seen:
        canvas.fill(rect, colour)
        pixels = canvas.pixels(rect) if at > 0.8 else None
        if pixels is not None and min(pixels.shape[:2]) > 2:
            made = graphics.photograph(rng, pixels.shape[0], pixels.shape[1], colours.vivid(rng))
            canvas.put(rect, made)
    if chance(rng, 0.6):
        edge = Rect(0, 0, canvas.width, canvas.height)
        tone = colours.mixed(colour, look.ground, span(rng, 0, 0.7))
        canvas.frame(edge, tone, span(rng, 0.6, 4))
    # letters beside the page are painted over
    canvas.lines[:] = [
        kept
        for line in canvas.lines
        if (kept := cut_to(line, int(canvas.width), int(canvas.height))) is not None
    ]
