"""The finder's training: crops at a level's sizes, batches, a run that goes on, its command."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gsaocr.cli.train_finder import train_finder as command
from gsaocr.errors import TrainingError, UsageError
from gsaocr.finder.config import FinderConfig
from gsaocr.finder.losses import WEIGHTS, finder_losses, total
from gsaocr.finder.network import CELL_CHANNELS, PART_CHANNELS, Said
from gsaocr.finder.targets import WORTH, targets
from gsaocr.finder.weights import load_finder
from gsaocr.page.page_truth import PageSample, TextLine
from gsaocr.training.checkpoint import load_state
from gsaocr.training.finder import loop
from gsaocr.training.finder.batches import CropStream, SourcePage, as_pages
from gsaocr.training.finder.config import FinderTraining
from gsaocr.training.finder.crops import crop_of
from gsaocr.training.finder.sheets import contact_sheet
from gsaocr.training.finder.sources import RenderedPages

TINY = {
    "width": 8,
    "coarse_width": 8,
    "stem_channels": [4, 4],
    "heads": 2,
    "coarse_blocks": 1,
    "fine_blocks": [0, 1],
}


class Bars:
    """Pages of dark bars: each is a line of text."""

    def page(self, rng: np.random.Generator) -> SourcePage:
        image = np.full((192, 192, 3), 230, np.uint8)
        lines = []
        for row in range(20, 180, 24):
            if rng.random() < 0.8:
                end = int(rng.integers(60, 180))
                image[row - 8 : row, 12:end] = 30
                baseline = np.array([[12.0, row], [end, row]])
                lines.append(TextLine(baseline, 8.0, 8.0, 0.0, light=False))
        return SourcePage(PageSample(image, tuple(lines)), True, False)


def training(folder: Path, **options: object) -> FinderTraining:
    usual = FinderTraining(
        out=folder,
        minutes=0.1,
        workers=0,
        side=96,
        batch=4,
        pool=16,
        warmup_steps=5,
        log_steps=5,
        learning_rate=0.01,
        all_frames=0.3,
        ema=0.9,
        device="cpu",
        threads=1,
        architecture=dict(TINY),
    )
    return replace(usual, **options)  # type: ignore[arg-type]


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ticks when it is looked at: as many steps on a slow machine as on a fast one."""
    ticks = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: 0.015 * next(ticks)))


@pytest.mark.usefixtures("slow_clock")
def test_a_run_learns_brings_in_all_readers_and_goes_on(tmp_path: Path) -> None:
    told: list[loop.FinderReport] = []
    path = loop.train_finder(training(tmp_path), Bars, report=told.append)
    assert told[0].losses["level"] > 1.3 * told[-1].losses["level"]
    assert not told[0].all_frames
    assert told[-1].all_frames
    file = load_finder(path)
    assert not file.finder.fibres_are_silent
    assert (
        int(file.origin["crops"]) == load_state(tmp_path / "state", FinderConfig.from_json)[1].lines
    )
    entries = [json.loads(text) for text in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert "run" in entries[0]
    assert set(WEIGHTS) == set(entries[1]["losses"])

    steps = load_state(tmp_path / "state", FinderConfig.from_json)[1].steps
    loop.train_finder(training(tmp_path), Bars, resume=True)
    assert load_state(tmp_path / "state", FinderConfig.from_json)[1].steps > steps
    again = loop.train_finder(training(tmp_path / "second"), Bars, start=path)
    assert int(load_finder(again).origin["crops"]) > int(file.origin["crops"])


def test_a_group_with_flips_and_a_missing_state_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="D4"):
        loop.train_finder(training(tmp_path, architecture={**TINY, "group": "D4"}), Bars)
    with pytest.raises(TrainingError, match="state"):
        loop.train_finder(training(tmp_path), Bars, resume=True)


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--start"):
        command(out=tmp_path, resume=True, start=tmp_path / "f")
    with pytest.raises(UsageError, match="--group"):
        command(out=tmp_path, group="C3")
    with pytest.raises(TrainingError, match="--fonts"):
        RenderedPages([tmp_path], [tmp_path])


def test_streams_repeat_and_go_on_with_other_crops(tmp_path: Path) -> None:
    config = FinderConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in TINY.items()})

    def first(seen: int, all_frames: bool = False) -> np.ndarray:
        stream = CropStream(training(tmp_path), config, seen, Bars, all_frames)
        return next(iter(stream)).images

    assert np.array_equal(first(0), first(0))
    assert not np.array_equal(first(0), first(64))
    batch = next(iter(CropStream(training(tmp_path), config, 0, Bars, True)))
    assert batch.quarters == (0, 1, 2, 3)
    assert len(batch.images) == 1
    assert batch.parts["level"].shape == (4, 1, 24, 24)
    pages, parts, cells = batch.on(torch.device("cpu"))
    assert pages.shape == (1, 3, 96, 96)
    assert -1 <= float(pages.min()) <= float(pages.max()) <= 1
    assert set(parts) == {*PART_CHANNELS, WORTH}
    assert set(cells) == set(CELL_CHANNELS)


