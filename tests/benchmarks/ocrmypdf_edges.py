"""How near to the ink OCRmyPDF's text layer lies when it reads with gsaocr, on ten mixed PDFs.

``python -m tests.benchmarks.ocrmypdf_edges --data DATA`` makes the PDFs of the scans in DATA/pages
(1-bit, grey and colour; upright and turned; several pages; /Rotate; skew), runs
``ocrmypdf --plugin gsaocr --output-type pdfa`` on each, and prints, for each, what OCRmyPDF says of
the PDF/A and by how many pixels at 300 dpi the words' edges (``pdftotext -bbox``) miss their ink.
Needs OCRmyPDF, Ghostscript and poppler.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

DPI = 300
_DUST = 12  # pixels of a piece of ink that is no part of a letter
_SPREAD = 1.3  # widths of its word's box beyond which a piece of ink is no word's own


@dataclass(frozen=True)
class Scan:
    """How a page comes into a PDF."""

    archive: str
    number: int  # among the sorted images of the archive
    mode: str = "L"  # Pillow's: 1, L, RGB
    turned: int = 0  # clockwise, in the image
    rotate: int = 0  # /Rotate
    skew: float = 0.0  # degrees clockwise


DOCUMENTS: dict[str, tuple[Scan, ...]] = {
    "book, 1 bit": (Scan("old-books", 0, "1"),),
    "book, three pages": tuple(Scan("old-books", n, "L") for n in (1, 2, 3)),
    "book, lying on its side": (Scan("old-books", 4, "L", turned=90),),
    "book, upside down": (Scan("old-books", 5, "1", turned=180),),
    "book, /Rotate 90": (Scan("old-books", 6, "L", turned=270, rotate=90),),
    "book, 1.5 degrees askew": (Scan("old-books", 7, "L", skew=1.5),),
    "receipt, photograph": (Scan("receipts-val", 0, "RGB"),),
    "receipt, /Rotate 180": (Scan("receipts-val", 1, "L", turned=180, rotate=180),),
    "code, 150 dpi": (Scan("modern-open", 0, "L"),),
    "mixed pages": (Scan("old-books", 8, "1"), Scan("receipts-val", 2), Scan("modern-open", 3)),
}


def made(scans: Sequence[Scan], pages: Path, path: Path) -> None:
    """Write a PDF of scans."""
    images = [_image(scan, pages) for scan in scans]
    first, *others = images
    first.save(path, "PDF", resolution=DPI, save_all=True, append_images=others)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for page, scan in zip(pdf.pages, scans, strict=True):
            page.obj["/Rotate"] = scan.rotate
        pdf.save(path)


def _image(scan: Scan, pages: Path) -> Image.Image:
    with zipfile.ZipFile(pages / f"{scan.archive}.zip") as archive:
        names = sorted(n for n in archive.namelist() if n.endswith((".png", ".jpg")))
        image = Image.open(io.BytesIO(archive.read(names[scan.number]))).convert("RGB")
    if scan.skew:
        image = image.rotate(-scan.skew, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    image = image.rotate(-scan.turned, expand=True)
    return (
        image.convert("L").point(lambda v: 255 * (v > 150), "1")
        if scan.mode == "1"
        else (image.convert(scan.mode))
    )


def edges_off(path: Path) -> list[float]:
    """By how many pixels the edges of a PDF's words miss the ink that is theirs alone."""
    off: list[float] = []
    with pypdfium2.PdfDocument(path) as pdf:
        for number in range(len(pdf)):
            grey = pdf[number].render(scale=DPI / 72, grayscale=True).to_numpy().squeeze()
            off += _edges_off_page(grey, _words(path, number + 1))
    return off


def _words(path: Path, page: int) -> list[tuple[float, ...]]:
    command = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(path), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pattern = r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">'
    return [tuple(float(v) * DPI / 72 for v in found) for found in re.findall(pattern, told)]


def _edges_off_page(grey: NDArray[np.uint8], words: list[tuple[float, ...]]) -> list[float]:
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = (grey <= threshold).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    stats, centres = stats[1:], centres[1:]
    keep = stats[:, cv2.CC_STAT_AREA] >= _DUST
    boxes = stats[keep][:, :4].astype(float)
    boxes[:, 2:] += boxes[:, :2]
    centres = centres[keep]
    off: list[float] = []
    for x0, y0, x1, y1 in words:
        inside = (centres[:, 0] > x0) & (centres[:, 0] < x1)
        inside &= (centres[:, 1] > y0) & (centres[:, 1] < y1)
        # What reaches far out of the box is a rule, or letters that touch their neighbours.
        inside &= boxes[:, 2] - boxes[:, 0] < _SPREAD * (x1 - x0)
        inside &= boxes[:, 3] - boxes[:, 1] < _SPREAD * (y1 - y0)
        own = boxes[inside]
        if len(own):
            edges = (own[:, 0].min(), own[:, 1].min(), own[:, 2].max(), own[:, 3].max())
            off += [abs(a - b) for a, b in zip((x0, y0, x1, y1), edges, strict=True)]
    return off


def run(data: Path) -> int:
    """Make, read and measure all documents; return how many miss the mark."""
    print("| document | pages | words | edges off, median [px] | 95 % | OCRmyPDF says |")
    print("|---|---|---|---|---|---|")
    everything: list[float] = []
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, scans in DOCUMENTS.items():
            path, out = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
            made(scans, data / "pages", path)
            command = [sys.executable, "-m", "ocrmypdf", "--plugin", "gsaocr", "--jobs", "1"]
            command += ["--output-type", "pdfa", str(path), str(out)]
            done = subprocess.run(command, capture_output=True, text=True)
            said = re.findall(r"PDF/A-\w+", done.stderr) or [f"exit code {done.returncode}"]
            off = edges_off(out) if out.is_file() else []
            everything += off
            median = statistics.median(off) if off else float("nan")
            missed += not (median <= 4 and said[-1] == "PDF/A-2b")
            print(
                f"| {name} | {len(scans)} | {len(off) // 4} | {median:.1f} | "
                f"{np.quantile(off or [np.nan], 0.95):.1f} | {said[-1]} |",
                flush=True,
            )
            out.unlink(missing_ok=True)
    print(
        f"| all | | {len(everything) // 4} | {statistics.median(everything):.1f} | "
        f"{np.quantile(everything, 0.95):.1f} | |"
    )
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    sys.exit(run(parser.parse_args().data) > 0)
