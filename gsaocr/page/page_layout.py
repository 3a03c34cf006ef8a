"""Where text is on a page: the one type that everything to be read becomes.

A layout may be found on the page (:mod:`gsaocr.page.layout`), given by a PAGE or ALTO file
(:mod:`gsaocr.page.given`) or be that of an image of one line (:func:`lone_line_layout`). What it
leaves open, lines without cells and regions without lines, is filled in by
:mod:`gsaocr.page.completion` before it is read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.document import Box, Point, Polygon, Quarter, RegionKind
from gsaocr.page.line_course import LineCourse

KnownDirection = Literal["upright", "axis", "nothing"]
"""What is known of the direction of a layout's lines: all of it; all but which of the two ends they
begin at; nothing (each line may stand in any quarter turn)."""


QUARTERS: tuple[Quarter, ...] = (0, 90, 180, 270)


class CropSource(Protocol):
    """What the images of cells are cut from."""

    def crop(self, polygon: Polygon, owner: int) -> NDArray[np.uint8]:
        """Return the image within a cell's four corners: uint8 (height, width), level."""


@dataclass(frozen=True, slots=True)
class LayoutCell:
    """A piece of a line that is read at once: the whole line, unless it has wide gaps.

    The letters stand in the band between ``baseline`` and ``topline``, the latter at x-height or,
    where the cell has capitals or figures only, at their height. Points are on the page.
    """

    box: Box
    polygon: Polygon  # clockwise from the corner at the start of the text and above it
    baseline: tuple[Point, Point]
    topline: tuple[Point, Point]
    x_height: float  # pixels; 0 = unknown: the letters fill the polygon
    source: CropSource = field(repr=False, compare=False)
    owner: int = 0  # number of the cell's ink in its source
    pieces: int = 0  # of ink that it consists of
    score: float | None = None  # the finder's probability that it is text; None: it was told

    def crop(self) -> NDArray[np.uint8]:
        """Return the cell's image: uint8 (height, width), level, at the page's resolution."""
        return self.source.crop(self.polygon, self.owner)

    def turned(self) -> LayoutCell:
        """Return the cell if its text is the other way up."""
        return replace(
            self,
            polygon=self.polygon[2:] + self.polygon[:2],
            baseline=self.topline[::-1],
            topline=self.baseline[::-1],
        )


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """Cells side by side, in reading order; none if they are still to be looked for."""

    cells: tuple[LayoutCell, ...]
    box: Box
    polygon: Polygon
    orientation: Quarter = 0  # as found or given: the other way up is the reader's to say
    baseline: tuple[Point, ...] = ()  # as a file gives it, from its first point to its last
    text: str = ""  # as a file gives it
    name: str = ""  # the line's id in its file
    given: bool = False  # by a file or a user: nothing in it is taken for dirt
    course: LineCourse | None = field(default=None, repr=False, compare=False)  # if known

    def turned(self) -> LayoutLine:
        """Return the line if its text is the other way up."""
        opposite: Quarter = (self.orientation + 180) % 360  # type: ignore[assignment]
        half = len(self.polygon) // 2 if len(self.polygon) == 4 else 0
        return replace(
            self,
            cells=tuple(cell.turned() for cell in self.cells[::-1]),
            polygon=self.polygon[half:] + self.polygon[:half],
            orientation=opposite,
            course=self.course.turned() if self.course else None,
        )


@dataclass(frozen=True, slots=True)
class LayoutRegion:
    """Lines that belong together; none if they are still to be found within the polygon."""

    lines: tuple[LayoutLine, ...]
    box: Box
    polygon: Polygon = ()
    kind: RegionKind | None = None  # as a file says; None: told from what is read


MOST_CELLS = 20_000
"""Cells of a page: a broadsheet has some two thousand lines; more are a pattern, or noise."""


class TooManyCells(ValueError):
    """A layout has more cells than a page may have."""


