"""A run trains, stops, goes on where it stopped, and leaves a model behind."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from gsaocr.errors import TrainingError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.weights import load_model
from gsaocr.synthesis.sample import LineSample
from gsaocr.system import usable_cores
from gsaocr.training import batches, loop
from gsaocr.training.checkpoint import Progress, load_state
from gsaocr.training.config import Stage, TrainingConfig
from tests.recognizer.conftest import TINY


class Strokes:
    """Lines of two letters, a bar and a box, that a tiny network learns in seconds."""

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        samples = []
        for _ in range(count):
            text = "".join(rng.choice(list("ab"), int(rng.integers(1, 5))))
            image = np.full((32, 16 * len(text) + 8), 255, np.uint8)
            for place, letter in enumerate(text):
                x = 16 * place + 8
                if letter == "a":
                    image[6:26, x + 3 : x + 6] = 0
                else:
                    cv2.rectangle(image, (x, 10), (x + 9, 24), 0, 2)
            centres = (np.arange(len(text)) * 16 + 13) / image.shape[1]
            samples.append(LineSample(image, text, centres.astype(np.float32)))
        return samples, False


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingConfig:
    monkeypatch.setattr(batches, "open_source", lambda _: Strokes())
    # A clock that ticks when it is looked at: as many steps on a slow machine as on a fast one.
    ticks = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: 0.06 * next(ticks)))
    return TrainingConfig(
        out=tmp_path / "run",
        minutes=0.1,
        workers=0,
        log_steps=5,
        warmup_steps=5,
        learning_rate=0.01,
        batch_pixels=1024,
        frames_share=0.34,
        decoder=True,
        precision="float32",
        device="cpu",
        threads=1,
        ema=0.9,
        curriculum=(Stage(10**9, 1, 4),),
        architecture=dict(TINY),
    )


def state_of(training: TrainingConfig) -> tuple[RecognizerConfig, Progress, dict[str, Tensor]]:
    """The resume state that a run has left."""
    return load_state(training.out / "state", RecognizerConfig.from_json)


def test_a_run_learns_and_goes_on(training: TrainingConfig) -> None:
    path = loop.train(training)
    log = [json.loads(line) for line in (training.out / "log.jsonl").read_text().splitlines()]
    reports = [entry for entry in log if "losses" in entry]
    assert reports[-1]["losses"]["ctc"] < 0.7 * reports[0]["losses"]["ctc"]
    assert {"ctc", "places", "frames", "decoder"} <= set(reports[0]["losses"])
    assert all(r["rendered_per_second"] > 0 and 0 <= r["waiting"] <= 1 for r in reports)
    model = load_model(path)
    assert int(model.origin["lines"]) == state_of(training)[1].lines
    assert model.model.config.characters == TINY["characters"]
    fibre = model.model.encoder.blocks[0].fibre.phi_out.weight
    assert float(fibre.detach().abs().max()) > 0, "the fibre attention is trained"
    steps = state_of(training)[1].steps
    loop.train(training, resume=True)
    assert state_of(training)[1].steps > steps


def test_resume_state_is_whole(training: TrainingConfig) -> None:
    loop.train(training)
    run = loop._Run(training, resume=True, start=None)
    assert run.resumed == [True, True]
    _, _, tensors = state_of(training)
    for name, tensor in run.model.state_dict().items():
        assert torch.equal(tensor, tensors[f"weights/{name}"])


def test_a_broken_state_is_refused(training: TrainingConfig) -> None:
    loop.train(training)
    for part in (training.out / "state").glob("state-*.safetensors"):
        part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(TrainingError):
        loop.train(training, resume=True)


def test_the_learning_rate_falls_at_the_end(training: TrainingConfig) -> None:
    run = loop._Run(training, resume=False, start=None)
    run.progress.steps = 1000
    rates = []
    for share in (0.1, 0.6, 0.9, 1.0):
        run._share_done = lambda share=share: share  # type: ignore[method-assign]
        rates.append(run._learning_rate())
    assert rates[0] == rates[1] == training.learning_rate
    assert rates[1] > rates[2] > rates[3] > 0


def test_a_new_run_from_a_model_goes_on_counting_lines(training: TrainingConfig) -> None:
    model = loop.train(training)
    seen = int(load_model(model).origin["lines"])
    run = loop._Run(training, resume=False, start=model)
    assert run.progress.lines == seen > 0
    assert run.progress.steps == 0, "the optimisers are fresh"


def test_a_twin_without_fibres_stays_so(training: TrainingConfig) -> None:
    start = loop.train(training)
    twin = loop.train(
        replace(training, out=training.out / "twin", without_fibres=True, minutes=0.05),
        start=start,
    )
    before, after = load_model(start).model, load_model(twin).model
    for block in after.encoder.blocks:
        assert not block.fibre.phi_out.weight.any()
    old, new = before.encoder.blocks[0].mlp, after.encoder.blocks[0].mlp
    assert not torch.equal(old.expand.weight, new.expand.weight), "the rest is trained"


def test_a_budget_of_lines(training: TrainingConfig) -> None:
    loop.train(replace(training, budget_lines=100))
    seen = state_of(training)[1].lines
    assert 100 <= seen < 150
    loop.train(replace(training, budget_lines=100), resume=True)
    assert seen + 100 <= state_of(training)[1].lines < seen + 150


def test_what_is_left_open_suits_the_device(tmp_path: Path) -> None:
    left_open = TrainingConfig(out=tmp_path)
    cpu, cuda = left_open.suited_to("cpu"), left_open.suited_to("cuda")
    assert cpu.workers == 1
    assert cuda.workers == max(1, usable_cores() - 1)
    assert 0 < cpu.batch_pixels < cuda.batch_pixels
    said = TrainingConfig(out=tmp_path, workers=0, batch_pixels=7)
    assert said.suited_to("cuda") == said
