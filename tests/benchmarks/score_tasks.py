"""What the scoreboard measures: sets of real scans, how they are turned, how they are scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.evaluation.datasets import Sample, load_samples
from gsaocr.evaluation.readers import turned
from gsaocr.page.load import load_pages

Grey = NDArray[np.uint8]
"""(height, width), 255 white."""


@dataclass(frozen=True)
class Task:
    """One set of images that every engine reads in the same form."""

    name: str
    source: str  # below the data folder
    pages: bool  # whole pages, else single lines
    scorings: tuple[str, ...]  # the first one counts
    adapter: str | None = None  # name of the adapter that fits
    turn: int = 0  # degrees clockwise, a multiple of 90
    skew: int = 0  # degrees by which the lines sink to the right

    @property
    def upright(self) -> str:
        """Name of the same set as it is."""
        return self.name.partition("@")[0]

    @property
    def moved(self) -> bool:
        """Whether the images are turned or skewed."""
        return bool(self.turn or self.skew)

    def samples(self, data: Path, limit: int | None) -> Sequence[Sample]:
        """Return the samples, or a fixed part of them."""
        return load_samples([data / self.source]).limited(limit).samples

    def image(self, sample: Sample) -> Grey:
        """Return a sample's image as every engine gets it."""
        grey = next(load_pages(BytesIO(sample.read()), name=sample.label)).grey
        if self.skew:
            grey = skewed(grey, self.skew)
        return turned(self.turn)(grey) if self.turn else grey


def skewed(grey: Grey, degrees: float) -> Grey:
    """Return an image turned clockwise by a small angle on a larger sheet in its border's grey."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    sine, cosine = abs(matrix[0, 1]), abs(matrix[0, 0])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    matrix[:, 2] += (np.array(size) - (width, height)) / 2
    sheet = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_CUBIC, borderValue=border_grey(grey))
    return np.asarray(sheet, dtype=np.uint8)


def border_grey(grey: Grey) -> int:
    """Return the median of the outermost pixels."""
    return int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


LINES = (
    Task("receipts-val", "lines/receipts-val.zip", False, ("upper",), "receipts"),
    Task("typewriter-val", "lines/typewriter-val.zip", False, ("raw",), "typewriter"),
    Task("fraktur-val", "lines/fraktur-val.zip", False, ("normalised-ij", "raw"), "fraktur"),
    Task("oldfrench-val", "lines/oldfrench-val.zip", False, ("normalised", "raw"), "oldfrench"),
)
PAGES = (
    Task("old-books", "pages/old-books.zip", True, ("normalised-joined",)),
    Task("receipts-pages", "pages/receipts-val.zip", True, ("upper",), "receipts"),
)
MOVED = tuple(
    replace(task, name=f"{task.name}@{name}", turn=turn, skew=skew)
    for task in PAGES
    for name, turn, skew in (
        ("turn90", 90, 0),
        ("turn180", 180, 0),
        ("turn270", 270, 0),
        ("skew3", 0, 3),
        ("skew7", 0, 7),
    )
)
TASKS = (*LINES, *PAGES, *MOVED)
