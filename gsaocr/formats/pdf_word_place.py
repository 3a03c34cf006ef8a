"""Where a word of a text layer begins and how it runs: on its line's baseline, over its ink."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from gsaocr.page.document import Point, Word

LEVEL = math.radians(2.5)
"""Up to this angle words are set level, each on the height of its own piece of the baseline:
readers that split words where the baseline moves (poppler, half a point) take others apart."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on its baseline, in pixels."""

    word: Word
    start: Point
    direction: Point  # of the text, of length 1
    length: float
    ascent: float  # of its ink above the baseline
    descent: float


def placed_word(word: Word, baseline: tuple[Point, ...]) -> PlacedWord:
    """Where a word stands on its line's baseline, from its upright box.

    A text of length l and height t, turned by an angle, has a box of width l |cos| + t |sin| and
    height l |sin| + t |cos|; solved for l and t.
    """
    box = word.box
    centre = (box.x0 + box.width / 2, box.y0 + box.height / 2)
    foot, (dx, dy) = _nearest(centre, baseline)
    for level in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
        if dx * level[0] + dy * level[1] > math.cos(LEVEL):
            dx, dy = level
    cosine, sine = abs(dx), abs(dy)
    spread = cosine**2 - sine**2
    length = box.width * cosine + box.height * sine
    height = box.width * sine + box.height * cosine
    if abs(spread) > 0.2:
        solved = (box.width * cosine - box.height * sine) / spread
        across = (box.height * cosine - box.width * sine) / spread
        if solved > 0 and across > 0:
            length, height = solved, across
    length, height = max(length, 0.1), max(height, 0.1)
    above = (centre[0] - foot[0]) * dy - (centre[1] - foot[1]) * dx
    start = (foot[0] - dx * length / 2, foot[1] - dy * length / 2)
    return PlacedWord(word, start, (dx, dy), length, above + height / 2, height / 2 - above)


def _nearest(point: Point, baseline: tuple[Point, ...]) -> tuple[Point, Point]:
    """The foot of a point on the nearest straight piece of a baseline, and that piece's direction.

    The first and the last piece go on beyond their ends.
    """
    best: tuple[float, Point, Point] | None = None
    pieces = list(itertools.pairwise(baseline))
    for index, ((x0, y0), (x1, y1)) in enumerate(pieces):
        length = math.hypot(x1 - x0, y1 - y0)
        if length < 1e-9:
            continue
        direction = ((x1 - x0) / length, (y1 - y0) / length)
        along = (point[0] - x0) * direction[0] + (point[1] - y0) * direction[1]
        low = -math.inf if index == 0 else 0.0
        high = math.inf if index == len(pieces) - 1 else length
        along_piece = min(max(along, low), high)
        # Words stand off the piece only by their height; what lies beyond its end is farther.
        beyond = abs(along - min(max(along, 0.0), length))
        foot = (x0 + along_piece * direction[0], y0 + along_piece * direction[1])
        distance = math.hypot(point[0] - foot[0], point[1] - foot[1]) + beyond
        if best is None or distance < best[0]:
            best = (distance, foot, direction)
    if best is None:
        return baseline[0], (1.0, 0.0)
    return best[1], best[2]
