"""Where training lines come from: the renderer, and real lines beside it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from gsaocr.errors import InputError, TrainingError
from gsaocr.evaluation.datasets import load_samples
from gsaocr.recognizer.charset import to_reading_form
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.synthesis.render import LineRenderer, RenderConfig
from gsaocr.synthesis.sample import NOWHERE, LineSample
from gsaocr.training.augment import augmented
from gsaocr.training.config import Stage, TrainingConfig
from gsaocr.training.line_images import first_page
from gsaocr.training.truth import printed_hyphen

_log = logging.getLogger(__name__)
_CELL_SHARE = 0.2  # of rendered lines are short whatever the stage: cells, page numbers, signs
_CELL = 14  # characters of such a line at most


class LineSource(Protocol):
    """Gives lines; ``draw`` also says whether their truth is in capitals throughout."""

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        """Return ``count`` lines of a stage."""
        ...


class RenderedLines:
    """Lines drawn on the fly; ``config`` tells how, by default as the base is trained."""

    def __init__(
        self,
        fonts: Sequence[Path],
        corpora: Sequence[Path],
        config: RenderConfig | None = None,
    ) -> None:
        faces = [f for f in find_fonts(list(fonts)) if f.kind != "blackletter"]
        if not faces:
            raise TrainingError(
                ", ".join(map(str, fonts)) or "fonts", "no usable font found", "give --fonts DIR"
            )
        texts = sorted(p for c in corpora for p in ([c] if c.is_file() else c.glob("*.txt*")))
        if not texts:
            raise TrainingError(
                ", ".join(map(str, corpora)) or "corpora", "no text found", "give --corpora DIR"
            )
        self.renderer = LineRenderer(faces, texts, config or RenderConfig())

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        """Render lines of all lengths of the stage, and short cells at every stage."""
        samples = []
        for _ in range(count):
            longest = int(rng.integers(stage.min_chars, stage.max_chars + 1))
            shortest = max(stage.min_chars, int(longest * 0.6))
            if rng.random() < _CELL_SHARE:
                longest, shortest = min(longest, _CELL), stage.min_chars
            samples.append(self.renderer.sample(rng, shortest, longest))
        return samples, False


@dataclass(frozen=True, eq=False)
class _RealLine:
    name: str
    content: bytes
    text: str


class RealLines:
    """Lines of data sets, drawn at random and changed a little; centres are unknown.

    An image that can't be read, or is too large, is told of once and left out.

    ``strength`` is that of :func:`~gsaocr.training.augment.augmented`.
    """

    def __init__(self, sets: Sequence[Path], folded: bool, strength: float) -> None:
        # Files as they are: every worker would have to decode them all before its first line.
        self.lines = [
            _RealLine(s.label, s.read(), printed_hyphen(to_reading_form(s.truth)))
            for s in load_samples(sets).samples
        ]
        self.folded = folded
        self.strength = strength

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        """Return lines no longer than the stage's."""
        fitting = [line for line in self.lines if len(line.text) <= stage.max_chars]
        drawn: list[LineSample] = []
        while fitting and len(drawn) < count:
            line = fitting[int(rng.integers(0, len(fitting)))]
            try:
                image = first_page(line.content, line.name)
            except InputError as error:
                _log.warning("left out: %s", error)
                fitting.remove(line)
                self.lines.remove(line)
                continue
            # A third stays as it is: what is read is not augmented.
            if rng.random() < 2 / 3:
                image = augmented(rng, image, self.strength)
            drawn.append(LineSample(image, line.text, NOWHERE))
        return drawn, self.folded


class MixedLines:
    """Rendered lines and, now and then, a pool of real ones."""

    def __init__(self, rendered: LineSource, real: Sequence[LineSource], share: float) -> None:
        self.rendered = rendered
        self.real = list(real)
        self.share = share if self.real else 0.0

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        """Return a pool that is wholly rendered or wholly real."""
        if rng.random() < self.share:
            samples, folded = self.real[int(rng.integers(len(self.real)))].draw(rng, count, stage)
            if samples:
                return samples, folded
        return self.rendered.draw(rng, count, stage)


def open_source(training: TrainingConfig) -> LineSource:
    """Return the lines a run is trained on.

    Raises:
        TrainingError: no usable font or no text.
    """
    rendered = RenderedLines(training.fonts, training.corpora)
    real: list[LineSource] = []
    if training.lines:
        real.append(RealLines(training.lines, False, training.real_strength))
    if training.folded_lines:
        real.append(RealLines(training.folded_lines, True, training.real_strength))
    return MixedLines(rendered, real, training.real_share)
