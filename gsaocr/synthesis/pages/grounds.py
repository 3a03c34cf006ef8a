"""Grounds that text stands on: ruled, squared, hatched, dotted, dithered, shaded, photographed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import Weighted, chance, log_span, pick, span
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.graphics import photograph
from gsaocr.synthesis.pages.look import Look

Rng = np.random.Generator
Pixels = NDArray[np.uint8]  # (height, width, 3)
Cover = NDArray[np.float32]  # (height, width), share of the pattern's colour


def lay(rng: Rng, canvas: Canvas, look: Look) -> Look:
    """Cover a canvas with a ground that is not plain; returns the look with an ink for it."""
    seen = Rect(0, 0, canvas.width, canvas.height).within(canvas.window)
    pixels = canvas.pixels(seen)
    if pixels is None or min(pixels.shape[:2]) < 4:
        return look
    maker = _GROUNDS.pick(rng)
    made, look = maker(rng, pixels, look, canvas.scale)
    canvas.put(seen, made)
    return look


def _patterned(rng: Rng, pixels: Pixels, look: Look, scale: float) -> tuple[Pixels, Look]:
    """Draw lines, squares, hatching or dots, from pale to as dark as the letters."""
    pitch = scale * log_span(rng, 3, 34)
    thick = min(scale * span(rng, 0.5, 1.8), 0.45 * pitch)
    height, width = pixels.shape[:2]
    cover = _PATTERNS.pick(rng)(rng, height, width, pitch, thick)
    strength = span(rng, 0.08, 0.5) if chance(rng, 0.7) else span(rng, 0.5, 1.0)
    colour = look.ink if chance(rng, 0.35) else colours.told_from(rng, look.ground)
    return _covered(pixels, cover * np.float32(strength), colour), look


def _rows(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    cover = _stripes(np.arange(height), pitch, thick)[:, None]
    return np.broadcast_to(cover, (height, width)).astype(np.float32)


def _squares(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    down = _stripes(np.arange(height) + rng.random() * pitch, pitch, thick)
    over = _stripes(np.arange(width) + rng.random() * pitch, pitch, thick)
    return np.maximum(down[:, None], over[None, :])


def _pillars(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    cover = _stripes(np.arange(width), pitch, thick)[None, :]
    return np.broadcast_to(cover, (height, width)).astype(np.float32)


def _hatching(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    angle = span(rng, 0.2, 2.9)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    way = x * np.float32(np.sin(angle)) + y * np.float32(np.cos(angle))
    cover = _stripes(way, pitch, thick)
    if chance(rng, 0.25):
        other = x * np.float32(np.sin(-angle)) + y * np.float32(np.cos(-angle))
        cover = np.maximum(cover, _stripes(other, pitch, thick))
    return cover


def _waves(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    length, size = span(rng, 3, 12) * pitch, span(rng, 0.3, 2) * pitch
    return _stripes(y + np.float32(size) * np.sin(x * np.float32(6.28 / length)), pitch, thick)


def _dots(rng: Rng, height: int, width: int, pitch: float, thick: float) -> Cover:
    y, x = np.arange(height) % pitch - pitch / 2, np.arange(width) % pitch - pitch / 2
    away = np.hypot(y[:, None], x[None, :])
    return np.asarray(np.clip(thick - away + 0.5, 0, 1), np.float32)


def _stripes(along: NDArray[Any], pitch: float, thick: float) -> Cover:
    off = np.abs(along % pitch - pitch / 2)
    return np.asarray(np.clip(thick / 2 - off + 0.5, 0, 1), np.float32)


_PATTERNS: Weighted[Callable[[Rng, int, int, float, float], Cover]] = Weighted(
    [(_rows, 3), (_squares, 3), (_pillars, 1.5), (_hatching, 3), (_waves, 1), (_dots, 1.5)]
)


def _dithered(rng: Rng, pixels: Pixels, look: Look, scale: float) -> tuple[Pixels, Look]:
    """Make a grey of black and white points, as one-bit scans and old screens have it."""
    height, width = pixels.shape[:2]
    share = span(rng, 0.04, 0.3)
    step = max(1, round(scale * span(rng, 0.6, 1.8)))
    rows, columns = -(-height // step), -(-width // step)
    if chance(rng, 0.5):
        cells = (rng.random((rows, columns)) < share).astype(np.float32)
    else:
        tiles = (rows + 3) // 4, (columns + 3) // 4
        order = np.tile(_BAYER, tiles)[:rows, :columns]
        cells = (order < share).astype(np.float32)
    cover = cells.repeat(step, 0).repeat(step, 1)[:height, :width]
    dark = colours.brightness(look.ink) < colours.brightness(look.ground)
    colour = colours.BLACK if dark else colours.WHITE
    return _covered(pixels, cover, look.ink if chance(rng, 0.4) else colour), look


_BAYER = np.array(
    [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32
) / np.float32(16)


def _shaded(rng: Rng, pixels: Pixels, look: Look, scale: float) -> tuple[Pixels, Look]:
    """Shade from one colour into another, both far from the ink."""
    height, width = pixels.shape[:2]
    other = colours.mixed(look.ground, colours.vivid(rng), span(rng, 0.1, 0.7))
    if abs(colours.brightness(other) - colours.brightness(look.ink)) < 70:
        return pixels, look
    angle = span(rng, 0, 6.28)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    ramp = np.clip(
        0.5 + 0.5 * (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))), 0, 1
    )
    return _covered(pixels, ramp, other), look


def _photographed(rng: Rng, pixels: Pixels, look: Look, scale: float) -> tuple[Pixels, Look]:
    """Lay a photograph under the text, which is black or white then."""
    height, width = pixels.shape[:2]
    made = photograph(rng, height, width, colours.any_ground(rng))
    fade = np.float32(span(rng, 0.25, 1.0))
    made = np.clip(pixels * (1 - fade) + made * fade, 0, 255).astype(np.uint8)
    level = float(cv2.mean(cv2.cvtColor(made, cv2.COLOR_RGB2GRAY))[0])
    mean = colours.grey(level)
    ink = pick(rng, (colours.WHITE, (255, 240, 120))) if level < 135 else colours.BLACK
    # far enough from the letters everywhere: the photograph is pressed towards its own mean
    span_left = max(40.0, abs(colours.brightness(ink) - level) - 50)
    grey = made.astype(np.float32) - np.float32(level)
    spread = float(np.percentile(np.abs(grey), 98)) + 1
    if spread > span_left:
        grey *= np.float32(span_left / spread)
    made = np.clip(grey + np.float32(level), 0, 255).astype(np.uint8)
    return made, look.inked(mean, ink)


def _guilloche(rng: Rng, pixels: Pixels, look: Look, scale: float) -> tuple[Pixels, Look]:
    """Draw bundles of fine bent lines, as security paper has them."""
    height, width = pixels.shape[:2]
    x = np.linspace(0, width, max(8, width // 6))
    made = pixels.copy()
    colour = colours.faint(rng, look.ground, 0.1, 0.45)
    for _ in range(int(span(rng, 6, 26))):
        wave = np.sin(x / span(rng, 10, 60) + 6.28 * rng.random()) * span(rng, 2, 0.3 * height + 3)
        y = rng.random() * height + wave
        points = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(made, [points], False, colour, 1, cv2.LINE_AA)
    return made, look


def _covered(pixels: Pixels, cover: Cover, colour: colours.Colour) -> Pixels:
    share = cover[..., None]
    made = pixels + share * (np.array(colour, np.float32) - pixels)
    return np.asarray(np.clip(made, 0, 255), np.uint8)


_Maker = Callable[[Rng, Pixels, Look, float], tuple[Pixels, Look]]
_GROUNDS: Weighted[_Maker] = Weighted(
    [(_patterned, 10), (_dithered, 3), (_shaded, 4), (_photographed, 4), (_guilloche, 1)]
)
