"""A corpus of files that a run may meet and must survive."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

GOOD = "good"
BAD = "bad"
EITHER = "either"  # damaged so that a library may or may not still read it


def hostile_corpus(folder: Path) -> dict[str, str]:
    """Write the corpus; return what is expected of each file by its name below the folder."""
    corpus = _Corpus(folder)
    _images(corpus)
    _bombs(corpus)
    _pdfs(corpus)
    _names(corpus)
    _places(corpus)
    return corpus.expected


class _Corpus:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expected: dict[str, str] = {}

    def add(self, name: str, content: bytes, expected: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.expected[name] = expected
        return path


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    stream = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    (image or Image.fromarray(noise)).save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    whole = kind + content
    return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))


def png(width: int, height: int, data: bytes, bits: int = 8, colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _images(corpus: _Corpus) -> None:
    kinds = {
        "PNG": "png", "JPEG": "jpg", "TIFF": "tif", "WEBP": "webp", "BMP": "bmp", "GIF": "gif",
        "PPM": "ppm",
    }  # fmt: skip
    for kind, suffix in kinds.items():
        whole = encoded(kind)
        corpus.add(f"whole.{suffix}", whole, GOOD)
        corpus.add(f"start.{suffix}", whole[:9], BAD)
        corpus.add(f"half.{suffix}", whole[: len(whole) // 2], EITHER)
        noise = bytearray(whole)
        for place in range(12, len(noise), 7):
            noise[place] ^= 0x5A
        corpus.add(f"scrambled.{suffix}", bytes(noise), EITHER)
    for suffix in ("png", "jpg", "tif", "pdf"):
        corpus.add(f"empty.{suffix}", b"", BAD)
        corpus.add(f"zeros.{suffix}", bytes(1000), BAD)
        corpus.add(f"text.{suffix}", b"Dear reader,\n" * 50, BAD)
    corpus.add("jpeg-by-another-name.png", encoded("JPEG"), GOOD)
    corpus.add("pdf-by-another-name.jpg", _pdf(), GOOD)
    corpus.add("png-by-another-name.pdf", encoded("PNG"), GOOD)
    corpus.add("zip.png", b"PK\x03\x04" + bytes(100), BAD)
    corpus.add("svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", BAD)
    corpus.add("one-pixel.png", encoded("PNG", Image.new("L", (1, 1), 0)), GOOD)
    corpus.add("thin.png", encoded("PNG", Image.new("L", (5000, 1), 255)), GOOD)
    corpus.add("sixteen-bits.png", encoded("PNG", Image.new("I;16", (30, 20), 4000)), GOOD)
    corpus.add("cmyk.jpg", encoded("JPEG", Image.new("CMYK", (30, 20))), GOOD)
    corpus.add("no-pixels.png", png(0, 10, zlib.compress(b"")), BAD)
    corpus.add("wrong-depth.png", png(10, 10, zlib.compress(bytes(110)), bits=7), BAD)
    corpus.add("lying-exif.jpg", encoded("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), EITHER)


def _bombs(corpus: _Corpus) -> None:
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(5001)) for _ in range(1000)) + rows.flush()
    corpus.add("bomb-of-pixels.png", png(40_000, 40_000, data), BAD)
    corpus.add("largest-size.png", png(2**31 - 1, 2**31 - 1, data), BAD)
    many = [Image.new("1", (10, 10)) for _ in range(300)]
    stream = io.BytesIO()
    many[0].save(stream, "TIFF", save_all=True, append_images=many[1:])
    corpus.add("many-pages.tif", stream.getvalue(), GOOD)
    tiff = bytearray(encoded("TIFF", Image.new("L", (20, 10))))
    (first,) = struct.unpack_from("<I", tiff, 4)
    (entries,) = struct.unpack_from("<H", tiff, first)
    struct.pack_into("<I", tiff, first + 2 + 12 * entries, first)  # the next page is this page
    corpus.add("circle.tif", bytes(tiff), EITHER)


def _pdf(pages: int = 1, size: tuple[float, float] = (100, 80)) -> bytes:
    stream = io.BytesIO()
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
        pdf.pages[-1].mediabox = pikepdf.Array([0, 0, *size])
    pdf.save(stream)
    return stream.getvalue()


def _pdfs(corpus: _Corpus) -> None:
    whole = _pdf(2)
    corpus.add("whole.pdf", whole, GOOD)
    corpus.add("half.pdf", whole[: len(whole) // 2], EITHER)
    corpus.add("no-table.pdf", whole.replace(b"startxref", b"startxxxx"), EITHER)
    corpus.add("wrong-table.pdf", whole.replace(b"startxref\n", b"startxref\n9"), EITHER)
    corpus.add("no-pages.pdf", _pdf(0), BAD)
    corpus.add("endless-page.pdf", _pdf(1, (14_000_000, 14_000_000)), BAD)
    corpus.add("flat-page.pdf", _pdf(1, (1000, 0.001)), EITHER)
    corpus.add("poster.pdf", _pdf(1, (7_000, 7_000)), GOOD)
    stream = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(stream, encryption=pikepdf.Encryption(owner="a", user="b"))
    corpus.add("locked.pdf", stream.getvalue(), BAD)
    corpus.add("header-only.pdf", b"%PDF-1.7\n", BAD)
    corpus.add("preceded.pdf", b"\r\n" * 100 + whole, EITHER)
    loop = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF"
    )
    corpus.add("circle-of-pages.pdf", loop, BAD)
    stream = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page()
    form = pdf.make_stream(b"/F Do")
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"] = pikepdf.Array([0, 0, 100, 100])
    form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    pdf.pages[0].obj["/Resources"] = form["/Resources"]
    pdf.pages[0].contents_add(b"/F Do")
    pdf.save(stream)
    corpus.add("form-in-itself.pdf", stream.getvalue(), EITHER)


def _names(corpus: _Corpus) -> None:
    image = encoded("PNG", Image.new("L", (20, 10), 255))
    for name in (
        "new\nline.png", "tab\tand \x1b[31mcolour.png", "emoji 🙂🏳️‍🌈.png", "é.png", "e\u0301.png",
        "quote'\"<&>.png", "-dash.png", "%41 $HOME `id`.png", "x" * 251 + ".png", "dots...png",
        "UPPER.PNG", "upper.png", "twins.png", "twins.tif", "a/b/c/d/e/f/g/deep.png", "con.png",
        "[glob]*?.png", " space .png", "\u202egnp.exe.png",
    ):  # fmt: skip
        corpus.add(name, image, GOOD)
    corpus.add(os.fsdecode(b"not-utf8-\xff\xfe.png"), image, GOOD)


def _places(corpus: _Corpus) -> None:
    (corpus.folder / "to-itself.png").symlink_to("to-itself.png")
    corpus.expected["to-itself.png"] = BAD
    (corpus.folder / "to-nowhere.png").symlink_to("nothing.png")
    corpus.expected["to-nowhere.png"] = BAD
    (corpus.folder / "linked.png").symlink_to("whole.png")
    corpus.expected["linked.png"] = GOOD
    (corpus.folder / "a" / "round").symlink_to(corpus.folder)
    (corpus.folder / "empty folder").mkdir()
    os.mkfifo(corpus.folder / "pipe.png")
    forbidden = corpus.add("forbidden.png", encoded("PNG"), EITHER)  # the superuser may read all
    forbidden.chmod(0)
