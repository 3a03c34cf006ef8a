"""Crops of pages at the sizes of text that a level of the finder's pyramid meets."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from gsaocr.finder.config import FinderConfig
from gsaocr.page.page_truth import PageSample, Points

TOO_SMALL = 0.2  # share of crops whose text is too small for the level: it has to be left alone
TOO_LARGE = 0.05  # share whose text is too large
LONE = 0.3  # share of the pages, made smaller than the crop, that stand alone in it: the pyramid
# makes pages that small, and what is about them is more of their edge
_ENLARGED = 1.35  # more than that no crop is enlarged: the pyramid never enlarges much
_SHRUNK = 0.12  # no crop is made smaller than that: of such a page nothing could be told
_REACH_DOWN, _REACH_UP = 0.9, 1.15  # beyond the sizes that a level answers for


def crop_of(
    sample: PageSample,
    config: FinderConfig,
    side: int,
    rng: np.random.Generator,
    rescaled: bool = True,
) -> PageSample:
    """Return a square crop of a page, scaled so that one of its lines has a size of the level.

    Args:
        sample: the page; its shorter side may be less than that of the crop, which then is filled
            up with the page's edge.
        config: says which x-heights the level answers for.
        side: pixels of the crop's side.
        rng: of the scale and the place.
        rescaled: whether the page is scaled; one that is rendered for the finder need not be.
    """
    height, width = sample.image.shape[:2]
    scale, middle = 1.0, rng.uniform((0, 0), (width, height))
    if sample.lines:
        line = sample.lines[rng.integers(len(sample.lines))]
        if rescaled:
            scale = _wanted_size(config, rng) / max(line.x_height, 0.5)
        middle = line.baseline[rng.integers(len(line.baseline))]
    scale = float(np.clip(scale, _SHRUNK, _ENLARGED))
    if scale < side / max(height, width) and rng.random() >= LONE:  # the crop would be larger
        scale = min(side / max(height, width), _ENLARGED)
    window = max(8, round(side / scale))
    wide, high = min(window, width), min(window, height)
    left, top = (
        int(np.clip(round(m - rng.uniform(0.1, 0.9) * n), 0, size - n))
        for m, n, size in ((middle[0], wide, width), (middle[1], high, height))
    )
    part = sample.cropped(left, top, wide, high)
    return _fitted(part, window, side, rng)


def _wanted_size(config: FinderConfig, rng: np.random.Generator) -> float:
    kind = rng.random()
    low, high = _REACH_DOWN * config.smallest, _REACH_UP * config.largest
    if kind < TOO_SMALL:
        low, high = 1.2, 0.9 * config.smallest
    elif kind < TOO_SMALL + TOO_LARGE:
        low, high = 1.3 * config.largest, 6 * config.largest
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _fitted(part: PageSample, window: int, side: int, rng: np.random.Generator) -> PageSample:
    """Scale a part to the crop's side; what is missing of a square is more of the page's edge."""
    height, width = part.image.shape[:2]
    scale = side / window
    size = (min(side, max(1, round(width * scale))), min(side, max(1, round(height * scale))))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = (
        part.image if size == (width, height) else cv2.resize(part.image, size, None, 0, 0, method)
    )
    left = int(rng.integers(side - size[0] + 1))
    top = int(rng.integers(side - size[1] + 1))
    factor = np.array([size[0] / width, size[1] / height])

    def moved(points: Points) -> Points:
        return np.asarray(points * factor + (left, top))

    if size != (side, side):
        right, bottom = side - size[0] - left, side - size[1] - top
        image = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return replace(part.mapped(moved), image=np.ascontiguousarray(image, np.uint8))
