"""How ink gets to the paper: letterpress, typewriter ribbon, dot matrix, thermal head.

All functions take an ink canvas (uint8, 255 is full ink) at setting scale and return one of the same
shape; ``unit`` is the x-height in pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, span
from gsaocr.synthesis.paper import NoiseBank

Ink = NDArray[np.uint8]


def bleed(
    ink: Ink,
    rng: np.random.Generator,
    bank: NoiseBank,
    unit: float,
    spread: float,
    weight: float,
    roughness: float,
    gain: float,
) -> Ink:
    """Return ink that ran or stayed away: blurred by ``spread`` x-heights and cut softly anew.

    ``weight`` > 0 fattens and fills counters, < 0 thins and breaks hairlines; ``roughness`` makes
    the edge uneven; ``gain`` is the steepness of the cut.
    """
    height, width = ink.shape
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.35, spread * unit)).astype(np.float32)
    cut = np.float32(127.5 - 127.5 * weight)
    if roughness > 0:
        grain = 0.7 if unit < 10 else 1.5
        soft += bank.piece(rng, grain, height, width) * np.float32(60 * roughness)
        soft += bank.piece(rng, 8.0, height, width) * np.float32(30 * roughness)
    soft -= cut
    soft *= np.float32(gain)
    soft += np.float32(127.5)
    # noise alone must not print: ink stays near where type touched
    printed = np.clip(soft, 0, 255).astype(np.uint8)
    if roughness > 0.4 or weight > 0.5:
        reach = cv2.dilate(ink, np.ones((3, 3), np.uint8), iterations=2)
        np.minimum(printed, cv2.convertScaleAbs(reach, alpha=2.0), out=printed)
    return printed


def worn(ink: Ink, rng: np.random.Generator, bank: NoiseBank, strength: float, grain: float) -> Ink:
    """Return ink that took unevenly: multiplied by a field between 1 - strength and 1."""
    field = bank.piece(rng, grain, *ink.shape)
    factor = np.clip(np.float32(1 - 0.5 * strength) + field * np.float32(0.4 * strength), 0, 1)
    return (ink * factor).astype(np.uint8)


def dots(ink: Ink, rng: np.random.Generator, unit: float, rows: float, fill: float) -> Ink:
    """Return ink as a needle printer sets it: dots on a grid, ``rows`` of them per x-height.

    ``fill`` is the dot's diameter in units of the grid's step; from 1.3 up dots run together.
    """
    height, width = ink.shape
    step = max(2.0, unit / rows)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    coarse = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    cut = span(rng, 75, 130)
    hits = (coarse > cut).astype(np.uint8) * 255
    cell = 6
    big = cv2.resize(hits, (size[0] * cell, size[1] * cell), interpolation=cv2.INTER_NEAREST)
    axis = (np.arange(cell) + 0.5) / cell - 0.5
    distance = np.hypot(axis[:, None], axis[None, :])
    dot = np.clip((0.5 * fill - distance) * 8 + 0.5, 0, 1)
    mask = np.tile((dot * 255).astype(np.uint8), (size[1], size[0]))
    struck = cv2.multiply(big, mask, scale=1 / 255)
    return cv2.resize(struck, (width, height), interpolation=cv2.INTER_AREA)


def raster(ink: Ink, rng: np.random.Generator, unit: float, rows: float) -> Ink:
    """Return ink as a thermal head or fax burns it: square pixels, ``rows`` per x-height."""
    height, width = ink.shape
    step = max(1.5, unit / rows)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    coarse = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    hits = (coarse > span(rng, 80, 140)).astype(np.uint8) * 255
    if chance(rng, 0.25):
        # a dead heating element leaves a thin white line
        column = int(rng.random() * size[1])
        hits[column, :] = hits[column, :] // 3
    how = cv2.INTER_NEAREST if chance(rng, 0.6) else cv2.INTER_LINEAR
    return cv2.resize(hits, (width, height), interpolation=how)


class Typebars:
    """One machine and one typist: each letter's strength, dirt and partial strokes."""

    def __init__(self, rng: np.random.Generator, unevenness: float, dirt: float) -> None:
        self._rng = rng
        self._unevenness = unevenness
        self._dirt = dirt
        self._strengths: dict[str, float] = {}
        self._filled: dict[str, bool] = {}
        self._floor = span(rng, 0.35, 0.95)

    def __call__(self, unit: str, bitmap: Ink) -> Ink:
        """Return the letter's bitmap as it came out at this stroke."""
        rng = self._rng
        own = self._strengths.get(unit)
        if own is None:
            own = 1 - self._unevenness * rng.random() * 0.8
            self._strengths[unit] = own
            self._filled[unit] = unit in "aeogbdpqsBRA86" and chance(rng, self._dirt)
        strength = own * (1 - self._unevenness * rng.random() * 0.6)
        if self._filled[unit]:
            filled = cv2.morphologyEx(bitmap, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
            bitmap = cv2.addWeighted(bitmap, 0.4, filled, 0.6, 0)
        struck = cv2.convertScaleAbs(bitmap, alpha=max(self._floor * 0.6, strength))
        if chance(rng, 0.25 * self._unevenness):
            height, width = struck.shape
            ramp = np.linspace(span(rng, 0.1, 0.7), 1.15, width if chance(rng, 0.6) else height)
            if chance(rng, 0.5):
                ramp = ramp[::-1]
            field = ramp[None, :] if ramp.size == width else ramp[:, None]
            struck = np.clip(struck * field, 0, 255).astype(np.uint8)
        return struck


def typebars(rng: np.random.Generator, strength: float) -> Callable[[str, Ink], Ink]:
    """Return a machine whose unevenness and dirt rise with ``strength`` (0..1)."""
    dirt = span(rng, 0, 0.6) * strength if chance(rng, 0.4) else 0.0
    return Typebars(rng, min(1.0, log_span(rng, 0.08, 0.9) * (0.3 + strength)), dirt)
