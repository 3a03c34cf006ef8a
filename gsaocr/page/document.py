"""What was read from a document: pages, regions, lines, words, characters.

Every output is written from this tree, and the tree knows no output format. Coordinates are pixels
of the input image as a viewer shows it (after its EXIF rotation), x to the right, y downwards,
a pixel (i, j) covering [i, i + 1) x [j, j + 1). Lists are in reading order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

Point = tuple[float, float]
"""(x, y)."""

Polygon = tuple[Point, ...]
"""Corners in order, not closed: the last is joined to the first."""

Quarter = Literal[0, 90, 180, 270]
"""Degrees clockwise by which text lies turned in the image: 0 reads to the right, 90 downwards."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle [x0, x1) x [y0, y1) in pixels; x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.x0, self.y0, self.x1, self.y1))

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def polygon(self) -> Polygon:
        """The four corners, clockwise from the top left."""
        return ((self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1))

    def overlap(self, other: Box) -> float:
        """Square pixels that both boxes cover."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0.0, width) * max(0.0, height)

    @classmethod
    def around(cls, points: Iterable[Point]) -> Box:
        """The smallest box that holds all points; ValueError if there are none."""
        xs, ys = zip(*points, strict=True)
        return cls(min(xs), min(ys), max(xs), max(ys))

    @classmethod
    def union(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all boxes; ValueError if there are none."""
        corners = [point for box in boxes for point in ((box.x0, box.y0), (box.x1, box.y1))]
        return cls.around(corners)


@dataclass(frozen=True, slots=True)
class Character:
    """One character that was read; its text may hold combining marks."""

    text: str
    box: Box
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space."""

    characters: tuple[Character, ...]
    box: Box
    confidence: float  # 0 to 1; how it follows from the characters is the recognizer's statement

    @property
    def text(self) -> str:
        """The characters joined."""
        return "".join(character.text for character in self.characters)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, or one row of a table or receipt whose cells were read one by one."""

    words: tuple[Word, ...]
    box: Box
    polygon: Polygon
    baseline: tuple[Point, ...]  # from the first letter to the last, at least two points
    orientation: Quarter  # of the text in the image
    orientation_margin: float  # log-probability by which this quarter beats the next; 0 = unknown
    confidence: float  # 0 to 1
    x_height: float = 0.0  # pixels; 0 = unknown
    confirmed: bool | None = None  # whether the text decoder agreed with the draft; None: not asked

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)


RegionKind = Literal["text", "heading", "page-number", "margin", "table"]


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that belong together: a column's part, a heading, a note."""

    lines: tuple[Line, ...]
    box: Box
    polygon: Polygon
    kind: RegionKind = "text"

    @property
    def text(self) -> str:
        """The lines that hold text, one under the other."""
        return "\n".join(text for line in self.lines if (text := line.text))


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read; its regions are in reading order."""

    width: int  # pixels, as displayed
    height: int
    regions: tuple[Region, ...]
    source: str = ""  # file name as given by the user, "-" for standard input
    number: int = 1  # counts from 1 within the file
    orientation: Quarter = 0  # of most text in the image
    orientation_margin: float = 0.0  # the vote's lead, summed over lines; 0 = unknown
    skew: float = 0.0  # degrees clockwise by which lines deviate from ``orientation``
    dpi: float | None = None
    adapter: str = ""  # the page was read with; empty: the base alone, or nobody says
    notes: tuple[str, ...] = ()  # what whoever uses it should know: ink that was left unread, say

    @property
    def box(self) -> Box:
        """The whole page."""
        return Box(0.0, 0.0, float(self.width), float(self.height))

    @property
    def lines(self) -> Iterator[Line]:
        """All lines in reading order."""
        return (line for region in self.regions for line in region.lines)

    @property
    def words(self) -> Iterator[Word]:
        """All words in reading order."""
        return (word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """The regions that hold text, an empty line between them."""
        return "\n\n".join(text for region in self.regions if (text := region.text))


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of one input, and what they were read with."""

    pages: Sequence[Page]  # a tuple, or pages that are kept in a file until asked for
    source: str = ""
    provenance: dict[str, str] = field(
        default_factory=dict
    )  # version, model hash, adapter, options

    @property
    def text(self) -> str:
        """The pages' texts, a form feed between them."""
        return "\f".join(page.text for page in self.pages)

    def words(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each word, as tables take them: page, region, line, text, box, ..."""
        for page in self.pages:
            for block, region in enumerate(page.regions, 1):
                for row, line in enumerate(region.lines, 1):
                    for word in line.words:
                        x0, y0, x1, y1 = word.box
                        yield {
                            "page": page.number,
                            "region": block,
                            "kind": region.kind,
                            "line": row,
                            "text": word.text,
                            "confidence": word.confidence,
                            "x0": x0,
                            "y0": y0,
                            "x1": x1,
                            "y1": y1,
                        }

    def to_dict(self) -> dict[str, Any]:
        """Return what the JSON output holds, as values of Python."""
        content: dict[str, Any] = _writers().as_dict(self)
        return content

    def save(self, path: str | Path, original: str | Path | None = None) -> Path:
        """Write the document in the format that the path's ending names; return the path.

        Args:
            path: ends in .txt, .json, .tsv, .hocr, .alto.xml, .page.xml or .pdf. A file that is
                there is replaced.
            original: the file that was read, which a PDF shows; None: the document's source.

        Raises:
            OutputError: the file can't be written.
            UsageError: no format has this ending, or the format holds one page and there are more.
        """
        written: Path = _writers().save(self, Path(path), Path(original) if original else None)
        return written


def _writers() -> Any:
    """The module that writes documents: by name, since it stands above this one."""
    return import_module("gsaocr.formats.saving")


def with_pages(provenance: Mapping[str, str], pages: Iterable[Page]) -> dict[str, str]:
    """Return a document's provenance with what is said of its pages.

    These are the adapters that they were really read with, if any was asked for, and their notes.
    Where pages differ, each is named with its pages: "fraktur (1-3, 5), none (4)".
    """
    told = dict(provenance)
    adapters: dict[str, list[int]] = {}
    notes: dict[str, list[int]] = {}
    count = 0
    for count, page in enumerate(pages, 1):  # noqa: B007
        adapters.setdefault(page.adapter or "none", []).append(page.number)
        for note in page.notes:
            notes.setdefault(note, []).append(page.number)
    if "adapter" in told:
        told["adapter"] = _with_numbers(adapters, count) or "none"
    if notes:
        told["notes"] = _with_numbers(notes, count)
    return told


def _with_numbers(numbers: Mapping[str, list[int]], count: int) -> str:
    """Write what is said of a document's pages, and of which unless it holds for all of them."""
    return ", ".join(
        name if len(own) == count else f"{name} ({_ranges(own)})" for name, own in numbers.items()
    )


def _ranges(numbers: Iterable[int]) -> str:
    """Write numbers that rise as "1-3, 5"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
