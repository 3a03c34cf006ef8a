"""What is ink on the strip along a line: light, contrast and polarity are the line's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

PAPER_REACH = 3.0
"""x-heights of the window in which the lightest is taken for paper: wider than any letter's ink."""
INK_SHARE = 0.3
"""Of the contrast around: what is darker than paper by so much is ink."""
LEAST_CONTRAST = 24
"""Grey levels by which ink has to be darker than paper at all."""
LEAST_OF_LINE = 0.4
"""Of the line's contrast, that around any of its letters is at least taken to be."""


@dataclass(frozen=True, slots=True)
class StripInk:
    """A strip with dark letters on white, and its ink."""

    paper: Bytes  # (height, width): how light the paper is at each place
    ink: Bytes  # 1 where there is ink

    @staticmethod
    def even(grey: Bytes, paper: Bytes) -> Bytes:
        """Return grey divided by the paper at each place: white paper."""
        return np.asarray(cv2.divide(grey, paper, scale=255.0))


def strip_ink(grey: Bytes, x_height: float, band: slice) -> StripInk:
    """Return the ink of a strip (height, width) of dark letters.

    Args:
        grey: letters darker than their ground.
        x_height: pixels of the strip.
        band: rows within which the line's letters lie; what is beyond says nothing of contrast.
    """
    reach = max(3, round(PAPER_REACH * x_height)) | 1
    window = np.ones((reach, reach), np.uint8)
    # Grain is not paper: the lightest of some neighbours' mean.
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.5, 0.12 * x_height))
    lightest = cv2.dilate(smooth, window)
    paper = np.maximum(cv2.blur(lightest, (reach, reach)), 1).astype(np.uint8)
    even: Bytes = np.asarray(cv2.divide(grey, paper, scale=255.0))
    inner = np.asarray(cv2.divide(smooth, paper, scale=255.0))[band]
    darkest = inner.min(axis=0, keepdims=True)
    line = 255.0 - float(np.percentile(darkest, 10))
    around: NDArray[Any] = cv2.blur(cv2.erode(darkest, np.ones((1, reach))), (reach, 1))
    contrast = np.maximum(255.0 - around, LEAST_OF_LINE * line)
    threshold = 255.0 - np.maximum(contrast * INK_SHARE, LEAST_CONTRAST)
    return StripInk(paper, (even < threshold).astype(np.uint8))
