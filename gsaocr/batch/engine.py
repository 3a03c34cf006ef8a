"""Inputs in, events out: the part of a run that reads.

An engine takes works one by one and yields what becomes of them, in their order. This one reads in
its own process; ``jobs`` and ``gsaocr.engines`` hand works to other processes, which run it too.
Whatever goes wrong with an input, at any step, fails that input alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from gsaocr.batch.pages import PageSettings, Work, pages_of
from gsaocr.errors import InputError
from gsaocr.memory import give_back
from gsaocr.page.document import Page
from gsaocr.page.given import layout_beside, read_layout
from gsaocr.page.load import PageImage
from gsaocr.page.page_parts import box_layout
from gsaocr.reading.page_task import PageTask, line_task


class PageReader(Protocol):
    """What the engine needs of a reader."""

    @property
    def provenance(self) -> Mapping[str, str]:
        """What documents say they were read with."""

    def read_pages(self, pages: Iterable[PageTask]) -> Iterator[Page]:
        """Yield a page for each task, in order; tasks may be taken ahead."""


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


NO_LAYOUT = "has no PAGE or ALTO file beside it: its lines were looked for"

Event = PageRead | PageFailed | InputDone | InputFailed

Stop = Callable[[], bool]
"""Whether no further page shall be begun."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A page that the reader has been given and that is not read yet."""

    index: int
    task: PageTask


class PageEngine:
    """Reads works one after the other, several pages at once if the reader wants it so."""

    def __init__(self, reader: PageReader, settings: PageSettings, stop: Stop) -> None:
        self._reader = reader
        self._settings = settings
        self._stop = stop
        self._queue: deque[Event | _Waiting] = deque()
        self._no_more_works: Exception | None = None

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        """Yield the events of all works, or of those that were begun before the stop."""
        tasks = self._tasks(iter(works))
        while True:
            try:
                for page in self._reader.read_pages(tasks):
                    give_back()
                    yield from self._settled()
                    waiting = self._queue.popleft()
                    assert isinstance(waiting, _Waiting)
                    yield PageRead(waiting.index, waiting.task.noted(page))
                    yield from self._settled()
            except Exception:
                if not any(isinstance(each, _Waiting) for each in self._queue):
                    raise  # no page is to blame
                yield from self._one_by_one()
                continue
            yield from self._settled()
            if self._queue:
                lost = sum(isinstance(each, _Waiting) for each in self._queue)
                raise RuntimeError(f"{lost} pages were given to the reader and not read")
            if self._no_more_works is not None:
                raise self._no_more_works
            return

    def _tasks(self, works: Iterator[Work]) -> Iterator[PageTask]:
        """The tasks of all works; what else becomes of them is put into the queue on the way.

        Nothing that an input holds may raise here: a generator that has raised gives nothing more,
        and all inputs after it would be lost.
        """
        while True:
            try:
                work = next(works)
            except StopIteration:
                return
            except Exception as fault:
                self._no_more_works = fault  # raised once what was begun is read
                return
            yield from self._tasks_of(work)
            if self._stop():
                return

    def _tasks_of(self, work: Work) -> Iterator[PageTask]:
        """The tasks of one work. A page is given out when the next one is loaded, so that a file's
        end is known, and the file can be written, as soon as its last page is read."""
        events = self._events(work)
        event = next(events, None)
        while event is not None:
            if isinstance(event, _Waiting) and self._stop():
                return
            self._queue.append(event)
            following = next(events, None)
            while following is not None and not isinstance(following, _Waiting):
                self._queue.append(following)
                following = next(events, None)
            if isinstance(event, _Waiting):
                yield event.task
            event = following

    def _events(self, work: Work) -> Iterator[Event | _Waiting]:
        """What becomes of a work's pages, and at last how it ended."""
        broken: deque[PageFailed] = deque()

        def tell(number: int, error: InputError) -> None:
            broken.append(PageFailed(work.index, number, error))

        settings = replace(self._settings, load=replace(self._settings.load, broken=tell))
        try:
            for page in pages_of(work, settings):
                yield from broken
                broken.clear()
                if self._stop():
                    return
                if isinstance(page, Page):
                    yield PageRead(work.index, page)
                else:
                    yield _Waiting(work.index, self._task(work, page))
            yield from broken
        except Exception as fault:
            yield InputFailed(work.index, _as_input_error(fault, work.name))
        else:
            yield InputDone(work.index)

    def _task(self, work: Work, image: PageImage) -> PageTask:
        """How a page is to be read; InputError if its layout can't be used."""
        if self._settings.line:
            return line_task(image)
        if self._settings.layout:
            path = layout_beside(work.path, image.number)
            if path is None:
                return PageTask(image, notes=(NO_LAYOUT,))
            return PageTask(image, read_layout(path, image.width, image.height, image.number))
        if self._settings.region is not None:
            return PageTask(image, box_layout(image, self._settings.region))
        return PageTask(image)

    def _settled(self) -> Iterator[Event]:
        """What stands at the head of the queue and waits for nothing."""
        while self._queue and not isinstance(self._queue[0], _Waiting):
            event = self._queue.popleft()
            assert not isinstance(event, _Waiting)
            yield event

    def _one_by_one(self) -> Iterator[Event]:
        """After a fault while reading several pages: find out which of them it is."""
        while self._queue:
            first = self._queue.popleft()
            if not isinstance(first, _Waiting):
                yield first
                continue
            image = first.task.image
            try:
                (page,) = self._reader.read_pages([first.task])
                yield PageRead(first.index, first.task.noted(page))
            except Exception as fault:
                error = _as_input_error(fault, image.source)
                yield PageFailed(first.index, image.number, error)


def _as_input_error(fault: Exception, name: str) -> Exception:
    if isinstance(fault, MemoryError):
        return InputError(name, "doesn't fit in memory", "make its pages smaller")
    return fault
