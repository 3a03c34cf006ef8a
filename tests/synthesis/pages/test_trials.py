"""Pages for measuring: several directions, and photographs of what lies flat as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.pages import trials
from gsaocr.synthesis.pages.renderer import PageRenderer


@pytest.fixture(scope="module")
def renderer(whole_face: FontFace, corpora: list[Path]) -> PageRenderer:
    return PageRenderer([whole_face], corpora)


def test_text_stands_in_several_directions(renderer: PageRenderer) -> None:
    page = trials.several_directions(renderer, np.random.default_rng(1), 300, 400)
    assert page.image.shape == (300, 400, 3)
    assert 2 <= len({line.quarter for line in page.lines}) <= 4


def test_the_photograph_shows_the_flat_page(renderer: PageRenderer) -> None:
    """What is not lost in the photograph stands on the flat page in the same order."""
    for seed in range(3):
        seen, flat = trials.photograph_and_flat(renderer, np.random.default_rng(seed), 260, 320)
        assert flat.image.shape == (260, 320, 3)
        assert seen.image.shape[0] > 260
        texts = iter([line.text for line in flat.lines])
        assert all(line.text in texts for line in seen.lines)
        assert len(seen.lines) >= 0.8 * len(flat.lines)
        heights = [line.x_height for line in seen.lines]
        assert np.median(heights) > 0.7 * np.median([line.x_height for line in flat.lines])
