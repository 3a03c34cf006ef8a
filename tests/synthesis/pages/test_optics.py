"""Views of pages: points go there and back, and pixels go with them."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.synthesis.pages import optics


@given(st.integers(0, 10**6), st.booleans())
def test_points_go_there_and_back(seed: int, photographed: bool) -> None:
    rng = np.random.default_rng(seed)
    view = optics.draw_view(rng, 40.0, -20.0, 400, 300, photographed)
    points = rng.random((30, 2)) * (400, 300)
    assert np.abs(view.to_picture(view.to_page(points)) - points).max() < 0.05


def test_pixels_go_with_the_points() -> None:
    rng = np.random.default_rng(3)
    view = optics.draw_view(rng, 0.0, 0.0, 300, 200, True)
    dot = np.array([[140.0, 90.0]])
    canvas = np.zeros((600, 700), np.uint8)
    corner, scale = (-100.0, -100.0), 1.5
    x, y = (dot[0] - corner) * scale
    cv2.circle(canvas, (int(x), int(y)), 3, 255, -1)
    map_x, map_y = view.sampling(300, 200, corner, scale)
    seen = cv2.remap(canvas, map_x, map_y, cv2.INTER_LINEAR).astype(float)
    rows, columns = np.mgrid[:200, :300] + 0.5
    place = np.array([(columns * seen).sum(), (rows * seen).sum()]) / seen.sum()
    assert np.abs(place - view.to_picture(dot)[0]).max() < 1


def test_a_flat_view_only_moves() -> None:
    view = optics.flat(12.0, 7.0)
    assert view.is_plain
    assert view.to_page(np.array([[1.0, 2.0]])).tolist() == [[13, 9]]
    assert not optics.draw_view(np.random.default_rng(0), 0, 0, 100, 100, True).is_plain
