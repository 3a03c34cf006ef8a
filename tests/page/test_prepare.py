"""Light and polarity: text comes out dark on white, and every turn of the page the same way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gsaocr.page.load import PageImage
from gsaocr.page.prepare import PreparedPage, prepare
from tests.page.printed import Sheet, book_page


def prepared(grey: NDArray[np.uint8]) -> PreparedPage:
    return prepare(PageImage(np.ascontiguousarray(grey)))


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    seed=st.integers(0, 2**32 - 1),
    quarters=st.integers(1, 3),
    smooth=st.booleans(),
)
def test_commutes_exactly_with_quarter_turns(
    height: int, width: int, seed: int, quarters: int, smooth: bool
) -> None:
    rng = np.random.default_rng(seed)
    grey = rng.integers(0, 256, (height, width), dtype=np.uint8)
    if smooth:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 3), np.uint8)
    upright, turned = prepared(grey), prepared(np.rot90(grey, quarters))
    assert np.array_equal(turned.grey, np.rot90(upright.grey, quarters))
    assert np.array_equal(turned.ink, np.rot90(upright.ink, quarters))
    assert turned.reversed == upright.reversed


def test_commutes_on_a_page_larger_than_its_blocks() -> None:
    grey = np.asarray(cv2.resize(book_page().grey, (1501, 1333)), np.uint8)
    grey = (grey * np.linspace(0.5, 1, 1501)[None]).astype(np.uint8)
    for quarters in (1, 2, 3):
        assert np.array_equal(
            prepared(np.rot90(grey, quarters)).grey, np.rot90(prepared(grey).grey, quarters)
        )


def test_bilevel_page_is_left_as_it_is() -> None:
    grey = np.where(book_page().grey > 127, 255, 0).astype(np.uint8)
    page = prepared(grey)
    assert np.array_equal(page.grey, grey)
    assert np.array_equal(page.ink, (grey == 0).astype(np.uint8))


@pytest.mark.parametrize("bilevel", [False, True])
def test_light_text_is_made_dark(bilevel: bool) -> None:
    grey = book_page().grey
    grey = np.where(grey > 127, 255, 0).astype(np.uint8) if bilevel else grey
    page, reverse = prepared(grey), prepared(255 - grey)
    assert reverse.reversed
    assert not page.reversed
    both = (page.ink & reverse.ink).sum() / (page.ink | reverse.ink).sum()
    assert both > 0.9


def test_shadow_is_taken_out() -> None:
    grey = book_page().grey
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    light = 0.45 + 0.55 / (1 + np.exp(-(x + y / 2 - 500) / 90))
    page = prepared((grey * light).astype(np.uint8))
    blank = cv2.erode(grey, np.ones((25, 25), np.uint8)) > 250
    assert np.percentile(page.grey[blank], 2) > 235
    clean = grey < 100
    assert page.ink[clean].mean() > 0.97
    assert page.ink[blank].mean() < 0.002


def test_faint_print_is_ink() -> None:
    sheet = Sheet(600, 200)
    sheet.line(30, 60, "faint thermal print", 32, ink=175)
    noise = np.random.default_rng(3).normal(0, 4, (200, 600))
    page = prepared(np.clip(sheet.grey * 0.9 + noise, 0, 255).astype(np.uint8))
    assert page.ink[sheet.grey < 200].mean() > 0.9
    assert page.ink[sheet.grey == 255].mean() < 0.03


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (50, 50)])
def test_flat_pages_have_no_ink(value: int, shape: tuple[int, int]) -> None:
    page = prepared(np.full(shape, value, np.uint8))
    assert page.grey.shape == shape
    assert page.ink.sum() in (0, page.ink.size)
