"""How ink gets to the paper: letterpress, typewriter ribbon, dot matrix, thermal head.

All functions take an ink canvas (uint8, 255 is full ink) at setting scale and return one of the
same shape; ``unit`` is the x-height in pixels.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, span
from gsaocr.synthesis.paper import NoiseBank

Ink = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type


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

    The cut lies at (1 - weight) / 2 of the level that strokes keep after the blur, so that thin
    faces survive it: ``weight`` > 0 fattens and fills counters, < 0 thins and breaks hairlines.
    ``roughness`` makes the edge uneven; ``gain`` (1 and up) is the steepness of the cut.
    """
    height, width = ink.shape
    soft: Ink = cv2.GaussianBlur(ink, (0, 0), max(0.35, spread * unit)).astype(np.float32)
    strokes = soft[ink > 160]
    if strokes.size == 0:
        return ink
    level = float(strokes.mean())
    cut = level * (0.5 - 0.5 * min(0.75, max(-0.5, weight)))
    if roughness > 0:
        grain = 0.7 if unit < 10 else 1.5
        fine = bank.piece(rng, grain, height, width)
        coarse = bank.piece(rng, 8.0, height, width)
        # noise alone must not print: ink stays near where type touched
        near = np.minimum(soft, np.float32(0.5 * level)) * np.float32(roughness)
        soft += near * (fine * np.float32(0.42) + coarse * np.float32(0.22))
    soft -= np.float32(cut)
    soft *= np.float32(127.5 * gain / (level - cut))
    soft += np.float32(127.5)
    return np.clip(soft, 0, 255).astype(np.uint8)


def worn(ink: Ink, rng: np.random.Generator, bank: NoiseBank, strength: float, grain: float) -> Ink:
    """Return ink that took unevenly: multiplied by a field between 1 - strength and 1."""
    field = bank.piece(rng, grain, *ink.shape)
    factor = field * np.float32(0.4 * strength) + np.float32(1 - 0.5 * strength)
    uneven: Ink = (ink * np.clip(factor, 0.12, 1)).astype(np.uint8)
    return uneven


def dots(ink: Ink, rng: np.random.Generator, unit: float, rows: float, fill: float) -> Ink:
    """Return ink as a needle printer sets it: dots on a grid, ``rows`` of them per x-height.

    ``fill`` is the dot's diameter in units of the grid's step; from 1.3 up dots run together.
    """
    height, width = ink.shape
    step = max(2.0, unit / rows)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    coarse = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    hits = _hit(coarse, span(rng, 0.5, 0.9))
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
    hits = _hit(coarse, span(rng, 0.5, 0.9))
    if chance(rng, 0.25):
        # a dead heating element leaves a thin white line
        column = int(rng.random() * size[1])
        hits[column, :] = hits[column, :] // 3
    how = cv2.INTER_NEAREST if chance(rng, 0.6) else cv2.INTER_LINEAR
    return cv2.resize(hits, (width, height), interpolation=how)


def _hit(coarse: Ink, share: float) -> Ink:
    """Return 255 where a coarse cell has more ink than a share of what inked cells have."""
    inked = coarse[coarse > 32]
    cut = share * float(inked.mean()) if inked.size else 127.0
    return ((coarse > cut) * np.uint8(255)).astype(np.uint8)


class Typebars:
    """One machine and one typist: each letter's dirt, strength and partial strokes.

    Called with each letter while a line is painted, it returns the bitmap with clogged counters or
    heavy points and notes how strongly the letter was struck; ``struck`` then weakens the ink.
    """

    def __init__(self, rng: np.random.Generator, unevenness: float, dirt: float) -> None:
        self._rng = rng
        self._unevenness = unevenness
        self._dirt = dirt
        self._own: dict[str, float] = {}
        self._clogged: dict[str, bool] = {}
        self._heavy_points = chance(rng, 0.5)
        self._blows: list[tuple[int, int, int, int, float, float, bool]] = []

    def __call__(self, unit: str, bitmap: Ink, x: int, y: int) -> Ink:
        """Return the letter's bitmap, whose corner will stand at (x, y)."""
        rng = self._rng
        own = self._own.get(unit)
        if own is None:
            own = 1 - self._unevenness * rng.random() * 0.6
            self._own[unit] = own
            self._clogged[unit] = unit in "aeogbdpqsBRA86" and chance(rng, self._dirt)
        first = last = max(0.33, own * (1 - self._unevenness * rng.random() * 0.6))
        if chance(rng, 0.3 * self._unevenness):
            last *= span(rng, 0.35, 0.8)
        if chance(rng, 0.5):
            first, last = last, first
        height, width = bitmap.shape
        self._blows.append((x, y, width, height, first, last, chance(rng, 0.6)))
        if self._heavy_points and unit in ".,-_':;\"":
            return cv2.dilate(bitmap, np.ones((2, 2), np.uint8))
        if self._clogged[unit]:
            filled = cv2.morphologyEx(bitmap, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
            return cv2.addWeighted(bitmap, 0.4, filled, 0.6, 0)
        return bitmap

    def struck(self, ink: Ink) -> Ink:
        """Return the ink as strongly as each letter was struck."""
        force = np.full(ink.shape, 255, np.uint8)
        for x, y, width, height, first, last, along in self._blows:
            part = force[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
            if not part.size:
                continue
            if abs(first - last) < 0.02:
                part[:] = int(255 * first)
            elif along:
                part[:] = np.linspace(255 * first, 255 * last, part.shape[1])[None, :]
            else:
                part[:] = np.linspace(255 * first, 255 * last, part.shape[0])[:, None]
        return cv2.multiply(ink, cv2.blur(force, (3, 3)), scale=1 / 255)


def typebars(rng: np.random.Generator, strength: float) -> Typebars:
    """Return a machine whose unevenness and dirt rise with ``strength`` (0..1)."""
    dirt = span(rng, 0, 0.6) * strength if chance(rng, 0.35) else 0.0
    return Typebars(rng, min(1.0, log_span(rng, 0.06, 0.9) * (0.3 + strength)), dirt)
