"""Which way up each line stands: lines decide together, those of a block above all.

The finder says of each line how sure it is that it isn't upside down, the encoder says of each
cell which of its readers sees the text upright. One line alone tells little; a block of lines
stands one way, and most blocks of a page stand as the page does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.lines import group
from gsaocr.page.page_layout import LayoutLine

LOUDEST_VOTE = 3.0
"""Log-probability: no single line says more on its direction."""
UP_WEIGHT = 0.5
"""What a unit of the finder's logit counts beside the encoder's log-probability."""
PAGE_VOTE = 3.0
"""Log-probability that the rest of a page has in what a block of it decides, at most."""
BLOCK_GAP = 3.0
"""x-heights between the outlines of lines of one block, at most."""
SAME_SIZE = 1.6
"""Times the x-height of a line that another of its block may have."""


def bounded(vote: float) -> float:
    """Return a line's vote, no louder than :data:`LOUDEST_VOTE` either way."""
    return min(max(vote, -LOUDEST_VOTE), LOUDEST_VOTE)


def direction_votes(
    lines: Sequence[LayoutLine], seen: Sequence[float], read: Sequence[float] | None = None
) -> list[float]:
    """Return for each line by how much all that is known speaks for the other way up; > 0: it does.

    Args:
        lines: with their courses; ``orientation`` is 0 to 270, as found.
        seen: log-probability of the encoder that a line is upside down as it is found.
        read: the same of the letters, where a line was read both ways.
    """
    if not lines:
        return []
    # Along each axis all lines are taken as if they stood at 0 or 90 degrees.
    sign = np.array([1.0 if line.orientation < 180 else -1.0 for line in lines])
    up = np.array([line.course.up if line.course else 0.0 for line in lines])
    own = np.clip(np.array(seen) - UP_WEIGHT * up, -LOUDEST_VOTE, LOUDEST_VOTE)
    own = (own + (np.array(read) if read is not None else 0.0)) * sign
    axes = np.array([line.orientation % 180 for line in lines])
    votes = np.zeros(len(lines))
    page = {axis: float(own[axes == axis].sum()) for axis in (0, 90)}
    for members in blocks(lines):
        vote = float(own[members].sum())
        rest = page[int(axes[members[0]])] - vote
        votes[members] = vote + float(np.clip(rest, -PAGE_VOTE, PAGE_VOTE))
    return [float(vote) for vote in votes * sign]


def blocks(lines: Sequence[LayoutLine]) -> list[NDArray[np.int64]]:
    """Return the numbers of lines that stand close, along one axis, in letters of like size."""
    boxes = np.array([[line.box.x0, line.box.y0, line.box.x1, line.box.y1] for line in lines])
    size = np.array([line.course.x_height if line.course else 0.0 for line in lines])
    axes = np.array([line.orientation % 180 for line in lines])
    links = []
    for n in range(len(lines)):
        gap = np.maximum(boxes[:, :2] - boxes[n, 2:], boxes[n, :2] - boxes[:, 2:]).max(axis=1)
        low, high = np.minimum(size, size[n]), np.maximum(size, size[n])
        near = (gap < BLOCK_GAP * low) & (high < SAME_SIZE * low) & (axes == axes[n])
        links += [(n, int(m)) for m in np.flatnonzero(near) if m != n]
    return group(len(lines), np.array(links, np.int64).reshape(-1, 2))
