"""What becomes of documents: files in a folder, or a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from gsaocr.batch.naming import page_place
from gsaocr.batch.replacing import IsOwn, Replacing
from gsaocr.errors import UsageError, WouldOverwrite
from gsaocr.formats.registry import OutputFormat
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Document, Page
from gsaocr.whole_file import write_whole


class Outputs:
    """The files of a run's documents, below one folder.

    ``name``: what the only input's files are called, without their formats' suffixes; None: as
    their inputs are.
    """

    def __init__(
        self,
        folder: Path,
        formats: Sequence[OutputFormat],
        settings: WriterSettings,
        name: str | None = None,
        first_page: int = 1,
    ) -> None:
        """``first_page``: of those that are wanted of each input."""
        self.folder = folder
        self._first_page = first_page
        self.name = name
        self.formats = tuple(formats)
        self._settings = settings

    @property
    def page_files(self) -> bool:
        """Whether a format writes a file of its own for each page."""
        return any(each.page_per_file for each in self.formats)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the files' names end."""
        return tuple(each.suffix for each in self.formats)

    def first_files(self, place: PurePath) -> list[Path]:
        """The file of each format, those of the first page where every page has its own."""
        return [self._first_file(place, each) for each in self.formats]

    def refusal(self, place: PurePath, replacing: Replacing) -> WouldOverwrite | None:
        """Why what stands in the places of an input's outputs may not be replaced, if it may not.

        Files of further pages are left to :meth:`write`: nobody knows yet how many there are.
        Of a file that was named, whether it holds the same text already is not waited for.
        """
        unread = self.name is None
        for each in self.formats:
            path = self._first_file(place, each)
            refusal = replacing.refusal(path, self._is_own(each), unread=unread)
            if refusal is not None:
                return refusal
        return None

    def write(
        self, document: Document, place: PurePath, original: Path | None, replacing: Replacing
    ) -> list[Path]:
        """Write a document and return its files; OutputError if one can't be written."""
        settings = replace(self._settings, original=original)
        written = []
        for each in self.formats:
            put = partial(replacing.put, is_own=self._is_own(each))
            parts: Iterable[tuple[Document, int | None]] = [(document, None)]
            if each.page_per_file:
                parts = ((_of_one_page(document, page), page.number) for page in document.pages)
            for part, number in parts:
                path = self._file(place, each, number)
                write_whole(path, each.write(part, replace(settings, folder=path.parent)), put=put)
                written.append(path)
        return written

    def _is_own(self, format_: OutputFormat) -> IsOwn | None:
        if format_.is_own is None:
            return None
        return partial(format_.is_own, password=self._settings.password)

    def _first_file(self, place: PurePath, format_: OutputFormat) -> Path:
        return self._file(place, format_, self._first_page if format_.page_per_file else None)

    def _file(self, place: PurePath, format_: OutputFormat, page: int | None) -> Path:
        """NAME.page.xml for the first page, NAME-0002.page.xml and so on for the others."""
        place = page_place(place, page or 1)
        return self.folder / place.with_name(place.name + format_.suffix)


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
