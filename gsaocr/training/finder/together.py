"""Pages cut together from blocks of real ones, so that their text stands in several directions."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.page_truth import PageSample, TextLine
from gsaocr.training.finder.real_pages import RealPages

Rng = np.random.Generator

_TRIES = 60  # blocks that are looked at for one place
_MOST = 24  # lines of a block
_MARGIN = 8  # pixels around a block and between places


def cut_together(
    pages: RealPages, rng: Rng, height: int, width: int, places: int = 4
) -> PageSample:
    """Return a page of blocks of whole lines, each in one of four directions, at least two in all.

    Args:
        pages: what the blocks are cut from.
        rng: of pages, blocks, directions.
        height: of the page, pixels.
        width: of the page, pixels.
        places: blocks at most, in two columns.
    """
    columns = 2 if places > 1 else 1
    rows = -(-places // columns)
    cell_height, cell_width = height // rows, width // columns
    image = np.full((height, width, 3), 255, np.uint8)
    lines: list[TextLine] = []
    turns = [int(q) for q in rng.integers(0, 4, places)]
    if places > 1 and len(set(turns)) == 1:
        turns[-1] = (turns[-1] + int(rng.integers(1, 4))) % 4
    for place, quarters in enumerate(turns):
        room = (cell_height - 2 * _MARGIN, cell_width - 2 * _MARGIN)
        block = _block(pages, rng, *(room[::-1] if quarters % 2 else room))
        if block is None:
            continue
        top, left = place // columns * cell_height, place % columns * cell_width
        image[top : top + cell_height, left : left + cell_width] = _paper(block.image)
        turned = block.turned(quarters)
        high, wide = turned.image.shape[:2]
        top += _MARGIN + int(rng.integers(0, room[0] - high + 1))
        left += _MARGIN + int(rng.integers(0, room[1] - wide + 1))
        image[top : top + high, left : left + wide] = turned.image
        corner = np.array([left, top])
        lines += [replace(line, baseline=line.baseline + corner) for line in turned.lines]
    return PageSample(image, tuple(lines))


def _block(pages: RealPages, rng: Rng, height: int, width: int) -> PageSample | None:
    """Return successive whole lines of a page that fit, with the paper around them; or None."""
    for _ in range(_TRIES):
        page = pages.draw(rng)
        if len(page.lines) < 2:
            continue
        first = int(rng.integers(len(page.lines)))
        for count in range(min(_MOST, len(page.lines) - first), 0, -1):
            block = _cut(page, first, count, height, width)
            if block is not None:
                return block
    return None


def _cut(page: PageSample, first: int, count: int, height: int, width: int) -> PageSample | None:
    """Return some lines of a page cut out, None where they don't fit or others stand among them."""
    chosen = page.lines[first : first + count]
    outlines = [line.polygon for line in chosen]
    points = np.concatenate(outlines)
    low = np.floor(points.min(axis=0)).astype(int) - _MARGIN // 2
    high = np.ceil(points.max(axis=0)).astype(int) + _MARGIN // 2
    low = np.maximum(low, 0)
    high = np.minimum(high, page.image.shape[1::-1])
    if (high - low > (width, height)).any() or (high - low < _MARGIN).any():
        return None
    for other in (*page.lines[:first], *page.lines[first + count :]):
        reach = other.polygon
        if (reach.max(axis=0) > low).all() and (reach.min(axis=0) < high).all():
            return None
    return PageSample(
        np.ascontiguousarray(page.image[low[1] : high[1], low[0] : high[0]]),
        tuple(replace(line, baseline=line.baseline - low) for line in chosen),
    )


def _paper(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colour of a block's paper."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    light = image[grey >= np.percentile(grey, 50)]
    return np.asarray(np.median(light, axis=0), np.uint8)
