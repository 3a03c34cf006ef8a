"""Draw one line image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.accuracy.faces import Faces
from tests.accuracy.line_texts import LineText
from tests.accuracy.press import fill, print_text, scanned, type_text, worn


def draw_line(line: LineText, faces: Faces, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the grey image of a line."""
    font = faces.at(line.face, line.x_height)
    x = line.x_height
    spacing = line.spacing * x
    typed = line.set_by == "type"
    length = font.getlength("x") if typed else font.getlength(line.text) / len(line.text) + spacing
    width = round(len(line.text) * length + 2.4 * x)
    above, below = line.around
    base = (above + 1) * x
    sheet = np.zeros((round(base + below * x), width), np.float32)
    start = 1.2 * x
    if typed:
        type_text(sheet, font, start, base, line.text, rng)
    else:
        print_text(sheet, font, start, base, line.text, spacing=spacing)
    if line.above:  # its tails reach into the image
        print_text(sheet, font, start, -0.12 * x, line.above)
    if line.below:  # the heads of its capitals do
        print_text(sheet, font, start, sheet.shape[0] + 1.15 * x, line.below)
    if line.rule:
        fill(sheet, 0, base + 0.65 * x, width, base + 0.65 * x + max(1, x / 8))
    if line.wear:
        sheet = worn(sheet, rng, line.wear)
    if line.light:
        sheet = 1 - sheet
    grey = scanned(sheet, rng, line.scan)
    return np.ascontiguousarray(np.rot90(grey, line.quarter_turns))
