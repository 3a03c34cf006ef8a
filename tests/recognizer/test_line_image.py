"""Preparing a line commutes with turning it, and keeps what is on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsaocr.recognizer.line_image import even_contrast, prepare_line


def line(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = np.full((height, width), 230, np.uint8)
    for _ in range(max(2, width // 12)):
        x, y = rng.integers(0, width), rng.integers(0, height)
        image[y : y + height // 2, x : x + 3] = rng.integers(0, 80)
    return image


@settings(max_examples=40, deadline=None)
@given(st.integers(8, 70), st.integers(8, 300), st.integers(0, 99))
def test_preparing_commutes_with_turning_upside_down(height: int, width: int, seed: int) -> None:
    image = line(height, width, seed)
    plain = prepare_line(image, 32).pixels
    turned = prepare_line(np.ascontiguousarray(np.rot90(image, 2)), 32).pixels
    assert np.abs(np.rot90(plain, 2) - turned).max() < 1e-4


@given(st.integers(0, 3))
def test_contrast_commutes_with_every_quarter(turns: int) -> None:
    image = line(20, 60, 1)
    assert np.array_equal(
        np.rot90(even_contrast(image), turns),
        even_contrast(np.ascontiguousarray(np.rot90(image, turns))),
    )


def test_light_text_on_dark_is_dark_text_on_light() -> None:
    image = line(30, 120, 2)
    assert np.allclose(even_contrast(image), even_contrast(255 - image), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (200, 3), (32, 33), (31, 5000)])
def test_sides_are_whole_patches_and_text_is_inside(size: tuple[int, int]) -> None:
    prepared = prepare_line(line(*size, seed=0), 32)
    assert prepared.pixels.shape[0] == 32
    assert prepared.pixels.shape[1] % 8 == 0
    assert prepared.left >= 0
    assert prepared.left * 2 + prepared.content == prepared.pixels.shape[1]
    assert prepared.to_image(prepared.left) == 0
    assert prepared.to_image(prepared.left + prepared.content) == pytest.approx(size[1])


def test_a_blank_line_stays_blank() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(248, 256, (30, 100)).astype(np.uint8)
    assert prepare_line(noise, 32).pixels.max() < 0.4
    assert prepare_line(np.full((30, 100), 255, np.uint8), 32).pixels.max() == 0
