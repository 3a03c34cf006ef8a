"""Truth of pages: outlines, turns and cuts agree with the image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.page.page_truth import (
    PageObject,
    PageSample,
    TextLine,
    shows_direction,
    shows_up,
)


def line(*points: tuple[float, float], x_height: float = 8.0) -> TextLine:
    """A line along the points with usual letters."""
    return TextLine(np.array(points, float), x_height, 1.5 * x_height, 0.4 * x_height, False)


def page(*lines: TextLine, width: int = 60, height: int = 40) -> PageSample:
    """A white page with a black pixel in the band of each line."""
    image = np.full((height, width, 3), 255, np.uint8)
    for each in lines:
        x, y = each.band(4, -3).mean(axis=0)  # just above the baseline
        image[int(y), int(x)] = 0
    return PageSample(image, tuple(lines), (PageObject("rule", np.array([[0.0, 9], [60, 9]])),))


def test_polygon_lies_above_the_baseline_and_below() -> None:
    assert line((10, 20), (30, 20), x_height=10).polygon.tolist() == [
        [10, 5], [30, 5], [30, 24], [10, 24],
    ]  # fmt: skip


def test_quarters() -> None:
    ends = [(30.0, 10.0), (10.0, -10.0), (-10.0, 10.0), (10.0, 30.0)]
    assert [line((10, 10), end).quarter for end in ends] == [0, 1, 2, 3]


@given(st.integers(0, 3))
def test_turning_turns_image_and_truth_alike(quarters: int) -> None:
    turned = page(line((10, 20), (31, 20)), line((50, 10), (50, 33))).turned(quarters)
    assert [each.quarter for each in turned.lines] == [quarters, (3 + quarters) % 4]
    for each in turned.lines:
        x, y = each.band(4, -3).mean(axis=0)
        assert turned.image[int(y), int(x), 0] == 0
    back = turned.turned(4 - quarters)
    assert np.allclose(back.lines[0].baseline, [[10, 20], [31, 20]])


def test_mapping_scales_heights() -> None:
    doubled = page(line((10, 20), (30, 20))).mapped(lambda p: 2 * p).lines[0]
    assert (doubled.x_height, doubled.ascent, doubled.length) == (16, 24, 40)


def test_cut_lines_know_their_false_ends() -> None:
    part = page(line((5, 20), (55, 20)), line((45, 35), (58, 35))).cropped(0, 0, 40, 40)
    assert part.image.shape == (40, 40, 3)
    assert len(part.lines) == 1
    assert (part.lines[0].begins, part.lines[0].ends) == (True, False)
    assert part.lines[0].baseline[-1, 0] == pytest.approx(40, abs=2)
    assert len(part.objects) == 1


def test_a_part_reaches_not_over_the_page() -> None:
    with pytest.raises(ValueError, match="sides"):
        page().cropped(30, 0, 40, 40)
    with pytest.raises(ValueError, match="foot"):
        page().cropped(0, 10, 40, 40)


def test_signs_without_direction() -> None:
    assert not any(map(shows_direction, ["0", "8", "o", "l", "-", "x"]))
    assert all(map(shows_direction, ["A", "7", "the", "1", "9.50", "x x x x"]))
    assert not any(map(shows_up, ["HINO", "SXZ", "8", "00", "- -"]))
    assert all(map(shows_up, ["a", "7", "NOW", "6"]))
