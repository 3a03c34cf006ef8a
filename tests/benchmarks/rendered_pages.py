"""Pages printed with known lines: are all lines found, and what does finding them cost?

    python -m tests.benchmarks.rendered_pages --fonts DIR --text FILE [--pages N] [--save DIR]

FILE is a corpus (.txt or .txt.xz, a paragraph on each line). Layouts: a page of a book, two and
three columns under a heading across, notes in the margin, a table, a receipt; each in a face and a
size of its own, blurred, noisy, skewed by up to a degree. Prints for every layout: lines found and
lines that are lines (IoU of boxes at least 0.5), and the CER of the page beside the CER of its true
line boxes cut out of the same image.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gsaocr.evaluation.metrics import Counts, count
from gsaocr.page.document import Box
from gsaocr.page.load import PageImage
from gsaocr.pipeline import Reader
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.training.rendering import read_corpus
from tests.page.printed import iou

IOU = 0.5
_MARGIN = 0.2  # around a true line's ink, in heights: about what the program's own crops have


@dataclass
class Printed:
    """A page, and its lines in reading order; a row of a table is one line of several cells."""

    image: Image.Image
    font: ImageFont.FreeTypeFont
    rows: list[list[tuple[Box, str]]] = field(default_factory=list)

    def cell(self, x: float, y: float, text: str, new_row: bool = True) -> None:
        """Print text with its baseline at y."""
        draw = ImageDraw.Draw(self.image)
        draw.text((x, y), text, fill=30, font=self.font, anchor="ls")
        box = Box(*map(float, draw.textbbox((x, y), text, font=self.font, anchor="ls")))
        if new_row:
            self.rows.append([])
        self.rows[-1].append((box, text))

    def column(self, words: Iterator[str], x: float, y: float, width: float, rows: int) -> float:
        """Print full lines; return where the next baseline would be."""
        word = next(words)
        for _ in range(rows):
            text, word = word, next(words)
            while self.font.getlength(f"{text} {word}") < width:
                text, word = f"{text} {word}", next(words)
            self.cell(x, y, text)
            y += 1.35 * self.font.size
        return y


Layout = Callable[[Printed, Iterator[str], np.random.Generator], None]


def book(page: Printed, words: Iterator[str], rng: np.random.Generator) -> None:
    size = page.font.size
    page.cell(600, 160, " ".join(next(words) for _ in range(3)).upper())
    end = page.column(words, 200, 300, 1240, int(1500 / (1.35 * size)))
    page.cell(800, end + 2 * size, str(rng.integers(10, 400)))


def columns(number: int) -> Layout:
    def layout(page: Printed, words: Iterator[str], rng: np.random.Generator) -> None:
        del rng
        page.cell(300, 160, " ".join(next(words) for _ in range(4)).upper())
        step = 1400 / number
        for place in range(number):
            rows = int(1500 / (1.35 * page.font.size))
            page.column(words, 120 + place * step, 300, step - 70, rows)

    return layout


def margin(page: Printed, words: Iterator[str], rng: np.random.Generator) -> None:
    """Notes in a smaller size and closer lines, as they are printed."""
    text, size = page.font, page.font.size
    page.font = text.font_variant(size=round(0.75 * size))
    y = 300 + float(rng.uniform(4, 8)) * 1.35 * size
    for row in range(4):
        page.cell(100, y + row * 1.25 * page.font.size, next(words)[:9])
    page.font = text
    page.column(words, 420, 300, 1050, int(1400 / (1.35 * size)))


def table(page: Printed, words: Iterator[str], rng: np.random.Generator) -> None:
    for row in range(18):
        y = 300 + row * 1.8 * page.font.size
        page.cell(200, y, f"{next(words)} {next(words)}")
        page.cell(850, y, str(rng.integers(1, 99)), new_row=False)
        page.cell(1250, y, f"{rng.integers(1, 900)}.{rng.integers(10, 99)}", new_row=False)


def receipt(page: Printed, words: Iterator[str], rng: np.random.Generator) -> None:
    y = 200.0
    for _ in range(3):
        page.cell(560, y, f"{next(words)} {next(words)}".upper())
        y += 1.4 * page.font.size
    for _ in range(20):
        page.cell(430, y, f"{next(words)} {next(words)}".upper()[:22])
        price = f"{rng.integers(1, 90)}.{rng.integers(10, 99)}"
        page.cell(1150 - page.font.getlength(price), y, price, new_row=False)
        y += 1.4 * page.font.size


LAYOUTS: dict[str, Layout] = {
    "book": book,
    "two columns": columns(2),
    "three columns": columns(3),
    "notes in the margin": margin,
    "table": table,
    "receipt": receipt,
}


def scanned(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur and noise."""
    grey = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.5, 1.2))
    return np.clip(grey + rng.normal(0, 8, grey.shape), 0, 255).astype(np.uint8)


