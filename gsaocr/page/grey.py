"""How an image of any kind becomes grey: ink and paper stay apart whatever told them apart.

Letters may differ from their ground by brightness, by colour alone, or by transparency. All of it
goes through the image in bands of rows, which bounds the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]
Weights = tuple[NDArray[np.float32], float]
"""Of red, green and blue, and what is added."""

SAMPLE_PIXELS = 1_000_000
"""Pixels that are looked at to choose a combination of colours."""

_BAND_PIXELS = 4_000_000  # a band's, at least a row
_GREY = 6  # difference of colours below which a part of an image counts as grey
_LOOKED_AT = 256  # parts of an image along each side that are looked at for colours
_TELLING = 60.0  # grey levels between a page's ink and paper that need no help from colours
_COLOURED = 60.0  # difference of colours from which on it is taken in place of brightness
_OUTLINED = 0.1  # share of what is visible that lies at its edge: thin strokes, so letters
_LIGHT = 0.75  # share of that edge that is light where letters are; in doubt the ground is white


def grey_pixels(image: Image.Image | NDArray[Any]) -> Bytes:
    """An image of any Pillow mode, or its samples, as grey: uint8 (height, width).

    Transparent parts are white, or black where the letters upon them are light. An image that has
    hardly any differences of brightness, but of colour, is grey by the colours that differ most.
    """
    if isinstance(image, np.ndarray):
        return _deep_grey(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey(np.asarray(image))
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"), dtype=np.uint8)
    grey = np.empty((image.height, image.width), np.uint8)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        ground = 0 if _has_light_letters(image) else 255
        for rows, pixels in _bands(image, "RGBA"):
            grey[rows] = _on_ground(pixels, ground)
        return grey
    weights = _telling_colours(image)
    for rows, pixels in _bands(image, "RGB"):
        grey[rows] = _plain(pixels) if weights is None else by_colours(pixels, *weights)
    return grey


def colour_pixels(image: Image.Image) -> Bytes | None:
    """An image's colours as they are seen: uint8 (height, width, 3); None where it has none.

    Transparent parts are as :func:`grey_pixels` has them.
    """
    if image.mode.startswith("I") or image.mode in ("1", "L", "F", "LA", "La"):
        return None
    how = Image.Resampling.NEAREST if image.mode in ("P", "PA") else Image.Resampling.BOX
    small = image.resize((_LOOKED_AT, _LOOKED_AT), how).convert("RGBA")
    samples = np.asarray(small)[..., :3].astype(np.int16)
    if int(np.ptp(samples, axis=-1).max()) < _GREY:
        return None
    colour = np.empty((image.height, image.width, 3), np.uint8)
    transparent = image.mode in ("RGBA", "PA", "RGBa") or "transparency" in image.info
    ground = (0 if _has_light_letters(image) else 255) if transparent else 255
    for rows, pixels in _bands(image, "RGBA" if transparent else "RGB"):
        if transparent:
            band = Image.fromarray(pixels, "RGBA")
            paper = Image.new("RGBA", band.size, (ground, ground, ground, 255))
            pixels = np.asarray(Image.alpha_composite(paper, band).convert("RGB"))
        colour[rows] = pixels
    return colour


def _bands(image: Image.Image, mode: str) -> Iterator[tuple[slice, Bytes]]:
    """Go through an image from top to bottom; yield rows and their pixels in a mode."""
    height = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        band = image.crop((0, top, image.width, bottom))
        yield slice(top, bottom), np.asarray(band if band.mode == mode else band.convert(mode))


def _plain(pixels: Bytes) -> Bytes:
    return np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.uint8)


def _on_ground(pixels: Bytes, ground: int) -> Bytes:
    band = Image.fromarray(pixels, "RGBA")
    paper = Image.new("RGBA", band.size, (ground, ground, ground, 255))
    return np.asarray(Image.alpha_composite(paper, band).convert("L"), dtype=np.uint8)


def _has_light_letters(image: Image.Image) -> bool:
    """Whether what is visible upon transparency is mostly light, and thin enough to be letters.

    What counts is the edge: pixels that touch transparent ones. On a sheet that was cut out it is a
    small part of what is visible, and such sheets stay on white.
    """
    light = edge = visible = 0
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for _, pixels in _bands(image, "RGBA"):
        seen: Any = (pixels[..., 3] >= 128).view(np.uint8)
        # Beyond the image nothing is transparent: its border is no edge.
        inner: Any = cv2.erode(seen, cross, borderType=cv2.BORDER_CONSTANT, borderValue=1)
        at_edge = (seen & ~inner & 1).view(bool)
        light += int(np.count_nonzero(_plain(pixels[..., :3])[at_edge] > 127))
        edge += int(np.count_nonzero(at_edge))
        visible += int(np.count_nonzero(seen))
    return edge > _OUTLINED * visible and light > _LIGHT * edge


def _telling_colours(image: Image.Image) -> Weights | None:
    """Weights of red, green, blue, and what is added, for an image of nearly one brightness.

    The combination is the first principal axis of its colours, scaled so that they fill the grey
    levels, the more frequent end (the ground) light. None where brightness tells ink from paper, or
    colours don't tell it either.
    """
    step = max(1, int((image.width * image.height / SAMPLE_PIXELS) ** 0.5))
    rows = [pixels[::step, ::step].reshape(-1, 3) for _, pixels in _bands(image, "RGB")]
    return telling_colours(np.concatenate(rows))


def is_even(grey: Bytes) -> bool:
    """Whether a page is so nearly of one brightness that its colours may tell more."""
    step = max(1, int((grey.size / SAMPLE_PIXELS) ** 0.5))
    low, high = np.percentile(grey[::step, ::step], (1, 99))
    return bool(high - low < _TELLING)


def telling_colours(sample: Bytes) -> Weights | None:
    """As :func:`_telling_colours`, of a page's (number, 3) red, green and blue pixels."""
    low, high = np.percentile(_plain(sample[None]), (1, 99))
    if high - low >= _TELLING:
        return None
    colours = sample.astype(np.float32)
    mean = colours.mean(axis=0)
    _, _, axes = np.linalg.svd(np.cov((colours - mean).T))
    axis = axes[0].astype(np.float32)
    along = colours @ axis
    first, middle, last = (float(v) for v in np.percentile(along, (1, 50, 99)))
    if last - first < max(_COLOURED, 2 * float(high - low)):
        return None
    if middle - first < last - middle:  # the ground is the lower end
        axis, first, last = -axis, -last, -first
    scale = 255.0 / (last - first)
    return axis * np.float32(scale), -first * scale


def by_colours(pixels: Bytes, weights: NDArray[np.float32], more: float) -> Bytes:
    """Red, green and blue pixels (..., 3) as grey by the colours that tell ink from paper."""
    values = pixels.astype(np.float32) @ weights + np.float32(more)
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


def _deep_grey(values: NDArray[Any]) -> Bytes:
    """16-bit, 32-bit and floating-point grey, scaled by the smallest usual full range."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=1.0, posinf=1.0, neginf=0.0)
    top = float(values.max(initial=0))
    whole_range = next((r for r in (1.0, 255.0, 65535.0) if top <= r), top)
    if whole_range == 1.0 and values.dtype.kind != "f":
        whole_range = 255.0
    grey = np.empty(values.shape, np.uint8)
    height = max(1, _BAND_PIXELS // max(1, values.shape[1]))
    for first in range(0, len(values), height):
        scaled = values[first : first + height].astype(np.float32) * np.float32(255.0 / whole_range)
        grey[first : first + height] = np.clip(np.rint(scaled), 0, 255)
    return grey
