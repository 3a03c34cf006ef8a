"""What scanning does to a line: geometry, optics, resolution, noise, one-bit cutting, JPEG.

Every function but ``warped`` returns an image of the size it was given. Grey images are float32 or
uint8 with 255 for white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, span, whole
from gsaocr.synthesis.paper import NoiseBank

# OpenCV's annotations do not name the element type.
Grey = NDArray[Any]  # float32
Bytes = NDArray[Any]  # uint8


@dataclass(frozen=True)
class Warp:
    """A smooth distortion of a line: where each output pixel is taken from.

    With u = x / width: source y = baseline + (y - baseline) (1 + keystone (u - 1/2)) + drop(u),
    drop(u) = slope (u - 1/2) + sum of waves; source x = x + shear (y - baseline) + stretch waves.
    Lengths in pixels of the output.
    """

    slope: float = 0.0  # pixels of drop over the whole width
    keystone: float = 0.0  # relative change of height over the whole width
    shear: float = 0.0
    waves: tuple[tuple[float, float, float], ...] = ()  # amplitude px, cycles per width, phase
    stretch: float = 0.0  # amplitude in pixels of one slow wave along the line

    def drop(self, u: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vertical displacement at u (0..1), pixels."""
        total = np.float32(self.slope) * (u - np.float32(0.5))
        for amplitude, cycles, phase in self.waves:
            total = total + np.float32(amplitude) * np.sin(
                np.float32(2 * np.pi * cycles) * u + np.float32(phase)
            )
        return total.astype(np.float32)


def warped(
    image: Bytes, warp: Warp, left: int, top: int, width: int, height: int, baseline: float
) -> Bytes:
    """Cut (height, width) out of an image at (left, top), distorted; outside of it lies 0."""
    u = (np.arange(width, dtype=np.float32) + 0.5) / np.float32(width)
    y = np.arange(height, dtype=np.float32) + np.float32(top - baseline)
    scale = 1 + np.float32(warp.keystone) * (u - np.float32(0.5))
    map_y = y[:, None] * scale[None, :] + (warp.drop(u) + np.float32(baseline))[None, :]
    along = np.arange(width, dtype=np.float32) + np.float32(left)
    if warp.stretch:
        along += np.float32(warp.stretch) * np.sin(np.float32(2 * np.pi) * u)
    map_x = along[None, :] + np.float32(warp.shear) * y[:, None]
    return cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def blurred(rng: np.random.Generator, image: Grey, strength: float) -> Grey:
    """Blur with a Gaussian, a motion or a defocus kernel; ``strength`` is a radius in pixels."""
    at = rng.random()
    if at < 0.6 or strength < 0.5:
        return cv2.GaussianBlur(image, (0, 0), max(0.2, strength))
    if at < 0.85:
        length = max(2, round(2.5 * strength))
        if chance(rng, 0.6):
            return cv2.blur(image, (length, 1) if chance(rng, 0.6) else (1, length))
        kernel = np.eye(length, dtype=np.float32) / length
        return cv2.filter2D(image, -1, kernel if chance(rng, 0.5) else kernel[::-1])
    size = 2 * int(np.ceil(1.4 * strength)) + 1
    axis = np.arange(size) - size // 2
    disc = np.clip(1.4 * strength + 0.5 - np.hypot(axis[:, None], axis[None, :]), 0, 1)
    return cv2.filter2D(image, -1, (disc / disc.sum()).astype(np.float32))


def coarsened(rng: np.random.Generator, image: Grey, factor: float) -> Grey:
    """Bring an image down by ``factor`` (> 1) and back to its size, as low resolution does."""
    height, width = image.shape
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[whole(rng, 0, 5) % 3]
    if how == cv2.INTER_NEAREST and chance(rng, 0.5):
        how = cv2.INTER_LINEAR
    return cv2.resize(small, (width, height), interpolation=how)


def sharpened(image: Grey, radius: float, amount: float) -> Grey:
    """Sharpen with an unsharp mask: ink gets a light halo on grey paper."""
    soft = cv2.GaussianBlur(image, (0, 0), radius)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0)


