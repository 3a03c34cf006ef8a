"""Batches of crops with what their readers should say, made by the training or by workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from gsaocr.finder.config import FinderConfig
from gsaocr.finder.targets import Targets, targets
from gsaocr.groups import group
from gsaocr.page.page_truth import PageSample
from gsaocr.training.finder.config import FinderTraining
from gsaocr.training.finder.crops import crop_of
from gsaocr.training.finder.sheets import contact_sheet
from gsaocr.training.rendering_ahead import rendered_ahead

_SHEETS = 0.12  # share of crops that are contact sheets of several
_ACROSS = (2, 3, 3, 4, 5)  # how many crops a sheet has in a row
_INVERTED = 0.12  # share of crops shown with light and dark exchanged
_SWAPPED = 0.2  # share of crops whose colours are exchanged among each other
_QUARTERS = (0.46, 0.1, 0.34, 0.1)  # how often the one reader stands so to the page


@dataclass(frozen=True)
class SourcePage:
    """A page to learn from."""

    sample: PageSample
    objects_known: bool
    """Whether all rules, boxes and so on are among its objects."""
    rescaled: bool
    """Whether crops of it are scaled to sizes of text that a level of the finder meets."""


class PageSource(Protocol):
    """Gives pages to learn from."""

    def page(self, rng: np.random.Generator) -> SourcePage:
        """Return a page."""
        ...


@dataclass(frozen=True)
class FinderBatch:
    """Crops and what readers should say of them; arrays, which go through a pipe."""

    images: NDArray[np.uint8]
    """(batch, side, side, 3), RGB."""
    quarters: tuple[int, ...]
    """Which readers look, by their quarter turns; (0,): one, who sees the crop as it is here."""
    parts: dict[str, NDArray[np.float16]]
    """Targets by name, (readers, batch, 2 h, 2 w), each in the reader's own coordinates."""
    cells: dict[str, NDArray[np.float16]]
    """Targets by name, (readers, batch, h, w)."""
    seconds: float = 0.0
    """Processor time that making it took."""

    def on(self, device: torch.device) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """Return pages (batch, 3, side, side) in -1 to 1, and the targets, on a device."""
        pages = as_pages(torch.from_numpy(self.images).to(device))
        parts = {n: torch.from_numpy(g).to(device).float() for n, g in self.parts.items()}
        cells = {n: torch.from_numpy(g).to(device).float() for n, g in self.cells.items()}
        return pages, parts, cells


def as_pages(images: Tensor) -> Tensor:
    """Return (batch, 3, height, width) in -1 to 1 of uint8 images (batch, height, width, 3)."""
    return images.permute(0, 3, 1, 2).float() / 127.5 - 1


class CropStream(IterableDataset[FinderBatch]):
    """An endless stream of batches.

    Seeded by (seed, crops seen at the start, worker): a resumed run goes on with fresh crops and a
    repeated run sees the same ones.

    Args:
        training: what to do.
        config: of the finder.
        crops_seen: before this run.
        open_source: makes what gives the pages, in the process that cuts them.
        all_frames: whether all readers look.
    """

    def __init__(
        self,
        training: FinderTraining,
        config: FinderConfig,
        crops_seen: int,
        open_source: Callable[[], PageSource],
        all_frames: bool,
    ) -> None:
        self.training = training
        self.config = config
        self.crops_seen = crops_seen
        self.open_source = open_source
        self.all_frames = all_frames

    def __iter__(self) -> Iterator[FinderBatch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        source = self.open_source()
        rng = np.random.default_rng([self.training.seed, self.crops_seen, number])
        count = self.training.batch
        if self.all_frames:
            count = max(1, count // 4)
        pool: list[_Crop] = []
        wanted = count  # the first batch is there at once; the pool grows while one trains
        while True:
            begun = time.process_time()
            while len(pool) < wanted:
                pool += self._crops(source, rng)
            wanted = min(self.training.pool, len(pool) + count)
            chosen = [pool.pop(int(rng.integers(len(pool)))) for _ in range(count)]
            pool += [replace(crop, uses=crop.uses - 1) for crop in chosen if crop.uses > 1]
            chosen = [_or_sheet(crop, pool, rng) for crop in chosen]
            batch = self._batch(chosen, rng)
            yield replace(batch, seconds=time.process_time() - begun)

    def _crops(self, source: PageSource, rng: np.random.Generator) -> list[_Crop]:
        page, training = source.page(rng), self.training
        count = training.crops_per_page
        crops = [
            crop_of(page.sample, self.config, training.side, rng, page.rescaled)
            for _ in range(count)
        ]
        return [_Crop(crop, page.objects_known, training.uses) for crop in crops]

    def _batch(self, crops: list[_Crop], rng: np.random.Generator) -> FinderBatch:
        quarters: tuple[int, ...] = (0,)
        if self.all_frames:
            of = group(self.config.group)
            quarters = tuple(of.quarter_turns(h)[0] for h in range(of.order))
        turns = rng.choice(4, len(crops), p=_QUARTERS)
        seen = [
            _recoloured(c.sample.turned(int(k)), rng) for c, k in zip(crops, turns, strict=True)
        ]
        rows = [
            [
                targets(sample, self.config, quarter, crop.objects_known)
                for sample, crop in zip(seen, crops, strict=True)
            ]
            for quarter in quarters
        ]
        return FinderBatch(
            np.stack([sample.image for sample in seen]),
            quarters,
            _stacked(rows, lambda t: t.parts),
            _stacked(rows, lambda t: t.cells),
        )


@dataclass(frozen=True)
class _Crop:
    sample: PageSample
    objects_known: bool
    uses: int  # how often it is still to be looked at


def _or_sheet(crop: _Crop, pool: list[_Crop], rng: np.random.Generator) -> _Crop:
    """Return a crop or, now and then, a contact sheet of crops of the pool, which stay there."""
    if rng.random() >= _SHEETS:
        return crop
    across = int(rng.choice(_ACROSS))
    alike = [each for each in pool if each.objects_known == crop.objects_known]
    if len(alike) < across**2:
        return crop
    chosen = [alike[n].sample for n in rng.choice(len(alike), across**2, replace=False)]
    return replace(crop, sample=contact_sheet(chosen, across))


def _recoloured(sample: PageSample, rng: np.random.Generator) -> PageSample:
    """Return a crop, now and then with light and dark or the colours exchanged."""
    image, lines = sample.image, sample.lines
    if rng.random() < _INVERTED:
        image = 255 - image
        lines = tuple(replace(line, light=not line.light) for line in lines)
    if rng.random() < _SWAPPED:
        image = np.ascontiguousarray(image[..., rng.permutation(3)])
    return replace(sample, image=image, lines=lines)


def _stacked(
    rows: list[list[Targets]], grids: Callable[[Targets], dict[str, NDArray[np.float32]]]
) -> dict[str, NDArray[np.float16]]:
    return {
        name: np.stack([np.stack([grids(t)[name] for t in row]) for row in rows]).astype(np.float16)
        for name in grids(rows[0][0])
    }


def crop_loader(stream: CropStream) -> DataLoader[FinderBatch]:
    """Return a loader whose workers render ahead of the training, if there are any."""
    return rendered_ahead(stream, stream.training.workers or 0, waiting=8)
