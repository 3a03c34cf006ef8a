"""Every kind of image file becomes the grey page a viewer shows; broken ones say what is wrong."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gsaocr.errors import InputError
from gsaocr.page.load import PageImage, load_pages

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
