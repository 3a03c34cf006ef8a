"""The invisible text of a searchable PDF: selectable where the ink is, never drawn.

Words are shown in text rendering mode 3 (ISO 32000-1, 9.3.6) in a font without ink, each turned
along its baseline and stretched to the width of its ink. ActualText (14.9.4) says what stands there
where the letters alone would mislead a reader:

- A word broken at a line's end is whole where it begins, so that a search finds it.
- A line that climbs or falls by more than its letters are high is one span with the line's text.
  Readers that rebuild lines from the heights of words (poppler) would mix it with its neighbours.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gsaocr.formats.hyphens import joined
from gsaocr.formats.markup import number
from gsaocr.formats.pdf_file import Matrix, text_string
from gsaocr.formats.pdf_font import ADVANCE, ASCENT, DESCENT, LayerFont
from gsaocr.formats.pdf_word_place import LEVEL, PlacedWord, placed_word
from gsaocr.page.document import Line, Page, Point, Word

_WITHIN_ONE_LINE = 0.45
"""Of the font's size: words whose heights differ by less are in one line to poppler (0.5 there)."""

_FLATTENED = 0.9
"""Of the font's size: a line that climbs or falls by less is flattened until it is one line to
poppler; no word moves by more than a quarter of the size. The others become spans."""

_ALIKE = 0.2
"""Lines of a region whose sizes differ by a smaller share get one size: letters with and without
stems differ so, and readers that build columns (poppler) part lines whose sizes differ by 5 %."""

_LINE, _WORD = "/Span", "/Word"
"""Tags of marked content. Poppler heeds the ActualText of /Span alone, and joins broken words by
itself; PDFium heeds that of any tag, the innermost one."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A word and what it is to be read as, where that isn't its own letters."""

    word: Word
    letters: list[str]  # one string for each character
    instead: str | None = None


def text_layer(
    page: Page, font: LayerFont, resource: str, to_user: Matrix, wanted: Callable[[Word], bool]
) -> bytes:
    """The content stream that shows a page's words.

    ``to_user`` takes pixels of the page's image to the page's user space, ``resource`` is the
    font's name among the page's resources, ``wanted`` leaves words out.
    """
    shown = []
    for region in page.regions:
        rows = [
            (words, [placed_word(each.word, line.baseline) for each in words])
            for line, words in _read_whole(region.lines, wanted)
        ]
        sizes = [_size(placed) for _, placed in rows]
        for (words, placed), size in zip(rows, _evened(sizes), strict=True):
            shown += _line(words, placed, size, font, resource, to_user)
    return ("BT\n3 Tr\n" + "\n".join(shown) + "\nET\n").encode() if shown else b""


def _shown(word: Word) -> _Shown:
    return _Shown(word, [character.text for character in word.characters])


def _read_whole(
    lines: tuple[Line, ...], wanted: Callable[[Word], bool]
) -> Iterator[tuple[Line, list[_Shown]]]:
    """The lines with their wanted words; words that are broken between them are read whole."""
    rows = [(line, [_shown(word) for word in line.words if wanted(word)]) for line in lines]
    rows = [(line, words) for line, words in rows if words]
    for index, (line, words) in enumerate(rows):
        following = rows[index + 1] if index + 1 < len(rows) else None
        if following and words[-1].word is line.words[-1] and words[-1].instead is None:
            after, tails = following
            whole = joined(words[-1].word.text, tails[0].word.text)
            if whole is not None and tails[0].word is after.words[0]:
                # Of all hyphens readers know this one as the end of a broken word.
                letters = [*words[-1].letters[:-1], "-"]
                words[-1] = replace(words[-1], letters=letters, instead=whole)
                tails[0] = replace(tails[0], instead=" ")  # PDFium: no letter, yet not empty
        yield line, words


def _size(placed: list[PlacedWord]) -> float:
    """The size in pixels of a font whose letters are as high as the ink of a line's words."""
    ascent = max(max(p.ascent for p in placed), 1.0)
    descent = max(max(p.descent for p in placed), 0.0)
    # A baseline that misses the ink must not blow the letters up.
    return min(max(ascent / ASCENT, descent / DESCENT), 1.3 * (ascent + descent))


def _evened(sizes: list[float]) -> list[float]:
    """The middle one instead of each size that differs little from it."""
    if not sizes:
        return sizes
    middle = statistics.median_low(sizes)
    return [middle if abs(size - middle) < _ALIKE * middle else size for size in sizes]


