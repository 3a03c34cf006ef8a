"""From a drawn page to a picture of it: ink, the sheet's other side, light, blur, noise, JPEG."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, span
from gsaocr.synthesis.paper import NoiseBank

Rng = np.random.Generator
Pixels = NDArray[np.uint8]  # (height, width, 3)
Field = NDArray[Any]  # float32; OpenCV's annotations do not name the element type


def printed(
    rng: Rng, bank: NoiseBank, image: Pixels, x_height: float, shown_through: float = 0.14
) -> Pixels:
    """Return a page as ink and time leave it: run, worn, its other side showing, clouded.

    ``shown_through`` is the probability that the other side shows.
    """
    height, width = image.shape[:2]
    field: Field = image.astype(np.float32)
    if chance(rng, 0.25):
        field = _run(rng, field, x_height)
    if chance(rng, shown_through):
        field = _shown_through(rng, field, x_height)
    if chance(rng, 0.2):  # ink that took unevenly: letters go towards the paper in patches
        paper = np.float32(np.percentile(image[::4, ::4], 80))
        patch = bank.piece(rng, 3.0 if chance(rng, 0.5) else 24.0, height, width)
        share = np.clip(patch * np.float32(span(rng, 0.05, 0.25)), 0, 0.75)[..., None]
        field += (paper - field) * share
    if chance(rng, 0.08):
        field *= _towards_the_spine(rng, width)
    if chance(rng, 0.35):
        grain = 0.7 if chance(rng, 0.5) else 3.0
        field += (bank.piece(rng, grain, height, width) * np.float32(span(rng, 0.5, 7)))[..., None]
    if chance(rng, 0.25):
        clouds = bank.piece(rng, 24.0, height, width) * np.float32(span(rng, 1, 14))
        field += clouds[..., None]
    return _bytes(field)


def _towards_the_spine(rng: Rng, width: int) -> Field:
    """Return how light falls off towards the side at which a book is bound."""
    reach = np.float32(span(rng, 0.05, 0.5) * width)
    ramp = np.clip(1 - np.arange(width, dtype=np.float32) / reach, 0, 1)
    if chance(rng, 0.5):
        ramp = ramp[::-1]
    fall: Field = 1 - ramp * ramp * np.float32(span(rng, 0.15, 0.75))
    return fall[None, :, None]


def _run(rng: Rng, field: Field, x_height: float) -> Field:
    """Make strokes fatter or thinner, as too much or too little ink does."""
    share = np.float32(span(rng, 0.2, 0.9))
    kernel = (
        np.ones((2, 2), np.uint8) if x_height < 9 or chance(rng, 0.5) else np.ones((3, 3), np.uint8)
    )
    dark = chance(rng, 0.6)
    grown: Field = np.asarray((cv2.erode if dark else cv2.dilate)(field, kernel), np.float32)
    if not dark:
        share *= np.float32(0.5)  # thin strokes are to last
    run: Field = field + (grown - field) * share
    return run


def _shown_through(rng: Rng, field: Field, x_height: float) -> Field:
    """Let a mirrored page show through, paler and blurred."""
    other: Field = field[:, ::-1].mean(axis=2)
    if chance(rng, 0.3):  # set otherwise over there: other lines lie beside those of this side
        other = np.asarray(cv2.resize(other, None, fx=1.0, fy=span(rng, 1.05, 1.4)), np.float32)
        other = other[: field.shape[0]]
    other = np.roll(other, int(rng.random() * other.shape[0]), axis=0)
    if chance(rng, 0.2):
        other = np.roll(other, int(rng.random() * other.shape[1]), axis=1)
    paper = np.float32(np.percentile(other[::4, ::4], 85))
    ink = cv2.GaussianBlur(np.clip(paper - other, 0, 255), (0, 0), span(rng, 0.04, 0.3) * x_height
                           + 0.3)  # fmt: skip
    shown: Field = field - ink[..., None] * np.float32(span(rng, 0.06, 0.5))
    return shown


def lit(rng: Rng, bank: NoiseBank, image: Pixels) -> Pixels:
    """Return a photographed page under uneven, coloured light, with shadows."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle, fall = span(rng, 0, 6.28), np.float32(span(rng, 0, 0.35))
    light = 1 - fall * (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))) / 2
    light -= np.float32(span(rng, 0, 0.2)) * (x * x + y * y) / 2
    if chance(rng, 0.4):  # the shadow of a hand or a fold
        angle = span(rng, 0, 6.28)
        edge = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
        soft = np.float32(log_span(rng, 4, 60))
        dark = np.clip((edge - np.float32(span(rng, -0.6, 0.8))) * soft, 0, 1)
        light -= dark * np.float32(span(rng, 0.1, 0.5))
    tint = np.array([span(rng, 0.85, 1.05) for _ in range(3)], np.float32)
    return _bytes(image * np.clip(light, 0.15, 1.15)[..., None] * tint)