def test_crops_are_scaled_to_the_sizes_of_a_level() -> None:
    config = FinderConfig()
    lines = tuple(
        TextLine(np.array([[100.0, y], [900.0, y]]), 30.0, 40.0, 10.0, light=False)
        for y in range(100, 900, 100)
    )
    page = PageSample(np.full((1000, 1000, 3), 255, np.uint8), lines)
    rng = np.random.default_rng(1)
    sizes = []
    for _ in range(60):
        crop = crop_of(page, config, 128, rng)
        assert crop.image.shape == (128, 128, 3)
        sizes += [line.x_height for line in crop.lines[:1]]
    within = [config.smallest <= size <= config.largest for size in sizes]
    assert len(sizes) > 50
    assert sum(within) > 25
    assert min(sizes) < config.smallest  # text that is too small has to be seen as well
    as_it_is = crop_of(page, config, 128, rng, rescaled=False)
    assert all(line.x_height == pytest.approx(30) for line in as_it_is.lines)
    narrow = PageSample(np.full((40, 500, 3), 255, np.uint8), ())
    assert crop_of(narrow, config, 128, rng).image.shape == (128, 128, 3)


def test_small_pages_stand_alone_in_a_crop_now_and_then() -> None:
    page = PageSample(np.zeros((90, 60, 3), np.uint8), (_line(10.0, 50.0, 45.0, 12.0),))
    page.image[:] = 200
    rng = np.random.default_rng(3)
    crops = [crop_of(page, FinderConfig(), 128, rng) for _ in range(80)]
    lengths = np.array([line.length / 128 for crop in crops for line in crop.lines])
    assert 0.02 < lengths.min() < 0.15
    assert all((crop.image == 200).all() for crop in crops)


def test_a_contact_sheet_shows_its_crops_with_their_lines() -> None:
    crops = []
    for number in range(9):
        image = np.full((96, 96, 3), 10 * number, np.uint8)
        crops.append(PageSample(image, (_line(9.0, 57.0, 48.0, 12.0),)))
    sheet = contact_sheet(crops, 3)
    assert sheet.image.shape == (96, 96, 3)
    assert [int(sheet.image[y, x, 0]) for y, x in ((16, 16), (16, 80), (80, 80))] == [0, 20, 80]
    assert [line.x_height for line in sheet.lines] == pytest.approx([4.0] * 9)
    assert sheet.lines[5].baseline == pytest.approx(np.array([[67.0, 48.0], [83.0, 48.0]]))
    with pytest.raises(ValueError, match="no sheet"):
        contact_sheet(crops[:8], 3)


def test_parts_of_short_lines_count_more() -> None:
    short, sideways, long = (
        _line(8.0, 16.0, 40.0, 8.0),
        TextLine(np.array([[60.0, 88.0], [60.0, 64.0]]), 8.0, 12.0, 3.0, light=False),
        _line(8.0, 90.0, 90.0, 8.0),
    )
    page = PageSample(np.zeros((96, 96, 3), np.uint8), (short, sideways, long))
    worth = targets(page, FinderConfig()).parts[WORTH]
    assert worth[9, 3] == pytest.approx(3.0)
    assert worth[19, 14] == pytest.approx(8 / 3, abs=0.05)
    assert worth[21, 10] == worth[0, 0] == 1.0
    parts = {n: torch.from_numpy(g)[None] for n, g in targets(page, FinderConfig()).parts.items()}
    cells = {n: torch.from_numpy(g)[None] for n, g in targets(page, FinderConfig()).cells.items()}

    def blind_to(line: TextLine) -> float:
        said = {n: g.nan_to_num() for n, g in parts.items()}
        said["level"] = 9 * (2 * said["level"] - 1)
        x, y = (line.baseline[0] / 4).astype(int)
        said["level"][0, y - 2 : y, x : x + 2] = -9.0
        return float(finder_losses(Said(said, cells), parts, cells)["level"])

    assert blind_to(short) > 2 * blind_to(long)


def _line(start: float, end: float, y: float, x_height: float) -> TextLine:
    points = np.array([[start, y], [end, y]])
    return TextLine(points, x_height, 1.5 * x_height, 0.4 * x_height, light=False)


def test_losses_are_least_where_the_truth_is_said() -> None:
    crop = Bars().page(np.random.default_rng(2)).sample
    found = targets(crop, FinderConfig())
    parts = {n: torch.from_numpy(g)[None] for n, g in found.parts.items()}
    cells = {n: torch.from_numpy(g)[None] for n, g in found.cells.items()}
    logits = {"level", "up", "left", "right", "rule"}

    def said(sharp: float) -> Said:
        return Said(
            {
                n: (sharp * (2 * g.nan_to_num() - 1) if n in logits else g.nan_to_num() * sharp / 9)
                for n, g in parts.items()
            },
            {n: sharp * (2 * g.nan_to_num() - 1) for n, g in cells.items()},
        )

    right, unsure, wrong = (
        total(finder_losses(said(sharp), parts, cells)) for sharp in (9.0, 0.0, -9.0)
    )
    assert float(right) < 0.1 < float(unsure) < float(wrong)
    # Nothing known: nothing to learn, and no NaN.
    blind = {n: torch.full_like(g, torch.nan) for n, g in parts.items()}
    blind[WORTH] = parts[WORTH]
    none = {n: torch.full_like(g, torch.nan) for n, g in cells.items()}
    assert float(total(finder_losses(said(9.0), blind, none))) == pytest.approx(0.0, abs=1e-6)
    assert as_pages(torch.zeros(1, 2, 2, 3, dtype=torch.uint8)).min() == -1
