"""Colours by confidence: red where a reading is doubtful, through amber to green."""

from __future__ import annotations

from itertools import pairwise

_STOPS = ((0.0, (190, 20, 30)), (0.6, (214, 90, 0)), (0.85, (160, 130, 0)), (1.0, (0, 120, 60)))


def colour(confidence: float) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, dark enough to be read on paper."""
    confidence = min(max(confidence, 0.0), 1.0)
    for (low, first), (high, last) in pairwise(_STOPS):
        if confidence <= high:
            share = (confidence - low) / (high - low)
            mixed = (a + share * (b - a) for a, b in zip(first, last, strict=True))
            red, green, blue = (round(value) for value in mixed)
            return red, green, blue
    return _STOPS[-1][1]


def hexadecimal(confidence: float) -> str:
    """The same as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*colour(confidence))
