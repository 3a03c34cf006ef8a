"""From something that reads images to something that reads samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.evaluation.datasets import Sample
from gsaocr.evaluation.runner import Reader, Reading
from gsaocr.page.document import Document
from gsaocr.page.load import load_pages

Grey = NDArray[np.uint8]
"""(height, width), 255 white."""

Transform = Callable[[Grey], Grey]


def turned(degrees: int) -> Transform:
    """Return the turn by ``degrees`` clockwise, a multiple of 90."""
    quarters = -degrees // 90
    return lambda grey: np.ascontiguousarray(np.rot90(grey, quarters))


def reads_lines(
    read: Callable[[list[Grey]], Sequence[Reading]], transform: Transform | None = None
) -> Reader:
    """Return what reads samples that are images of one line each.

    ``transform`` changes the images first. Raises ``InputError`` for an image that can't be read.
    """

    def read_samples(samples: Sequence[Sample]) -> Sequence[Reading]:
        images = [_grey(sample) for sample in samples]
        return read([transform(image) for image in images] if transform else images)

    return read_samples


@dataclass(frozen=True)
class PageReading:
    """A page's text, and the mean of its lines' confidences (1 if there are none)."""

    text: str
    confidence: float


def reads_pages(
    transcribe: Callable[[BinaryIO], Document], transform: Transform | None = None
) -> Reader:
    """Return what reads samples that are images of whole pages.

    ``transform`` changes the images first; of a file with several pages it leaves the first.
    Raises ``InputError`` for an image that can't be read.
    """

    def read_sample(sample: Sample) -> PageReading:
        stream = BytesIO(_png(transform(_grey(sample))) if transform else sample.read())
        document = transcribe(stream)
        confidences = [line.confidence for page in document.pages for line in page.lines]
        return PageReading(document.text, float(np.mean(confidences)) if confidences else 1.0)

    return lambda samples: [read_sample(sample) for sample in samples]


def _grey(sample: Sample) -> Grey:
    return next(load_pages(BytesIO(sample.read()), name=sample.label)).grey


def _png(grey: Grey) -> bytes:
    return cv2.imencode(".png", grey)[1].tobytes()
