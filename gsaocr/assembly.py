"""From readings of line images to the document model: letters get their place on the page."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from gsaocr.page.document import Box, Character, Line, Point, Polygon, Word
from gsaocr.page.page_layout import LayoutCell, LayoutLine
from gsaocr.recognizer.reading import Letter, Reading, word_confidence

_ASCENDER = 0.65  # x-heights above the x-height line that a letter's box may reach
_DESCENDER = 0.4  # x-heights below the baseline

_RULES = frozenset("-–—−_=~*+#")  # signs that rules are typed with
_LONG_RULE = 8  # such signs
_DOUBLE_RULE = 5  # the same of signs that no text has in a row
_OF_TEXT = frozenset("-–—−_")  # in a row they may stand for what is left out
_LIKE_RULES = _RULES | set(".:·")  # what some of a row may have been read as
_LIKE_STARS = _LIKE_RULES | set("XKxk")

_SHORT = 3  # letters; a cell of more holds text
_NOISE = 0.6  # confidence below which a shorter one is dirt that looks like letters,
_NOISE_DIGITS = 0.2  # and below which a number is: pages have numbers that stand alone
_INITIAL = 1.5  # x-heights of the line; a larger letter before it is an initial

Quad = tuple[Point, Point, Point, Point]
"""Corners of a line image on the page: start above, end above, end below, start below."""


def line_of_cells(line: LayoutLine, readings: Sequence[Reading]) -> Line | None:
    """Return a line from the readings of its cells, in order; None if it has no text.

    A rule is no text, whether it is drawn or typed, nor is dirt; but where a file or a user says
    that there is a line, something is.

    Args:
        line: where the cells are, the way up that was read.
        readings: one for each cell; their letters' places are pixels of the cell's image.
    """
    lettered = [pair for pair in zip(line.cells, readings, strict=True) if pair[1].letters]
    read = [pair for pair in lettered if not _is_noise(*pair, line)]
    if line.given and not read:
        read = lettered
    words: list[Word] = []
    for cell, reading in read:
        words += _words(reading, _band(cell), _length(cell.polygon), cell.box)
    if not words or (not line.given and is_typed_rule("".join(word.text for word in words))):
        return None
    first, last = read[0][0], read[-1][0]
    return Line(
        words=tuple(words),
        box=line.box,
        polygon=line.polygon,
        baseline=line.baseline or (first.baseline[0], last.baseline[1]),
        orientation=line.orientation,
        orientation_margin=max(reading.margin for _, reading in read),
        confidence=min(word.confidence for word in words),
        x_height=max(cell.x_height for cell, _ in read),
        confirmed=_all_confirmed(reading for _, reading in read),
    )


def _is_noise(cell: LayoutCell, reading: Reading, line: LayoutLine) -> bool:
    """Return whether a cell is dust, a fold, a pen's stroke: few letters, and those in doubt."""
    if len(reading.letters) > _SHORT:
        return False
    limit = _NOISE_DIGITS if reading.text.isdecimal() else _NOISE
    others = [other.x_height for other in line.cells if other is not cell]
    initial = bool(others) and cell.x_height > _INITIAL * max(others)
    return reading.confidence < limit and not initial


def is_typed_rule(text: str) -> bool:
    """Return whether a text without spaces is a rule typed across the page: a row of one sign."""
    if not text:
        return False
    sign, times = Counter(text).most_common(1)[0]
    like = sum(char in (_LIKE_STARS if sign == "*" else _LIKE_RULES) for char in text)
    least = _LONG_RULE if sign in _OF_TEXT else _DOUBLE_RULE
    row = times >= max(least, 0.5 * len(text)) and like >= 0.8 * len(text)
    return sign in _RULES and row


def _words(reading: Reading, quad: Quad, length: float, within: Box) -> list[Word]:
    return [_word(letters, quad, length, within) for letters in reading.words]


def _word(letters: Sequence[Letter], quad: Quad, length: float, within: Box) -> Word:
    characters: list[Character] = []
    for letter in letters:
        box = _place(letter, quad, length, within)
        if characters and unicodedata.combining(letter.text):
            below = characters[-1]
            characters[-1] = Character(
                below.text + letter.text,
                Box.union((below.box, box)),
                below.confidence * letter.confidence,
            )
        else:
            characters.append(Character(letter.text, box, letter.confidence))
    confidence = word_confidence(tuple(letters))
    return Word(tuple(characters), Box.union(c.box for c in characters), confidence)


def _place(letter: Letter, quad: Quad, length: float, within: Box) -> Box:
    """Return the part of a line image between a letter's ends, on the page."""
    above, below = (quad[0], quad[1]), (quad[3], quad[2])
    points = [
        _between(a, b, min(x / length, 1.0))
        for a, b in (above, below)
        for x in (letter.start, letter.end)
    ]
    box = Box.around(points)

    def inside(value: float, low: float, high: float) -> float:
        return min(max(value, low), high)

    return Box(
        inside(box.x0, within.x0, within.x1),
        inside(box.y0, within.y0, within.y1),
        inside(box.x1, within.x0, within.x1),
        inside(box.y1, within.y0, within.y1),
    )


def _band(cell: LayoutCell) -> Quad:
    """Return the strip from ascenders to descenders, as long as the cell's image."""
    if cell.x_height <= 0:
        above_start, above_end, below_end, below_start = cell.polygon
        return above_start, above_end, below_end, below_start
    bx0, by0 = cell.baseline[0]
    tx0, ty0 = cell.topline[0]
    rise = max(math.hypot(tx0 - bx0, ty0 - by0), 1e-6)
    up = ((tx0 - bx0) / rise, (ty0 - by0) / rise)
    # The image's ends lie a little before and after the baseline's.
    start, end = _shadow(cell.polygon, cell.baseline)

    def lifted(point: Point, by: float) -> Point:
        return (point[0] + up[0] * by, point[1] + up[1] * by)

    top, bottom = rise + _ASCENDER * cell.x_height, -_DESCENDER * cell.x_height
    return (lifted(start, top), lifted(end, top), lifted(end, bottom), lifted(start, bottom))


def _shadow(polygon: Polygon, baseline: tuple[Point, Point]) -> tuple[Point, Point]:
    """Return the points of the baseline's line that lie below the ends of the image."""
    (x0, y0), (x1, y1) = baseline
    length = max(math.hypot(x1 - x0, y1 - y0), 1e-6)
    along = ((x1 - x0) / length, (y1 - y0) / length)
    ends = []
    for px, py in polygon[:2]:
        reach = (px - x0) * along[0] + (py - y0) * along[1]
        ends.append((x0 + along[0] * reach, y0 + along[1] * reach))
    return ends[0], ends[1]


def _length(polygon: Polygon) -> float:
    (x0, y0), (x1, y1) = polygon[0], polygon[1]
    return max(math.hypot(x1 - x0, y1 - y0), 1e-6)


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def _all_confirmed(readings: Iterable[Reading]) -> bool | None:
    votes = [reading.confirmed for reading in readings]
    return None if None in votes else all(votes)
