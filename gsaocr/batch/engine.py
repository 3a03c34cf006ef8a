"""Inputs in, events out: the part of a run that reads.

An engine takes works one by one and yields what becomes of them, in their order. This one reads in
its own process; ``jobs`` and ``gsaocr.engines`` hand works to other processes, which run it too.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from gsaocr.batch.pages import PageSettings, Work, pages_of
from gsaocr.errors import GsaocrError, InputError
from gsaocr.memory import give_back
from gsaocr.page.document import Box, Page, Region
from gsaocr.page.load import PageImage
from gsaocr.page.pieces import Piece, box_piece, polygon_piece, put_back, whole_page


class PageReader(Protocol):
    """What the engine needs of a reader."""

    @property
    def provenance(self) -> Mapping[str, str]:
        """What documents say they were read with."""

    def read_pages(self, images: Iterable[PageImage]) -> Iterator[Page]:
        """Yield a page for each image, in order; images may be taken ahead."""

    def read_line_images(self, images: Iterable[PageImage]) -> Iterator[Page]:
        """Yield a page for each image of a single line, in order."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page of an input is read."""

    index: int
    page: Page


@dataclass(frozen=True, slots=True)
class InputDone:
    """All pages of an input were yielded."""

    index: int


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page of an input can't be read; others may follow."""

    index: int
    number: int
    error: Exception


@dataclass(frozen=True, slots=True)
class InputFailed:
    """An input can't be read (further)."""

    index: int
    error: Exception


_IDENTITY = np.array([[1.0, 0, 0], [0, 1.0, 0]])

Event = PageRead | PageFailed | InputDone | InputFailed

Stop = Callable[[], bool]
"""Whether no further page shall be begun."""


@dataclass(slots=True)
class _Pieces:
    """A page on its way: the pieces that are read one by one."""

    index: int
    image: PageImage
    pieces: list[Piece]
    read: list[Page] = field(default_factory=list)

    def page(self) -> Page:
        """The page, when all pieces are read."""
        if len(self.pieces) == 1 and self.pieces[0].image is self.image:
            return self.read[0]
        regions = [
            put_back(region, piece.to_page)
            for piece, page in zip(self.pieces, self.read, strict=True)
            for region in page.regions
        ]
        return whole_page(self.image, tuple(regions), self.read[0])


_Loaded = PageImage | Page | PageFailed | InputDone | InputFailed


