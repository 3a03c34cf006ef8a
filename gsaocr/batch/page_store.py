"""The pages of an input that is not finished yet, kept in a file instead of in memory.

One JSON object to a line: first what the pages belong to, then the pages. A last line that was cut
by a crash is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, overload

from gsaocr.batch.journal import Fingerprint
from gsaocr.errors import OutputError
from gsaocr.formats.json_ import page_content, page_from
from gsaocr.page.document import Page


class PageStore(Sequence[Page]):
    """Pages by their order in the file, parsed when asked for."""

    def __init__(self, path: Path, fingerprint: Fingerprint, settings: Mapping[str, str]) -> None:
        """Open a store, going on with its pages if they are of the same input and settings.

        Raises OutputError if it can't be written.
        """
        self.path = path
        self.numbers: set[int] = set()
        self._places: list[tuple[int, int]] = []  # page number, offset in the file
        head = {
            "size": fingerprint.size, "modified": fingerprint.modified, "settings": dict(settings),
        }  # fmt: skip
        try:
            self._stream: BinaryIO = path.open("ab+")
            if not self._go_on(head):
                self._stream.truncate(0)
                self._write(head)
        except OSError as error:
            raise self._refused(error) from None

    def add(self, page: Page) -> None:
        """Keep a page, on the disk when this returns."""
        if page.number in self.numbers:
            return
        try:
            self._stream.seek(0, os.SEEK_END)
            place = self._stream.tell()
            self._write(page_content(page))
        except OSError as error:
            raise self._refused(error) from None
        self._note(page.number, place)

    def close(self) -> None:
        """Close the file; it stays."""
        self._stream.close()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Page: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Page]: ...
    def __getitem__(self, index: int | slice) -> Page | Sequence[Page]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        self._stream.seek(self._places[index][1])
        return page_from(json.loads(self._stream.readline()))

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(len(self)))

    def _note(self, number: int, place: int) -> None:
        self.numbers.add(number)
        self._places.append((number, place))
        self._places.sort()

    def _go_on(self, head: dict[str, Any]) -> bool:
        self._stream.seek(0)
        first = self._stream.readline()
        try:
            if json.loads(first) != head or not first.endswith(b"\n"):
                return False
        except ValueError:
            return False
        place = self._stream.tell()
        for line in iter(self._stream.readline, b""):
            try:
                page = page_from(json.loads(line))
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            self._note(page.number, place)
            place += len(line)
        self._stream.truncate(place)
        return True

    def _write(self, content: dict[str, Any]) -> None:
        self._stream.write(json.dumps(content).encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _refused(self, error: OSError) -> OutputError:
        cause = f"can't be written ({error.strerror or error})"
        return OutputError(str(self.path), cause, "make room on the disk")