def captured(rng: Rng, bank: NoiseBank, image: Pixels, x_height: float, strength: float) -> Pixels:
    """Return a page as a scanner or a camera stores it; ``strength`` 0 to 1 scales the faults."""
    height, width = image.shape[:2]
    if chance(rng, 0.55 * strength):
        radius = span(rng, 0.3, 0.15 * min(x_height, 12) + 0.3) * strength
        if radius > 0.3:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), radius), np.uint8)
    if chance(rng, 0.12 * strength):
        image = _coarse(rng, image)
    if chance(rng, 0.12 * strength):
        soft = cv2.GaussianBlur(image, (0, 0), span(rng, 0.6, 2))
        image = np.asarray(cv2.addWeighted(image, 1.8, soft, -0.8, 0), np.uint8)
    if chance(rng, 0.5 * strength):
        level = np.float32(log_span(rng, 1, 14) * strength)
        noise = bank.piece(rng, 0.0 if chance(rng, 0.6) else 0.7, height, width)[..., None]
        if chance(rng, 0.4):
            noise = np.concatenate([noise, noise[::-1], noise[:, ::-1]], axis=2)
        image = _bytes(image + noise * level)
    if chance(rng, 0.25 * strength):
        image = _grey(image)
    if chance(rng, 0.1 * strength):
        image = _one_bit(rng, bank, image)
    if chance(rng, 0.2):
        low, high = span(rng, 0, 45) * strength, 255 - span(rng, 0, 45) * strength
        ramp = np.linspace(low, high, 256)
        if chance(rng, 0.3):
            ramp = 255 * (ramp / 255) ** log_span(rng, 0.6, 1.7)
        image = np.asarray(cv2.LUT(image, np.clip(ramp, 0, 255).astype(np.uint8)), np.uint8)
    if chance(rng, 0.4 * min(1.0, strength + 0.4)):
        quality = int(span(rng, 92 - 60 * strength, 95))
        stored = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)
    return image


def _coarse(rng: Rng, image: Pixels) -> Pixels:
    height, width = image.shape[:2]
    factor = span(rng, 1.1, 1.6)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if chance(rng, 0.2) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)


def _grey(image: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
                      np.uint8)  # fmt: skip


def _one_bit(rng: Rng, bank: NoiseBank, image: Pixels) -> Pixels:
    """Cut to black and white: by a level for all, by the neighbourhood, or dithered."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    at = rng.random()
    if at < 0.45:
        grey = np.asarray(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1])
    elif at < 0.8:
        mean = cv2.blur(grey.astype(np.float32), (41, 41))
        grey = ((grey > mean * np.float32(span(rng, 0.75, 0.93))) * 255).astype(np.uint8)
    else:
        low, high = np.percentile(grey[::3, ::3], (2, 80))
        noise = np.float32((high - low) * span(rng, 0.05, 0.25))
        rough = grey + bank.piece(rng, 0.0, *grey.shape) * noise
        grey = ((rough > low + (high - low) * span(rng, 0.4, 0.75)) * 255).astype(np.uint8)
    if chance(rng, 0.6):  # one-bit scans are made smaller before they are looked at
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), span(rng, 0.4, 0.8)), np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _bytes(field: Field) -> Pixels:
    return np.clip(field, 0, 255).astype(np.uint8)
