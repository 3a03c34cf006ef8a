"""Batches of an adapter's training: lines in a new order each epoch, rendered ones mixed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.synthesis.sample import NOWHERE, LineSample
from gsaocr.training.adapter_data import TruthLine
from gsaocr.training.augment import augmented
from gsaocr.training.batches import Batch, ReadyLine, batches_of, collate

_POOL = 256  # lines that are sorted by width before they are cut into batches
_Chunk = tuple[list[ReadyLine], list[tuple[int, int] | None], bool]


class Renderer(Protocol):
    """Draws a line."""

    def sample(self, rng: np.random.Generator, min_chars: int, max_chars: int) -> LineSample:
        """Return a line of so many characters."""
        ...


def image_batches(
    lines: Sequence[TruthLine], config: RecognizerConfig, pixels: int
) -> Iterator[tuple[list[int], Batch]]:
    """Yield batches of all images once, unchanged and without targets, with the lines' numbers."""
    for start in range(0, len(lines), _POOL):
        samples = (LineSample(line.image, "", NOWHERE) for line in lines[start : start + _POOL])
        ready = [ReadyLine.of(sample, config) for sample in samples]
        for chunk in batches_of(ready, pixels):
            yield [start + n for n in chunk], collate([ready[n] for n in chunk], config)


@dataclass(frozen=True)
class KeyedBatch:
    """A batch and the names of its images, where they come again in a later epoch."""

    batch: Batch
    keys: list[tuple[int, int] | None]
    """(line, variant) of each image; None for a rendered line."""


class EpochBatches:
    """The batches of one epoch after another; the same seed and epoch give the same ones.

    Args:
        lines: real lines.
        config: of the recognizer, the extended charset included.
        pixels: summed width of a batch, padding included.
        strength: of the augmentation.
        folded: whether the truth is in capitals throughout.
        seed: of order, augmentation and rendering.
        variants: augmented images of each line; after so many epochs they come again.
        renderer: draws lines to mix in.
        share: of rendered lines.
    """

    def __init__(
        self,
        lines: Sequence[TruthLine],
        config: RecognizerConfig,
        pixels: int,
        strength: float,
        folded: bool,
        seed: int,
        variants: int,
        renderer: Renderer | None = None,
        share: float = 0.0,
    ) -> None:
        self.lines = lines
        self.config = config
        self.pixels = pixels
        self.strength = strength
        self.folded = folded
        self.seed = seed
        self.variants = variants
        self.renderer = renderer
        self.share = share if renderer else 0.0

    def epoch(self, number: int) -> Iterator[KeyedBatch]:
        """Yield the batches of an epoch, counted from 0."""
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(len(self.lines))
        for start in range(0, len(order), _POOL):
            pool = [int(n) for n in order[start : start + _POOL]]
            batches = [*self._real(pool, number % self.variants), *self._mixed_in(rng, len(pool))]
            for place in rng.permutation(len(batches)):
                lines, keys, folded = batches[int(place)]
                yield KeyedBatch(collate(lines, self.config, folded), keys)

    def _real(self, pool: list[int], variant: int) -> Iterator[_Chunk]:
        lines = []
        for n in pool:
            rng = np.random.default_rng([self.seed, variant, n])
            image = augmented(rng, self.lines[n].image, self.strength)
            sample = LineSample(image, self.lines[n].text, NOWHERE)
            lines.append(ReadyLine.of(sample, self.config))
        for chunk in batches_of(lines, self.pixels):
            yield [lines[k] for k in chunk], [(pool[k], variant) for k in chunk], self.folded

    def _mixed_in(self, rng: np.random.Generator, real: int) -> Iterator[_Chunk]:
        if self.renderer is None:
            return
        count = round(real * self.share / (1 - self.share))
        drawn = [self.renderer.sample(rng, 3, int(rng.integers(20, 80))) for _ in range(count)]
        lines = [
            ReadyLine.of(replace(s, centres=NOWHERE), self.config)
            for s in drawn
            if not self.config.charset.missing(s.text)
        ]
        for chunk in batches_of(lines, self.pixels):
            yield [lines[k] for k in chunk], [None] * len(chunk), False
