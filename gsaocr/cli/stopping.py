"""Requests to end: the first lets the pages in hand be finished, the second ends at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from gsaocr.cli.streams import tell


@contextmanager
def graceful_stop() -> Iterator[Callable[[], bool]]:
    """Yield whether a request to end (Ctrl-C, SIGTERM) has come.

    Outside the main thread signals are left to those who own them.
    """
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        tell("finishing the pages in hand; once more ends at once")

    before: dict[signal.Signals, object] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, ask)
    except ValueError:
        before = {}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