def noisy(rng: np.random.Generator, bank: NoiseBank, image: Grey, strength: float) -> Grey:
    """Add sensor noise of the given standard deviation, fine or slightly correlated."""
    grain = 0.0 if chance(rng, 0.6) else 0.7
    return image + bank.piece(rng, grain, *image.shape) * np.float32(strength)


def salted(rng: np.random.Generator, image: Bytes, share: float) -> Bytes:
    """Return the image with a share of its pixels turned black or white."""
    out = image.copy()
    count = int(share * image.size)
    ys = (rng.random(count) * image.shape[0]).astype(np.intp)
    xs = (rng.random(count) * image.shape[1]).astype(np.intp)
    out[ys, xs] = (rng.random(count) < 0.5).astype(np.uint8) * 255
    return out


def binarised(rng: np.random.Generator, bank: NoiseBank, image: Bytes, method: str) -> Bytes:
    """Cut an image to 0 and 255: ``otsu``, ``fixed``, ``sauvola``, ``mean`` or ``dither``."""
    if method == "otsu":
        return cv2.threshold(image, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    if method == "fixed":
        low, high = np.percentile(image[::2, ::2], (2, 80))
        level = low + (high - low) * span(rng, 0.35, 0.7)
        return cv2.threshold(image, level, 255, cv2.THRESH_BINARY)[1]
    if method == "dither":
        rough = image + bank.piece(rng, 0.0, *image.shape) * np.float32(span(rng, 8, 26))
        return ((rough > span(rng, 110, 160)) * np.uint8(255)).astype(np.uint8)
    window = max(7, int(image.shape[0] * span(rng, 0.4, 1.2)) | 1)
    grey = image.astype(np.float32)
    mean = cv2.blur(grey, (window, window))
    if method == "mean":
        return ((grey > mean - span(rng, 6, 25)) * np.uint8(255)).astype(np.uint8)
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, (window, window)) - mean * mean, 0))
    cut = mean * (1 + np.float32(span(rng, 0.12, 0.35)) * (spread / np.float32(128) - 1))
    return ((grey > cut) * np.uint8(255)).astype(np.uint8)


def posterised(image: Bytes, bits: int) -> Bytes:
    """Return the image with its grey levels rounded to 2 ** bits even ones, as small files are."""
    steps = (1 << bits) - 1
    levels = np.rint(np.arange(256) * steps / 255) * 255 / steps
    return cv2.LUT(image, np.rint(levels).astype(np.uint8))


def jpeg(image: Bytes, quality: int) -> Bytes:
    """Return the image after JPEG compression at the given quality."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        return image
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return image if decoded is None else decoded.astype(np.uint8)


def random_warp(
    rng: np.random.Generator, width: float, line_height: float, strength: float, skew: float
) -> Warp:
    """Draw a distortion of a line of the given size.

    ``strength`` (0..1) scales all of it. ``skew`` is the greatest slope in degrees; on long lines
    it is held to half the line's height, as a page is brought upright before lines are cut.
    """
    most = min(np.tan(np.radians(skew)) * width, 0.5 * line_height)
    slope = float(np.clip(rng.normal(0, 0.45), -1, 1)) * most * strength
    waves: list[tuple[float, float, float]] = []
    if chance(rng, 0.5):
        for _ in range(whole(rng, 1, 2)):
            amplitude = span(rng, 0, 0.09) * line_height * strength
            cycles = log_span(rng, 0.3, max(0.5, width / line_height / 6))
            waves.append((amplitude, cycles, span(rng, 0, 2 * np.pi)))
    keystone = float(rng.normal(0, 0.04)) * strength if chance(rng, 0.3) else 0.0
    shear = float(rng.normal(0, 0.06)) * strength if chance(rng, 0.5) else 0.0
    stretch = span(rng, -0.3, 0.3) * line_height * strength if chance(rng, 0.3) else 0.0
    return Warp(slope, keystone, shear, tuple(waves), stretch)
