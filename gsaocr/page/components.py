"""Connected pieces of ink, and what kind of thing each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[Any]  # uint8
Ints = NDArray[Any]  # int32
Bools = NDArray[Any]  # bool
Floats = NDArray[Any]  # float64


@dataclass(frozen=True, slots=True)
class Components:
    """Connected pieces of ink as parallel arrays; ``label`` is their number in the label image.

    Boxes are [x0, x1) x [y0, y1) in pixels, ``area`` counts pixels of ink.
    """

    x0: Ints
    y0: Ints
    x1: Ints
    y1: Ints
    area: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.label)

    @property
    def width(self) -> Ints:
        """Pixels from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> Ints:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    def where(self, chosen: Bools | Ints) -> Components:
        """The chosen ones, by a mask or by their indices."""
        arrays = (self.x0, self.y0, self.x1, self.y1, self.area, self.label)
        return Components(*(array[chosen] for array in arrays))

    def plus(self, other: Components) -> Components:
        """These and then the other ones."""
        mine = (self.x0, self.y0, self.x1, self.y1, self.area, self.label)
        others = (other.x0, other.y0, other.x1, other.y1, other.area, other.label)
        return Components(*(np.concatenate(pair) for pair in zip(mine, others, strict=True)))


def connected(ink: Bytes) -> tuple[Ints, Components]:
    """Label the 8-connected pieces of an ink mask: int32 labels (0 = paper) and the pieces."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        ink, connectivity=8, ltype=cv2.CV_32S
    )
    stats = stats[1:]
    x0, y0 = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    return np.asarray(labels), Components(
        x0.copy(),
        y0.copy(),
        x0 + stats[:, cv2.CC_STAT_WIDTH],
        y0 + stats[:, cv2.CC_STAT_HEIGHT],
        stats[:, cv2.CC_STAT_AREA].copy(),
        np.arange(1, count, dtype=np.int32),
    )


def letter_height(parts: Components, shape: tuple[int, ...]) -> float:
    """Usual height of a letter in pixels, 0 where nothing on the page can be one.

    The median height of pieces that are neither specks nor longer or larger than letters; small
    print and headings shift it little.
    """
    height, width = parts.height.astype(float), parts.width.astype(float)
    limit = max(24.0, 0.08 * max(shape))
    body = (height >= 4) & (height <= limit) & (width <= 4 * height) & (height <= 12 * width)
    # A solid or nearly empty box is a rule, a blot or a frame.
    body &= parts.area >= 0.06 * height * width
    if not body.any():
        return 0.0
    tall = height[body]
    # Weighted by height, dust and dots, however many, don't win against letters.
    rough = weighted_median(tall, tall * width[body])
    return float(np.median(tall[(tall > 0.35 * rough) & (tall < 2.5 * rough)]))


def weighted_median(values: Floats, weights: Floats) -> float:
    """The value at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def mend(ink: Bytes) -> tuple[Bytes, Ints, Components]:
    """Close the gaps in letters of dots or broken strokes; other pages stay as they are.

    If much of the ink lies in pieces that are small beside the letters which appear once gaps of
    two pixels are closed, those were the letters; and so once more for four pixels. Returns the
    ink, its labels and its pieces.
    """
    labels, parts = connected(ink)
    letter = letter_height(parts, ink.shape)
    for gap in (3, 5):
        if not len(parts) or (letter > 0 and _scattered(parts, letter) < 0.1):
            break
        closed: Bytes = np.asarray(
            cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        )
        new_labels, mended = connected(closed)
        taller = letter_height(mended, ink.shape)
        if taller <= 1.15 * letter or _scattered(parts, taller) < 0.35:
            break
        ink, labels, parts, letter = closed, new_labels, mended, taller
    return ink, labels, parts


def _scattered(parts: Components, letter: float) -> float:
    """Ink in pieces smaller than letters over ink in letters."""
    height, width = parts.height, parts.width
    small = (height < 0.5 * letter) & (width < 0.7 * letter) & (parts.area >= 3)
    letters = (height >= 0.6 * letter) & (height < 2.2 * letter) & (width < 4 * letter)
    return float(parts.area[small].sum() / max(1, parts.area[letters].sum()))


def is_rule(parts: Components, letter: float) -> Bools:
    """Pieces that are long and thin: rules, frames, underlines, the fold of a page."""
    long_side = np.maximum(parts.width, parts.height)
    short_side = np.minimum(parts.width, parts.height)
    thickness = parts.area / np.maximum(long_side, 1)
    straight = (long_side > 4 * letter) & (thickness < 0.35 * letter)
    upright = parts.height > parts.width
    flat = straight & (short_side < np.where(upright, 0.6, 0.5) * letter)
    # A slanting rule or a frame fills little of its box.
    hollow = (long_side > 8 * letter) & (parts.area < 0.05 * parts.width * parts.height)
    return np.asarray(flat | hollow)


def is_picture(parts: Components, letter: float) -> Bools:
    """Pieces too large to be letters even of a heading: pictures, stamps, the scanner's shadow."""
    return np.asarray(
        (parts.height > 8 * letter) | ((parts.height > 5 * letter) & (parts.width > 30 * letter))
    )


def is_solid(parts: Components, letter: float) -> Bools:
    """Blots: as large as letters, but filled where letters have strokes."""
    thick = np.minimum(parts.width, parts.height) >= 0.5 * letter
    return np.asarray(thick & (parts.area >= 0.85 * parts.width * parts.height))


def touches_edge(parts: Components, shape: tuple[int, ...], letter: float) -> Bools:
    """Large pieces at the edge of the page: the scanner's lid, torn paper, the table below."""
    edge = (parts.x0 <= 1) | (parts.y0 <= 1)
    edge |= (parts.x1 >= shape[1] - 1) | (parts.y1 >= shape[0] - 1)
    return np.asarray(edge & ((parts.height > 2.5 * letter) | (parts.width > 5 * letter)))
