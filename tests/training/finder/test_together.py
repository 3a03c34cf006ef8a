"""Pages cut together: whole lines in several directions, and the truth goes with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gsaocr.training.finder.real_pages import RealPages
from gsaocr.training.finder.together import cut_together
from tests.training.finder.test_real_pages import packed


def test_blocks_are_turned_with_their_lines(tmp_path: Path) -> None:
    pages = RealPages([packed(tmp_path, 12, lines=2)])
    for seed in range(6):
        page = cut_together(pages, np.random.default_rng(seed), 480, 480)
        assert page.image.shape == (480, 480, 3)
        assert len({line.quarter for line in page.lines}) > 1
        grey = page.image.mean(axis=2)
        for line in page.lines:
            x, y = line.band(line.x_height, 0).T
            inside = grey[int(y.min()) : int(y.max()), int(x.min()) : int(x.max())]
            assert inside.min() < 100
            assert inside.mean() < 240
            assert line.text == "bokl dakob pelda"
        again = cut_together(pages, np.random.default_rng(seed), 480, 480)
        assert np.array_equal(page.image, again.image)
