"""What lines tell of each other: which way up a short one stands, its neighbours mostly know.

Letters like those of 0.80, OHIO or 8 hardly show it, and text that stands together nearly always
stands alike. Only distances on the page are used, so that all of it commutes with quarter turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.found import FoundLine
from gsaocr.page.page_truth import other_way_up

REACH = 10.0
"""x-heights of a line at which another one counts a half of what it does beside it."""
MOST_LETTERS = 20.0
"""x-heights of length that a line's word counts for at most: one long line is one witness."""
_AT_ONCE = 512  # lines that hear all others at a time: memory is bounded


def settled(lines: Sequence[FoundLine]) -> list[FoundLine]:
    """Return lines, those turned over whose own word and that of their neighbours are for it."""
    signs = [1.0 if line.line.quarter < 2 else -1.0 for line in lines]
    lengths = _lengths(lines)
    words = np.array([sign * line.up for sign, line in zip(signs, lines, strict=True)]) * lengths
    heard = _heard(lines, np.stack([words, lengths], axis=-1))
    said = heard[:, 0] / np.maximum(heard[:, 1], 1e-9)
    return [
        replace(line if word * sign >= 0 else _turned_over(line), up=abs(float(word)))
        for line, word, sign in zip(lines, said, signs, strict=True)
    ]


def _lengths(lines: Sequence[FoundLine]) -> NDArray[np.float64]:
    """Return the lines' lengths in x-heights, bounded."""
    letters = [line.line.length / line.line.x_height for line in lines]
    return np.minimum(np.array(letters, np.float64), MOST_LETTERS)


def _heard(lines: Sequence[FoundLine], words: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each line hears of itself and of the others along its axis, the nearer the more.

    Args:
        lines: n lines.
        words: (n, k), what each has to say.
    """
    ends = [each.line.baseline for each in lines]
    low = np.array([points.min(axis=0) for points in ends]).reshape(-1, 2)
    high = np.array([points.max(axis=0) for points in ends]).reshape(-1, 2)
    reach = REACH * np.array([each.line.x_height for each in lines])
    axis = np.array([each.line.quarter % 2 for each in lines])
    heard = np.zeros_like(words)
    for start in range(0, len(lines), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        gaps = np.maximum(low[some, None] - high, low - high[some, None]).clip(0)
        near = 1 / (1 + (np.hypot(gaps[..., 0], gaps[..., 1]) / reach[some, None]) ** 2)
        heard[some] = (near * (axis[some, None] == axis)) @ words
    return heard


def _turned_over(found: FoundLine) -> FoundLine:
    """Return a line that is read from its other side: its upper edge is the baseline then."""
    line = found.line
    upper = other_way_up(line.baseline, line.x_height)
    over = replace(line, baseline=upper, begins=line.ends, ends=line.begins)
    return replace(found, line=over)
