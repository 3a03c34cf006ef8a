"""The text layer grafted onto the pages of a PDF: their images, links and marks stay."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pikepdf

from gsaocr.errors import InputError
from gsaocr.formats.pdf_file import Matrix, PdfFile
from gsaocr.formats.pdf_hidden_text import remove_hidden_text
from gsaocr.formats.pdf_information import information
from gsaocr.formats.pdf_layer import LayerFont, font_objects, text_layer
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Document, Page, Word

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
    with _opened(document, settings) as pdf, open_pdf(settings.original, settings.password) as own:
        if own.count != len(pdf.pages):
            raise InputError(document.source, "is a broken PDF", "save it anew in a viewer")
        font = LayerFont()
        # An indirect place for the font, which is known when all text is.
        placeholder = pdf.make_indirect(pikepdf.Dictionary())
        for page in document.pages:
            if page.number > own.count:
                raise InputError(document.source, "has fewer pages than were read", "read it again")
            if settings.existing_text != "redo" and own.holds_text(page.number):
                continue
            target = pdf.pages[page.number - 1]
            remove_hidden_text(pdf, target)
            matrix = _to_user(target, page)
            wanted = _outside(own.visible_text(page.number), matrix)
            layer = text_layer(page, font, _FONT[1:], matrix, wanted)
            if layer:
                _add(target, placeholder, layer)
        _add_font(pdf, placeholder, font)
        for name, value in information(document.provenance).items():
            pdf.docinfo[f"/{name}"] = value
        with tempfile.TemporaryFile() as stream:
            pdf.save(stream, encryption=_protection(pdf, settings), linearize=False)
            stream.seek(0)
            while chunk := stream.read(_CHUNK):
                yield chunk


def _opened(document: Document, settings: WriterSettings) -> pikepdf.Pdf:
    assert settings.original is not None
    try:
        return pikepdf.open(os.fspath(settings.original), password=settings.password or "")
    except pikepdf.PasswordError:
        raise InputError(
            document.source, "is protected by a password", "give it with --password"
        ) from None
    except (pikepdf.PdfError, OSError) as error:
        raise InputError(document.source, f"is a broken PDF ({error})", "save it anew") from None


def _protection(pdf: pikepdf.Pdf, settings: WriterSettings) -> Any:
    """What was protected by a password stays protected by it."""
    if not pdf.is_encrypted or not settings.password:
        return False
    return pikepdf.Encryption(owner=settings.password, user=settings.password)


def _to_user(target: pikepdf.Page, page: Page) -> Matrix:
    """From pixels of the page as rendered to its user space, through rotation and crop box."""
    left, bottom, right, top = _visible_box(target)
    turn = int(target.obj.get("/Rotate", _inherited(target, "/Rotate", 0))) % 360
    width, height = right - left, top - bottom
    across, down = (height, width) if turn in (90, 270) else (width, height)
    sx, sy = across / page.width, down / page.height
    return {
        0: (sx, 0, 0, -sy, left, top),
        90: (0, sx, sy, 0, left, bottom),
        180: (-sx, 0, 0, sy, right, bottom),
        270: (0, -sx, -sy, 0, right, top),
    }[turn]


def _visible_box(target: pikepdf.Page) -> tuple[float, float, float, float]:
    boxes = []
    for box in (target.mediabox, target.cropbox):
        x0, y0, x1, y1 = (float(value) for value in box)
        boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    media, crop = boxes
    cut = (
        max(media[0], crop[0]), max(media[1], crop[1]),
        min(media[2], crop[2]), min(media[3], crop[3]),
    )  # fmt: skip
    return cut if cut[0] < cut[2] and cut[1] < cut[3] else media


def _inherited(target: pikepdf.Page, name: str, default: Any) -> Any:
    node: Any = target.obj
    for _ in range(50):  # a broken tree may be a circle
        if name in node:
            return node[name]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return default


def _outside(visible: list[Box], to_user: Matrix) -> Callable[[Word], bool]:
    """Whether a word lies mostly off the page's visible text, which can be selected already."""
    a, b, c, d, e, f = to_user

    def wanted(word: Word) -> bool:
        box = Box.around((a * x + c * y + e, b * x + d * y + f) for x, y in word.box.polygon)
        return sum(box.overlap(other) for other in visible) < 0.4 * max(box.area, 1e-6)

    return wanted


def _add(target: pikepdf.Page, font: pikepdf.Object, layer: bytes) -> None:
    # What the page itself draws may leave its coordinates changed.
    target.contents_add(b"q\n", prepend=True)
    target.contents_add(b"\nQ\nq\n" + layer + b"Q\n")
    # Copies: both may be shared with pages that get no layer.
    resources = _copied(_inherited(target, "/Resources", None))
    fonts = _copied(resources.get("/Font"))
    fonts[_FONT] = font
    resources["/Font"] = fonts
    target.obj["/Resources"] = resources


def _copied(dictionary: Any) -> Any:
    copy: Any = pikepdf.Dictionary()
    for name, value in dictionary.items() if isinstance(dictionary, pikepdf.Dictionary) else ():
        copy[name] = value
    return copy


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
