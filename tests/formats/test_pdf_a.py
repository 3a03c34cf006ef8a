"""New PDFs keep to each rule of PDF/A-2b that a scan's PDF touches (clauses of ISO 19005-2)."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pikepdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageCms

from gsaocr.errors import UsageError
from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.pdf_information import check_said, srgb_profile
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Document
from tests.formats.documents import PROVENANCE, drawn_page

NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}
KINDS = ["1.png", "L.png", "P.png", "RGB.png", "RGBA.png", "I;16.png", "L.jpg", "RGB.jpg", "1.tif"]
TITLE = 'Letters <1917> & "others" \u2013 \u017fcans'


def original(kind: str, folder: Path, **saved: Any) -> Path:
    mode, suffix = kind.split(".")
    image, _ = drawn_page(["The quick brown fox", "exam-", "ple"])
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    else:
        image = image.convert("RGB").convert(mode)
    if mode == "RGBA":
        image.putalpha(128)
    path = folder / f"scan-1.{suffix}"
    image.save(path, **saved)
    return path


def new_pdf(path: Path, target: Path, **settings: Any) -> Path:
    _, page = drawn_page(["The quick brown fox", "exam-", "ple"])
    document = Document((page,), str(path), PROVENANCE)
    chosen = WriterSettings(original=path, **settings)
    target.write_bytes(b"".join(to_pdf(document, chosen)))
    return target


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = original(request.param, tmp_path)
    return new_pdf(path, tmp_path / "a.pdf", title=TITLE, author="A. B.", language="en-GB")


def xmp(path: Path) -> ElementTree.Element:
    with pikepdf.open(path) as pdf:
        return ElementTree.fromstring(pdf.Root.Metadata.read_bytes())


def said(root: ElementTree.Element, path: str) -> str | None:
    return root.findtext(f".//{path}", namespaces=NAMES)


def test_header_and_trailer(made: Path) -> None:
    """6.1.2: a comment of four bytes above 127; 6.1.3: an ID, no encryption, nothing after it."""
    content = made.read_bytes()
    first, second, *_ = content.split(b"\n", 2)
    assert re.fullmatch(rb"%PDF-1\.[0-7]", first)
    assert len(second) >= 5
    assert second[:1] == b"%"
    assert all(byte > 127 for byte in second[1:5])
    assert content.endswith(b"%%EOF\n")
    with pikepdf.open(made) as pdf:
        assert not pdf.is_encrypted
        assert "/Encrypt" not in pdf.trailer
        first_id, second_id = (bytes(each) for each in pdf.trailer.ID)
        assert len(first_id) == 16
        assert first_id == second_id
        assert not pdf.check_pdf_syntax()


def test_objects_are_spaced_as_they_must(made: Path) -> None:
    """6.1.4, 6.1.7, 6.1.9: each table entry points at "N 0 obj" on a line; streams end on lines."""
    content = made.read_bytes()
    table = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n", 1)[0])
    assert content[table:].startswith(b"xref\n0 ")
    offsets = re.findall(rb"(\d{10}) 00000 n \n", content[table:])
    assert offsets
    for number, offset in enumerate(offsets, start=1):
        at = int(offset)
        assert content[at:].startswith(b"%d 0 obj\n" % number)
        assert content[at - 1 : at] == b"\n"
    for match in re.finditer(rb"/Length (\d+) >>\nstream\n", content):
        end = match.end() + int(match[1])
        assert content[end:].startswith(b"\nendstream\nendobj\n")


def test_filters(made: Path) -> None:
    """6.1.7.2: no LZW, no encryption filter, no external streams; 6.6.2.1: metadata as it is."""
    allowed = {"/FlateDecode", "/DCTDecode", "/CCITTFaxDecode"}
    with pikepdf.open(made) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream):
                assert not {"/F", "/FFilter", "/FDecodeParms"} & set(each.keys())
                assert str(each.get("/Filter", "/FlateDecode")) in allowed
        assert "/Filter" not in pdf.Root.Metadata
        assert pdf.Root.Metadata.Type == pikepdf.Name.Metadata
        assert pdf.Root.Metadata.Subtype == pikepdf.Name.XML


def test_limits(made: Path) -> None:
    """6.1.13: strings, names, nesting, sides of pages."""
    with pikepdf.open(made) as pdf:
        for page in pdf.pages:
            left, bottom, right, top = (float(v) for v in page.mediabox)
            assert 3 <= right - left <= 14400
            assert 3 <= top - bottom <= 14400
            depth = deepest = 0
            for operands, operator in pikepdf.parse_content_stream(page):
                depth += {"q": 1, "Q": -1}.get(str(operator), 0)
                deepest = max(deepest, depth)
                for operand in operands:
                    if isinstance(operand, pikepdf.String):
                        assert len(bytes(operand)) <= 32767
            assert depth == 0
            assert deepest <= 28


@pytest.mark.parametrize("size", [(1, 1), (4, 3000), (90_000, 2)])
def test_sides_of_odd_images(size: tuple[int, int], tmp_path: Path) -> None:
    from gsaocr.formats.pdf import page_points
    from gsaocr.page.document import Page

    for dpi in (None, 72.0, 1200.0):
        assert min(page_points(Page(*size, (), dpi=dpi))) >= 2.999


def test_output_intent(made: Path) -> None:
    """6.2.3: one intent with an RGB profile, which covers DeviceGray and DeviceRGB (6.2.4.3)."""
    with pikepdf.open(made) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.Type == pikepdf.Name.OutputIntent
        assert intent.S == pikepdf.Name.GTS_PDFA1
        assert str(intent.OutputConditionIdentifier) == "sRGB"
        profile = intent.DestOutputProfile
        assert profile.N == 3
        content = profile.read_bytes()
    assert content[12:24] == b"mntrRGB XYZ "
    assert struct.unpack_from(">I", content)[0] == len(content)
    opened = ImageCms.ImageCmsProfile(io.BytesIO(content)).profile
    assert opened.version < 5
    assert opened.profile_description.startswith("sRGB")
    assert "use freely" in opened.copyright
    assert srgb_profile() == content


def colour_spaces(pdf: pikepdf.Pdf) -> set[str]:
    """The names of all colour spaces of images."""
    found = set()
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == pikepdf.Name.Image:
            space: Any = each.ColorSpace
            if isinstance(space, pikepdf.Array):
                found.add(str(space[0]))
                space = space[1] if space[0] == pikepdf.Name.Indexed else None
            if isinstance(space, pikepdf.Name):
                found.add(str(space))
    return found


def test_images(made: Path) -> None:
    """6.2.4, 6.2.8: colours that the intent covers; no Alternates, OPI, Interpolate, Intent."""
    with pikepdf.open(made) as pdf:
        known = {"/DeviceGray", "/DeviceRGB", "/Indexed", "/ICCBased"}
        assert colour_spaces(pdf) <= known
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == pikepdf.Name.Image:
                assert not {"/Alternates", "/OPI", "/Interpolate", "/Intent"} & set(each.keys())
                assert each.BitsPerComponent in (1, 2, 4, 8, 16)


def test_fonts(made: Path) -> None:
    """6.2.11: the one font is embedded whole, its widths are the program's, no .notdef is shown."""
    with pikepdf.open(made) as pdf:
        page = pdf.pages[0]
        (font,) = page.obj.Resources.Font.values()
        assert font.Subtype == pikepdf.Name.Type0
        assert font.Encoding == pikepdf.Name("/Identity-H")
        (descendant,) = font.DescendantFonts
        assert descendant.Subtype == pikepdf.Name.CIDFontType2
        assert descendant.BaseFont == font.BaseFont == descendant.FontDescriptor.FontName
        program = TTFont(io.BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
        assert {"glyf", "head", "hhea", "hmtx", "loca", "maxp"} <= set(program.keys())
        glyphs = descendant.CIDToGIDMap.read_bytes()
        to_unicode = font.ToUnicode.read_bytes()
        shown = [
            bytes(operands[0])
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "Tj"
        ]
        assert shown
        for text in shown:
            for (code,) in struct.iter_unpack(">H", text):
                (glyph,) = struct.unpack_from(">H", glyphs, 2 * code)
                assert glyph != 0
                name = program.getGlyphName(glyph)
                width = 1000 * program["hmtx"][name][0] / program["head"].unitsPerEm
                assert width == descendant.DW
                assert b"<%04X>" % code in to_unicode


def test_metadata_and_information_agree(made: Path) -> None:
    """6.6.2, 6.6.4: XMP claims PDF/A-2b and says what the information dictionary says."""
    root = xmp(made)
    with pikepdf.open(made) as pdf:
        information = {name: str(value) for name, value in pdf.docinfo.items()}
        assert pdf.Root.Lang == "en-GB"
        assert pdf.open_metadata().pdfa_status == "2B"
    assert said(root, "pdfaid:part") == "2"
    assert said(root, "pdfaid:conformance") == "B"
    assert said(root, "dc:title/rdf:Alt/rdf:li") == information["/Title"] == TITLE
    assert said(root, "dc:creator/rdf:Seq/rdf:li") == information["/Author"] == "A. B."
    assert said(root, "dc:language/rdf:Bag/rdf:li") == "en-GB"
    assert said(root, "pdf:Producer") == information["/Producer"]
    created = said(root, "xmp:CreateDate") or ""
    assert "D:" + re.sub("[-:TZ]", "", created) + "Z" == information["/CreationDate"]


def test_nothing_that_acts(made: Path) -> None:
    """6.3 to 6.5, 6.8: no annotations, forms, actions, scripts, or files within it."""
    with pikepdf.open(made) as pdf:
        things = pikepdf.Dictionary | pikepdf.Stream
        keys = set().union(*(each.keys() for each in pdf.objects if isinstance(each, things)))
        forbidden = {"/OpenAction", "/AA", "/A", "/JS", "/Names", "/AcroForm", "/Annots"}
        assert not keys & (forbidden | {"/EmbeddedFiles", "/AF", "/XFA", "/OCProperties"})


def test_inks_without_a_profile_make_no_claim(tmp_path: Path) -> None:
    """DeviceCMYK isn't covered by an RGB intent (6.2.4.3); with a profile of its own it is fine."""
    image, _ = drawn_page(["The quick brown fox", "exam-", "ple"])
    path = tmp_path / "a.jpg"
    image.convert("CMYK").save(path)
    assert said(xmp(new_pdf(path, tmp_path / "a.pdf")), "pdfaid:part") is None
    profile = bytearray(srgb_profile())
    profile[12:20] = b"prtrCMYK"
    image.convert("CMYK").save(path, icc_profile=bytes(profile))
    assert said(xmp(new_pdf(path, tmp_path / "a.pdf")), "pdfaid:part") == "2"


@pytest.mark.parametrize(
    ("place", "value"), [(8, b"\x05"), (12, b"link"), (16, b"GRAY"), (36, b"none"), (0, b"\xff")]
)
def test_profiles_that_no_pdf_may_hold_are_left_out(
    place: int, value: bytes, tmp_path: Path
) -> None:
    profile = bytearray(srgb_profile())
    with pikepdf.open(
        new_pdf(original("RGB.png", tmp_path, icc_profile=bytes(profile)), tmp_path / "a.pdf")
    ) as pdf:
        assert "/ICCBased" in colour_spaces(pdf)
    profile[place : place + len(value)] = value
    path = original("RGB.png", tmp_path, icc_profile=bytes(profile))
    with pikepdf.open(new_pdf(path, tmp_path / "a.pdf")) as pdf:
        assert colour_spaces(pdf) == {"/DeviceRGB"}


def test_the_inputs_name_is_the_title(tmp_path: Path) -> None:
    root = xmp(new_pdf(original("L.png", tmp_path), tmp_path / "a.pdf"))
    assert said(root, "dc:title/rdf:Alt/rdf:li") == "scan-1"
    assert said(root, "dc:creator/rdf:Seq/rdf:li") is None


def test_the_same_bytes_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    path = original("L.png", tmp_path)
    first, second = (new_pdf(path, tmp_path / f"{n}.pdf").read_bytes() for n in "ab")
    assert first == second


def test_what_is_said_of_given_pdfs(tmp_path: Path) -> None:
    """Title, author and language where they are asked for; what the PDF says itself stays."""
    path = tmp_path / "a.pdf"
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(576, 115.2))
    with pdf.open_metadata() as metadata:
        metadata["dc:title"], metadata["pdf:Producer"] = "Old", "Other"
    pdf.docinfo["/Title"], pdf.docinfo["/Subject"] = "Old", "Kept"
    pdf.save(path)
    _, page = drawn_page(["a"])
    for title, expected in ((None, "Old"), ("New", "New")):
        settings = WriterSettings(original=path, title=title, language="de" if title else None)
        written = tmp_path / "b.pdf"
        document = Document((page,), "a.pdf", PROVENANCE)
        written.write_bytes(b"".join(to_pdf(_fitting(document), settings)))
        with pikepdf.open(written) as again:
            assert str(again.docinfo["/Title"]) == expected
            assert str(again.docinfo["/Subject"]) == "Kept"
            assert again.open_metadata()["dc:title"] == expected
            assert again.open_metadata()["pdf:Producer"] == "gsaocr 1.2.3"
            assert ("/Lang" in again.Root) is (title is not None)


def _fitting(document: Document) -> Document:
    from dataclasses import replace

    (page,) = document.pages
    return replace(document, pages=(replace(page, width=1200, height=240),))


@pytest.mark.parametrize("language", ["de", "en-GB", "zh-Hant-TW", "sl-1994"])
def test_language_codes(language: str) -> None:
    check_said(None, None, language)


@pytest.mark.parametrize("language", ["", "d", "deutsch!", "en_GB", "de (x", "en-", "\u00e4\u00f6"])
def test_what_is_no_language(language: str) -> None:
    with pytest.raises(UsageError, match="no language code"):
        check_said(None, None, language)


def test_endless_titles() -> None:
    with pytest.raises(UsageError, match="--title"):
        check_said("x" * 1001, None, None)
