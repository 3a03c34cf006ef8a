"""Batches of prepared lines, made by worker processes from a stream of line samples."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.line_image import PreparedLine, prepare_line, width_batches
from gsaocr.synthesis.sample import LineSample
from gsaocr.training.config import TrainingConfig
from gsaocr.training.recorded import RecordedLines
from gsaocr.training.rendering_ahead import rendered_ahead
from gsaocr.training.sources import LineSource, open_source

_POOL = 192  # lines, at least, rendered before they are sorted by width and cut into batches
_POOL_PIXELS = 48  # a pool holds a line for so many pixels of a batch: several batches at any size


@dataclass(frozen=True)
class Batch:
    """Lines of like width with their targets.

    It holds arrays, not tensors: those go from a worker to the training through a pipe, where
    every tensor would take an open file of shared memory.
    """

    images: NDArray[np.float16]
    """(batch, height, width), ink 1 on paper 0."""
    widths: NDArray[np.int64]
    """(batch,), pixels before the padding."""
    targets: list[list[int]]
    """Character ids of each line."""
    centres: list[NDArray[np.float32] | None]
    """x of each character's centre in pixels of the prepared line, where it is known."""
    folded: bool = False
    """Whether the truth is in capitals whatever the image shows."""
    upside_down: tuple[bool, ...] = ()
    """Which lines are shown turned by 180 degrees, their targets from the image's left to its
    right; empty: none."""
    seconds: float = 0.0
    """Processor time that making it took."""

    @property
    def has_places(self) -> bool:
        """Whether the characters' places are known: rendered lines, not real ones."""
        return any(c is not None for c in self.centres)

    def on(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return images (batch, height, width) and where they are no padding, on a device."""
        height, width = self.images.shape[1:]
        images = torch.from_numpy(self.images).to(device).float()
        widths = torch.from_numpy(self.widths).to(device)
        inside = torch.arange(width, device=device) < widths[:, None]
        return images, inside[:, None, :].expand(-1, height, -1)


@dataclass(frozen=True)
class ReadyLine:
    """A line sample as the network will see it."""

    sample: LineSample
    prepared: PreparedLine
    upside_down: bool = False

    @classmethod
    def of(cls, sample: LineSample, config: RecognizerConfig) -> ReadyLine:
        """Prepare a sample."""
        return cls(sample, prepare_line(sample.image, config.line_height, config.stride))


def batches_of(lines: Sequence[ReadyLine], pixels: int) -> Iterator[list[int]]:
    """Cut the numbers of lines of like width into batches of so many pixels of summed width."""
    return width_batches([line.prepared.width for line in lines], pixels)


def collate(lines: Sequence[ReadyLine], config: RecognizerConfig, folded: bool = False) -> Batch:
    """Pad lines to the widest."""
    width = max(line.prepared.width for line in lines)
    images = np.zeros((len(lines), config.line_height, width), np.float16)
    for row, line in zip(images, lines, strict=True):
        pixels = line.prepared.pixels
        row[:, : line.prepared.width] = pixels[::-1, ::-1] if line.upside_down else pixels
    charset = config.charset
    return Batch(
        images,
        np.array([line.prepared.width for line in lines], np.int64),
        [charset.encode(line.sample.text)[:: -1 if line.upside_down else 1] for line in lines],
        [_places(line) for line in lines],
        folded,
        tuple(line.upside_down for line in lines),
    )


def _places(line: ReadyLine) -> NDArray[np.float32] | None:
    centres, prepared = line.sample.centres, line.prepared
    if not len(centres):
        return None
    places = (prepared.left + centres * prepared.content).astype(np.float32)
    return (prepared.width - places)[::-1].copy() if line.upside_down else places


class BatchStream(IterableDataset[Batch]):
    """An endless stream of batches; worker w of n renders every n-th pool of lines.

    Seeded by (seed, lines seen at the start, worker, pool), so that a resumed run goes on with
    fresh lines and a repeated run sees the same ones.
    """

    def __init__(
        self, training: TrainingConfig, recognizer: RecognizerConfig, lines_seen: int
    ) -> None:
        self.training = training
        self.recognizer = recognizer
        self.lines_seen = lines_seen

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        recorded = self.training.recorded
        source = RecordedLines(recorded) if recorded else open_source(self.training)
        seen = self.lines_seen
        pool = 0
        while True:
            rng = np.random.default_rng([self.training.seed, self.lines_seen, number, pool])
            # The first pool is small: nobody should wait for a large one.
            size = max(_POOL, self.training.batch_pixels // _POOL_PIXELS if pool else 0)
            begun = time.process_time()  # cores are shared where they are few
            # Turning draws from a stream of its own: whether lines are turned changes none of them.
            turning = np.random.default_rng([self.training.seed, self.lines_seen, number, pool, 1])
            batches = list(self._pool(source, rng, turning, seen, size))
            each = (time.process_time() - begun) / max(1, sum(len(b.targets) for b in batches))
            for place in rng.permutation(len(batches)):
                batch = batches[int(place)]
                yield replace(batch, seconds=each * len(batch.targets))
                seen += len(batch.targets) * count
            pool += 1

    def _pool(
        self,
        source: LineSource,
        rng: np.random.Generator,
        turning: np.random.Generator,
        seen: int,
        size: int,
    ) -> Iterator[Batch]:
        stage = next(s for s in self.training.curriculum if seen < s.until_lines)
        samples, folded = source.draw(rng, size, stage)
        config = self.recognizer
        lines = [ReadyLine.of(s, config) for s in samples if _readable(s, config.charset)]
        turned = turning.random(len(lines)) < self.training.upside_down
        lines = [replace(line, upside_down=bool(t)) for line, t in zip(lines, turned, strict=True)]
        for numbers in batches_of(lines, self.training.batch_pixels):
            yield collate([lines[n] for n in numbers], config, folded)


def _readable(sample: LineSample, charset: Charset) -> bool:
    """Whether a line can be a target at all: text in the charset, an image of sane size."""
    height, width = sample.image.shape
    return (
        bool(sample.text)
        and not charset.missing(sample.text)
        and height >= 6
        and 2 <= width <= 60 * height
    )


def batch_loader(
    training: TrainingConfig, recognizer: RecognizerConfig, lines_seen: int
) -> DataLoader[Batch]:
    """Return a loader whose workers render ahead of the training."""
    stream = BatchStream(training, recognizer, lines_seen)
    return rendered_ahead(stream, training.workers or 0, waiting=24)
