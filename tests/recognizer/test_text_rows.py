"""Rows without text are cut off, those with it never are."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gsaocr.recognizer.line_image import prepare_line
from gsaocr.recognizer.text_rows import text_rows

_FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_DUPLEX)


def drawn(text: str, above: int, below: int, face: int = _FACES[0]) -> NDArray[Any]:
    """Ink on paper: a line some 22 pixels high with margins above and below."""
    (width, height), tail = cv2.getTextSize(text, face, 0.7, 1)
    image = np.zeros((above + height + tail + below, width + 12), np.uint8)
    cv2.putText(image, text, (6, above + height), face, 0.7, 255, 1, cv2.LINE_AA)
    return image.astype(np.float32) / 255


def inked(image: NDArray[Any]) -> tuple[int, int]:
    rows = np.flatnonzero((image > 0.4).any(axis=1))
    return int(rows[0]), int(rows[-1]) + 1


@pytest.mark.parametrize(
    "text", ["Hamburgefonts", "gypsy", "TOTAL 118.35", "1 CTN", "DESC", "été", "x"]
)
@pytest.mark.parametrize("face", _FACES)
def test_all_of_the_text_is_kept_and_little_else(text: str, face: int) -> None:
    image = drawn(text, 14, 20, face)
    top, bottom = text_rows(image)
    first, last = inked(image)
    assert top <= first
    assert bottom >= last
    least = image.shape[0] / 2
    assert bottom - top <= max(least + 2, 1.5 * (last - first))


@given(
    st.text("abdgxEH12 .,-'", min_size=1, max_size=12),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_half_a_turn_turns_the_rows(text: str, above: int, below: int, seed: int) -> None:
    image = drawn(text, above, below)
    noise = np.random.default_rng(seed).random(image.shape) > 0.995
    image[noise] = 1.0
    top, bottom = text_rows(image)
    assert 0 <= top < bottom <= len(image)
    turned = np.ascontiguousarray(image[::-1, ::-1])
    assert text_rows(turned) == (len(image) - bottom, len(image) - top)


def test_two_rows_with_as_much_ink_are_both_the_text() -> None:
    image = np.zeros((60, 90), np.float32)
    image[10:20, 5:85:4] = image[40:50, 5:85:4] = 1.0
    top, bottom = text_rows(image)
    assert top <= 10
    assert bottom >= 50


def test_a_neighbour_at_the_edge_is_cut_off() -> None:
    image = drawn("Hamburgefonts", 16, 16)
    image[:5, 20:90:9] = 1.0  # feet of the line above
    top, bottom = text_rows(image)
    assert top >= 5
    assert (top, bottom) == text_rows(drawn("Hamburgefonts", 16, 16))


def test_accents_and_tails_stay() -> None:
    image = drawn("Hamburgefonts", 16, 16)
    first, last = inked(image)
    image[first - 3 : first - 1, 30:34] = 1.0  # an accent on a capital
    image[last + 1 : last + 3, 60:62] = 1.0  # the tail of a comma
    top, bottom = text_rows(image)
    assert top <= first - 3
    assert bottom >= last + 3


@pytest.mark.parametrize("above", [1, 12])
def test_accents_of_small_letters_stay_in_tight_boxes_too(above: int) -> None:
    image = drawn("nummer arm", 0, 0)
    first, _ = inked(image)
    letters = text_rows(image[first:])[1]
    accents = np.zeros((above + letters // 2, image.shape[1]), np.float32)
    accents[above : above + 2, 20:26] = 1.0
    image = np.concatenate([accents, image[first:]])
    assert text_rows(image)[0] <= above


def test_letters_twice_as_large_stay_whole_and_a_rule_does_not_count() -> None:
    image = drawn("gross", 40, 30)
    _, last = inked(image)
    large = cv2.resize(drawn("RM", 0, 0), None, fx=2, fy=2)
    start = last - 5 - large.shape[0]
    image = np.pad(image, ((0, 0), (0, large.shape[1])))
    image[start : start + large.shape[0], -large.shape[1] :] = large
    high, low = inked(image)
    top, bottom = text_rows(image)
    assert top <= high
    assert bottom >= low
    ruled = drawn("gross", 40, 30)
    ruled[:, 3] = 1.0
    assert text_rows(ruled) == text_rows(drawn("gross", 40, 30))


@pytest.mark.parametrize("text", ["-", ".", "--- ---"])
def test_a_dash_alone_is_not_blown_up(text: str) -> None:
    image = drawn(text, 10, 10)
    top, bottom = text_rows(image)
    assert bottom - top >= len(image) / 2


def test_a_blank_line_is_left_as_it_is() -> None:
    assert text_rows(np.zeros((32, 90), np.float32)) == (0, 32)
    assert text_rows(np.ones((1, 1), np.float32)) == (0, 1)


def test_letters_come_out_as_large_from_a_loose_box() -> None:
    tight, loose = (np.asarray(255 - 255 * drawn("Hamburgefonts", m, m), np.uint8) for m in (3, 14))
    a, b = (prepare_line(image, 32) for image in (tight, loose))
    assert b.scale == pytest.approx(a.scale, rel=0.12)
