"""From what the readers say to lines: a field that says the truth gives the truth back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gsaocr.finder.chains import chains
from gsaocr.finder.config import FinderConfig
from gsaocr.finder.decode import decoded
from gsaocr.finder.field import AxisField, LevelField, field_of
from gsaocr.finder.finding import _on_page, find_text, surest
from gsaocr.finder.found import FoundLine, FoundPage
from gsaocr.finder.pyramid import AROUND, LARGEST, TILE, Level, Padded, levels, padded
from gsaocr.finder.targets import targets
from gsaocr.page.page_truth import PageObject, PageSample, Points, TextLine
from tests.finder.test_network import SMALL, random_finder

CONFIG = FinderConfig()


def line(*points: tuple[float, float], x_height: float = 8.0, light: bool = False) -> TextLine:
    return TextLine(np.array(points, np.float64), x_height, 12.0, 3.0, light=light)


def page(*lines: TextLine, height: int = 160, width: int = 240) -> PageSample:
    return PageSample(np.full((height, width, 3), 255, np.uint8), lines)


def true_field(sample: PageSample) -> LevelField:
    """The field of a level whose readers say what they should."""
    axes = []
    for quarters in (0, 1):
        found = targets(sample, CONFIG, quarters).parts
        known = {name: np.nan_to_num(grid) for name, grid in found.items()}
        axes.append(
            AxisField(
                quarters,
                known["level"],
                np.where(np.isnan(found["up"]), 0, 18 * known["up"] - 9).astype(np.float32),
                8 * known["lower"],
                8 * np.exp2(known["size"]),
                known["left"],
                known["right"],
                8 * known["left_at"],
                8 * known["right_at"],
                known["rule"],
            )
        )
    cells = {n: np.nan_to_num(g) for n, g in targets(sample, CONFIG).cells.items()}
    cells["light"] = np.fmax(
        cells["light"], np.rot90(np.nan_to_num(targets(sample, CONFIG, 1).cells["light"]), 1)
    )
    return LevelField(tuple(axes), cells)


def found_on(sample: PageSample) -> FoundPage:
    height, width = sample.image.shape[:2]
    whole = Padded(np.zeros((3, height, width), np.float32), (0.0, 0.0), (height, width))
    return decoded(true_field(sample), Level(sample.image, (1.0, 1.0)), whole, CONFIG)


def closest(found: FoundPage, truth: TextLine) -> tuple[FoundLine, float]:
    """The line that was found nearest to one of the truth, and how far its ends are off."""

    def off(each: FoundLine) -> float:
        a, b = each.line.baseline, truth.baseline
        return float(max(np.abs(a[0] - b[0]).max(), np.abs(a[-1] - b[-1]).max()))

    best = min(found.lines, key=off)
    return best, off(best)


@pytest.mark.parametrize("quarters", range(4))
def test_lines_in_every_direction_are_found_where_they_are(quarters: int) -> None:
    sample = page(
        line((20, 40), (120, 44)), line((30, 80), (200, 80), light=True), line((30, 100), (90, 100))
    ).turned(quarters)
    found = found_on(sample)
    assert len(found.lines) == 3
    for truth in sample.lines:
        best, off = closest(found, truth)
        assert off < 1.0
        assert best.line.quarter == truth.quarter == quarters
        assert best.line.x_height == pytest.approx(8, abs=0.1)
        assert best.line.light == truth.light
        assert best.line.begins
        assert best.line.ends
        assert best.up > 5


def test_lines_of_several_directions_stand_on_one_page() -> None:
    upright = page(line((20, 40), (120, 40)))
    sideways = page(line((20, 140), (120, 140)), height=240, width=160).turned(1)
    sample = replace(upright, lines=upright.lines + sideways.lines)
    found = found_on(sample)
    assert sorted(each.line.quarter for each in found.lines) == [0, 1]


def test_a_narrow_gutter_parts_two_lines_though_the_letters_touch_in_the_field() -> None:
    sample = page(line((20, 40), (100, 40)), line((107, 40), (200, 40)))
    field = true_field(sample)
    # The reader bridges the gutter; only what he says of the ends parts the two.
    rows, gap = slice(8, 10), slice(25, 27)
    axis = field.axes[0]
    axis.level[rows, gap] = 1.0
    axis.lower[rows, gap] = axis.lower[rows, 24:25]
    axis.x_height[rows, gap] = 8.0
    assert sorted(len(group[0]) > 20 for group in chains(axis)) == [True, True]
    axis.left[:] = 0.0
    assert len(chains(axis)) == 1


def test_lines_set_solid_are_told_apart_by_their_baselines() -> None:
    sample = page(*(line((20, y), (200, y), x_height=4.4) for y in (40.0, 47.5, 55.0)))
    field = true_field(sample)
    found = decoded(
        field,
        Level(sample.image, (1.0, 1.0)),
        Padded(np.zeros((3, 160, 240), np.float32), (0.0, 0.0), (160, 240)),
        CONFIG,
    )
    assert sorted(round(each.line.baseline[0, 1], 1) for each in found.lines) == [40.0, 47.5, 55.0]


def test_a_bent_baseline_is_followed() -> None:
    x = np.linspace(20, 220, 30)
    y = 80 + 6 * np.sin((x - 20) / 200 * np.pi)
    found = found_on(page(line(*zip(x.tolist(), y.tolist(), strict=True))))
    (only,) = found.lines
    baseline = only.line.baseline
    assert len(baseline) > 2
    off = np.interp(baseline[:, 0], x, y) - baseline[:, 1]
    assert np.abs(off).max() < 1.5


def test_rules_and_boxes_are_told() -> None:
    outline = np.array([[16.0, 16.0], [112.0, 16.0], [112.0, 64.0], [16.0, 64.0]])
    upright = np.array([[200.0, 20.0], [200.0, 140.0]])
    sample = replace(
        page(), objects=(PageObject("comb", outline), PageObject("rule", upright, 2.0))
    )
    found = found_on(sample)
    assert found.lines == ()
    ends = sorted(sorted(rule.points[:, 1].tolist()) for rule in found.rules)
    assert any(np.allclose(each, [20, 140], atol=4) for each in ends)
    (comb,) = [area for area in found.areas if area.kind == "comb"]
    assert comb.box == pytest.approx((16, 16, 112, 64), abs=8)


def test_of_two_lines_in_one_place_the_surer_stays() -> None:
    def found(points: Points, score: float) -> FoundLine:
        return FoundLine(TextLine(points, 8.0, 12.0, 3.0, False), score, 1.0, 0.0)

    along = np.array([[20.0, 40.0], [120.0, 40.0]])
    kept = surest(
        [
            found(along, 0.8),
            found(along + np.array([2, 1]), 0.9),
            found(along + np.array([0, 20]), 0.6),  # another line
            found(np.array([[60.0, 44.0], [60.0, 30.0]]), 0.7),  # short and upright, across it
        ]
    )
    assert sorted(each.score for each in kept) == [0.6, 0.9]


def test_a_column_of_words_is_no_line_across_them() -> None:
    def found(points: list[list[float]], score: float, x_height: float) -> FoundLine:
        line = TextLine(np.array(points), x_height, 2 * x_height, x_height, False)
        return FoundLine(line, score, 1.0, 0.0)

    words = [found([[50.0, y], [110.0, y]], 0.8, 8.0) for y in np.arange(20.0, 200.0, 14.0)]
    across = found([[80.0, 205.0], [80.0, 10.0]], 0.9, 20.0)
    assert surest([across, *words]) == words
    # Nor do several such columns take a row away, nor one that is made of whole words.
    columns = [found([[x, 205.0], [x, 10.0]], 0.9, 20.0) for x in (62.0, 98.0)]
    assert surest([*columns, *words]) == words
    wide = found([[110.0, 205.0], [110.0, 10.0]], 0.9, 60.0)
    assert surest([wide, *words]) == words
    # A heading in whose large letters something smaller was found stays.
    heading = found([[20.0, 60.0], [220.0, 60.0]], 0.9, 40.0)
    pieces = [found([[x, 50.0], [x + 12, 50.0]], 0.8, 8.0) for x in (40.0, 90.0, 150.0)]
    assert surest([heading, *pieces]) == [heading]


def test_what_is_hardly_seen_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(y: float, score: float) -> FoundLine:
        line = TextLine(np.array([[10.0, y], [70.0, y]]), 8.0, 12.0, 3.0, False)
        return FoundLine(line, score, 1.0, 0.0)

    seen = [found(20.0, 0.62), found(40.0, 0.68)]
    monkeypatch.setattr("gsaocr.finder.finding.decoded", lambda *_: FoundPage(tuple(seen)))
    page = np.zeros((60, 80, 3), np.uint8)
    told = find_text(random_finder(SMALL).float(), page).lines
    assert [each.score for each in told] == [0.68]


def test_lines_stand_on_the_page() -> None:
    def found(start: float, end: float) -> FoundLine:
        line = TextLine(np.array([[start, 40.0], [end, 40.0]]), 8.0, 12.0, 3.0, False)
        return FoundLine(line, 0.9, 1.0, 0.0)

    lines = [found(-30.0, -4.0), found(-20.0, 60.0), found(20.0, 60.0)]
    kept = list(_on_page(lines, 100, 80))
    ends = [each.line.baseline[[0, -1], 0] for each in kept]
    assert np.allclose(ends, [(0, 60), (20, 60)], atol=2)
    assert not kept[0].line.begins


def test_levels_halve_down_to_the_largest_letters_and_are_bounded() -> None:
    sizes = [level.image.shape[:2] for level in levels(np.zeros((1000, 700, 3), np.uint8))]
    assert sizes[:3] == [(1000, 700), (500, 350), (250, 175)]
    # Letters of 300 px are within what the coarsest levels answer for.
    assert any(CONFIG.smallest <= 300 * size[0] / 1000 <= CONFIG.largest for size in sizes)
    huge = np.broadcast_to(np.zeros(3, np.uint8), (9000, 7000, 3))
    assert next(levels(huge)).image[..., 0].size <= LARGEST


@pytest.mark.parametrize("shape", [(31, 50), (64, 96), (33, 2500), (1300, 1281)])
def test_padding_commutes_with_turns_and_makes_whole_tiles(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    whole = padded(image)
    height, width = whole.pixels.shape[1:]
    assert height % 16 == width % 16 == 0
    assert height % whole.tile[0] == width % whole.tile[1] == 0
    assert max(whole.tile) <= TILE
    assert AROUND % 16 == 0
    for turns in (1, 2, 3):
        turned = padded(np.ascontiguousarray(np.rot90(image, turns)))
        expected: NDArray[np.float32] = np.rot90(whole.pixels, turns, (1, 2))
        assert np.array_equal(turned.pixels, expected)


def test_tiles_are_put_together_where_they_belong(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = random_finder(SMALL).float()
    image = np.random.default_rng(2).integers(0, 256, (90, 700, 3), dtype=np.uint8)
    whole = field_of(finder, padded(image))
    monkeypatch.setattr("gsaocr.finder.pyramid.TILE", 256)
    cut = padded(image)
    assert cut.tile[1] == 240
    assert cut.pixels.shape[2] == 720
    tiled = field_of(finder, cut)
    for a, b in zip(whole.axes, tiled.axes, strict=True):
        # What a tile sees around it is nearly all that its parts hear of.
        difference = np.abs(a.level - b.level)
        assert difference.max() < 0.2
        assert difference.mean() < 0.01
    skipped = field_of(finder, cut, lambda rows, columns: columns.start == 240)
    assert skipped.axes[0].level[:, :60].max() < 1e-6 < skipped.axes[0].level[:, 60:120].min()


def test_turning_the_page_turns_what_is_found() -> None:
    torch.manual_seed(3)
    finder = random_finder(SMALL, 3).float()
    with torch.no_grad():
        finder.head.bias[:4] += 3.0  # so that random weights find something
    image = np.random.default_rng(4).integers(0, 256, (96, 144, 3), dtype=np.uint8)
    image = image.repeat(2, 0).repeat(2, 1)  # one level that halving doesn't round
    found = find_text(finder, image).lines
    turned = find_text(finder, np.ascontiguousarray(np.rot90(image))).lines
    assert found
    assert len(turned) == pytest.approx(len(found), abs=max(2, len(found) // 10))
