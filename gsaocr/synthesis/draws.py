"""Random draws, written so that one costs about a microsecond.

``Generator.choice`` and ``Generator.integers`` cost several microseconds a call, which a line of
text with hundreds of decisions would feel; everything here rests on ``Generator.random``.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Return True with the given probability."""
    return rng.random() < probability


def span(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number drawn evenly from low to high."""
    return low + (high - low) * rng.random()


def log_span(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a positive number whose logarithm is drawn evenly from low to high."""
    return low * math.exp(math.log(high / low) * rng.random())


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Return a whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def pick(rng: np.random.Generator, items: Sequence[T]) -> T:
    """Return one of the items, all alike likely; raises ``IndexError`` where there are none."""
    return items[int(rng.random() * len(items))]


class Weighted(Generic[T]):
    """Items drawn in proportion to their weights."""

    def __init__(self, items: Sequence[tuple[T, float]]) -> None:
        self.items = [item for item, weight in items if weight > 0]
        self._sums = list(accumulate(weight for _, weight in items if weight > 0))

    def pick(self, rng: np.random.Generator) -> T:
        """Return one item."""
        at = bisect_right(self._sums, rng.random() * self._sums[-1])
        return self.items[min(at, len(self.items) - 1)]
