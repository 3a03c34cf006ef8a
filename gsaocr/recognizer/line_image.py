"""From a grey line image to what the network sees: even contrast, a fixed height, whole patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.recognizer.text_rows import text_rows

WIDEST = 65_536
"""Pixels of a prepared line, 2,048 times its height: what is wider is squeezed to that."""

_FAINTEST = 24.0  # grey levels between paper and ink below which a line is left faint
_DARKEST = 0.02  # share of the pixels that are darker than what counts as ink
_PAPER = 0.25  # share of the pixels that are lighter than what counts as paper
_BEYOND = 0.25  # of the contrast: how far a pixel may lie beyond paper or ink


@dataclass(frozen=True)
class PreparedLine:
    """A line as the network sees it.

    ``pixels`` is (height, width) float32, ink near 1 on paper near 0, the width a multiple of the
    stride. The content lies between ``left`` and ``left + content`` pixels, scaled by ``scale``.
    """

    pixels: NDArray[np.float32]
    left: int
    content: int
    scale: float
    squeezed: bool = False
    """Whether the line was too wide, so that its letters stand closer than they should."""

    @property
    def width(self) -> int:
        """Width of ``pixels``, margins included."""
        return int(self.pixels.shape[1])

    def to_image(self, x: float) -> float:
        """Return where a column of ``pixels`` lies in the line image, within its width."""
        return min(max(x - self.left, 0.0), float(self.content)) / self.scale


def even_contrast(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return ink near 1 on paper near 0 for (height, width) grey; commutes with every turn.

    Paper and ink are quantiles of the whole image, so no pixel's place matters. Light text on a
    dark ground is inverted.
    """
    image = grey.astype(np.float32)
    dark, low, high, light = np.quantile(image, (_DARKEST, _PAPER, 1 - _PAPER, 1 - _DARKEST))
    # Ink covers less than half of a line: the crowded end of the grey values is the paper.
    if (light - high) > (low - dark) and (light + dark) / 2 > np.quantile(image, 0.5):
        image = 255.0 - image
        dark, high = 255.0 - light, 255.0 - low
    contrast = max(float(high - dark), _FAINTEST)
    even: NDArray[np.float32] = np.clip((high - image) / contrast, -_BEYOND, 1 + _BEYOND)
    return even.astype(np.float32)


def prepare_line(grey: NDArray[np.uint8], height: int, stride: int = 8) -> PreparedLine:
    """Bring a line that runs from left to right to ``height`` and to a width of whole patches.

    Rows above and below its text are cut off (:mod:`gsaocr.recognizer.text_rows`). Turning the
    image by 180 degrees turns the result.

    Args:
        grey: (h, w) uint8, paper light or dark.
        height: pixels.
        stride: pixels per patch.
    """
    even = even_contrast(grey)
    top, bottom = text_rows(even)
    even = even[top:bottom]
    rows, columns = even.shape
    return _placed(even, height, columns * height / rows, columns, stride)


def widened(line: PreparedLine, factor: float, stride: int) -> PreparedLine:
    """Return a line with its letters ``factor`` times as wide; it stands for the same image."""
    ink = line.pixels[:, line.left : line.left + line.content]
    columns = round(line.content / line.scale)
    return _placed(ink, line.pixels.shape[0], line.content * factor, columns, stride)


def part_of(line: PreparedLine, start: float, end: float, stride: int) -> PreparedLine:
    """Return what lies between two columns of a line's image; it stands for an image of its own."""
    first, last = (min(max(round(x * line.scale), 0), line.content) for x in (start, end))
    last = max(last, first + 1)
    ink = line.pixels[:, line.left + first : line.left + last]
    columns = max(1, round((last - first) / line.scale))
    return _placed(ink, line.pixels.shape[0], last - first, columns, stride)


def _placed(
    ink: NDArray[np.float32], height: int, wide: float, columns: int, stride: int
) -> PreparedLine:
    """Bring ink to a height and a width, and that to whole patches.

    The margin that fills the last patch is shared by both ends. ``columns`` is the width of the
    line image. Wider lines than :data:`WIDEST` are squeezed to it, which bounds the memory.
    """
    squeezed = wide > WIDEST - stride
    content = min(max(1, round(wide)), WIDEST - stride)
    width = -(-(content + 4) // stride) * stride
    content += (width - content) % 2
    shrinking = wide < ink.shape[1]
    resized = cv2.resize(
        ink,
        (content, height),
        interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR,
    )
    left = (width - content) // 2
    pixels = np.zeros((height, width), np.float32)
    pixels[:, left : left + content] = resized
    return PreparedLine(pixels, left, content, content / columns, squeezed)


def width_batches(widths: Sequence[float], pixels: int) -> Iterator[list[int]]:
    """Cut the numbers of lines, sorted by width, into batches of at most ``pixels`` summed width.

    Padding counts: the newest line of a batch is its widest and decides it.
    """
    batch: list[int] = []
    for number in sorted(range(len(widths)), key=lambda n: widths[n]):
        if batch and widths[number] * (len(batch) + 1) > pixels:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
