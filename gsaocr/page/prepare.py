"""White paper, dark ink: uneven light and reversed polarity taken out of a page.

Every step commutes exactly with quarter turns: prepare(turned page) is the turned prepare(page),
bit by bit. So only integer sums, symmetric windows of odd size and padding on both sides are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.load import PageImage

Bytes = NDArray[Any]  # uint8

_BLOCKS_ALONG = 450  # the light is measured on about so many blocks along the longer side
_WINDOW = 13  # blocks over which paper is averaged: about 3 % of the longer side
_DARKEST_PAPER = 0.4  # of the page's paper level; darker areas are pictures or the scanner's lid
_INK_SHARE = 0.22  # of the contrast around: darker than paper by so much is ink
_LEAST_CONTRAST = 40  # grey levels; what stands out less is noise


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A page with its light evened and its ink found.

    ``grey`` is uint8 (height, width): paper near 255, ink dark. ``ink`` is uint8 of the same shape,
    1 where there is ink. ``reversed`` says that the input was light on dark.
    """

    image: PageImage
    grey: Bytes
    ink: Bytes
    reversed: bool


def prepare(image: PageImage) -> PreparedPage:
    """Even the light of a page, make its ink dark, and find the ink."""
    light = is_light_on_dark(image.grey)
    grey = ~image.grey if light else image.grey
    if is_bilevel(grey):
        return PreparedPage(image, grey, _mask(grey, 127), light)
    even = even_light(grey)
    return PreparedPage(image, even, find_ink(even), light)


def is_bilevel(grey: Bytes) -> bool:
    """Whether a page holds no grey but pure black and white."""
    histogram = cv2.calcHist([grey], [0], None, [256], [0, 256])
    return bool(histogram[1:255].sum() == 0)


