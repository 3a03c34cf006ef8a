"""Parts of a level that belong to one line: neighbours that name the same baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.config import PART
from gsaocr.finder.field import AxisField

THRESHOLD = 0.5
"""Probability from which a part is a line's."""
SAME_BASELINE = 0.5
"""x-heights by which the lower edges that two neighbours name may differ."""
AN_END = 0.5
"""Probability from which a part says that its line ends here."""


def chains(axis: AxisField) -> list[NDArray[np.int64]]:
    """Return the parts (rows, columns) of each line, (2, n), from left to right.

    Neighbours along a row, and in the next one, belong together if the lower edges that they name
    are the same; along a row they are parted where the one says that a line ends and the other
    that one begins.
    """
    here = axis.level > THRESHOLD
    height, width = here.shape
    rows = (np.arange(height, dtype=np.float32)[:, None] + 0.5) * PART
    edge = rows + axis.lower
    number = np.full(here.shape, -1, np.int64)
    number[here] = np.arange(int(here.sum()))
    # An end is told by the last part or two: what follows a right end, or comes before a left one.
    ends = _or_beside(axis.right > AN_END, -1)
    begins = _or_beside(axis.left > AN_END, 1)
    pairs = []
    for down, across in ((0, 1), (1, -1), (1, 0), (1, 1)):
        a = (slice(0, height - down), slice(max(0, -across), width - max(0, across)))
        b = (slice(down, height), slice(max(0, across), width + min(0, across)))
        size = np.minimum(axis.x_height[a], axis.x_height[b])
        joined = here[a] & here[b] & (np.abs(edge[a] - edge[b]) < SAME_BASELINE * size)
        if across > 0:
            joined &= ~(ends[a] & begins[b])
        elif across < 0:
            joined &= ~(begins[a] & ends[b])
        pairs.append(np.stack([number[a][joined], number[b][joined]]))
    label = _components(int(here.sum()), np.concatenate(pairs, axis=1))
    y, x = np.nonzero(here)
    order = np.lexsort((y, x, label))
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return [np.stack([y[group], x[group]]) for group in np.split(order, cuts)] if len(order) else []


def _or_beside(said: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Return where it is said here or, for -1, just before, for 1, just after."""
    found = said.copy()
    if step < 0:
        found[:, 1:] |= said[:, :-1]
    else:
        found[:, :-1] |= said[:, 1:]
    return found


def _components(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a label for each of ``count`` nodes, alike where pairs (2, n) connect them.

    Every node takes the least label about it and jumps to that one's own, until nothing changes.
    """
    label = np.arange(count)
    a, b = pairs
    while True:
        least = label.copy()
        low = np.minimum(label[a], label[b])
        np.minimum.at(least, label[a], low)
        np.minimum.at(least, label[b], low)
        least = least[least]
        if np.array_equal(least, label):
            return label
        label = least
