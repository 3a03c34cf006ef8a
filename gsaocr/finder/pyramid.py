"""The sizes at which a page is looked at, and the tiles of it that the network is given.

All of it commutes with quarter turns: sides are padded alike on both ends, and tiles lie about the
page's middle. Making a page smaller commutes up to the rounding of its pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.config import WHOLE

Image = NDArray[np.uint8]

MARGIN = 8
"""Pixels of the page's edge, at least, that are added on every side."""
TILE = 1280
"""Pixels of a tile's side at most, without what is seen around it."""
AROUND = 128
"""Pixels around a tile that are seen with it, a multiple of 16: nearly all that its own parts hear
of, as they would on the whole page."""
SMALLEST_SIDE = 24
"""Pixels of the longer side of a level below which there is no coarser one."""
LARGEST = 40_000_000
"""Pixels of the finest level: larger pages are looked at smaller, so that memory is bounded."""


@dataclass(frozen=True)
class Level:
    """A page at one size."""

    image: Image  # (height, width, 3)
    scale: tuple[float, float]  # level pixels for a page's pixel, across and down


def levels(page: Image) -> Iterator[Level]:
    """Yield a page at its own size, at a half of it, and so on, the finest first.

    Args:
        page: (height, width, 3), RGB.
    """
    height, width = page.shape[:2]
    factor = 1.0
    while height * width * factor**2 > LARGEST:
        factor /= 2
    image = page
    while True:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        if size != (image.shape[1], image.shape[0]):
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        yield Level(image, (size[0] / width, size[1] / height))
        factor /= 2
        if max(height, width) * factor < SMALLEST_SIDE:
            return


@dataclass(frozen=True)
class Padded:
    """A level whose sides are whole tiles or, of a small one, multiples of 16."""

    pixels: NDArray[np.float32]  # (3, height, width), -1 to 1
    offset: tuple[float, float]  # where the level's corner stands on it, x and y
    tile: tuple[int, int]  # height and width of its tiles

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Yield rows and columns of each tile."""
        for top in range(0, self.pixels.shape[1], self.tile[0]):
            for left in range(0, self.pixels.shape[2], self.tile[1]):
                yield slice(top, top + self.tile[0]), slice(left, left + self.tile[1])

    def seen(self, rows: slice, columns: slice) -> tuple[NDArray[np.float32], int, int]:
        """Return a tile with what is around it, and how many pixels that is above and on the left.

        Beyond the page it is not filled up: a page of one tile is given as it is.
        """
        top, left = max(0, rows.start - AROUND), max(0, columns.start - AROUND)
        part = self.pixels[:, top : rows.stop + AROUND, left : columns.stop + AROUND]
        return part, rows.start - top, columns.start - left


def padded(image: Image) -> Padded:
    """Return a level's image in -1 to 1, its edge continued alike on opposite sides.

    A side of an odd number of pixels can't be filled up alike: it is made one longer by taking the
    means of neighbours, which is as exact in every turn.
    """
    pixels = image.astype(np.float32) / 127.5 - 1
    offset = [0.0, 0.0]
    for axis in (0, 1):
        if pixels.shape[axis] % 2:
            # Pixel j is the mean of j - 1 and j: the first and the last stay what they are.
            longer = np.concatenate(
                [np.take(pixels, [0], axis), pixels, np.take(pixels, [-1], axis)], axis
            )
            count = longer.shape[axis]
            before = np.take(longer, range(count - 1), axis)
            pixels = (before + np.take(longer, range(1, count), axis)) / 2
            offset[1 - axis] += 0.5
    tile = []
    widths = []
    for axis in (0, 1):
        side = pixels.shape[axis]
        whole = -(-(side + 2 * MARGIN) // WHOLE) * WHOLE
        count = -(-whole // TILE)
        tile.append(-(-whole // (count * WHOLE)) * WHOLE)
        whole = count * tile[-1]
        half = (whole - side) // 2
        widths.append((half, half))
        offset[1 - axis] += half
    filled = np.pad(pixels, (*widths, (0, 0)), mode="edge")
    return Padded(
        np.ascontiguousarray(filled.transpose(2, 0, 1)),
        (offset[0], offset[1]),
        (tile[0], tile[1]),
    )
