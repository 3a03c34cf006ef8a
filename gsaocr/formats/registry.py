"""The output formats by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gsaocr.errors import UsageError
from gsaocr.formats.alto import to_alto
from gsaocr.formats.hocr import to_hocr
from gsaocr.formats.json_ import to_json
from gsaocr.formats.page_xml import to_page_xml
from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.settings import WriterSettings
from gsaocr.formats.text import to_text
from gsaocr.formats.tsv import to_tsv
from gsaocr.page.document import Document

Writer = Callable[[Document, WriterSettings], Iterator[bytes]]


@dataclass(frozen=True)
class OutputFormat:
    """One way of writing a document."""

    name: str  # as given to --format
    suffix: str  # of its files, with the dot
    write: Writer  # yields a file's bytes in pieces; pages are asked for one after the other
    page_per_file: bool = False  # whether each page needs a document, and a file, of its own


def _heedless(write: Callable[[Document], Iterator[bytes]]) -> Writer:
    """A writer whom no setting concerns."""
    return lambda document, settings: write(document)


FORMATS = {
    format_.name: format_
    for format_ in (
        OutputFormat("txt", ".txt", to_text),
        OutputFormat("json", ".json", _heedless(to_json)),
        OutputFormat("tsv", ".tsv", _heedless(to_tsv)),
        OutputFormat("hocr", ".hocr", _heedless(to_hocr)),
        OutputFormat("alto", ".alto.xml", _heedless(to_alto)),
        OutputFormat("page", ".page.xml", _heedless(to_page_xml), page_per_file=True),
        OutputFormat("pdf", ".pdf", to_pdf),
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
