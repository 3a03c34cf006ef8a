"""A picture of what was read: left the page with its lines outlined and numbered, right the text.

Colours tell the confidence. The text is set where it was found, in the size of its line.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gsaocr.page.document import Line, Page
from gsaocr.show.colours import colour

_LONGEST = 2400  # pixels of the page's longer side in the picture


def page_picture(page: Page, grey: NDArray[np.uint8]) -> Image.Image:
    """Draw a page beside its text; ``grey`` is its image, uint8 (height, width)."""
    scale = min(1.0, _LONGEST / max(page.width, page.height, 1))
    size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    left = Image.fromarray(grey).resize(size, Image.Resampling.BOX).convert("RGB")
    right = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(left, "RGBA")
    lines = list(page.lines)
    for line in lines:
        outline = colour(line.confidence)
        corners = [(x * scale, y * scale) for x, y in line.polygon]
        draw.polygon(corners, fill=(*outline, 28), outline=(*outline, 255))
        _write(right, line, scale)
    _number(draw, lines, scale)
    picture = Image.new("RGB", (2 * size[0] + 8, size[1]), (120, 120, 120))
    picture.paste(left, (0, 0))
    picture.paste(right, (size[0] + 8, 0))
    return picture


def _write(canvas: Image.Image, line: Line, scale: float) -> None:
    """Set a line's words, each stretched to its length, along the baseline."""
    (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
    angle = math.atan2(y1 - y0, x1 - x0)
    across = min(line.box.width, line.box.height) * scale
    font = _font(max(6.0, 0.8 * across))
    ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (10, 3)
    for word in line.words:
        along = [
            (x - x0) * math.cos(angle) + (y - y0) * math.sin(angle) for x, y in word.box.polygon
        ]
        length = max(1, round((max(along) - min(along)) * scale))
        natural = max(1, math.ceil(font.getlength(word.text)))
        ink = Image.new("L", (natural, ascent + descent), 0)
        ImageDraw.Draw(ink).text((0, 0), word.text, 255, font)
        ink = ink.resize((length, ink.height)).rotate(
            -math.degrees(angle), Image.Resampling.BILINEAR, expand=True
        )
        middle = (min(along) + max(along)) / 2
        # From the baseline up to the middle of the letters' box.
        lift = (ascent - descent) / 2
        x = (x0 + middle * math.cos(angle)) * scale + lift * math.sin(angle) - ink.width / 2
        y = (y0 + middle * math.sin(angle)) * scale - lift * math.cos(angle) - ink.height / 2
        canvas.paste(colour(word.confidence), (round(x), round(y)), ink)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font with many letters where the machine has one, else Pillow's own."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


def _number(draw: ImageDraw.ImageDraw, lines: list[Line], scale: float) -> None:
    font = ImageFont.load_default(14.0)
    places = [
        (max(10.0, line.baseline[0][0] * scale - 12), line.baseline[0][1] * scale - 6)
        for line in lines
    ]
    if len(places) > 1:
        draw.line(places, fill=(40, 90, 200, 130), width=2)
    for index, (x, y) in enumerate(places, start=1):
        draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=(40, 90, 200, 220))
        draw.text((x, y), str(index), (255, 255, 255), font, anchor="mm")
