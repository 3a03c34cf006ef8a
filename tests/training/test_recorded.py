"""Recorded lines come back as they were drawn; an interrupted recording goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gsaocr.errors import TrainingError
from gsaocr.synthesis.sample import NOWHERE, LineSample
from gsaocr.training.config import Stage
from gsaocr.training.recorded import POOL, RecordedLines, load_pool, record

STAGES = (Stage(POOL, 1, 3), Stage(10**9, 4, 9))


class Drawn:
    """Random images with texts of the stage's lengths, letters beyond 16 bits among them."""

    def __init__(self) -> None:
        self.pools = 0

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        self.pools += 1
        samples = []
        for _ in range(count):
            text = "".join(rng.choice(list("aſ𝔄"), rng.integers(stage.min_chars, stage.max_chars)))
            image = rng.integers(0, 256, (int(rng.integers(6, 9)), 12), np.uint8)
            samples.append(LineSample(image, text, rng.random(len(text)).astype(np.float32)))
        return samples, False


def test_lines_come_back(tmp_path: Path) -> None:
    record(Drawn(), tmp_path, 2 * POOL, STAGES, seed=5)
    source, ignored = RecordedLines(tmp_path), np.random.default_rng(0)
    for number, stage in enumerate(STAGES):
        drawn, _ = Drawn().draw(np.random.default_rng([5, number]), POOL, stage)
        read, folded = source.draw(ignored, POOL, stage)
        assert not folded
        for one, other in zip(drawn, read, strict=True):
            assert one.text == other.text
            assert np.array_equal(one.image, other.image)
            assert np.array_equal(one.centres, other.centres)
    with pytest.raises(TrainingError, match="no recorded lines"):
        source.draw(ignored, POOL, STAGES[0])


def test_what_is_there_is_not_drawn_again(tmp_path: Path) -> None:
    source = Drawn()
    record(source, tmp_path, POOL, STAGES, seed=1)
    record(source, tmp_path, 2 * POOL, STAGES, seed=1)
    assert source.pools == 2


def test_a_broken_pool_is_named(tmp_path: Path) -> None:
    record(Drawn(), tmp_path, 1, STAGES, seed=1)
    path = tmp_path / "pool-0000.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(TrainingError, match=r"pool-0000\.npz"):
        load_pool(path)


def test_lines_without_places_are_refused(tmp_path: Path) -> None:
    class Real:
        def draw(
            self, rng: np.random.Generator, count: int, stage: Stage
        ) -> tuple[list[LineSample], bool]:
            return [LineSample(np.zeros((8, 8), np.uint8), "a", NOWHERE)], False

    with pytest.raises(TrainingError, match="unknown"):
        record(Real(), tmp_path, 1, STAGES, seed=1)
    assert not list(tmp_path.glob("*.npz"))
