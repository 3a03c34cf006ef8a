"""From ink on a sheet to the grey levels of a scan, by kind of document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis import degrade
from gsaocr.synthesis.draws import Weighted, chance, log_span, span
from gsaocr.synthesis.paper import NoiseBank, sheet

Bytes = NDArray[Any]  # uint8; OpenCV's annotations do not name the element type


@dataclass(frozen=True)
class ScanStrengths:
    """Probabilities and strengths of one document's way through a scanner."""

    one_bit: float  # share of scans cut to black and white
    halo: float  # share of sharpened scans with light halos
    faint: float  # share of lines printed or scanned faintly
    dark_paper: float  # share of sheets darker than light grey
    blur: float  # greatest blur radius, in units of the x-height
    coarse: float  # share of scans at low resolution
    wear: float  # strength of paper texture, clouds, stains (0..1)
    jpeg: float  # share of scans stored as JPEG
    show_through: float  # share of sheets whose other side shows


STRENGTHS: dict[str, ScanStrengths] = {
    "book": ScanStrengths(0.55, 0.15, 0.15, 0.15, 0.11, 0.15, 0.6, 0.5, 0.1),
    "oldprint": ScanStrengths(0.4, 0.2, 0.3, 0.08, 0.09, 0.15, 0.8, 0.5, 0.3),
    "typescript": ScanStrengths(0.15, 0.25, 0.33, 0.28, 0.13, 0.25, 1.0, 0.6, 0.15),
    "receipt": ScanStrengths(0.12, 0.5, 0.3, 0.3, 0.13, 0.35, 0.7, 0.8, 0.02),
    "modern": ScanStrengths(0.2, 0.25, 0.15, 0.2, 0.14, 0.25, 0.6, 0.6, 0.05),
}


def scanned(
    rng: np.random.Generator,
    bank: NoiseBank,
    ink: Bytes,
    x_height: float,
    strengths: ScanStrengths,
    strength: float,
) -> Bytes:
    """Return the scan of an ink canvas, same size; ``strength`` (0..1) scales every fault.

    ``ink`` is 255 where the print is full; ``x_height`` in pixels.
    """
    height, width = ink.shape
    s = strengths
    coverage = ink.astype(np.float32)
    one_bit = chance(rng, s.one_bit)
    # Faults are drawn so that one or two are severe at a time: all at once leave nothing to read.
    budget = strength
    if chance(rng, s.faint * strength):
        contrast = span(rng, 0.2, 0.6) if not one_bit else span(rng, 0.5, 0.8)
        budget *= 0.6
    else:
        contrast = span(rng, 0.65, 1.0)
    radius = s.blur * x_height * budget * rng.random() ** 1.3
    if radius > 0.25:
        coverage = degrade.blurred(rng, coverage, radius)
        budget *= 1 - 0.5 * radius / (s.blur * x_height)
    if chance(rng, s.dark_paper * strength):
        level = span(rng, 135, 222)
    else:
        level = 255.0 if chance(rng, 0.4) else span(rng, 215, 255)
    wear = s.wear * budget * min(1.0, 1.5 * contrast)
    paper = sheet(rng, bank, height, width, level, wear)
    if chance(rng, s.show_through * strength):
        paper -= _other_side(rng, ink, x_height) * np.float32(min(0.3, 0.4 * contrast))
    # ink takes the paper down to a level of its own: image = paper - contrast * paper * coverage
    image = paper - paper * coverage * np.float32(contrast / 255)
    if chance(rng, s.coarse * budget):
        least = span(rng, 5.5, 10.0)  # x-height in pixels of the coarse scan
        if x_height > 1.1 * least:
            image = degrade.coarsened(rng, image, x_height / least)
    noise = min(log_span(rng, 0.5, 16) * budget, 0.11 * contrast * level)
    if noise > 0.8:
        image = degrade.noisy(rng, bank, image, noise)
    if chance(rng, s.halo * strength):
        halo = max(0.6, span(rng, 0.08, 0.25) * x_height)
        amount = log_span(rng, 0.6, 4.0)
        image = degrade.sharpened(image, halo, amount if noise < 4 else min(amount, 1.5))
    grey: Bytes = np.clip(image, 0, 255).astype(np.uint8)
    if one_bit:
        method = _METHODS.pick(rng)
        grey = degrade.binarised(rng, bank, grey, method)
        if chance(rng, 0.1 * budget):
            grey = degrade.salted(rng, grey, span(rng, 0, 0.01))
        if chance(rng, 0.35):
            grey = cv2.GaussianBlur(grey, (0, 0), span(rng, 0.35, 0.8))
    elif strength > 0 and chance(rng, s.jpeg):
        grey = degrade.jpeg(grey, int(span(rng, 90 - 70 * budget, 92)))
    if chance(rng, 0.25):
        grey = degrade.posterised(grey, 4)
    return grey


_METHODS = Weighted(
    [("otsu", 3.0), ("fixed", 3.0), ("sauvola", 3.0), ("mean", 1.0), ("dither", 0.6)]
)


def _other_side(rng: np.random.Generator, ink: Bytes, x_height: float) -> Bytes:
    """Return print of the sheet's other side: mirrored, moved and blurred ink, float32."""
    other = np.roll(ink[:, ::-1], int(rng.random() * ink.shape[1]), axis=1)
    if chance(rng, 0.6):
        other = np.roll(other, int(span(rng, 0.2, 0.8) * ink.shape[0]), axis=0)
    soft = cv2.GaussianBlur(other, (0, 0), max(0.6, span(rng, 0.08, 0.3) * x_height))
    return soft.astype(np.float32) * np.float32(span(rng, 0.2, 1.0))