@dataclass(frozen=True, slots=True)
class PageLayout:
    """Where text is on a page: regions, their lines and cells in reading order.

    Raises :class:`TooManyCells` beyond :data:`MOST_CELLS`; a line without cells counts as one.
    """

    regions: tuple[LayoutRegion, ...]
    orientation: Quarter = 0  # of most of its lines
    skew: float = 0.0  # degrees clockwise by which lines deviate from ``orientation``
    known: KnownDirection = "axis"
    given: bool = False  # by a file or a user: its order is kept

    def __post_init__(self) -> None:
        count = sum(max(1, len(line.cells)) for line in self.lines)
        if count > MOST_CELLS:
            raise TooManyCells(f"has {count:,} pieces of text, more than {MOST_CELLS:,}")

    @property
    def lines(self) -> tuple[LayoutLine, ...]:
        """All lines in reading order."""
        return tuple(line for region in self.regions for line in region.lines)

    @property
    def cells(self) -> tuple[LayoutCell, ...]:
        """All cells in reading order."""
        return tuple(cell for line in self.lines for cell in line.cells)

    @property
    def complete(self) -> bool:
        """Whether every region has its lines and every line its cells."""
        return all(region.lines for region in self.regions) and all(
            line.cells for line in self.lines
        )

    def turned(self, orientations: Collection[Quarter] = QUARTERS) -> PageLayout:
        """Return the layout with the lines of these orientations the other way up.

        A found layout whose own orientation is among them is also read from its other end.
        """
        reverse = self._read_from_the_end(orientations)
        regions = []
        for region in self.regions:
            lines = tuple(
                line.turned() if line.orientation in orientations else line for line in region.lines
            )
            regions.append(replace(region, lines=lines[::-1] if reverse else lines))
        own = self.orientation
        if own in orientations:
            own = (own + 180) % 360  # type: ignore[assignment]
        return replace(self, regions=tuple(regions[::-1] if reverse else regions), orientation=own)

    def order_turned(self, orientations: Collection[Quarter] = QUARTERS) -> list[int]:
        """Return the present numbers of the cells in the order of :meth:`turned`."""
        numbers = iter(range(len(self.cells)))
        lines = []
        for line in self.lines:
            own = [next(numbers) for _ in line.cells]
            lines.append(own[::-1] if line.orientation in orientations else own)
        if self._read_from_the_end(orientations):
            lines.reverse()
        return [number for own in lines for number in own]

    def _read_from_the_end(self, turning: Collection[Quarter]) -> bool:
        return not self.given and self.orientation in turning


LONE_BASELINE = 0.75
"""Of the height: where a baseline lies in an image cut close around a line."""


@dataclass(frozen=True, slots=True)
class WholeImage:
    """The source of a line image: it is read as it is."""

    grey: NDArray[Any]  # uint8 (height, width)

    def crop(self, polygon: Polygon, owner: int) -> NDArray[np.uint8]:
        """Return the image itself."""
        return self.grey


def lone_line_layout(
    grey: NDArray[Any], known: KnownDirection = "nothing", orientation: Quarter = 0
) -> PageLayout:
    """Return the layout of an image, uint8 (height, width), that holds one line and nothing else.

    Args:
        grey: the image.
        known: ``upright``, or ``nothing`` if the line may stand in any quarter turn.
        orientation: by which its text lies turned, once that is known.
    """
    height, width = grey.shape
    box = Box(0.0, 0.0, float(width), float(height))
    quarters = orientation // 90
    turned = box.polygon[quarters:] + box.polygon[:quarters]
    (x0, y0), (x1, y1), _, (x3, y3) = turned
    down = ((x3 - x0) * LONE_BASELINE, (y3 - y0) * LONE_BASELINE)
    baseline = ((x0 + down[0], y0 + down[1]), (x1 + down[0], y1 + down[1]))
    cell = LayoutCell(box, turned, baseline, (turned[0], turned[1]), 0.0, WholeImage(grey))
    line = LayoutLine((cell,), box, box.polygon, orientation, given=True)
    region = LayoutRegion((line,), box, box.polygon, "text")
    return PageLayout((region,), orientation, known=known, given=True)
