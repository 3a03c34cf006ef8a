"""A page that is drawn: its sheet, and its text in reading order as it is put there."""

from __future__ import annotations

import numpy as np
from PIL import ImageFont

from tests.accuracy.faces import Faces
from tests.accuracy.press import print_text, type_text


class PageSheet:
    """A sheet of paper on which lines are printed; ``truth`` is what it says."""

    def __init__(self, faces: Faces, seed: int, width: int = 1000, height: int = 700) -> None:
        self.faces = faces
        self.rng = np.random.default_rng(seed)
        self.sheet = np.zeros((height, width), np.float32)
        self.blocks: list[list[str]] = []

    @property
    def truth(self) -> str:
        """The text, its blocks parted by blank lines."""
        return "\n\n".join("\n".join(block) for block in self.blocks if block) + "\n"

    def block(self) -> None:
        """Begin another block of lines."""
        self.blocks.append([])

    def put(
        self, font: ImageFont.FreeTypeFont, x: float, y: float, text: str, ink: float = 1.0
    ) -> float:
        """Print without adding to the text; return where it ends."""
        return print_text(self.sheet, font, x, y, text, ink)

    def line(
        self, font: ImageFont.FreeTypeFont, x: float, y: float, text: str, ink: float = 1.0
    ) -> None:
        """Print a line and add it to the block."""
        self.put(font, x, y, text, ink)
        self.blocks[-1].append(text)

    def typed(self, font: ImageFont.FreeTypeFont, x: float, y: float, text: str) -> None:
        """Type a line and add it to the block."""
        type_text(self.sheet, font, x, y, text, self.rng)
        self.blocks[-1].append(text)

    def cells(
        self, font: ImageFont.FreeTypeFont, xs: list[float], y: float, row: list[str]
    ) -> None:
        """Print the cells of a row as one line; a negative x is where a cell ends."""
        for x, text in zip(xs, row, strict=True):
            self.put(font, x if x >= 0 else -x - font.getlength(text), y, text)
        self.blocks[-1].append(" ".join(text for text in row if text))

    def paragraph(
        self,
        font: ImageFont.FreeTypeFont,
        words: list[str],
        x: float,
        y: float,
        width: float,
        leading: float,
        rows: int = 100,
        indent: float = 0.0,
    ) -> tuple[float, list[str]]:
        """Print justified lines; return where the next one would be, and the words left over."""
        left = list(words)
        for row in range(rows):
            if not left:
                break
            start, room = (x + indent, width - indent) if row == 0 else (x, width)
            taken = 1
            while taken < len(left) and font.getlength(" ".join(left[: taken + 1])) <= room:
                taken += 1
            line, left = left[:taken], left[taken:]
            gap = font.getlength(" ")
            if left and len(line) > 1:
                gap = (room - sum(map(font.getlength, line))) / (len(line) - 1)
            for word in line:
                self.put(font, start, y, word)
                start += font.getlength(word) + gap
            self.blocks[-1].append(" ".join(line))
            y += leading
        return y, left
