"""Lines shown upside down: the same lines, turned, their targets from the image's left."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from gsaocr.errors import TrainingError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.training import batches, loop
from gsaocr.training.batches import Batch, BatchStream
from gsaocr.training.config import Stage, TrainingConfig
from gsaocr.training.losses import direction_loss
from tests.recognizer.conftest import TINY
from tests.training.test_loop import Strokes


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingConfig:
    monkeypatch.setattr(batches, "open_source", lambda _: Strokes())
    return TrainingConfig(
        out=tmp_path,
        budget_lines=40,
        workers=0,
        batch_pixels=512,
        device="cpu",
        threads=1,
        frames_share=1.0,
        curriculum=(Stage(10**9, 1, 4),),
        architecture={**TINY, "group": "C1"},
    )


def stream(training: TrainingConfig) -> list[Batch]:
    config = RecognizerConfig(**TINY)  # type: ignore[arg-type]
    return list(islice(BatchStream(training, config, 0), 8))


def test_they_are_the_same_lines(training: TrainingConfig) -> None:
    upright, mixed = stream(training), stream(replace(training, upside_down=0.5))
    turned = [t for batch in mixed for t in batch.upside_down]
    assert 0.3 < np.mean(turned) < 0.7
    assert not any(t for batch in upright for t in batch.upside_down)
    for one, other in zip(upright, mixed, strict=True):
        for n, upside_down in enumerate(other.upside_down):
            width = int(one.widths[n])
            image, shown = one.images[n, :, :width], other.images[n, :, :width]
            places, moved = one.centres[n], other.centres[n]
            assert places is not None
            assert moved is not None
            if upside_down:
                assert np.array_equal(shown, image[::-1, ::-1])
                assert other.targets[n] == one.targets[n][::-1]
                assert np.allclose(moved, width - places[::-1])
                assert (np.diff(moved) > 0).all()
            else:
                assert np.array_equal(shown, image)
                assert other.targets[n] == one.targets[n]
                assert np.array_equal(moved, places)


def test_the_head_is_taught_the_direction(training: TrainingConfig) -> None:
    sure = torch.tensor([[9.0], [-9.0]])
    assert direction_loss(sure, (False, True)) < 0.001
    assert direction_loss(sure, (True, False)) > 8
    run = loop._Run(replace(training, upside_down=0.5), resume=False, start=None)
    losses = run._step(stream(run.training)[0])
    assert losses["frames"] == pytest.approx(np.log(2), abs=0.3)  # it can't tell yet
    assert run.model.orientation.score.weight.grad is not None


def test_a_group_that_knows_turns_is_not_shown_any(training: TrainingConfig) -> None:
    wrong = replace(training, upside_down=0.5, architecture={**TINY, "group": "C4"})
    with pytest.raises(TrainingError, match="C1"):
        loop._Run(wrong, resume=False, start=None)