def is_light_on_dark(grey: Bytes) -> bool:
    """Whether the text is lighter than its ground: most is dark, above all around edges.

    Around the edges of letters ink covers less than paper does, whatever else is on the page.
    """
    small = _block_means(grey, _block_size(grey.shape, 1000))
    low, middle, high = (int(v) for v in np.percentile(small, (1, 50, 99), method="lower"))
    if 2 * middle >= low + high:
        return False
    edges: Bytes = np.asarray(
        cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    )
    near: Bytes = (edges > (high - low) // 3).astype(np.uint8)
    near = np.asarray(cv2.dilate(near, np.ones((9, 9), np.uint8)))
    light = int(np.count_nonzero(near & (2 * small.astype(np.int32) > low + high)))
    return light * 20 < 9 * int(np.count_nonzero(near))


def even_light(grey: Bytes) -> Bytes:
    """Divide a page by its paper's brightness: uint8 (height, width), paper near 255."""
    size = _block_size(grey.shape, _BLOCKS_ALONG)
    mean = _box_mean(_block_means(grey, size), _WINDOW)
    around = _enlarge(mean, size, grey.shape)
    # What is clearly darker than its surroundings is ink and says nothing of the paper.
    dark = cv2.compare(cv2.add(grey, _tolerance(around)), around, cv2.CMP_LT)
    paper_only = cv2.bitwise_and(grey, cv2.bitwise_not(dark))
    total = _block_sums(paper_only, size)
    count = _block_sums(cv2.bitwise_not(dark), size) // 255
    paper = _windowed_ratio(total, count, _WINDOW)
    level = int(np.percentile(paper, 90, method="lower"))
    paper = np.maximum(paper, max(1, int(level * _DARKEST_PAPER))).astype(np.uint8)
    return np.asarray(cv2.divide(grey, _enlarge(paper, size, grey.shape), scale=255.0))


def find_ink(even: Bytes) -> Bytes:
    """Ink of a page with even light: 1 where darker than half the contrast around, else 0."""
    size = _block_size(even.shape, _BLOCKS_ALONG)
    darkest = cv2.erode(_block_minima(even, size), np.ones((_WINDOW, _WINDOW), np.uint8))
    page_contrast = 255 - int(np.percentile(darkest, 10, method="lower"))
    least = max(_LEAST_CONTRAST, int(0.4 * page_contrast))
    contrast = np.maximum(255 - _box_mean(darkest, _WINDOW).astype(np.int32), least)
    threshold = (255 - contrast * _INK_SHARE).astype(np.uint8)
    return _mask(even, _enlarge(threshold, size, even.shape))


def _mask(grey: Bytes, threshold: Bytes | int) -> Bytes:
    bound = np.full_like(grey, threshold) if isinstance(threshold, int) else threshold
    darker: Bytes = np.asarray(cv2.compare(grey, bound, cv2.CMP_LT))
    return darker & np.uint8(1)


def _tolerance(around: Bytes) -> Bytes:
    return np.asarray(cv2.max(around // 12, np.full_like(around, 6)))


def _block_size(shape: tuple[int, ...], blocks: int) -> int:
    """Odd, so that any page can be padded equally on both sides to a whole number of blocks."""
    return max(1, max(shape) // blocks) | 1


def _padding(length: int, size: int) -> int:
    missing = -length % size
    return (missing + size if missing % 2 else missing) // 2


def _padded(image: Bytes, size: int) -> Bytes:
    rows, columns = (_padding(length, size) for length in image.shape)
    if not rows and not columns:
        return image
    return np.asarray(cv2.copyMakeBorder(image, rows, rows, columns, columns, cv2.BORDER_REPLICATE))


def _block_sums(image: Bytes, size: int) -> NDArray[np.int32]:
    """Sums over blocks of ``size`` x ``size`` pixels."""
    if size == 1:
        return image.astype(np.int32)
    sums = cv2.boxFilter(_padded(image, size), cv2.CV_32S, (size, size), normalize=False)
    return np.ascontiguousarray(sums[size // 2 :: size, size // 2 :: size])


def _block_means(image: Bytes, size: int) -> Bytes:
    return (_block_sums(image, size) // (size * size)).astype(np.uint8)


def _block_minima(image: Bytes, size: int) -> Bytes:
    minima = cv2.erode(_padded(image, size), np.ones((size, size), np.uint8))
    return np.ascontiguousarray(minima[size // 2 :: size, size // 2 :: size])


def _window_sums(blocks: NDArray[Any], window: int) -> NDArray[Any]:
    """Exact sums over a window of blocks, cut at the edges."""
    for axis in (0, 1):
        reach = window // 2
        length = blocks.shape[axis]
        total = np.insert(np.cumsum(blocks, axis=axis, dtype=np.int64), 0, 0, axis=axis)
        place = np.arange(length)
        upper = np.minimum(place + reach + 1, length)
        lower = np.maximum(place - reach, 0)
        blocks = np.take(total, upper, axis) - np.take(total, lower, axis)
    return blocks


def _box_mean(blocks: Bytes, window: int) -> Bytes:
    count = _window_sums(np.ones(blocks.shape, np.int32), window)
    mean: Bytes = _window_sums(blocks.astype(np.int32), window) // count
    return mean.astype(np.uint8)


def _windowed_ratio(
    total: NDArray[np.int32], count: NDArray[np.int32], window: int
) -> NDArray[np.int64]:
    """total / count over windows, taken over larger ones where there is too little to count."""
    result = np.zeros(total.shape, np.int64)
    full = int(count.max(initial=1))
    missing = np.ones(total.shape, bool)
    while missing.any():
        sums = _window_sums(total, window)
        counts = _window_sums(count, window)
        done = missing & (counts * 12 >= full * window * window)
        if window >= 2 * max(total.shape):
            done = missing
        result[done] = sums[done] // np.maximum(counts[done], 1)
        missing &= ~done
        window = 2 * window + 1
    return result


def _enlarge(blocks: Bytes, size: int, shape: tuple[int, ...]) -> Bytes:
    """Back to full size, smoothed over a block: the exact counterpart of ``_block_means``."""
    if size == 1:
        return blocks
    rows, columns = (_padding(length, size) for length in shape[:2])
    big = np.repeat(np.repeat(blocks, size, axis=0), size, axis=1)
    # size is odd and so is its square: no mean falls between two bytes, rounding is unambiguous.
    big = np.asarray(cv2.blur(big, (size, size), borderType=cv2.BORDER_REPLICATE))
    return np.ascontiguousarray(big[rows : rows + shape[0], columns : columns + shape[1]])
