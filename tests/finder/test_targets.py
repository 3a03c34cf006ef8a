"""What readers should say: where lines stand, which way up, how high, where they end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gsaocr.finder.config import FinderConfig
from gsaocr.finder.targets import Targets, targets
from gsaocr.page.page_truth import PageObject, PageSample, TextLine

CONFIG = FinderConfig()


def line(x0: float, x1: float, y: float, x_height: float = 8.0, slope: float = 0.0) -> TextLine:
    baseline = np.array([[x0, y], [x1, y + slope * (x1 - x0)]])
    return TextLine(baseline, x_height, 1.5 * x_height, 0.3 * x_height, light=False)


def page(*lines: TextLine, **known: object) -> PageSample:
    sample = PageSample(np.full((96, 160, 3), 255, np.uint8), lines)
    return replace(sample, **known)  # type: ignore[arg-type]


def same(a: Targets, b: Targets) -> bool:
    pairs = [(a.parts[n], b.parts[n]) for n in a.parts] + [
        (a.cells[n], b.cells[n]) for n in a.cells
    ]
    return all(np.allclose(x, y, atol=1e-5, equal_nan=True) for x, y in pairs)


def test_a_line_fills_its_band_with_its_geometry() -> None:
    found = targets(page(line(20, 120, 48)), CONFIG)
    level = found.parts["level"]
    assert level.shape == (24, 40)
    assert (level[10:12, 5:30] == 1).all()
    assert np.nansum(level) == 2 * 25
    rows, columns = np.nonzero(level == 1)
    baseline = (rows + 0.5) * 4 + 8 * found.parts["lower"][rows, columns]
    assert baseline == pytest.approx(48, abs=1e-3)
    assert found.parts["size"][10, 5] == pytest.approx(0.0)
    assert (found.parts["up"][10:12, 5:30] == 1).all()
    assert found.parts["left"][10, 5] == 1
    assert found.parts["left"][10, 8] == 0
    assert found.parts["right"][10, 29] == 1
    assert found.parts["right"][10, 8] == 0
    assert found.parts["left_at"][10, 5] * 8 == pytest.approx(20 - 22)
    assert found.cells["light"][5, 4] == 0
    assert np.isnan(found.cells["light"][0, 0])


def test_the_reader_on_his_head_sees_the_same_band_upside_down() -> None:
    found = targets(page(line(20, 120, 48)), CONFIG, quarters=2)
    level = found.parts["level"]
    assert (level[12:14, 10:35] == 1).all()
    assert np.nansum(level) == 50
    rows, columns = np.nonzero(level == 1)
    # His lower edge is the line at x-height: 40 px from the top, 56 from his own.
    edge = (rows + 0.5) * 4 + 8 * found.parts["lower"][rows, columns]
    assert edge == pytest.approx(56, abs=1e-3)
    assert (found.parts["up"][rows, columns] == 0).all()
    assert found.parts["left"][12, 10] == 1  # where the text ends


@pytest.mark.parametrize("quarters", [1, 3])
def test_sideways_text_is_none_for_a_reader(quarters: int) -> None:
    found = targets(page(line(20, 120, 48)), CONFIG, quarters)
    assert np.nansum(found.parts["level"]) == 0
    assert np.nansum(found.cells["finer"]) == 0


def test_turning_the_page_with_its_reader_changes_nothing() -> None:
    sample = page(
        line(20, 120, 30, slope=0.1),
        line(10, 60, 80, 3.0),
        objects=(PageObject("rule", np.array([[5.0, 90.0], [150.0, 90.0]])),),
        ignore=(np.array([[100.0, 60.0], [140.0, 60.0], [140.0, 80.0], [100.0, 80.0]]),),
    )
    for turn in range(4):
        for reader in range(4):
            moved = targets(sample.turned(turn), CONFIG, (reader + turn) % 4)
            assert same(moved, targets(sample, CONFIG, reader))


def test_a_slope_is_followed() -> None:
    found = targets(page(line(20, 120, 40, slope=0.2)), CONFIG)
    rows, columns = np.nonzero(found.parts["level"][:, :30] == 1)
    baseline = (rows + 0.5) * 4 + 8 * found.parts["lower"][rows, columns]
    assert baseline == pytest.approx(40 + 0.2 * ((columns + 0.5) * 4 - 20), abs=1e-3)


def test_sizes_that_are_another_level_s() -> None:
    def at(x_height: float) -> tuple[float, float]:
        found = targets(page(line(20, 120, 60, x_height)), CONFIG)
        row = int((60 - x_height / 2) // 4)
        return float(found.parts["level"][row, 15]), float(found.cells["finer"][row // 2, 7])

    assert at(2.0)[0] == 0  # text, but too small: no line at this level
    assert np.isnan(at(3.5)[0])
    assert np.isnan(at(15.0)[0])
    assert at(8.0) == (1.0, 0.0)
    assert at(30.0) == (0.0, 0.0)
    small = tuple(line(20, 120, y, 3.0) for y in range(40, 72, 6))
    assert targets(page(*small), CONFIG).cells["finer"][6, 7] == 1


def test_signs_without_direction_are_sideways_unknown_and_up_unknown() -> None:
    sign = replace(line(40, 48, 48), directed=False, upright_known=False)
    own, sideways = targets(page(sign), CONFIG), targets(page(sign), CONFIG, 1)
    assert own.parts["level"][10, 10] == 1
    assert np.isnan(own.parts["up"]).all()
    assert np.nansum(sideways.parts["level"]) == 0
    assert np.isnan(sideways.parts["level"][1:-1, 1:-1]).any()
    upright = replace(line(40, 48, 48), upright_known=False)
    assert np.isnan(targets(page(upright), CONFIG).parts["up"]).all()


def test_cut_lines_have_no_end_where_they_are_cut() -> None:
    cut = replace(line(0, 120, 48), begins=False)
    found = targets(page(cut), CONFIG)
    assert np.nansum(found.parts["left"]) == 0
    assert np.nansum(found.parts["right"]) > 0


def test_rules_belong_to_the_readers_who_have_them_level() -> None:
    outline = np.array([[16.0, 16.0], [80.0, 16.0], [80.0, 64.0], [16.0, 64.0]])
    sample = page(
        objects=(
            PageObject("rule", np.array([[5.0, 90.0], [150.0, 90.0]]), 2.0),
            PageObject("box", outline),
        )
    )
    own, sideways = targets(sample, CONFIG), targets(sample, CONFIG, 1)
    assert own.parts["rule"][22, 10] == 1
    assert own.parts["rule"][4, 10] == 1 or own.parts["rule"][3, 10] == 1
    assert np.nansum(own.parts["rule"][6:14]) == 0  # the box's upright sides
    # Turned clockwise, the reader of a quarter turn has the box's sides level instead.
    level = sideways.parts["rule"] == 1
    assert np.flatnonzero(level.any(axis=1)).tolist() == [3, 4, 19, 20]
    assert np.flatnonzero(level.any(axis=0)).tolist() == list(range(24 - 16, 24 - 4))
    assert own.cells["box"][4, 4] == 1
    assert own.cells["box"][10, 12] == 0
    assert np.nansum(own.cells["comb"]) == 0


def test_nothing_is_learnt_where_nothing_is_known() -> None:
    everywhere = np.array([[0.0, 0.0], [160.0, 0.0], [160.0, 96.0], [0.0, 96.0]])
    found = targets(page(line(20, 120, 48), ignore=(everywhere,)), CONFIG, objects_known=False)
    assert np.nansum(found.parts["level"]) == 50  # the line itself is known
    assert not (found.parts["level"] == 0).any()
    assert np.isnan(found.parts["rule"]).all()
    assert np.isnan(found.cells["box"]).all()
