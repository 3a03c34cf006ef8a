"""PDFs that are broken, nonsense or meant to harm: written, or that file's fault, in one line."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from gsaocr.errors import InputError
from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.pdf_images import image_objects
from gsaocr.formats.pdf_page_box import pixels_to_user
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word
from gsaocr.page.load import load_pages

Break = Callable[[pikepdf.Pdf, pikepdf.Page], None]


def small_pdf(stream: bool = False) -> pikepdf.Pdf:
    """A page with a picture, visible text, an older layer of hidden text, a link and a title."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 300))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    picture = pdf.make_stream(bytes(range(0, 256, 16)) * 4)
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height, picture.BitsPerComponent = 8, 8, 8
    picture.ColorSpace = pikepdf.Name.DeviceGray
    form = pdf.make_stream(b"BT 3 Tr /H 9 Tf 20 40 Td (form) Tj ET")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 200, 300])
    form.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(H=font))
    page.obj.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(H=font), XObject=pikepdf.Dictionary(Im=picture, Fm=form)
    )
    page.obj.Annots = pikepdf.Array(
        [pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])]
    )
    page.contents_add(
        b"q 100 0 0 100 20 150 cm /Im Do Q BT /H 12 Tf 20 100 Td (Visible words stand) Tj ET "
        b"BT 3 Tr /H 12 Tf 20 60 Td (older) Tj [(lay) -10 (er)] TJ ET /Fm Do"
    )
    pdf.docinfo["/Title"] = "A small PDF"
    return pdf


def read_page(path: Path) -> Page:
    """The first page of a file as if a word had been read at its top."""
    image = next(load_pages(path))
    box = Box(0.2 * image.width, 0.1 * image.height, 0.5 * image.width, 0.13 * image.height)
    word = Word(tuple(Character(c, box, 1.0) for c in "found"), box, 1.0)
    line = Line((word,), box, box.polygon, ((box.x0, box.y1), (box.x1, box.y1)), 0, 0.0, 1.0)
    region = Region((line,), box, box.polygon)
    return Page(image.width, image.height, (region,), str(path), dpi=image.dpi)


def layered(path: Path, page: Page | None = None) -> bytes:
    document = Document((page or read_page(path),), str(path), {"version": "1"})
    return b"".join(to_pdf(document, WriterSettings(original=path)))


def _set(name: str, value: Any) -> Break:
    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.obj[name] = value

    return change


def _content(content: bytes) -> Break:
    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.contents_add(content, prepend=True)

    return change


