"""A second look at a line that was read with doubt: its letters made narrower, and wider.

Print, typewriters and printers set letters at widths that the network has seen seldom, and where
letters touch or fall apart another width parts or joins them. Each look is read for itself; the
surest reading stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gsaocr.recognizer.reading import Reading

WIDTHS = (0.9, 1.12)
"""How wide the letters are made, relative to the first look."""

DOUBT = 0.4
"""Confidence below which a line is looked at again."""


def wants_second_look(reading: Reading) -> bool:
    """Return whether a reading is doubtful: one word of it is; nothing read is no doubt."""
    return reading.confidence < DOUBT


def surest(first: Reading, others: Sequence[Reading]) -> Reading:
    """Return the reading with most evidence; frame and margin stay those of the first look."""
    best = max([first, *others], key=lambda reading: reading.evidence)
    return replace(best, quarter=first.quarter, margin=first.margin)
