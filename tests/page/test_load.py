"""Every kind of image file becomes the grey page a viewer shows; broken ones say what is wrong."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin, features

from gsaocr.errors import InputError
from gsaocr.page.grey import grey_pixels
from gsaocr.page.load import LoadSettings, PageImage, count_pages, displayed_pages, load_pages

PATTERN = np.array([[0, 60, 120], [180, 240, 255]], np.uint8)


def one(path: Path) -> PageImage:
    (page,) = load_pages(path)
    return page


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "webp"])
def test_lossless_formats_keep_every_pixel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bild ä 日本 🙂.{suffix}"
    Image.fromarray(PATTERN).save(path, **({"lossless": True} if suffix == "webp" else {}))
    page = one(path)
    assert page.grey.dtype == np.uint8
    # WebP stores colours in another space: grey may move by a level.
    assert np.abs(page.grey.astype(int) - PATTERN).max() <= (1 if suffix == "webp" else 0)
    assert (page.source, page.number) == (str(path), 1)


def test_jpeg_and_dpi(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("L", (40, 30), 200).save(path, dpi=(300, 300))
    page = one(path)
    assert page.grey.shape == (30, 40)
    assert abs(int(page.grey.mean()) - 200) <= 1
    assert page.dpi == pytest.approx(300)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_orientation_tag_is_applied_and_leads_back(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    path = tmp_path / f"turned.{suffix}"
    exif = Image.Exif()
    exif[274] = orientation
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    Image.fromarray(stored).save(path, exif=exif)
    page = one(path)
    assert page.grey.shape == ((4, 3) if orientation >= 5 else (3, 4))
    for y in range(page.height):
        for x in range(page.width):
            sx, sy = page.stored_point((x + 0.5, y + 0.5))
            assert page.grey[y, x] == stored[int(sy), int(sx)]


def test_sixteen_bit_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(PATTERN.astype(np.uint16) * 257).save(path)
    assert np.array_equal(one(path).grey, PATTERN)


def test_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "alpha.png"
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (0, 0, 0, 255)
    pixels[1, 1] = (0, 0, 0, 128)
    Image.fromarray(pixels, "RGBA").save(path)
    grey = one(path).grey
    assert grey[0, 0] == 0
    assert grey[0, 1] == 255
    assert 120 <= grey[1, 1] <= 135


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "RGB", "LA"])
def test_modes_keep_black_and_white_apart(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGB", (8, 4), "white")
    picture.paste((0, 0, 0), (0, 0, 4, 4))
    path = tmp_path / "mode.tif"
    (picture.convert("L").convert("LA") if mode == "LA" else picture.convert(mode)).save(path)
    grey = one(path).grey
    assert grey[:, :4].max() < 60
    assert grey[:, 4:].min() > 200


def test_palette_with_transparency(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 10, 10, 10])
    picture.putpixel((1, 0), 1)
    path = tmp_path / "p.png"
    picture.save(path, transparency=1)
    assert one(path).grey.tolist() == [[0, 255]]


def test_all_pages_of_a_tiff(tmp_path: Path) -> None:
    path = tmp_path / "book.tif"
    first, *rest = [Image.new("L", (10 + k, 20), 40 * k) for k in range(4)]
    first.save(path, save_all=True, append_images=rest)
    pages = list(load_pages(path))
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert [page.width for page in pages] == [10, 11, 12, 13]
    assert [int(page.grey[0, 0]) for page in pages] == [0, 40, 80, 120]


def test_stream_is_named_dash(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(PATTERN).save(buffer, "PNG")
    (page,) = load_pages(io.BytesIO(buffer.getvalue()))
    assert page.source == "-"
    assert np.array_equal(page.grey, PATTERN)


def png_of_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data
        chunks += struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_size(30_000, 30_000))
    with pytest.raises(InputError, match=r"30000 x 30000.*200 megapixels.*raise the limit"):
        list(load_pages(path))


def test_limit_can_be_lowered_and_raised(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (2000, 1000)).save(path)
    with pytest.raises(InputError, match="megapixels"):
        list(load_pages(path, max_megapixels=1))
    assert one(path).width == 2000


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty"),
        (b"hello, this is no image" * 9, "no image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "no image|broken"),
        (png_of_size(0, 5), "no pixels|broken|no image"),
        (png_of_size(400, 500), "broken"),
    ],
)
def test_bad_files_are_named_with_their_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=cause) as caught:
        list(load_pages(path))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp"])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / f"cut.{suffix}"
    Image.fromarray(rng.integers(0, 256, (200, 300), dtype=np.uint8)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError):
        list(load_pages(path))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(load_pages(tmp_path / "nothing.png"))
    with pytest.raises(InputError, match="folder"):
        list(load_pages(tmp_path))


def test_one_pixel(tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    Image.new("L", (1, 1), 7).save(path)
    assert one(path).grey.tolist() == [[7]]


LETTERS = np.kron([[0, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0], [0, 1, 0, 1, 1, 0]], np.ones((4, 3)))
"""Thin strokes: 1 ink, 0 ground."""


def tells_apart(grey: np.ndarray, *, least: int = 150) -> None:
    """Ink and ground are each of one grey, far from each other."""
    ink, ground = grey[LETTERS == 1].astype(int), grey[LETTERS == 0].astype(int)
    assert np.ptp(ink) <= 2
    assert np.ptp(ground) <= 2
    assert abs(ink.mean() - ground.mean()) >= least


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("letters", [0, 230, 255])
def test_letters_on_transparency_are_seen(tmp_path: Path, mode: str, letters: int) -> None:
    pixels = np.full((*LETTERS.shape, 4), 255, np.uint8)
    pixels[..., :3] = letters  # also where nothing is seen
    pixels[..., 3] = 255 * LETTERS
    path = tmp_path / "a.png"
    picture = Image.fromarray(pixels, "RGBA")
    if mode == "P":
        picture = Image.fromarray(LETTERS.astype(np.uint8), "P")
        picture.putpalette([9, 9, 9, letters, letters, letters])
        picture.save(path, transparency=0)
    else:
        picture.convert(mode).save(path)
    grey = one(path).grey
    tells_apart(grey)
    assert grey[0, 0] == (0 if letters > 127 else 255)


def test_a_sheet_cut_out_lies_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((90, 90, 4), np.uint8)
    pixels[5:-5, 5:-5] = 255
    pixels[40:44, 20:60, :3] = 0
    path = tmp_path / "a.png"
    Image.fromarray(pixels, "RGBA").save(path)
    assert one(path).grey[0, 0] == 255


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((230, 20, 20), (40, 90, 220)),
        ((215, 110, 30), (134, 134, 134)),
        ((200, 60, 200), (60, 140, 60)),
        ((40, 90, 220), (230, 20, 20)),
    ],
)
def test_letters_that_differ_in_colour_only(
    tmp_path: Path, ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    path = tmp_path / "a.png"
    pixels = np.where(LETTERS[..., None] == 1, ink, ground).astype(np.uint8)
    pixels = np.pad(pixels, ((9, 9), (9, 9), (0, 0)), "edge")
    Image.fromarray(pixels).save(path)
    grey = one(path).grey[9:-9, 9:-9]
    tells_apart(grey)
    assert grey[LETTERS == 0].mean() > 127, "the ground is light"


def test_plain_colours_keep_their_brightness(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for low, high in ((0, 256), (120, 136)):  # of all brightnesses, and a blank page's noise
        pixels = rng.integers(low, high, (40, 50, 3), dtype=np.uint8)
        path = tmp_path / "a.png"
        Image.fromarray(pixels).save(path)
        assert np.array_equal(one(path).grey, np.asarray(Image.fromarray(pixels).convert("L")))


def test_bands_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (37, 23, 4), dtype=np.uint8)
    for mode in ("RGBA", "LA", "RGB", "CMYK", "P"):
        picture = Image.fromarray(pixels[..., :3]).convert(mode)
        if mode == "RGBA":
            picture = Image.fromarray(pixels, "RGBA")
        whole = grey_pixels(picture)
        with monkeypatch.context() as small:
            small.setattr("gsaocr.page.grey._BAND_PIXELS", 50)
            assert np.array_equal(grey_pixels(picture), whole)


def tiff_of(samples: np.ndarray, path: Path, *, order: str = "<", compression: int = 1) -> Path:
    """A grey TIFF of one strip with any kind of samples."""
    height, width = samples.shape
    kinds = {"u": 1, "i": 2, "f": 3}
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if compression == 8 else data
    tags = {
        256: width, 257: height, 258: samples.dtype.itemsize * 8, 259: compression, 262: 1,
        273: 8, 277: 1, 278: height, 279: len(data), 339: kinds[samples.dtype.kind],
    }  # fmt: skip
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, 4, 1) + struct.pack(f"{order}I", value)
        for tag, value in tags.items()
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(data))
    path.write_bytes(
        head + data + struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)
    )
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize(
    "kind", ["uint8", "int8", "uint16", "uint32", "int32", "float16", "float32"]
)
def test_samples_of_tiffs(tmp_path: Path, kind: str, order: str, compression: int) -> None:
    if kind.startswith("f"):
        samples = (PATTERN / 255).astype(kind)
    elif kind == "int8":
        samples = (PATTERN.astype(int) - 128).astype(kind)
    elif kind == "uint32":
        samples = PATTERN.astype(kind) * 0x01010101
    else:
        samples = PATTERN.astype(kind) * (257 if kind == "uint16" else 1)
    path = tiff_of(samples, tmp_path / "a.tif", order=order, compression=compression)
    assert np.abs(one(path).grey.astype(int) - PATTERN).max() <= 1
    ((shown, number, _),) = displayed_pages(path)
    assert number == 1
    assert np.abs(grey_pixels(shown).astype(int) - PATTERN).max() <= 1


def test_samples_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = tiff_of(PATTERN.astype(np.complex128).real, tmp_path / "a.tif")  # float64
    with pytest.raises(InputError, match="is a TIFF of 64-bit floating-point samples, which can't"):
        one(path)
    path = tiff_of(PATTERN, tmp_path / "b.tif", compression=34887)
    with pytest.raises(InputError, match="is a TIFF compressed with LERC, which can't"):
        one(path)


@pytest.mark.parametrize("orientation", [1, 6])
def test_webp_in_tiff(tmp_path: Path, orientation: int, capfd: pytest.CaptureFixture[str]) -> None:
    picture = np.zeros((40, 24, 3), np.uint8)
    picture[:9] = 255
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", lossless=True)
    data = stream.getvalue() + b"\0" * (len(stream.getvalue()) % 2)
    tags = {
        256: (4, 24), 257: (4, 40), 258: (3, 8), 259: (3, 50001), 262: (3, 2), 273: (4, 8),
        274: (3, orientation), 277: (3, 3), 278: (4, 40), 279: (4, len(stream.getvalue())),
    }  # fmt: skip
    entries = b""
    for tag, (kind, value) in tags.items():
        if tag == 258:
            entries += struct.pack("<HHII", tag, kind, 3, 8 + len(data))
        else:
            entries += struct.pack("<HHII", tag, kind, 1, value)
    bits = struct.pack("<3H", 8, 8, 8)
    head = b"II*\0" + struct.pack("<I", 8 + len(data) + len(bits))
    path = tmp_path / "a.tif"
    path.write_bytes(head + data + bits + struct.pack("<H", len(tags)) + entries + b"\0" * 4)
    grey = one(path).grey
    assert grey.shape == ((40, 24) if orientation == 1 else (24, 40))
    light = grey[:9] if orientation == 1 else grey[:, -9:]
    assert light.min() == 255
    assert np.count_nonzero(grey) == light.size
    assert capfd.readouterr().err == ""


def test_a_reduced_copy_is_no_page_wherever_it_stands(tmp_path: Path) -> None:
    small, page, other = (Image.new("L", (size, size), size) for size in (5, 50, 60))
    reduced = TiffImagePlugin.ImageFileDirectory_v2()
    reduced[254] = 1
    path = tmp_path / "a.tif"
    small.save(path, save_all=True, append_images=[page, other], tiffinfo=reduced)
    # Pillow gives all frames the first one's tags: take the mark off the other two.
    data = bytearray(path.read_bytes())
    mark = struct.pack("<HHI", 254, 4, 1) + struct.pack("<I", 1)
    places = [place for place in range(len(data)) if data[place : place + 12] == mark]
    for place in places[1:]:
        data[place + 8] = 0
    path.write_bytes(data)
    assert [(p.number, p.width) for p in load_pages(path)] == [(1, 50), (2, 60)]
    assert count_pages(path, LoadSettings()) == 2
    alone = tmp_path / "b.tif"
    small.save(alone, tiffinfo=reduced)
    assert one(alone).width == 5, "a copy of no other page is one"


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    Image.fromarray(np.kron(PATTERN, np.ones((20, 20), np.uint8))).save(path, quality=95)
    assert np.abs(one(path).grey[10::20, 10::20].astype(int) - PATTERN).max() < 8


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.text")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo.*; install pillow-heif, or"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word document.*; save it as PDF"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Office document.*; save it as PDF"),
        (zipped("mimetype"), "an OpenDocument file"),
        (zipped("scan.png"), "an archive.*; unpack it"),
        (b"\xef\xbb\xbf<!DOCTYPE HTML><title>404", r"a web page \(HTML\).*; .*download"),
        (b"\n <html lang=de>", "a web page"),
        (b"<?xml version='1.0'?><svg/>", "an SVG drawing.*; export it"),
        (b"<?xml version='1.0'?><alto/>", "an XML file.*; give the image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript.*; convert it to PDF"),
        (b"AT&TFORM\0\0\0\0DJVM", "a DjVu document.*ddjvu"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer.*; git lfs pull"),
        (b"\0\0\0 ftypisom", "a video"),
        (b"\xff\x0a\0\0", "a JPEG XL image"),
        (b"Dear Sir or Madam,\n", "a text file"),
        (bytes(5000), "begins with zeros"),
        (b"\x93\x94 nothing known", "no image that can be read; give PNG"),
    ],
)
def test_what_a_file_holds_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        one(path)
