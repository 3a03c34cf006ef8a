"""Reading in several processes, each with a reader and threads of its own.

Works go out in groups of a few pages, a long document in parts, so that the lines of a group fill
batches and no process waits long for the others. Their events come back in order.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

from gsaocr.batch.engine import (
    Event,
    InputDone,
    InputFailed,
    PageEngine,
    PageFailed,
    PageReader,
    Stop,
)
from gsaocr.batch.pages import PageSettings, Work
from gsaocr.batch.summary import told
from gsaocr.errors import InputError
from gsaocr.page.load import count_pages
from gsaocr.system import usable_cores

GROUP = 4
"""Inputs in a group."""

PART = 8
"""Pages of a long document in a group."""

_LONG_SUFFIXES = {".pdf", ".tif", ".tiff"}

Group = tuple[Work, ...]
MakeReader = Callable[[], PageReader]


class JobsEngine:
    """Reads works in ``jobs`` processes, which share the machine's cores.

    ``make_reader`` must be something that pickle can name: it is called in each process. A process
    that dies (of too large a page, say) is replaced, and what it read is tried again piece by
    piece; the input that kills it again fails.
    """

    def __init__(
        self, make_reader: MakeReader, jobs: int, settings: PageSettings, stop: Stop
    ) -> None:
        self._make_reader = make_reader
        self._jobs = jobs
        self._settings = settings
        self._stop = stop
        self._pool = self._new_pool()

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        """Yield the events of all works, or of those that were handed out before the stop."""
        waiting: deque[tuple[Group, Future[list[Event]]]] = deque()
        groups = grouped(works, self._settings)
        ended = False
        try:
            while waiting or not ended:
                while not ended and len(waiting) < 2 * self._jobs:
                    group = None if self._stop() else next(groups, None)
                    if group is None:
                        ended = True
                    else:
                        waiting.append((group, self._submitted(group)))
                if waiting:
                    group, future = waiting.popleft()
                    try:
                        yield from future.result()
                    except BrokenProcessPool:
                        again = [group, *(group for group, _ in waiting)]
                        waiting.clear()
                        yield from self._carefully(again)
                    except Exception:  # a group's events that can't come over
                        yield from itertools.chain.from_iterable(map(self._alone, group))
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _submitted(self, group: Group) -> Future[list[Event]]:
        try:
            return self._pool.submit(_read, group, self._settings)
        except BrokenProcessPool as error:  # since the last result was fetched
            failed: Future[list[Event]] = Future()
            failed.set_exception(error)
            return failed

    def _carefully(self, groups: list[Group]) -> Iterator[Event]:
        """Read groups after a process died; each input that kills another one fails."""
        self._pool.shutdown(wait=False)
        self._pool = self._new_pool()
        for group in groups:
            for work in group:
                yield from self._alone(work)

    def _alone(self, work: Work) -> list[Event]:
        """Read one work after another has failed."""
        try:
            return self._pool.submit(_read, (work,), self._settings).result()
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            cause = "killed the process that read it, for want of memory perhaps"
            error: Exception = InputError(work.name, cause, "make its pages smaller")
        except Exception as fault:
            error = fault
        return [InputFailed(work.index, error)]

    def _new_pool(self) -> ProcessPoolExecutor:
        # Started afresh: a fork would copy locks that threads of this process hold.
        return ProcessPoolExecutor(
            self._jobs,
            multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(self._make_reader, threads_of(self._jobs), os.getpid()),
        )


def threads_of(jobs: int) -> int:
    """How many threads each of so many processes gets, so that they don't fight for the cores."""
    return max(1, usable_cores() // jobs)


def grouped(works: Iterable[Work], settings: PageSettings) -> Iterator[Group]:
    """Yield works in groups of about the same size; a long document is cut into parts.

    All parts of a document but the last are told apart by ``Work.more``.
    """
    together: list[Work] = []
    for work in works:
        parts = list(_parts(work, settings))
        if len(parts) == 1:
            together += parts
            if len(together) == GROUP:
                yield tuple(together)
                together = []
            continue
        if together:
            yield tuple(together)
            together = []
        for part in parts:
            yield (part,)
    if together:
        yield tuple(together)


def _parts(work: Work, settings: PageSettings) -> Iterator[Work]:
    count = 1
    if work.path.suffix.lower() in _LONG_SUFFIXES or work.name == "-":
        with contextlib.suppress(Exception):  # told of by the process that reads it
            count = count_pages(work.path, settings.load)
    wanted = [
        number
        for number in range(1, count + 1)
        if (settings.load.pages is None or number in settings.load.pages)
        and number not in work.known
    ]
    if len(wanted) <= PART:
        yield work
        return
    everything = frozenset(range(1, count + 1))
    for start in range(0, len(wanted), PART):
        own = frozenset(wanted[start : start + PART])
        last = start + PART >= len(wanted)
        yield replace(work, known=everything - own, more=not last)


_reader: PageReader | None = None
"""The reader of a process of the pool."""


def _start(make_reader: MakeReader, threads: int, parent: int) -> None:
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent answers it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    limit_threads(threads)
    _reader = make_reader()


def _end_with(parent: int) -> None:
    """End this process when its parent has been killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def limit_threads(threads: int) -> None:
    """Let the libraries that compute use so many threads in this process."""
    import cv2
    import torch

    cv2.setNumThreads(threads)
    torch.set_num_threads(threads)


def _read(group: Group, settings: PageSettings) -> list[Event]:
    assert _reader is not None
    return events_of(_reader, group, settings)


def events_of(reader: PageReader, group: Group, settings: PageSettings) -> list[Event]:
    """Read a group in a process of an engine: whatever is raised is one work's failure.

    An input's end is told with its last part; errors can go to other processes.
    """
    try:
        return _events_of(reader, group, settings)
    except Exception as fault:
        if len(group) == 1:
            return [InputFailed(group[0].index, told(group[0].name, fault))]
        return [event for work in group for event in events_of(reader, (work,), settings)]


def _events_of(reader: PageReader, group: Group, settings: PageSettings) -> list[Event]:
    parts = {work.index for work in group if work.more}
    names = {work.index: work.name for work in group}
    events: list[Event] = []
    for event in PageEngine(reader, settings, lambda: False).read(group):
        if isinstance(event, InputFailed | PageFailed):
            event = replace(event, error=told(names[event.index], event.error))
        if not (isinstance(event, InputDone) and event.index in parts):
            events.append(event)
    return events