def skewing(rng: np.random.Generator, width: int, height: int) -> NDArray[np.float64]:
    """Return the map (2, 3) of a turn by up to a degree about the middle."""
    degrees = float(rng.uniform(-1, 1))
    return np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0))


def moved(box: Box, by: NDArray[np.float64]) -> Box:
    """Return the box around a box's corners under a map (2, 3)."""
    return Box.around((float(x), float(y)) for x, y in box.polygon @ by[:, :2].T + by[:, 2])


@dataclass
class Outcome:
    """Sums over pages of a layout."""

    true: int = 0
    recalled: int = 0
    found: int = 0
    precise: int = 0
    page: list[Counts] = field(default_factory=list)
    boxes: list[Counts] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.page)} pages, {self.true} lines: recall {self.recalled / self.true:.1%}, "
            f"precision {self.precise / max(self.found, 1):.1%}; CER of the page "
            f"{_rate(self.page):.2f} %, of its true boxes {_rate(self.boxes):.2f} %"
        )


def _rate(counts: list[Counts]) -> float:
    wrong = sum(c.character_errors for c in counts)
    return 100 * wrong / max(sum(c.characters for c in counts), 1)


def measure(reader: Reader, page: Printed, rng: np.random.Generator, into: Outcome) -> None:
    """Skew and degrade a page, read it whole and box by box, and add what came of it."""
    upright = np.asarray(page.image, np.uint8)
    height, width = upright.shape
    grey = scanned(upright, rng)
    by = skewing(rng, width, height)
    skew = cv2.warpAffine(grey, by, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    document = next(iter(reader.read_pages([PageImage(np.asarray(skew, np.uint8))])))
    true = [moved(Box.union(box for box, _ in row), by) for row in page.rows]
    found = [line.box for line in document.lines]
    into.true += len(true)
    into.found += len(found)
    into.recalled += sum(any(iou(t, f) >= IOU for f in found) for t in true)
    into.precise += sum(any(iou(t, f) >= IOU for t in true) for f in found)
    truth = " ".join(text for row in page.rows for _, text in row)
    into.page.append(count(truth, " ".join(line.text for line in document.lines)))
    cells = [cell for row in page.rows for cell in row]
    crops = []
    for box, _ in cells:
        around = _MARGIN * (box.y1 - box.y0)
        top, bottom = int(max(0, box.y0 - around)), int(box.y1 + around)
        left, right = int(max(0, box.x0 - around)), int(box.x1 + around)
        crops.append(np.ascontiguousarray(grey[top:bottom, left:right]))
    read = " ".join(reading.text for reading in reader.read_lines(crops))
    into.boxes.append(count(truth, read))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=6, help="of each layout")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--save", type=Path, help="write the pages here")
    given = parser.parse_args()
    torch.set_num_threads(1)
    reader = Reader.load(given.model, "cpu")
    faces = [f for f in find_fonts([given.fonts]) if f.kind in ("serif", "sans", "typewriter")]
    text = read_corpus(given.text)[:2_000_000].split()
    charset = reader.file.model.config.charset
    for number, (name, layout) in enumerate(LAYOUTS.items()):
        outcome = Outcome()
        for index in range(given.pages):
            rng = np.random.default_rng([number, index])
            start = int(rng.integers(0, len(text) // 2))
            words = (w for w in text[start:] if not charset.missing(w))
            able = [f for f in faces if set("".join(text[start : start + 900])) <= f.characters]
            face = (able or faces)[int(rng.integers(len(able or faces)))]
            size = int(rng.integers(30, 46))
            font = ImageFont.truetype(str(face.path), size, index=face.index)
            page = Printed(Image.new("L", (1640, 2200), 240), font)
            layout(page, words, rng)
            measure(reader, page, rng, outcome)
            if given.save:
                given.save.mkdir(parents=True, exist_ok=True)
                page.image.save(given.save / f"{name.replace(' ', '-')}-{index}.png")
        print(f"{name}: {outcome}", flush=True)


if __name__ == "__main__":
    main()
