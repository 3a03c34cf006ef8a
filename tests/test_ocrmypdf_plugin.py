"""The real OCRmyPDF reads with gsaocr: the text lies on the ink whichever way a page lies."""

from __future__ import annotations

import importlib.metadata
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.formats.test_pdf_places import poppler_words

TEXT = [
    "The gardeners begin with the long beds",
    "at half past seven and rake the gravel",
    "before the gates open. On rainy days",
    "they repair tools in the shed behind",
    "the palm house or sort seeds for spring",
]
WORDS = " ".join(TEXT).split()
DPI = 300
MEDIAN = 4.0  # pixels by which words' edges may be off their ink
TURNS = [(text, page) for page in (0, 90, 180, 270) for text in (0, 90, 180, 270)]


def ocrmypdf(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run OCRmyPDF with the plugin, or skip the test, saying why."""
    pytest.importorskip("ocrmypdf", reason="OCRmyPDF is not installed: gsaocr[ocrmypdf]")
    if shutil.which("gs") is None:
        pytest.skip("Ghostscript is not installed, without which OCRmyPDF does not run")
    plugins = importlib.metadata.entry_points(group="ocrmypdf")
    if "gsaocr_engine" not in plugins.names:
        pytest.skip("gsaocr was installed before it had a plugin: install it again")
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "gsaocr", "--jobs", "1", *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def scan(folder: Path, turns: list[tuple[int, int]], skew: float = 0.0) -> Path:
    """Pages whose text lies turned clockwise in the image, and which /Rotate shows turned."""
    font = ImageFont.load_default(44)
    image = Image.new("L", (1000, 500), 255)
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(TEXT):
        draw.text((60, 60 + 76 * row), text, 0, font)
    if skew:
        image = image.rotate(-skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
    path = folder / "in.pdf"
    first, *others = (image.rotate(-turned, expand=True) for turned, _ in turns)
    first.save(path, "PDF", resolution=DPI, save_all=True, append_images=others)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for page, (_, rotate) in zip(pdf.pages, turns, strict=True):
            page.obj["/Rotate"] = rotate
        pdf.save(path)
    return path


def shown(path: Path, page: int) -> np.ndarray:
    with pypdfium2.PdfDocument(path) as pdf:
        return pdf[page].render(scale=DPI / 72, grayscale=True).to_numpy().squeeze()


def edges_off(path: Path, page: int, folder: Path) -> float:
    """By how many pixels words' edges are off the ink within and around them, in the median."""
    alone = folder / "alone.pdf"
    with pikepdf.open(path) as pdf, pikepdf.new() as one:
        one.pages.append(pdf.pages[page])
        one.save(alone)
    ink, found = shown(path, page) < 128, poppler_words(alone)
    assert sorted(word for word, _ in found) == sorted(WORDS)
    off = []
    for _, box in found:
        margin = 8  # letters of other words are farther away
        x0, y0 = max(0, round(box.x0) - margin), max(0, round(box.y0) - margin)
        x1, y1 = round(box.x1) + margin, round(box.y1) + margin
        rows, columns = np.nonzero(ink[y0:y1, x0:x1])
        assert len(rows), "a word where no ink is"
        own = (columns.min() + x0, rows.min() + y0, columns.max() + x0 + 1, rows.max() + y0 + 1)
        off += [abs(a - b) for a, b in zip((box.x0, box.y0, box.x1, box.y1), own, strict=True)]
    return statistics.median(off)


def test_text_lies_on_the_ink(tmp_path: Path) -> None:
    """Each quarter turn of the text in the image, and of the page; a PDF/A-2b comes out."""
    path, out, text = scan(tmp_path, TURNS), tmp_path / "out.pdf", tmp_path / "out.txt"
    done = ocrmypdf("-l", "eng", "--output-type", "pdfa", "--sidecar", text, path, out)
    assert done.returncode == 0, done.stderr
    assert text.read_text().split() == WORDS * len(TURNS)
    for page in range(len(TURNS)):
        assert edges_off(out, page, tmp_path) <= MEDIAN, TURNS[page]
    with pikepdf.open(out) as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"
        assert "gsaocr" in str(pdf.docinfo["/Creator"])


def test_pages_are_turned_upright(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    path = scan(tmp_path, TURNS[:4])
    done = ocrmypdf("--rotate-pages", "--output-type", "pdf", path, out)
    assert done.returncode == 0, done.stderr
    upright = shown(path, 0)
    for page in range(4):
        picture = shown(out, page)
        assert picture.shape == upright.shape
        assert np.corrcoef(picture.ravel(), upright.ravel())[0, 1] > 0.9
        assert edges_off(out, page, tmp_path) <= MEDIAN


@pytest.mark.parametrize("skew", [-2.0, 2.0])
def test_pages_are_set_level(skew: float, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    done = ocrmypdf("--deskew", "--output-type", "pdf", scan(tmp_path, [(0, 0)], skew), out)
    assert done.returncode == 0, done.stderr
    rows = (shown(out, 0) < 128).sum(1)
    # Between level lines there are rows without ink.
    assert (rows[: rows.nonzero()[0].max()] == 0).sum() > 2 * (len(TEXT) - 1)
    assert edges_off(out, 0, tmp_path) <= MEDIAN


def test_their_own_renderer(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    words = ("--pdf-renderer", "fpdf2", "--output-type", "pdf")
    done = ocrmypdf(*words, scan(tmp_path, [(0, 0)]), out)
    assert done.returncode == 0, done.stderr
    assert sorted(word for word, _ in poppler_words(out)) == sorted(WORDS)


def test_what_it_cannot_do_is_told_early(tmp_path: Path) -> None:
    path = scan(tmp_path, [(0, 0)])
    done = ocrmypdf("--gsaocr-adapter", "no-such", path, tmp_path / "out.pdf")
    assert done.returncode == 1  # OCRmyPDF's code for bad arguments
    assert "no-such" in done.stderr
    done = ocrmypdf("-l", "jpn", path, tmp_path / "out.pdf")
    assert done.returncode != 0
    assert "jpn" in done.stderr
