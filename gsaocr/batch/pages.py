"""The pages of one input: images to be read, and pages whose text is there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gsaocr.errors import InputError
from gsaocr.formats.settings import ExistingText
from gsaocr.page.document import Page
from gsaocr.page.load import LoadSettings, PageImage, is_pdf, load_pages, wanted_pages
from gsaocr.page.page_parts import PixelBox


@dataclass(frozen=True, slots=True)
class PageSettings:
    """How inputs become pages; the same for all inputs of a run."""

    load: LoadSettings = field(default_factory=LoadSettings)
    existing_text: ExistingText = "redo"  # what becomes of PDF pages that hold text
    region: PixelBox | None = None  # the only part of each page that is read
    layout: bool = False  # whether a PAGE or ALTO file beside an image says where its lines are
    line: bool = False  # each image is one line


@dataclass(frozen=True, slots=True)
class Work:
    """One input to be read, as a whole or in part."""

    index: int  # of the input in its run
    path: Path  # of its bytes
    name: str  # as the user sees it
    known: frozenset[int] = frozenset()  # numbers of pages that are left out: they are read already
    more: bool = False  # whether other works follow with more of its pages


def pages_of(work: Work, settings: PageSettings) -> Iterator[PageImage | Page]:
    """Yield the pages of an input in order; InputError as from ``load_pages``."""
    load = replace(settings.load, known=work.known)
    if settings.existing_text != "redo" and _is_pdf(work.path):
        yield from _with_existing_text(work, load, settings.existing_text)
    else:
        yield from load_pages(work.path, name=work.name, settings=load)


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_pdf(stream.read(1024))
    except (OSError, ValueError):
        return False  # told of when it is loaded


def _with_existing_text(
    work: Work, load: LoadSettings, existing: ExistingText
) -> Iterator[PageImage | Page]:
    from gsaocr.page.load_pdf import PdfFile

    with (
        work.path.open("rb") as stream,
        PdfFile(stream, work.name, load.password, load.bounds) as pdf,
    ):
        for number in wanted_pages(pdf.count, work.name, load):
            if number in load.known:
                continue
            page: PageImage | Page
            try:
                if pdf.holds_text(number):
                    held = pdf.text_page(number, load.dpi)
                    page = held if existing == "keep" else replace(held, regions=())
                else:
                    drawn = pdf.render(number, load.dpi, load.max_megapixels)
                    page = PageImage(drawn.grey, work.name, number, round(drawn.dpi, 2))
            except InputError as error:
                load.tell(number, pdf.count, error)
                continue
            yield page
