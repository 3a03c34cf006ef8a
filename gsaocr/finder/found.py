"""What the finder has found on a page: lines, each with its own direction, and other things."""

from __future__ import annotations

from dataclasses import dataclass

from gsaocr.finder.network import CELL_CHANNELS
from gsaocr.page.page_truth import Points, TextLine

ASCENT, DESCENT = 1.7, 0.55
"""x-heights above and below the baseline that a line's polygon reaches: over its accents, under its
tails. The field tells the x-height; how far the ink of a line really reaches, the ink tells."""


@dataclass(frozen=True)
class FoundLine:
    """A line of text, in pixels of the page."""

    line: TextLine
    """Its baseline in reading direction, as far as it is known: see ``up``."""
    score: float
    """Mean probability of its parts."""
    up: float
    """How sure the field is that it isn't upside down, as a logit; 0: not at all."""
    light: float
    """Probability that its letters are light on dark."""

    @property
    def polygon(self) -> Points:
        """Outline (2 n, 2), clockwise from the corner at the start of the text and above it."""
        return self.line.polygon


@dataclass(frozen=True)
class FoundRule:
    """A drawn rule: its course, (n, 2)."""

    points: Points
    score: float


@dataclass(frozen=True)
class FoundArea:
    """An area that is no line of text, or that text stands in; ``kind`` is the network's word."""

    kind: str
    box: tuple[float, float, float, float]  # left, top, right, bottom
    score: float


AREA_KINDS = CELL_CHANNELS[2:]


@dataclass(frozen=True)
class FoundPage:
    """All that was found on a page."""

    lines: tuple[FoundLine, ...]
    rules: tuple[FoundRule, ...] = ()
    areas: tuple[FoundArea, ...] = ()
