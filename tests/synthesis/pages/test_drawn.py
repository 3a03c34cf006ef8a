"""Pages to look at: the truth is drawn in its colours, and the program names what it lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gsaocr.page.page_truth import PageObject, PageSample, TextLine
from gsaocr.synthesis.pages import drawn


def test_truth_has_its_colours() -> None:
    image = np.full((60, 80, 3), 255, np.uint8)
    upright = TextLine(np.array([[10.5, 30.5], [60.5, 30.5]]), 10, 14, 4, True)
    sideways = TextLine(np.array([[70.5, 50.5], [70.5, 10.5]]), 8, 10, 2, False)
    rule = PageObject("rule", np.array([[5.5, 55.5], [75.5, 55.5]]))
    picture = drawn.with_truth(PageSample(image, (upright, sideways), (rule,)))
    for place, colour in (
        ((20, 30), drawn.DIRECTIONS[0]),
        ((30, 62), drawn.DIRECTIONS[1]),
        ((55, 40), drawn.RULES),
        ((30, 10), drawn.LIGHT),
    ):
        near = picture[place[0] - 2 : place[0] + 2, place[1] - 2 : place[1] + 2].astype(int)
        assert np.abs(near - colour).sum(axis=-1).min() < 80
    assert (image == 255).all()


def test_a_folder_without_faces_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn.main(["--pack", str(tmp_path), str(tmp_path / "out")]) != 0
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
