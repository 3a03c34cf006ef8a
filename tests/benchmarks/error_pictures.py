"""Pictures of what was read badly, to be looked at; the scans in them may not be published."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gsaocr.page.document import Page
from tests.benchmarks.score_tasks import Grey

_WIDTH = 1400  # pixels, of a picture of lines
_LARGEST = 1800  # pixels, longer side of a page


def line_sheet(lines: list[tuple[Grey, str, str]], path: Path) -> None:
    """Write lines one under the other, each above its truth and its reading.

    Args:
        lines: image, truth, reading.
        path: of the PNG.
    """
    strips = [_strip(*line) for line in lines]
    if not strips:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(strips))


def _strip(grey: Grey, truth: str, reading: str) -> Grey:
    scale = min(2.0, _WIDTH / grey.shape[1], 100 / grey.shape[0])
    image = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    strip = Image.new("L", (_WIDTH, image.shape[0] + 66), 255)
    strip.paste(Image.fromarray(np.asarray(image, dtype=np.uint8)), (0, 4))
    draw = ImageDraw.Draw(strip)
    font = _font(20)
    for row, text in enumerate((f"T {truth}", f"R {reading}")):
        draw.text((2, image.shape[0] + 6 + 26 * row), text, fill=90 * row, font=font)
    draw.line([(0, strip.height - 2), (_WIDTH, strip.height - 2)], fill=160)
    return np.asarray(strip)


def page_picture(grey: Grey, page: Page, path: Path) -> None:
    """Write a page with its lines numbered in reading order, the unsure ones in red."""
    scale = min(1.0, _LARGEST / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = Image.fromarray(np.asarray(small, dtype=np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    font = _font(16)
    for number, line in enumerate(page.lines, 1):
        corners = [(x * scale, y * scale) for x, y in line.polygon]
        colour = (30, 110, 200) if line.confidence > 0.5 else (210, 40, 40)
        draw.polygon(corners, outline=colour)
        draw.text((max(corners[0][0] - 24, 0), corners[0][1]), str(number), colour, font)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)  # knows more letters than the default
    except OSError:
        return ImageFont.load_default(size)
