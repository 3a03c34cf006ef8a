"""From ink on a sheet to the grey levels of a scan, by kind of document."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis import degrade
from gsaocr.synthesis.draws import chance, log_span, pick, span
from gsaocr.synthesis.paper import NoiseBank, sheet

Bytes = NDArray[np.uint8]


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
    "book": ScanStrengths(0.55, 0.12, 0.15, 0.2, 0.13, 0.15, 0.6, 0.5, 0.1),
    "oldprint": ScanStrengths(0.4, 0.1, 0.3, 0.1, 0.14, 0.15, 0.8, 0.5, 0.3),
    "typescript": ScanStrengths(0.12, 0.15, 0.4, 0.35, 0.2, 0.25, 1.0, 0.6, 0.15),
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
    if s.blur and strength > 0:
        radius = span(rng, 0, s.blur) * x_height * strength
        if radius > 0.25:
            coverage = degrade.blurred(rng, coverage, radius)
    one_bit = chance(rng, s.one_bit)
    if chance(rng, s.dark_paper * strength):
        level = span(rng, 120, 215)
    else:
        level = 255.0 if chance(rng, 0.3) else span(rng, 215, 255)
    paper = sheet(rng, bank, height, width, level, s.wear * strength)
    if chance(rng, s.show_through * strength):
        other = ink[:, ::-1] if chance(rng, 0.5) else np.roll(ink[:, ::-1], height // 3, axis=0)
        other = np.roll(other, int(rng.random() * width), axis=1)
        soft = cv2.GaussianBlur(other, (0, 0), max(0.6, span(rng, 0.1, 0.3) * x_height))
        paper -= soft.astype(np.float32) * np.float32(span(rng, 0.04, 0.2 if one_bit else 0.3))
    if chance(rng, s.faint * strength):
        contrast = span(rng, 0.22, 0.6) if not one_bit else span(rng, 0.45, 0.75)
    else:
        contrast = span(rng, 0.65, 1.0)
    # ink takes the paper down to a level of its own: image = paper - contrast * paper * coverage
    image = paper - paper * coverage * np.float32(contrast / 255)
    if strength > 0:
        if chance(rng, s.coarse * strength):
            least = span(rng, 5.5, 10.0)  # x-height in pixels of the coarse scan
            if x_height > 1.1 * least:
                image = degrade.coarsened(rng, image, x_height / least)
        noise = log_span(rng, 0.5, 14) * strength
        if noise > 1:
            image = degrade.noisy(rng, bank, image, noise)
        if chance(rng, s.halo * strength):
            radius = span(rng, 0.08, 0.25) * x_height
            image = degrade.sharpened(image, max(0.6, radius), log_span(rng, 0.6, 4.0))
    grey = np.clip(image, 0, 255).astype(np.uint8)
    if one_bit:
        method = pick(
            rng, ("otsu", "otsu", "fixed", "fixed", "sauvola", "sauvola", "mean", "dither")
        )
        grey = degrade.binarised(rng, bank, grey, method)
        if chance(rng, 0.1 * strength):
            grey = degrade.salted(rng, grey, span(rng, 0, 0.012))
        if chance(rng, 0.35):
            grey = cv2.GaussianBlur(grey, (0, 0), span(rng, 0.35, 0.8))
    elif strength > 0 and chance(rng, s.jpeg):
        grey = degrade.jpeg(grey, int(span(rng, 90 - 70 * strength, 92)))
    return grey
