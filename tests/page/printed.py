"""Printed pages with known places of their lines, drawn with Pillow's own face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gsaocr.page.document import Box

WORDS = str.split(
    "the quick brown fox jumps over a lazy dog and then gently walks past every quiet house "
    "by the river where old boats lie upside down in high grass while children play near"
)


@dataclass
class Sheet:
    """A white page to print on; ``boxes`` are the ink boxes of the printed lines, in order."""

    width: int
    height: int
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("L", (self.width, self.height), 255)

    def line(self, x: float, y: float, text: str, size: int, ink: int = 0) -> None:
        """Print one line with its ascenders about at y."""
        draw = ImageDraw.Draw(self.image)
        font = ImageFont.load_default(size)
        self.boxes.append(draw.textbbox((x, y), text, font=font))
        draw.text((x, y), text, fill=ink, font=font)

    def column(self, x: float, y: float, width: int, rows: int, size: int, word: int = 0) -> float:
        """Print a paragraph of ``rows`` full lines; returns where the next line would start."""
        font = ImageFont.load_default(size)
        for _ in range(rows):
            text = WORDS[word % len(WORDS)]
            word += 1
            while font.getlength(text + " " + WORDS[word % len(WORDS)]) < width:
                text += " " + WORDS[word % len(WORDS)]
                word += 1
            self.line(x, y, text, size)
            y += 1.4 * size
        return y

    def note(self, y: float, step: float, texts: Sequence[str], size: int) -> None:
        """Print short lines in the left margin."""
        for row, text in enumerate(texts):
            self.line(30, y + step * row, text, size)

    @property
    def grey(self) -> NDArray[np.uint8]:
        """The page as uint8 (height, width)."""
        return np.asarray(self.image, dtype=np.uint8)


def iou(one: Box, other: Box) -> float:
    """Area that two boxes share, over the area that they cover together."""
    common = one.overlap(other)
    return common / (one.area + other.area - common)


def book_page() -> Sheet:
    """A heading, twelve lines of text and a page number."""
    sheet = Sheet(900, 800)
    sheet.line(250, 40, "A HEADING IN CAPITALS", 34)
    end = sheet.column(80, 130, 740, 12, 26)
    sheet.line(430, end + 60, "47", 26)
    return sheet
