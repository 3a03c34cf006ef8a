"""Words of the layer lie on their ink: each quarter turn of the text, each /Rotate of the page."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Document, Page
from gsaocr.page.load_pdf import open_pdf
from tests.formats.test_pdf_layer import laid, poppler, prose, written

PIXELS = (2400, 2700)
TO_PIXELS = 300 / 72
MEDIAN = 2.0  # pixels at 300 dpi


def page_of(quarter: int, degrees: float = 0.0) -> Page:
    """Ten lines of text on an upright page, turned by a quarter."""
    page = laid(prose(10, 10), quarter + degrees)
    return replace(page, width=PIXELS[0], height=PIXELS[1])


def rotated_pdf(folder: Path, rotate: int, corner: tuple[float, float]) -> Path:
    """A blank page that is shown as large as ``PIXELS`` at 300 dpi; ``corner`` begins its box."""
    width, height = (side * 72 / 300 for side in PIXELS)
    if rotate % 180:
        width, height = height, width
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj.MediaBox = pikepdf.Array([*corner, corner[0] + width, corner[1] + height])
    page.obj.Rotate = rotate
    path = folder / "in.pdf"
    pdf.save(path)
    return path


def errors(found: list[tuple[str, Box]], page: Page) -> list[float]:
    """By how many pixels each edge of each word is off."""
    words = list(page.words)
    assert sorted(text for text, _ in found) == sorted(word.text for word in words)
    off = []
    for word in words:
        # The same word may stand on a page twice.
        alike = [box for text, box in found if text == word.text]

        def distances(box: Box, own: Box = word.box) -> list[float]:
            return [
                abs(box.x0 - own.x0), abs(box.y0 - own.y0),
                abs(box.x1 - own.x1), abs(box.y1 - own.y1),
            ]  # fmt: skip

        off += min((distances(box) for box in alike), key=sum)
    return off


def poppler_words(path: Path) -> list[tuple[str, Box]]:
    pattern = r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>'
    return [
        (text, Box(*(float(value) * TO_PIXELS for value in corners)))
        for *corners, text in re.findall(pattern, poppler(path, "-bbox"))
    ]


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [None, 0, 90, 180, 270])
def test_poppler_finds_words_on_their_ink(quarter: int, rotate: int | None, tmp_path: Path) -> None:
    """Of new PDFs of images (``None``) as of given ones."""
    page = page_of(quarter)
    if rotate is None:
        target = written(page, tmp_path)
    else:
        path, target = rotated_pdf(tmp_path, rotate, (0, 0)), tmp_path / "out.pdf"
        settings = WriterSettings(original=path)
        target.write_bytes(b"".join(to_pdf(Document((page,)), settings)))
    off = errors(poppler_words(target), page)
    assert statistics.median(off) <= MEDIAN
    assert max(off) <= 4.0


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("corner", [(0.0, 0.0), (-30.0, 50.0)])
def test_pdfium_finds_words_on_their_ink(
    quarter: int, rotate: int, corner: tuple[float, float], tmp_path: Path
) -> None:
    page = page_of(quarter)
    path, target = rotated_pdf(tmp_path, rotate, corner), tmp_path / "out.pdf"
    target.write_bytes(b"".join(to_pdf(Document((page,)), WriterSettings(original=path))))
    with open_pdf(target) as pdf:
        found = [(word.text, word.box) for word in pdf.text_page(1, 300.0).words]
    off = errors(found, page)
    assert statistics.median(off) <= MEDIAN
    assert max(off) <= 4.0


@pytest.mark.parametrize("degrees", [-0.4, 0.4])
def test_words_a_little_askew(degrees: float, tmp_path: Path) -> None:
    """Flattened lines: the middle word's edge is nearly where it was."""
    page = page_of(0, degrees)
    off = errors(poppler_words(written(page, tmp_path)), page)
    assert statistics.median(off) <= 4.0
