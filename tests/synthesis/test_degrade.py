"""Faults of print, paper and scan: sizes kept, and each does what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gsaocr.synthesis import degrade, press
from gsaocr.synthesis.degrade import Warp
from gsaocr.synthesis.paper import NoiseBank, scribble, sheet, specks
from gsaocr.synthesis.scan import STRENGTHS, scanned

Image = NDArray[Any]
Rng = np.random.Generator


@pytest.fixture(scope="module")
def bank() -> NoiseBank:
    return NoiseBank()


@pytest.fixture
def ink() -> Image:
    """Upright strokes two pixels wide, as a row of l is: (40, 200) uint8."""
    canvas = np.zeros((40, 200), np.uint8)
    for x in range(10, 190, 12):
        canvas[8:32, x : x + 3] = 255
    return canvas


def _grey(ink: Image) -> Image:
    return (255 - ink).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_grey_faults_keep_the_size(bank: NoiseBank, ink: Image, seed: int) -> None:
    rng = np.random.default_rng(seed)
    faults: list[Callable[[Image], Image]] = [
        lambda g: degrade.blurred(rng, g, 1.7),
        lambda g: degrade.coarsened(rng, g, 2.3),
        lambda g: degrade.sharpened(g, 1.2, 2.0),
        lambda g: degrade.noisy(rng, bank, g, 8.0),
    ]
    for fault in faults:
        assert fault(_grey(ink)).shape == ink.shape
    byte = _grey(ink).astype(np.uint8)
    for method in ("otsu", "fixed", "sauvola", "mean", "dither"):
        cut = degrade.binarised(rng, bank, byte, method)
        assert cut.shape == ink.shape
        assert set(np.unique(cut)) <= {0, 255}
        assert 0 < (cut == 0).mean() < 0.9
    assert degrade.jpeg(byte, 30).shape == ink.shape
    assert degrade.salted(rng, byte, 0.01).shape == ink.shape


@pytest.mark.parametrize("document", sorted(STRENGTHS))
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_scan_keeps_the_size(bank: NoiseBank, ink: Image, document: str, strength: float) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        grey = scanned(rng, bank, ink, 12.0, STRENGTHS[document], strength)
        assert grey.shape == ink.shape
        assert grey.dtype == np.uint8


@pytest.mark.parametrize("shape", [(1, 1), (14, 4), (80, 3500)])
def test_scans_of_odd_sizes(bank: NoiseBank, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        canvas = (rng.random(shape) < 0.2).astype(np.uint8) * 255
        assert scanned(rng, bank, canvas, 9.0, STRENGTHS["typescript"], 1.0).shape == shape


def test_print_keeps_the_size_and_strokes_survive(bank: NoiseBank, ink: Image) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        for weight in (-0.4, 0.0, 0.4):
            bled = press.bleed(ink, rng, bank, 14, 0.1, weight, 0.3, 1.5)
            assert bled.shape == ink.shape
            assert bled[ink > 0].mean() > 90
        for out in (
            press.worn(ink, rng, bank, 0.6, 3.0),
            press.dots(ink, rng, 14, 7.0, 1.2),
            press.raster(ink, rng, 14, 9.0),
        ):
            assert out.shape == ink.shape
            assert out[ink > 0].mean() > 40


def test_more_weight_means_more_ink(bank: NoiseBank, ink: Image) -> None:
    amounts = [
        int(press.bleed(ink, np.random.default_rng(1), bank, 14, 0.1, w, 0.0, 2.0).sum())
        for w in (-0.4, 0.0, 0.4)
    ]
    assert amounts[0] < amounts[1] < amounts[2]


def test_blank_ink_stays_blank(bank: NoiseBank) -> None:
    blank = np.zeros((30, 50), np.uint8)
    rng = np.random.default_rng(2)
    assert press.bleed(blank, rng, bank, 12, 0.1, 0.3, 1.0, 2.0).max() == 0
    assert press.dots(blank, rng, 12, 7.0, 1.2).max() == 0
    assert press.raster(blank, rng, 12, 9.0).max() == 0


def test_posterised_images_have_few_levels() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (3, 1))
    levels = np.unique(degrade.posterised(ramp, 4))
    assert len(levels) == 16
    assert (levels[0], levels[-1]) == (0, 255)


def test_no_warp_is_the_identity(ink: Image) -> None:
    assert np.array_equal(degrade.warped(ink, Warp(), 0, 0, 200, 40, 32.0), ink)


def test_a_slope_lowers_one_end(ink: Image) -> None:
    bent = degrade.warped(ink, Warp(slope=6.0), 0, 0, 200, 40, 32.0)
    first = np.flatnonzero(bent[:, :30].max(axis=1))[0]
    last = np.flatnonzero(bent[:, -30:].max(axis=1))[0]
    assert 3 <= first - last <= 7


def test_drawn_warps_keep_long_lines_in_their_height() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        warp = degrade.random_warp(rng, 1200.0, 40.0, 1.0, 3.0)
        assert abs(warp.slope) <= 20.0


def test_noise_has_unit_spread_and_any_size(bank: NoiseBank) -> None:
    rng = np.random.default_rng(4)
    for grain in NoiseBank.GRAINS:
        piece = bank.piece(rng, grain, 300, 4000)
        assert piece.shape == (300, 4000)
        assert abs(float(piece.std()) - 1) < 0.15


def test_paper_without_wear_is_even(bank: NoiseBank) -> None:
    even = sheet(np.random.default_rng(5), bank, 20, 60, 240.0, 0.0)
    assert np.all(even == 240)
    worn = sheet(np.random.default_rng(5), bank, 20, 60, 240.0, 1.0)
    assert worn.shape == (20, 60)
    assert worn.std() > 0


def test_marks_stay_on_the_canvas() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        canvas = np.zeros((14, 9), np.uint8)
        specks(rng, canvas, 20.0)
        scribble(rng, canvas, 200)
        assert canvas.shape == (14, 9)


def test_typebars_strike_each_letter_with_its_own_force() -> None:
    rng = np.random.default_rng(6)
    machine = press.Typebars(rng, 0.9, 0.0)
    canvas = np.full((20, 200), 255, np.uint8)
    for x in range(0, 200, 10):
        machine("abcdefghijklmnopqrst"[x // 10], np.full((20, 10), 255, np.uint8), x, 0)
    struck = machine.struck(canvas)
    forces = struck[:, 5::10].mean(axis=0)
    assert forces.std() > 10
    assert forces.min() > 50
