"""Light text on dark bars within a page of dark text."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components, connected

Mask = NDArray[Any]  # uint8


def find_bars(labels: NDArray[Any], parts: Components, letter: float) -> Mask | None:
    """Where dark bars with light letters lie: uint8 like ``labels``, 1 there; None if nowhere.

    A bar is an oblong piece of ink whose rim is closed and whose holes are as large as letters.
    ``letter`` is the usual letter height in pixels.
    """
    height, width = parts.height, parts.width
    large = (height > 1.1 * letter) & (height < 12 * letter) & (width > 2.5 * letter)
    large |= (width > 1.1 * letter) & (width < 12 * letter) & (height > 2.5 * letter)
    large &= parts.area > 0.2 * height * width
    found: Mask | None = None
    for k in np.flatnonzero(large):
        rows = slice(int(parts.y0[k]), int(parts.y1[k]))
        columns = slice(int(parts.x0[k]), int(parts.x1[k]))
        piece = (labels[rows, columns] == parts.label[k]).astype(np.uint8)
        bar = _bar(piece, letter)
        if bar is not None:
            found = np.zeros(labels.shape, np.uint8) if found is None else found
            found[rows, columns] |= bar
    return found


def _bar(piece: Mask, letter: float) -> Mask | None:
    """The piece with its holes filled, if these are letters on a bar."""
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    bar: Mask = np.asarray(cv2.drawContours(np.zeros_like(piece), contours, -1, 1, cv2.FILLED))
    holes: Mask = bar & ~piece
    (_, sides, _) = cv2.minAreaRect(np.concatenate(contours))
    if bar.sum() < 0.8 * sides[0] * sides[1]:
        return None
    share = holes.sum() / max(1, bar.sum())
    if not 0.015 < share < 0.6:
        return None
    rim = max(3, round(0.12 * letter)) | 1
    inner: Mask = np.asarray(cv2.erode(bar, np.ones((rim, rim), np.uint8), borderValue=0))
    if (piece & ~inner).sum() < 0.93 * (bar.sum() - inner.sum()):
        return None
    _, letters = connected(holes)
    size = np.maximum(letters.height, letters.width)
    return bar if int((size > 0.35 * letter).sum()) >= 3 else None
