"""Text drawn on a sheet as print, a typewriter or a till sets it, and the sheet as a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Sheet = NDArray[Any]  # float32 (height, width): 0 bare, 1 full of ink


@dataclass(frozen=True)
class Scan:
    """How a sheet is scanned."""

    blur: float = 0.6  # pixels
    noise: float = 3.0  # grey levels
    paper: float = 238.0
    ink: float = 25.0
    shade: float = 0.0  # grey levels by which the right edge is darker than the left one
    one_bit: bool = False
    skew: float = 0.0  # degrees


def print_text(
    sheet: Sheet,
    font: ImageFont.FreeTypeFont,
    x: float,
    y: float,
    text: str,
    ink: float = 1.0,
    spacing: float = 0.0,
) -> float:
    """Print a text whose baseline starts at (x, y); return where it ends.

    Negative ``ink`` takes ink away: light letters on a dark area. ``spacing`` in pixels is put
    after each letter.
    """
    layer = Image.new("L", (sheet.shape[1], sheet.shape[0]), 0)
    draw = ImageDraw.Draw(layer)
    if spacing:
        for char in text:
            draw.text((x, y), char, fill=255, font=font, anchor="ls")
            x += font.getlength(char) + spacing
    else:
        draw.text((x, y), text, fill=255, font=font, anchor="ls")
        x += font.getlength(text)
    sheet += np.asarray(layer, np.float32) / np.float32(255) * np.float32(ink)
    np.clip(sheet, 0, 1, out=sheet)
    return x


def type_text(
    sheet: Sheet,
    font: ImageFont.FreeTypeFont,
    x: float,
    y: float,
    text: str,
    rng: np.random.Generator,
    unevenness: float = 0.04,
) -> float:
    """Type a text, letter by letter, each a little off the line and of its own blackness."""
    for char in text:
        drop = float(rng.normal(0, unevenness)) * font.size / 2
        slide = float(rng.normal(0, unevenness)) * font.size / 3
        if char != " ":
            for smear in (0.0, 0.6):  # the ribbon gives more than the thin strokes of these faces
                ink = float(rng.uniform(0.6, 1))
                print_text(sheet, font, x + slide + smear, y + drop, char, ink)
        x += font.getlength("x")
    return x


def fill(sheet: Sheet, x0: float, y0: float, x1: float, y1: float, ink: float = 1.0) -> None:
    """Fill a rectangle; pixels."""
    sheet[round(y0) : round(y1), round(x0) : round(x1)] = ink


def frame(sheet: Sheet, x0: float, y0: float, x1: float, y1: float, thick: int = 2) -> None:
    """Draw the edge of a rectangle."""
    for left, top, right, bottom in (
        (x0, y0, x1, y0 + thick),
        (x0, y1 - thick, x1, y1),
        (x0, y0, x0 + thick, y1),
        (x1 - thick, y0, x1, y1),
    ):
        fill(sheet, left, top, right, bottom)


def worn(sheet: Sheet, rng: np.random.Generator, strength: float) -> Sheet:
    """Return a sheet whose ink is thin in places and spreads in others; strength 0 to 1."""
    rough = cv2.GaussianBlur(rng.standard_normal(sheet.shape).astype(np.float32), (0, 0), 1.6)
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.8)
    edge = 0.5 + np.float32(strength * 1.6) * rough
    return (soft > edge).astype(np.float32)


def dirty(sheet: Sheet, rng: np.random.Generator, number: int, largest: int = 3) -> None:
    """Put specks of dirt on a sheet."""
    height, width = sheet.shape
    for _ in range(number):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        radius = int(rng.integers(1, largest + 1))
        cv2.ellipse(sheet, (x, y), (radius, max(1, radius // 2)), 40.0, 0, 360, 1.0, -1)


def scanned(sheet: Sheet, rng: np.random.Generator, scan: Scan) -> NDArray[np.uint8]:
    """Return the scan of a sheet: 16 levels of grey, or black and white."""
    height, width = sheet.shape
    if scan.skew:
        by = cv2.getRotationMatrix2D((width / 2, height / 2), scan.skew, 1.0)
        sheet = cv2.warpAffine(sheet, by, (width, height), flags=cv2.INTER_LINEAR)
    if scan.blur:
        sheet = cv2.GaussianBlur(sheet, (0, 0), scan.blur)
    paper = scan.paper - scan.shade * np.linspace(0, 1, width, dtype=np.float32)[None, :]
    grey = paper + (np.float32(scan.ink) - paper) * sheet
    grey = grey + rng.normal(0, scan.noise, sheet.shape)
    if scan.one_bit:
        return np.where(grey > 0.65 * scan.paper + 0.35 * scan.ink, 255, 0).astype(np.uint8)
    return (np.clip(np.rint(grey / 17), 0, 15) * 17).astype(np.uint8)
