"""Fields of noise, paper and what is on it besides the line: stains, rules, the other side."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, span, whole

# OpenCV's annotations do not name the element type.
Field = NDArray[Any]  # float32
Ink = NDArray[Any]  # uint8


class NoiseBank:
    """Noise of several grains, made once; a piece of it costs a copy rather than a draw.

    ``piece`` returns (height, width) of zero mean and unit variance. The grain is the correlation
    length in pixels, one of ``GRAINS``.
    """

    GRAINS = (0.0, 0.7, 1.5, 3.0, 8.0, 24.0)

    def __init__(self, seed: int = 20, height: int = 288, width: int = 3072) -> None:
        rng = np.random.default_rng(seed)
        self._fields: dict[float, Field] = {}
        for grain in self.GRAINS:
            field: Field = rng.standard_normal((height, width), dtype=np.float32)
            if grain:
                field = cv2.GaussianBlur(field, (0, 0), grain, borderType=cv2.BORDER_REFLECT)
            self._fields[grain] = (field - field.mean()) / field.std()

    def piece(self, rng: np.random.Generator, grain: float, height: int, width: int) -> Field:
        """Return a piece of noise; views into the bank are never written to, so copy to change."""
        field = self._fields[grain]
        if height > field.shape[0] or width > field.shape[1]:
            more = max(0, height - field.shape[0]), max(0, width - field.shape[1])
            field = np.pad(field, ((0, more[0]), (0, more[1])), mode="symmetric")
        top = int(rng.random() * (field.shape[0] - height + 1))
        left = int(rng.random() * (field.shape[1] - width + 1))
        part = field[top : top + height, left : left + width]
        at = rng.random()
        if at < 0.5:
            part = part[:, ::-1]
        return part[::-1] if 0.25 < at < 0.75 else part


def sheet(
    rng: np.random.Generator, bank: NoiseBank, height: int, width: int, level: float, wear: float
) -> Field:
    """Return bare paper, (height, width), values about ``level`` of 0..255.

    ``wear`` (0..1) sets the strength of grain, clouds, gradients, shadows and stains.
    """
    paper = np.full((height, width), level, np.float32)
    if wear <= 0:
        return paper
    grain = (0.7, 1.5, 3.0)[whole(rng, 0, 2)]
    paper += bank.piece(rng, grain, height, width) * np.float32(span(rng, 0, 9) * wear)
    if chance(rng, 0.6):
        paper += bank.piece(rng, 24.0, height, width) * np.float32(span(rng, 0, 14) * wear)
    if chance(rng, 0.4):
        across = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(span(rng, -30, 30) * wear)
        down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(span(rng, -15, 15) * wear)
        paper += across[None, :] + down[:, None]
    if chance(rng, 0.1 * wear):
        _shadow(rng, paper)
    if chance(rng, 0.07 * wear):
        _stain(rng, paper)
    return paper


def _shadow(rng: np.random.Generator, paper: Field) -> None:
    """Darken one side, as the gutter of a book or a hand above a receipt does."""
    width = paper.shape[1]
    reach = span(rng, 0.05, 0.5) * width
    ramp = np.clip(1 - np.arange(width, dtype=np.float32) / np.float32(reach), 0, 1)
    if chance(rng, 0.5):
        ramp = ramp[::-1]
    paper -= (ramp * ramp * np.float32(span(rng, 20, 90)))[None, :]


def _stain(rng: np.random.Generator, paper: Field) -> None:
    """Put a blot or a ring with a soft edge somewhere."""
    height, width = paper.shape
    blot = np.zeros((height, width), np.uint8)
    centre = (int(rng.random() * width), int(rng.random() * height))
    radius = max(2, int(log_span(rng, 0.1, 1.5) * height))
    thickness = -1 if chance(rng, 0.7) else max(1, radius // 5)
    cv2.circle(blot, centre, radius, 255, thickness, cv2.LINE_AA)
    soft = cv2.GaussianBlur(blot, (0, 0), max(0.6, 0.15 * radius))
    paper -= soft.astype(np.float32) * np.float32(span(rng, 0.05, 0.3))


def specks(rng: np.random.Generator, ink: Ink, density: float) -> None:
    """Add dust to an ink canvas: dots of one to some pixels, ``density`` per 1000 pixels."""
    height, width = ink.shape
    for _ in range(min(60, int(rng.poisson(density * height * width / 1000)))):
        x, y = int(rng.random() * width), int(rng.random() * height)
        size = 1 + int(rng.random() ** 3 * 4)
        ink[y : y + size, x : x + 1 + int(rng.random() * size)] = whole(rng, 120, 255)


def scribble(rng: np.random.Generator, ink: Ink, strength: int) -> None:
    """Draw a thin curve across, as a pen's tick, loop or signature crosses a line."""
    height, width = ink.shape
    count = whole(rng, 3, 7)
    at_x, at_y = rng.random() * width, rng.random() * height
    steps = np.cumsum(rng.normal(0, 0.6 * height, (count, 2)), axis=0)
    knots = np.add(steps, (at_x, at_y))
    along = np.linspace(0, count - 1, 8 * count)
    xs = np.interp(along, np.arange(count), knots[:, 0])
    ys = np.interp(along, np.arange(count), knots[:, 1])
    kernel = np.ones(7) / 7
    curve = np.stack([np.convolve(xs, kernel, "valid"), np.convolve(ys, kernel, "valid")], axis=1)
    layer = np.zeros_like(ink)
    thick = max(1, round(height * span(rng, 0.015, 0.05)))
    cv2.polylines(layer, [np.rint(curve).astype(np.int32)], False, strength, thick, cv2.LINE_AA)
    np.maximum(ink, layer, out=ink)
