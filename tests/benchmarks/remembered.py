"""The network's answers, kept: reading the same line image again costs nothing.

For programs that read one set many times with small changes around the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from gsaocr.finder.text_finder import TextFinder
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutLine
from gsaocr.recognizer.line_reader import LineReader, Sight, View
from gsaocr.recognizer.reading import Reading

_Chosen = tuple[Sight, int, float]
Answer = TypeVar("Answer")


class Memory:
    """What has been seen; once it is full, nothing is added."""

    def __init__(self) -> None:
        self.sights: dict[Any, Sight] = {}
        self.readings: dict[Any, Reading] = {}
        self.found: dict[Any, Any] = {}
        self._open = True

    def full(self) -> None:
        """Add nothing from now on, which bounds the memory."""
        self._open = False

    def answers(
        self,
        kept: dict[Any, Answer],
        keys: Sequence[Any],
        ask: Callable[[list[int]], Sequence[Answer]],
    ) -> list[Answer]:
        """Return an answer for each key, asking for those at once that are not kept."""
        unknown = [number for number, key in enumerate(keys) if key not in kept]
        new = dict(zip(unknown, ask(unknown), strict=True)) if unknown else {}
        if self._open:
            kept.update((keys[number], answer) for number, answer in new.items())
        return [new[n] if n in new else kept[key] for n, key in enumerate(keys)]


@contextmanager
def remembering() -> Iterator[Memory]:
    """Let line readers keep what they see and read, and pages their lines, for a while."""
    memory = Memory()
    look_at, read_batch = LineReader._look_at, LineReader._read_batch
    found_lines = TextFinder.lines

    def looks(self: LineReader, views: Sequence[View], any_turn: bool) -> Iterator[Sight]:
        keys = [(*_key(view), any_turn) for view in views]

        def ask(numbers: list[int]) -> list[Sight]:
            return list(look_at(self, [views[n] for n in numbers], any_turn))

        seen = memory.answers(memory.sights, keys, ask)
        return (replace(sight, view=view) for sight, view in zip(seen, views, strict=True))

    def reads(self: LineReader, chosen: Sequence[_Chosen]) -> list[Reading]:
        keys = [(*_key(sight.view), quarter) for sight, quarter, _ in chosen]

        def ask(numbers: list[int]) -> list[Reading]:
            return read_batch(self, [chosen[n] for n in numbers])

        read = memory.answers(memory.readings, keys, ask)
        return [replace(r, margin=own[2]) for r, own in zip(read, chosen, strict=True)]

    def finds(self: TextFinder, image: PageImage) -> list[LayoutLine]:
        if id(image) not in memory.found:
            memory.found[id(image)] = (image, found_lines(self, image))
        return list(memory.found[id(image)][1])

    LineReader._look_at, LineReader._read_batch = looks, reads  # type: ignore[method-assign]
    TextFinder.lines = finds  # type: ignore[method-assign]
    try:
        yield memory
    finally:
        LineReader._look_at, LineReader._read_batch = look_at, read_batch  # type: ignore[method-assign]
        TextFinder.lines = found_lines  # type: ignore[method-assign]


def _key(view: View) -> tuple[Any, ...]:
    prepared = view.prepared
    digest = hashlib.sha1(prepared.pixels.tobytes()).digest()
    return digest, prepared.left, prepared.content, prepared.scale, view.turned
