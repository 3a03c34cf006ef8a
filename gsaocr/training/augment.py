"""Small changes to real line images, so that few lines teach more than themselves."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type


def augmented(rng: np.random.Generator, grey: Grey, strength: float) -> Grey:
    """Return a changed copy of a grey line (height, width); the text stays where it stands.

    Geometry (slope, shear, stretch, margins), ink (thinner, thicker), optics (blur, resolution),
    tone and noise, each with a probability; ``strength`` 0 changes nothing, 1 a lot.
    """
    if strength <= 0:
        return grey
    image = _bent(rng, grey, strength) if rng.random() < 0.8 else grey
    if rng.random() < 0.25 * strength:
        kernel = np.ones((2, 2) if rng.random() < 0.5 else (1, 2), np.uint8)
        change = cv2.erode if rng.random() < 0.5 else cv2.dilate
        if min(image.shape) > 24:
            image = change(image, kernel)
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), 0.3 + rng.random() * 0.9 * strength)
    if rng.random() < 0.3 and min(image.shape) > 16:
        image = _coarser(rng, image, strength)
    return _toned(rng, image, strength)


def _bent(rng: np.random.Generator, grey: Grey, strength: float) -> Grey:
    """Shear, slope, stretch, and margins cut or added."""
    height, width = grey.shape
    stretch = float(np.exp(rng.normal(0, 0.06 * strength)))
    taller = float(np.exp(rng.normal(0, 0.03 * strength)))
    slope = float(rng.normal(0, 0.04 * strength)) * height / max(width, height)
    shear = float(rng.normal(0, 0.12 * strength))
    top, bottom = rng.normal(0.0, 0.06 * strength, 2) * height
    out_w = max(4, round(width * stretch))
    out_h = max(6, round(height * taller + top + bottom))
    x_shift = -shear * out_h / 2
    matrix = np.array(
        [[stretch, shear, x_shift], [slope * stretch, taller, top - slope * out_w / 2]], np.float32
    )
    return cv2.warpAffine(
        grey, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _coarser(rng: np.random.Generator, image: Grey, strength: float) -> Grey:
    height, width = image.shape
    factor = 1 - 0.5 * strength * rng.random()
    small = (max(4, round(width * factor)), max(8, round(height * factor)))
    reduced = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)


def _toned(rng: np.random.Generator, image: Grey, strength: float) -> Grey:
    tone: Grey = image.astype(np.float32)
    if rng.random() < 0.5:
        gamma = float(np.exp(rng.normal(0, 0.35 * strength)))
        tone = 255 * (tone / 255) ** gamma
    if rng.random() < 0.5:
        paper = float(np.median(tone))
        tone = paper + (tone - paper) * (1 - 0.5 * strength * rng.random())
    if rng.random() < 0.4:
        noise = rng.standard_normal(tone.shape, np.float32)
        if rng.random() < 0.5:
            noise = cv2.GaussianBlur(noise, (0, 0), 1.0) * 2.5
        tone = tone + noise * (16 * strength * rng.random())
    if rng.random() < 0.1 * strength:
        tone = np.where(tone > 0.5 * (tone.max() + tone.min()), 255.0, 0.0)
    return np.clip(tone, 0, 255).astype(np.uint8)
