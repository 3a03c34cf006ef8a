"""Where the finder's pages come from: the renderer, and real pages beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gsaocr.errors import TrainingError
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.synthesis.pages.renderer import PageRenderer
from gsaocr.training.finder.batches import PageSource, SourcePage
from gsaocr.training.finder.config import FinderTraining
from gsaocr.training.finder.real_pages import RealPages

_SIDES = (320, 640)  # pixels of a rendered view's sides, from and to
_RESCALED = 0.3  # share of rendered views whose crops are scaled: small pages from large ones


def page_source(training: FinderTraining) -> Callable[[], PageSource]:
    """Return what opens the pages that a training is told of, in each process anew.

    Raises:
        TrainingError: no usable font or no text.
    """
    return partial(_open, training)


def _open(training: FinderTraining) -> PageSource:
    rendered = RenderedPages(training.fonts, training.corpora)
    if not training.pages:
        return rendered
    return _Mixed(rendered, RealPages(training.pages), training.real_share)


class _Mixed:
    """Rendered pages, and real ones now and then."""

    def __init__(self, rendered: RenderedPages, real: RealPages, real_share: float) -> None:
        self.rendered = rendered
        self.real = real
        self.real_share = real_share

    def page(self, rng: np.random.Generator) -> SourcePage:
        """Return a page of either kind."""
        if rng.random() >= self.real_share:
            return self.rendered.page(rng)
        return SourcePage(self.real.draw(rng), objects_known=False, rescaled=True)


class RenderedPages:
    """Views of made-up pages, drawn on the fly."""

    def __init__(
        self, fonts: Sequence[Path], corpora: Sequence[Path], held_out: bool = False
    ) -> None:
        faces = find_fonts(list(fonts))
        if not faces:
            raise TrainingError(
                ", ".join(map(str, fonts)) or "fonts", "no usable font found", "give --fonts DIR"
            )
        texts = sorted(p for c in corpora for p in ([c] if c.is_file() else c.glob("*.txt.xz")))
        if not texts:
            raise TrainingError(
                ", ".join(map(str, corpora)) or "corpora", "no text found", "give --corpora DIR"
            )
        self.renderer = PageRenderer(faces, texts, held_out)

    def page(self, rng: np.random.Generator) -> SourcePage:
        """Return a view of a page."""
        height, width = (int(n) for n in rng.integers(*_SIDES, 2))
        sample = self.renderer.sample(rng, height, width)
        return SourcePage(sample, objects_known=True, rescaled=bool(rng.random() < _RESCALED))
