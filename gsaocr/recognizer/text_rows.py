"""Which rows of a line image hold its text: the network sees few, and none should be wasted.

A box around a line may be half empty, and a neighbour may look in at its edge. Every row that is
kept makes the letters smaller: the network sees a line in 32 rows whatever its height.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_INK = 0.4  # darkness, 0 paper to 1 ink, from which a pixel is ink
_CROWDED = 0.25  # share of the fullest rows' ink that rows of letters have at least
_FULLEST = 8  # one row in so many is among the fullest
_SMOOTHED = 48  # parts of the height: ink is counted over two of them
_GAP = 0.12  # of the height: emptier rows inside letters, between the strokes of an E or of dots
_EDGE = 0.25  # of the height: a lower run of crowded rows at an edge is a neighbour
_AMONG = 0.3  # of a piece of ink's own height: what has less among the letters stands off them
_OFF_SMALL = 0.75  # of the letters' height: how far off small letters their accents may reach
_OFF_TALL = 0.3  # the same for letters that reach farther themselves
_SPECK = 0.006  # of the letters' height squared: the area of ink below which it is none of them
_TALL = 4.0  # in heights of small letters: ink that is taller is a rule or a scribble, no letter
_CUT = 2.2  # the same for ink that the image's edge cuts, as it cuts rules
_FEWEST = 3  # rows: less is no line of letters
_MARGIN = 0.16  # of the letters' height: what is left above and below
_LEAST = 0.5  # of the image's height is always kept: a dash alone is no line of tall letters


def text_rows(darkness: NDArray[np.float32]) -> tuple[int, int]:
    """Return the first row of a line's text and the one after its last, a little margin included.

    Turning the image by 180 degrees turns the result.

    Args:
        darkness: (height, width), ink near 1 on paper near 0, the line running along the rows.
    """
    height = darkness.shape[0]
    ink: NDArray[Any] = (darkness > _INK).view(np.uint8)
    first, last = _crowded_rows(ink)
    letters = last - first
    if letters < _FEWEST:
        return 0, height
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    pieces = [(above, above + tall, area) for _, above, _, tall, area in stats[1:].tolist()]
    top, bottom = first, last
    others = []
    for above, below, area in pieces:
        if min(below, last) - max(above, first) <= _AMONG * (below - above):
            others.append((above, below, area))
        elif below - above < (_TALL if above > 0 and below < height else _CUT) * letters:
            top, bottom = min(top, above), max(bottom, below)
    # Accents, dots and commas stand off the letters, and more ink farther off is a neighbour's.
    off_tall, off_small = int(_OFF_TALL * letters), int(_OFF_SMALL * letters)
    highest = min(top - off_tall, first - off_small)
    lowest = max(bottom + off_tall, last + off_small)
    marks = [
        (above, below)
        for above, below, area in others
        if above >= highest and below <= lowest and area > _SPECK * letters**2
    ]
    top = min([top, *(above for above, _ in marks)])
    bottom = max([bottom, *(below for _, below in marks)])
    margin = _MARGIN * letters
    lacking = max(0.0, _LEAST * height - (bottom - top + 2 * margin)) / 2
    more = int(np.ceil(margin + lacking - 1e-6))  # the same above and below, whatever is rounded
    return max(0, top - more), min(height, bottom + more)


def _crowded_rows(ink: NDArray[Any]) -> tuple[int, int]:
    """Return the rows between which most letters lie, without tails; (0, 0) if there are none.

    All in whole numbers: sums of fractions depend on their order, so on which way up the image is.
    """
    height = len(ink)
    smooth = np.ones(2 * (height // _SMOOTHED) + 1, np.int64)
    filled = np.convolve(ink.sum(axis=1, dtype=np.int64), smooth, "same")
    fullest = int(np.sort(filled)[-max(1, height // _FULLEST)])
    if fullest <= 0:
        return 0, 0
    changes = np.diff(np.concatenate([[False], filled > _CROWDED * fullest, [False]]).astype(int))
    runs = list(zip(np.flatnonzero(changes > 0), np.flatnonzero(changes < 0), strict=True))
    joined = [runs[0]]
    for first, last in runs[1:]:
        before = joined[-1]
        at_edge = (before[0] == 0 and before[1] < _EDGE * height) or (
            last == height and last - first < _EDGE * height
        )
        if first - before[1] <= _GAP * height and not at_edge:
            joined[-1] = (before[0], last)
        else:
            joined.append((first, last))
    inked = [int(filled[first:last].sum()) for first, last in joined]
    most = [run for run, ink_of_run in zip(joined, inked, strict=True) if ink_of_run == max(inked)]
    return int(most[0][0]), int(most[-1][1])
