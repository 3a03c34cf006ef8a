"""Rendered lines are cut as lines of pages are: by the same constants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gsaocr.page import crop as page_crop
from gsaocr.synthesis import crop
from gsaocr.synthesis.crop import page_margins


class Face:
    """A face of round numbers."""

    ascent, descent, x_height = 29.0, 8.0, 20.0


class Line:
    """A line whose ink reaches so far above and below the baseline."""

    def __init__(self, above: float, below: float) -> None:
        self._reach = above, below

    def reach(self) -> tuple[float, float]:
        return self._reach


def edges(text: str, above: float, below: float) -> np.ndarray:
    """How far the cut lies from the middle of the letters, in x-heights, on average."""
    face: Any = Face()
    line: Any = Line(above, below)
    drawn = [page_margins(np.random.default_rng(n), face, line, text) for n in range(400)]
    top, bottom = np.mean(drawn, axis=0)
    return np.array([top + face.ascent - 10, bottom + face.descent + 10]) / face.x_height


def test_the_cut_is_that_of_pages() -> None:
    assert edges("x", 20, 0) == pytest.approx(page_crop.CROP_REACH * np.ones(2), abs=0.05)


def test_own_ink_is_followed_so_far() -> None:
    above, below = edges("xy", 36, 16)  # 1.3 x-heights from the middle, and a tenth more
    assert above == pytest.approx(1.4, abs=0.03)
    assert below == pytest.approx(1.4, abs=0.03)
    farthest = page_crop.CROP_FARTHEST * page_crop.CROP_REACH
    assert edges("xy", 90, 90) == pytest.approx(farthest * np.ones(2), abs=0.1)


def test_one_constant_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert crop.CROP_REACH == page_crop.CROP_REACH
    assert crop.CROP_FARTHEST == page_crop.CROP_FARTHEST
    before = edges("x", 20, 0)
    monkeypatch.setattr(crop, "CROP_REACH", 1.2 * page_crop.CROP_REACH)
    assert edges("x", 20, 0) == pytest.approx(1.2 * before, abs=0.05)