class PageEngine:
    """Reads works one after the other, several pages at once if the reader wants it so."""

    def __init__(self, reader: PageReader, settings: PageSettings, stop: Stop) -> None:
        self._reader = reader
        self._settings = settings
        self._stop = stop
        self._waiting: deque[Event | _Pieces] = deque()

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        """Yield the events of all works, or of those that were begun before the stop."""
        images = self._images(iter(works))
        while True:
            try:
                for page in self._read_images(images):
                    give_back()
                    yield from self._arrived(page)
            except Exception:
                if not any(isinstance(each, _Pieces) for each in self._waiting):
                    raise
                yield from self._one_by_one()
                continue
            yield from self._ready()
            return

    def _read_images(self, images: Iterator[PageImage]) -> Iterator[Page]:
        if self._settings.line:
            return self._reader.read_line_images(images)
        return self._reader.read_pages(images)

    def _images(self, works: Iterator[Work]) -> Iterator[PageImage]:
        """The images of all works; what else becomes of them is put into the queue on the way."""
        for work in works:
            pages = self._pages_of(work)
            page = next(pages)
            while not isinstance(page, InputDone | InputFailed):
                if isinstance(page, PageFailed):
                    self._waiting.append(page)
                    page = next(pages)
                    continue
                if self._stop():
                    return
                # One page ahead, so that the last one is known for the last when it is read.
                following: _Loaded | None = next(pages)
                try:
                    waiting = self._prepared(work, page)
                except GsaocrError as error:
                    waiting, following = InputFailed(work.index, error), None
                self._waiting.append(waiting)
                if isinstance(following, InputDone | InputFailed):
                    self._waiting.append(following)
                if isinstance(waiting, _Pieces):
                    yield from (piece.image for piece in waiting.pieces)
                if following is None or isinstance(following, InputDone | InputFailed):
                    break
                page = following
            else:
                self._waiting.append(page)
            if self._stop():
                return

    def _pages_of(self, work: Work) -> Iterator[_Loaded]:
        """The pages of a work, and at last how it ended."""
        broken: deque[PageFailed] = deque()

        def tell(number: int, error: InputError) -> None:
            broken.append(PageFailed(work.index, number, error))

        load = replace(self._settings.load, broken=tell)
        try:
            for page in pages_of(work, replace(self._settings, load=load)):
                while broken:
                    yield broken.popleft()
                yield page
            yield from broken
        except GsaocrError as error:
            yield InputFailed(work.index, error)
        except MemoryError:
            cause = "doesn't fit in memory"
            yield InputFailed(work.index, InputError(work.name, cause, "make its pages smaller"))
        else:
            yield InputDone(work.index)

    def _prepared(self, work: Work, page: PageImage | Page) -> _Pieces | PageRead | InputFailed:
        if isinstance(page, Page):
            return PageRead(work.index, page)
        if self._settings.layout:
            return self._given(work, page)
        if self._settings.region is not None:
            return _Pieces(work.index, page, [box_piece(page, self._settings.region)])
        return _Pieces(work.index, page, [Piece(page, _IDENTITY)])

    def _given(self, work: Work, image: PageImage) -> _Pieces | PageRead:
        """A page whose layout is given: its lines are read at once, its regions like pages."""
        from gsaocr.page.layout_xml import layout_beside, read_layout

        path = layout_beside(work.path, image.number)
        given = read_layout(path, image.width, image.height, image.number)
        if any(region.lines for region in given):
            regions = []
            for region in given:
                lines = []
                for line in region.lines:
                    direction = _direction(line.baseline)
                    piece = polygon_piece(image, line.polygon, direction)
                    for page in self._reader.read_line_images([piece.image] if piece else []):
                        for read in page.lines:
                            assert piece is not None
                            whole = Region((read,), read.box, read.polygon)
                            placed = put_back(whole, piece.to_page).lines[0]
                            baseline = line.baseline or placed.baseline
                            box = Box.around(line.polygon)
                            lines.append(
                                replace(placed, polygon=line.polygon, baseline=baseline, box=box)
                            )
                if lines:
                    box = Box.around(region.polygon)
                    regions.append(Region(tuple(lines), box, region.polygon, region.kind))
            return PageRead(work.index, whole_page(image, tuple(regions)))
        pieces = [
            piece for region in given if (piece := polygon_piece(image, region.polygon)) is not None
        ]
        if not pieces:
            return PageRead(work.index, whole_page(image, ()))
        return _Pieces(work.index, image, pieces)

    def _arrived(self, page: Page) -> Iterator[Event]:
        yield from self._ready()
        first = self._waiting[0]
        assert isinstance(first, _Pieces)
        first.read.append(page)
        yield from self._ready()

    def _ready(self) -> Iterator[Event]:
        """What stands at the head of the queue and waits for nothing."""
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, _Pieces):
                if len(first.read) < len(first.pieces):
                    return
                first_event: Event = PageRead(first.index, first.page())
            else:
                first_event = first
            self._waiting.popleft()
            yield first_event

    def _one_by_one(self) -> Iterator[Event]:
        """After a fault while reading several pages: find out which of them it is."""
        while self._waiting:
            first = self._waiting.popleft()
            if not isinstance(first, _Pieces):
                yield first
                continue
            try:
                rest = iter([piece.image for piece in first.pieces[len(first.read) :]])
                first.read += list(self._read_images(rest))
                yield PageRead(first.index, first.page())
            except Exception as fault:
                error = _told(fault, first.image.source)
                yield PageFailed(first.index, first.image.number, error)


def _told(fault: Exception, name: str) -> Exception:
    if isinstance(fault, MemoryError):
        return InputError(name, "doesn't fit in memory", "make its pages smaller")
    return fault


def _direction(baseline: tuple[tuple[float, float], ...]) -> float:
    """Radians clockwise by which a baseline runs off the rows of the image; 0 if not given."""
    if len(baseline) < 2:
        return 0.0
    (x0, y0), (x1, y1) = baseline[0], baseline[-1]
    return math.atan2(y1 - y0, x1 - x0) if (x0, y0) != (x1, y1) else 0.0
