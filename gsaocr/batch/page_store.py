"""The pages of an input that is not finished yet, kept in a file instead of in memory.

One JSON object to a line: first what the pages belong to, then the pages. A last line that was cut
by a crash is left out.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast, overload

from gsaocr.batch.journal import Fingerprint, opened_without_links
from gsaocr.errors import OutputError
from gsaocr.formats.json_ import page_content, page_from
from gsaocr.page.document import Page


class PageStore(Sequence[Page]):
    """Pages by their order in the file, parsed when asked for."""

    def __init__(
        self, path: Path | None, fingerprint: Fingerprint, settings: Mapping[str, str]
    ) -> None:
        """Open a store, going on with its pages if they are of the same input and settings.

        Without a path it is a temporary file, gone when it is closed. Raises OutputError if it
        can't be written, or is not a file but a link, which may lead anywhere.
        """
        self.path = path
        self.numbers: set[int] = set()
        self._places: list[tuple[int, int]] = []  # page number, offset in the file
        head = {
            "size": fingerprint.size, "modified": fingerprint.modified, "settings": dict(settings),
        }  # fmt: skip
        try:
            self._stream = _opened(path)
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
            self._write(_checked(page_content(page)))
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
        page = _page_of(self._stream.readline())
        if page is None:
            cause = "has been changed while it was in use"
            raise OutputError(str(self.path), cause, "read the input again with --resume")
        return page

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
        except (ValueError, RecursionError):
            return False
        place = self._stream.tell()
        for line in iter(self._stream.readline, b""):
            page = _page_of(line)
            if page is None:
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
        return OutputError(str(self.path or "a temporary file"), cause, "make room on the disk")


def _opened(path: Path | None) -> BinaryIO:
    if path is None:
        return cast(BinaryIO, tempfile.TemporaryFile(prefix="gsaocr-"))
    return opened_without_links(path)


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    """A page with a sum over it, by which a line that was damaged is known."""
    return {"sum": _sum(content), "page": content}


def _sum(content: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def _page_of(line: bytes) -> Page | None:
    """The page in a line; None if it was cut or damaged."""
    try:
        record = json.loads(line)
        if not line.endswith(b"\n") or record["sum"] != _sum(record["page"]):
            return None
        return page_from(record["page"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