def _line(
    words: list[_Shown],
    placed: list[PlacedWord],
    size: float,
    font: LayerFont,
    resource: str,
    to_user: Matrix,
) -> list[str]:
    """What shows a line; ``size`` is the font's, in pixels."""
    a, b, c, d, e, f = to_user
    scale = math.sqrt(abs(a * d - b * c))
    climb = _climb(placed)
    as_span = climb > _FLATTENED * size or any(_leans(p) for p in placed)
    if not as_span and climb > _WITHIN_ONE_LINE * size:
        placed = _flattened(placed, _WITHIN_ONE_LINE * size / climb)
    font_size = f"/{resource} {number(size * scale, 3)} Tf"

    def at(start: Point, direction: Point) -> str:
        (x, y), (dx, dy) = start, direction
        cosine, sine = (a * dx + c * dy) / scale, (b * dx + d * dy) / scale
        turn = " ".join(number(value, 5) for value in (cosine, sine, -sine, cosine))
        place = " ".join(number(value, 3) for value in (a * x + c * y + e, b * x + d * y + f))
        return f"{turn} {place} Tm"

    own = "" if as_span else None
    shown = []
    for index, (p, each) in enumerate(zip(placed, words, strict=True)):
        instead = own if each.instead is None else each.instead
        stretch = f"{_stretch(p.length, len(each.letters), size)} Tz"
        drawn = f"{at(p.start, p.direction)} {stretch} {font.encoded(each.letters)} Tj"
        shown.append(_marked(_WORD, instead, drawn))
        if index + 1 < len(placed):
            gap = _along(p, placed[index + 1].start) - p.length
            space = f"{_stretch(gap, 1, size)} Tz {font.encoded([' '])} Tj"
            shown.append(_marked(_WORD, own, space))
    if not as_span:
        return [font_size, *shown]
    # The next line may begin as high as this one ends. A space beyond the end and above the
    # beginning keeps them apart for readers that go by heights (PDFium, pypdf).
    first, last = placed[0], placed[-1]
    beyond = _along(first, last.start) + last.length
    (dx, dy), (x, y) = _upright(first.direction), first.start
    end = (x + dx * beyond + dy * size, y + dy * beyond - dx * size)
    space = f"{at(end, first.direction)} 100 Tz {font.encoded([' '])} Tj"
    shown.append(_marked(_WORD, own, space))
    text = " ".join("".join(each.letters) for each in words)
    return [font_size, _marked(_LINE, text, "\n".join(shown))]


def _along(p: PlacedWord, point: Point) -> float:
    """How far a point lies from a word's beginning in its direction, in pixels."""
    return (point[0] - p.start[0]) * p.direction[0] + (point[1] - p.start[1]) * p.direction[1]


def _marked(tag: str, text: str | None, content: str) -> str:
    """Content that is read as ``text``; an empty one is its own letters to PDFium."""
    if text is None:
        return content
    string = text_string(text) if text else "()"
    return f"{tag} << /ActualText {string} >> BDC\n{content}\nEMC"


def _upright(direction: Point) -> Point:
    """The nearest quarter turn."""
    if abs(direction[0]) >= abs(direction[1]):
        return math.copysign(1.0, direction[0]), 0.0
    return 0.0, math.copysign(1.0, direction[1])


def _across(p: PlacedWord) -> int:
    """Which coordinate of a word's place is its height: 1 (y) of text that runs left or right."""
    return 1 if abs(p.direction[0]) >= abs(p.direction[1]) else 0


def _leans(p: PlacedWord) -> bool:
    return abs(p.direction[_across(p)]) > math.sin(LEVEL)


def _climb(placed: list[PlacedWord]) -> float:
    """By how many pixels the heights of a line's words differ."""
    heights = [p.start[_across(placed[0])] for p in placed]
    return max(heights) - min(heights)


def _flattened(placed: list[PlacedWord], share: float) -> list[PlacedWord]:
    """The words nearer to the middle of their heights, which differ by a share of what they did."""
    axis = _across(placed[0])
    heights = [p.start[axis] for p in placed]
    middle = (min(heights) + max(heights)) / 2
    moved = []
    for p, height in zip(placed, heights, strict=True):
        new = middle + share * (height - middle)
        start = (p.start[0], new) if axis == 1 else (new, p.start[1])
        moved.append(replace(p, start=start))
    return moved


def _stretch(length: float, count: int, size: float) -> str:
    """Per cent by which so many glyphs are stretched to a length."""
    return number(min(max(100 * length / (count * ADVANCE * size), 1.0), 10_000.0), 3)