NONSENSE: dict[str, Break] = {
    "rotate-45": _set("/Rotate", 45),
    "rotate-1": _set("/Rotate", 1),
    "rotate-100": _set("/Rotate", 100),
    "rotate-minus-90": _set("/Rotate", -90),
    "rotate-810": _set("/Rotate", 810),
    "rotate-name": _set("/Rotate", pikepdf.Name("/Foo")),
    "rotate-array": _set("/Rotate", pikepdf.Array([90])),
    "crop-name": _set("/CropBox", pikepdf.Array([pikepdf.Name("/Foo"), 0, 150, 250])),
    "crop-short": _set("/CropBox", pikepdf.Array([0, 0, 150])),
    "crop-no-array": _set("/CropBox", 7),
    "crop-empty": _set("/CropBox", pikepdf.Array([10, 10, 10, 10])),
    "media-gone": _set("/MediaBox", 0),
    "resources-name": _set("/Resources", pikepdf.Name("/Foo")),
    "fonts-number": _set("/Resources", pikepdf.Dictionary(Font=3)),
    "forms-array": _set("/Resources", pikepdf.Dictionary(XObject=pikepdf.Array([1, 2]))),
    "annotations-number": _set("/Annots", 12),
    "annotations-nonsense": _set("/Annots", pikepdf.Array([1, pikepdf.Name("/Foo"), 0])),
    "mode-name": _content(b"/Foo Tr\n"),
    "mode-string": _content(b"(x) Tr\n"),
    "mode-none": _content(b"Tr\n"),
    "mode-huge": _content(b"99999999999999999999 Tr\n"),
    "no-operands": _content(b"BT Tj ' TJ Td Tm Tf ET cm\n"),
    "never-ending-string": _content(b"BT (abc\n"),
    "no-closing": _content(b"[ << /A (\n"),
    "binary": _content(bytes(range(256)) + b"\n"),
    "inline-image": _content(b"BI /W 5 /H 5 ID abc\n"),
    "restores": _content(b"Q " * 50),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_written_all_the_same(what: str, tmp_path: Path) -> None:
    """A page that PDFium draws gets its layer, at the place where PDFium drew it."""
    pdf, path = small_pdf(), tmp_path / "a.pdf"
    NONSENSE[what](pdf, pdf.pages[0])
    pdf.save(path)
    written = layered(path)
    target = tmp_path / "b.pdf"
    target.write_bytes(written)
    with pikepdf.open(target) as opened:
        assert len(opened.pages) == 1
    with pypdfium2.PdfDocument(target) as shown:
        assert "found" in shown[0].get_textpage().get_text_range()
    before, after = (next(load_pages(each)) for each in (path, target))
    assert np.array_equal(before.grey, after.grey)


@pytest.mark.parametrize("turn", [0, 1, 45, 89, 90, 100, 180, 270, 359, 360, 450, -1, -90, -100])
@pytest.mark.parametrize(
    "crop", [None, [20, 30, 150, 290], [150, 290, 20, 30], [-50, 30, 150, 999]]
)
def test_pixels_lie_where_pdfium_drew_them(
    turn: int, crop: list[int] | None, tmp_path: Path
) -> None:
    """A black square, drawn by PDFium, is found again at its place in user space."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 300))
    page.contents_add(b"60 100 30 20 re f")
    page.obj["/Rotate"] = turn
    if crop:
        page.obj["/CropBox"] = pikepdf.Array(crop)
    path = tmp_path / "a.pdf"
    pdf.save(path)
    drawn = next(load_pages(path))
    rows, columns = np.nonzero(drawn.grey < 128)
    a, b, c, d, e, f = pixels_to_user(page, Page(drawn.width, drawn.height, ()))
    found = Box.around(
        (a * x + c * y + e, b * x + d * y + f)
        for x in (int(columns.min()), int(columns.max()) + 1)
        for y in (int(rows.min()), int(rows.max()) + 1)
    )
    assert (found.x0, found.y0, found.x1, found.y1) == pytest.approx((60, 100, 90, 120), abs=0.5)


def test_a_page_whose_place_is_unknown_is_named(tmp_path: Path) -> None:
    """qpdf makes US Letter of a page whose box holds a name; PDFium draws another."""
    pdf, path = small_pdf(), tmp_path / "a.pdf"
    pdf.pages[0].obj["/MediaBox"] = pikepdf.Array([0, pikepdf.Name("/Foo"), 200, 300])
    pdf.save(path)
    with pytest.raises(InputError, match="page 1 has no usable MediaBox"):
        layered(path)


def test_a_tree_that_is_a_circle(tmp_path: Path) -> None:
    pdf, path = small_pdf(), tmp_path / "a.pdf"
    page = read_page_of(pdf, path)
    with pikepdf.open(path, allow_overwriting_input=True) as opened:
        opened.Root.Pages.Parent = opened.Root.Pages
        opened.save(path)
    assert b"%PDF" in layered(path, page)


def read_page_of(pdf: pikepdf.Pdf, path: Path) -> Page:
    pdf.save(path)
    return read_page(path)


def test_a_file_that_lost_its_pages_is_named(tmp_path: Path) -> None:
    """What has changed since it was read is that input's fault, not the output's."""
    path = tmp_path / "a.pdf"
    page = read_page_of(small_pdf(), path)
    whole = path.read_bytes()
    for content in (b"", b"%PDF-1.7\n", whole[:200], whole[:-300], b"no PDF at all"):
        path.write_bytes(content)
        assert isinstance(outcome(path, page), bytes) or str(path) in str(outcome(path, page))
    path.unlink()
    with pytest.raises(InputError, match=r"a\.pdf"):
        layered(path, page)


def outcome(path: Path, page: Page) -> bytes | InputError:
    try:
        return layered(path, page)
    except InputError as error:
        return error


def mutants(base: bytes, count: int, seed: int) -> list[bytes]:
    """Copies of a file with bytes changed, taken out, put in, repeated, and numbers replaced."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        data = bytearray(base)
        for _ in range(draw.choice((1, 1, 2, 4, 12))):
            at = draw.randrange(len(data))
            kind = draw.randrange(6)
            if kind == 0:
                data[at] = draw.randrange(256)
            elif kind == 1:
                del data[at : at + draw.randrange(1, 30)]
            elif kind == 2:
                data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 9)))
            elif kind == 3:
                data[at:at] = data[at : at + draw.randrange(1, 60)]
            elif kind == 4:
                number = draw.choice((b"0", b"-1", b"1e9", b"99999999999", b"/Foo", b"null", b"[]"))
                while at < len(data) and not chr(data[at]).isdigit():
                    at += 1
                end = at
                while end < len(data) and chr(data[end]).isdigit():
                    end += 1
                data[at:end] = number
            else:
                del data[at:]
                data += base[-draw.randrange(1, 400) :]
            if len(data) < 2:
                break
        made.append(bytes(data))
    return made


def test_mutants_are_written_or_named(tmp_path: Path) -> None:
    """300 broken copies: read and written, or InputError with the file's name; nothing else."""
    buffer = io.BytesIO()
    small_pdf().save(
        buffer,
        compress_streams=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(buffer.getvalue())
    page = read_page(path)
    written = 0
    for index, mutant in enumerate(mutants(buffer.getvalue(), 300, seed=20)):
        path.write_bytes(mutant)
        try:
            drawn = read_page(path)
        except InputError:
            drawn = page  # as if the file had been whole when it was read
        found = outcome(path, drawn)
        if isinstance(found, InputError):
            assert str(path) in str(found), index
            assert len(str(found)) < 600, index
        else:
            assert found.startswith(b"%PDF-"), index
            written += 1
    assert written > 100


def test_bilevel_image_beyond_pillows_limit(tmp_path: Path) -> None:
    """An A0 scan is larger than what Pillow opens without a word; it is written all the same."""
    path = tmp_path / "a.png"
    Image.new("1", (14_000, 14_000), 1).save(path)
    ((number, image),) = image_objects(path, 200.0)
    assert number == 1
    assert "/CCITTFaxDecode" in image.entries
    with pytest.raises(InputError, match="megapixels"):
        next(image_objects(path, 100.0))
