"""What becomes of documents: files in a folder, or a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from gsaocr.errors import UsageError
from gsaocr.formats.registry import OutputFormat
from gsaocr.formats.settings import WriterSettings
from gsaocr.formats.whole_file import write_whole
from gsaocr.page.document import Document, Page


class Outputs:
    """The files of a run's documents, below one folder."""

    def __init__(
        self, folder: Path, formats: Sequence[OutputFormat], settings: WriterSettings
    ) -> None:
        self.folder = folder
        self.formats = tuple(formats)
        self._settings = settings

    def first_files(self, place: PurePath) -> list[Path]:
        """The file of each format, those of the first page where every page has its own."""
        return [self._file(place, each, 1 if each.page_per_file else None) for each in self.formats]

    def write(
        self,
        document: Document,
        place: PurePath,
        original: Path | None,
        wrote: Callable[[Path], None] = lambda path: None,
    ) -> list[Path]:
        """Write a document and return its files; OutputError if one can't be written.

        ``wrote`` is told of each file when it is in its place.
        """
        settings = replace(self._settings, original=original)
        written = []
        for each in self.formats:
            if each.page_per_file:
                for page in document.pages:
                    path = self._file(place, each, page.number)
                    write_whole(path, each.write(_of_one_page(document, page), settings))
                    wrote(path)
                    written.append(path)
            else:
                path = self._file(place, each, None)
                write_whole(path, each.write(document, settings))
                wrote(path)
                written.append(path)
        return written

    def _file(self, place: PurePath, format_: OutputFormat, page: int | None) -> Path:
        """NAME.page.xml for the first page, NAME-0002.page.xml and so on for the others."""
        number = f"-{page:04d}" if page is not None and page > 1 else ""
        return self.folder / place.with_name(place.name + number + format_.suffix)


class Stream:
    """Documents one after the other in one stream."""

    def __init__(
        self,
        format_: OutputFormat,
        settings: WriterSettings,
        write: Callable[[bytes], None],
        separator: bytes = b"",
    ) -> None:
        """``separator`` goes between documents; ``write`` gets each document as a whole."""
        self._format = format_
        self._settings = settings
        self._write = write
        self._separator = separator
        self._any = False

    def write(self, document: Document, original: Path | None) -> None:
        """Write a document; UsageError if the format wants a file for each page."""
        settings = replace(self._settings, original=original)
        documents = [document]
        if self._format.page_per_file:
            documents = [_of_one_page(document, page) for page in document.pages]
            if len(documents) > 1:
                raise UsageError(
                    f"--format {self._format.name}",
                    "has a file for each page, and here are several",
                    "write files with -o DIR",
                )
        for each in documents:
            content = b"".join(self._format.write(each, settings))
            self._write((self._separator if self._any else b"") + content)
            self._any = True


def _of_one_page(document: Document, page: Page) -> Document:
    return replace(document, pages=(page,))
