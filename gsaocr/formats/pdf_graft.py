"""The text layer grafted onto the pages of a PDF: their images, links and marks stay."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO

import pikepdf

from gsaocr.errors import InputError
from gsaocr.formats.pdf_active import active_content, drop_active_content
from gsaocr.formats.pdf_annotations import annotation_text
from gsaocr.formats.pdf_content import copied, draw_after
from gsaocr.formats.pdf_faults import FAULTS, faults_of
from gsaocr.formats.pdf_file import Matrix, PdfFile
from gsaocr.formats.pdf_font import LayerFont, font_objects
from gsaocr.formats.pdf_hidden_text import remove_hidden_text
from gsaocr.formats.pdf_information import information, one_line
from gsaocr.formats.pdf_layer import text_layer
from gsaocr.formats.pdf_page_box import inherited, pixels_to_user
from gsaocr.formats.pdf_protection import protection
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Document, Word

_FONT = "/GsaocrF"
_CHUNK = 1 << 20


def grafted(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    """Yield the original PDF with a layer on each page of the document.

    Hidden text of pages that were read goes (an older layer), visible text stays and is not
    repeated in the layer. Pages whose own text was kept or skipped stay as they are. Raises
    InputError if the original can't be opened or lacks a page.
    """
    from gsaocr.page.load_pdf import open_pdf

    assert settings.original is not None
    source, broken = document.source, partial(faults_of, document.source)
    with _opened(document, settings) as pdf, open_pdf(settings.original, settings.password) as own:
        with broken():
            targets = list(pdf.pages)
            # An indirect place for the font, which is known when all text is.
            placeholder = pdf.make_indirect(pikepdf.Dictionary())
        if own.count != len(targets):
            raise InputError(source, "is a broken PDF", "open it in a viewer and save it again")
        font = LayerFont()
        for page in document.pages:
            if page.number > own.count:
                raise InputError(source, "has fewer pages than were read", "read it again")
            if settings.existing_text != "redo" and own.holds_text(page.number):
                continue
            target = targets[page.number - 1]
            with broken():
                remove_hidden_text(pdf, target)
                matrix = pixels_to_user(target, page)
                annotated = annotation_text(target)
            wanted = _outside(own.visible_text(page.number) + annotated, matrix)
            layer = text_layer(page, font, _FONT[1:], matrix, wanted)
            if layer:
                with broken():
                    _add(pdf, target, placeholder, layer)
        with tempfile.TemporaryFile() as stream:
            with broken():
                _add_font(pdf, placeholder, font)
                _tell_of_active_content(pdf, source, settings)
                encryption = protection(pdf, settings.original, settings.password)
                _say(pdf, document, settings)
                # The same input gives the same bytes, as far as its encryption allows it.
                pdf.save(
                    stream,
                    encryption=encryption or False,
                    linearize=False,
                    deterministic_id=not encryption,
                )
            stream.seek(0)
            while chunk := stream.read(_CHUNK):
                yield chunk


def _opened(document: Document, settings: WriterSettings) -> pikepdf.Pdf:
    assert settings.original is not None
    try:
        with faults_of(document.source):
            return pikepdf.open(os.fspath(settings.original), password=settings.password or "")
    except OSError as error:
        cause = f"can't be read ({error.strerror or error})"
        raise InputError(document.source, cause, "check the path") from None


def _say(pdf: pikepdf.Pdf, document: Document, settings: WriterSettings) -> None:
    """Put provenance, and what the user says of the document, beside what the PDF says itself."""
    entries = information(document.provenance)
    asked = {"Title": settings.title, "Author": settings.author}
    entries |= {name: text for name, value in asked.items() if (text := one_line(value or ""))}
    for name, value in entries.items():
        pdf.docinfo[f"/{name}"] = value
    if settings.language:
        pdf.Root["/Lang"] = pikepdf.String(settings.language)
    if "/Metadata" in pdf.Root:  # which must not say otherwise
        with (
            suppress(SyntaxError, *FAULTS),  # XMP that is no XML
            pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata,
        ):
            metadata["pdf:Producer"] = entries["Producer"]
            if "Title" in entries:
                metadata["dc:title"] = entries["Title"]
            if "Author" in entries:
                metadata["dc:creator"] = [entries["Author"]]
            if settings.language:
                metadata["dc:language"] = {settings.language}


def _tell_of_active_content(pdf: pikepdf.Pdf, source: str, settings: WriterSettings) -> None:
    if settings.active_content == "drop":
        drop_active_content(pdf)
    elif kinds := active_content(pdf):
        settings.notes.tell(
            f"{source}: {', '.join(kinds)} of the original stay in the PDF; "
            "--active-content drop leaves them out"
        )


def _outside(visible: list[Box], to_user: Matrix) -> Callable[[Word], bool]:
    """Whether a word lies mostly off the page's visible text, which can be selected already."""
    a, b, c, d, e, f = to_user

    def wanted(word: Word) -> bool:
        box = Box.around((a * x + c * y + e, b * x + d * y + f) for x, y in word.box.polygon)
        return sum(box.overlap(other) for other in visible) < 0.4 * max(box.area, 1e-6)

    return wanted


def _add(pdf: pikepdf.Pdf, target: pikepdf.Page, font: pikepdf.Object, layer: bytes) -> None:
    draw_after(pdf, target, layer)
    # Copies: both may be shared with pages that get no layer.
    resources = copied(inherited(target, "/Resources"))
    fonts = copied(resources.get("/Font"))
    fonts[_FONT] = font
    resources["/Font"] = fonts
    target.obj["/Resources"] = resources


def _add_font(pdf: pikepdf.Pdf, place: pikepdf.Object, font: LayerFont) -> None:
    """Bring the font in from a file of its own."""
    file = PdfFile()
    head = file.head()
    root, tree, number = (file.reserve() for _ in range(3))
    objects = b"".join(font_objects(file, number, font))
    objects += file.object(tree, "<< /Type /Pages /Count 0 /Kids [] >>")
    objects += file.object(root, f"<< /Type /Catalog /Pages {tree} 0 R /Font {number} 0 R >>")
    with pikepdf.open(BytesIO(head + objects + file.tail(root, tree))) as source:
        copied = pdf.copy_foreign(source.Root["/Font"])
        for name, value in copied.items():
            place[name] = value
