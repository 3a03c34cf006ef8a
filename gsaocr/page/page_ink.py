"""The ink of a page in connected pieces, dark on white everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components, letter_height, mend, touches_edge
from gsaocr.page.light_text import find_bars
from gsaocr.page.prepare import PreparedPage


@dataclass(frozen=True, slots=True)
class PageInk:
    """A page with its ink in pieces.

    ``ink`` is uint8 (height, width), 1 where there is ink; ``labels`` int32 of the same shape, 0
    for paper, else the number of a piece; ``page`` has light text on dark bars made dark on white.
    """

    page: PreparedPage
    ink: NDArray[Any]
    labels: NDArray[Any]
    pieces: Components


def page_ink(page: PreparedPage, with_edges: bool = False) -> PageInk:
    """Return a page's ink; large pieces at its edges are left out unless ``with_edges``."""
    ink, labels, pieces = mend(page.ink)
    letter = letter_height(pieces, labels.shape)
    edge = touches_edge(pieces, labels.shape, letter)
    if edge.any() and not with_edges:
        kept = np.ones(len(edge) + 1, np.uint8)
        kept[1:] = ~edge
        ink = ink & kept[labels]
        pieces = pieces.where(~edge)
    bars = find_bars(labels, pieces, letter)
    if bars is not None:
        page = _with_bars_reversed(page, bars)
        ink, labels, pieces = mend(np.where(bars > 0, bars - (ink & bars), ink))
    return PageInk(page, ink, labels, pieces)


def _with_bars_reversed(page: PreparedPage, bars: NDArray[Any]) -> PreparedPage:
    """The page with light text on bars made dark on white."""
    grey = np.where(bars > 0, ~page.grey, page.grey)
    # Paint over the bars' soft outer edge, which would stay as a thin frame.
    around = np.asarray(cv2.dilate(bars, np.ones((5, 5), np.uint8)))
    grey[(around > 0) & (bars == 0)] = 255
    return replace(page, grey=grey)
