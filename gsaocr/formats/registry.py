"""The output formats by name.

A writer's module is imported when it first writes: those that need XML or PDF libraries would take
part of the start-up of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gsaocr.errors import UsageError
from gsaocr.formats import authorship
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Document

Writer = Callable[[Document, WriterSettings], Iterator[bytes]]


@dataclass(frozen=True)
class OutputFormat:
    """One way of writing a document."""

    name: str  # as given to --format
    suffix: str  # of its files, with the dot
    write: Writer  # yields a file's bytes in pieces; pages are asked for one after the other
    is_own: Callable[..., bool] | None = None  # whether gsaocr wrote a file; None: none can tell
    page_per_file: bool = False  # whether each page needs a document, and a file, of its own
    binary: bool = False  # whether a file is no text, that is nothing for a terminal


def _text(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.text import to_text

    return to_text(document, settings)


def _json(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.json_ import to_json

    return to_json(document)


def _tsv(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.tsv import to_tsv

    return to_tsv(document)


def _hocr(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.hocr import to_hocr

    return to_hocr(document)


def _alto(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.alto import to_alto

    return to_alto(document, settings)


def _page_xml(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.page_xml import to_page_xml

    return to_page_xml(document, settings)


def _pdf(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    from gsaocr.formats.pdf import to_pdf

    return to_pdf(document, settings)


FORMATS = {
    format_.name: format_
    for format_ in (
        OutputFormat("txt", ".txt", _text),
        OutputFormat("json", ".json", _json, authorship.is_own_json),
        OutputFormat("tsv", ".tsv", _tsv, authorship.is_own_tsv),
        OutputFormat("hocr", ".hocr", _hocr, authorship.is_own_hocr),
        OutputFormat("alto", ".alto.xml", _alto, authorship.is_own_alto),
        OutputFormat("page", ".page.xml", _page_xml, authorship.is_own_page_xml, True),
        OutputFormat("pdf", ".pdf", _pdf, authorship.is_own_pdf, binary=True),
    )
}


def formats_named(names: str) -> tuple[OutputFormat, ...]:
    """Return the formats of a comma-separated list, each once; ``UsageError`` for unknown ones."""
    wanted = dict.fromkeys(name.strip().lower() for name in names.split(","))
    for name in wanted:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format {names}", f"there is no format {name!r}", f"known: {known}")
    return tuple(FORMATS[name] for name in wanted)
