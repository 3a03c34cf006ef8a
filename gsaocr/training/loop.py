"""The training loop of the base model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer

from gsaocr.device import choose_device
from gsaocr.errors import TrainingError
from gsaocr.recognizer.bounds import check_bounds
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model, save_model
from gsaocr.training.batches import Batch, batch_loader
from gsaocr.training.checkpoint import Progress, load_state, restore_optimizer, save_state
from gsaocr.training.config import TrainingConfig, falls_due
from gsaocr.training.growth import deepened
from gsaocr.training.losses import (
    alignment_loss,
    ctc_loss,
    decoder_loss,
    direction_loss,
    orientation_loss,
)
from gsaocr.training.stepping import (
    as_fields,
    average_follows,
    clipped_step,
    learning_rate,
    optimizers_of,
    tensors_under,
)


@dataclass(frozen=True)
class Report:
    """One line of the log."""

    steps: int
    lines: int
    minutes: float
    learning_rate: float
    losses: dict[str, float]
    lines_per_second: float
    rendered_per_second: float
    """Lines that the rendering processes would make if they never waited for the training."""
    waiting: float
    """Share of the time spent waiting for rendered lines."""


def train(
    training: TrainingConfig,
    resume: bool = False,
    start: Path | None = None,
    report: Callable[[Report], None] | None = None,
) -> Path:
    """Train the base model and return the path of the model file, ``out``/model.safetensors.

    Args:
        training: what to do.
        resume: go on from the state in ``training.out``.
        start: begin from the weights of this model file (a fresh optimiser), grown to the
            ``upper_blocks`` that ``training.architecture`` may name.
        report: called for every line of the log.

    Raises:
        TrainingError: no fonts, no text, a broken resume state, or ``start`` is deeper than asked.
        ModelError: ``start`` can't be used.
        DeviceError: the device isn't there.
    """
    run = _Run(training, resume, start)
    return run.go(report)


class _Run:
    """State of one run: model, average, optimisers, clock."""

    def __init__(self, training: TrainingConfig, resume: bool, start: Path | None) -> None:
        torch.manual_seed(training.seed)
        if training.threads:
            torch.set_num_threads(training.threads)
        # float32 products on CUDA may round their factors to 10 bits, as bfloat16's to 7.
        torch.set_float32_matmul_precision("high")
        self.device = choose_device(training.device)
        self.training = training = training.suited_to(self.device.type)
        self.bfloat16 = training.precision == "bfloat16" or (
            training.precision == "auto" and self.device.type == "cuda"
        )
        self.progress = Progress()
        tensors: dict[str, Tensor] = {}
        if resume:
            config, self.progress, tensors = load_state(training.out / "state", sound_config)
            self.model = Recognizer(config)
            self.model.load_state_dict(tensors_under("weights/", tensors))
        elif start is not None:
            file = load_model(start)
            blocks = training.architecture.get("upper_blocks", file.model.config.upper_blocks)
            try:
                self.model = deepened(file.model, cast(int, blocks))
            except ValueError as error:
                raise TrainingError(str(start), str(error), "ask for more --upper-blocks") from None
            # Lines go on being counted: the curriculum doesn't begin again with short ones.
            self.progress.lines = int(file.origin.get("lines", "0"))
            self.progress.minutes = float(file.origin.get("minutes", "0"))
        else:
            self.model = Recognizer(replace(RecognizerConfig(), **as_fields(training.architecture)))
        if training.upside_down and self.model.encoder.group.order > 1:
            raise TrainingError(
                str(training.out),
                f"turned lines would teach {self.model.config.group} what it knows",
                "show them to a network of the group C1",
            )
        if training.without_fibres:
            self.model.encoder.silence_fibres()
        self.model.to(self.device).train()
        self.average = {n: t.detach().clone() for n, t in self.model.state_dict().items()}
        if resume:
            self.average = {
                n: t.to(self.device) for n, t in tensors_under("average/", tensors).items()
            }
        self.optimizers = _optimizers(self.model, training)
        self.resumed = [restore_optimizer(o, n, tensors) for n, o in enumerate(self.optimizers)]
        self.first_step = self.progress.steps
        self.minutes_before = self.progress.minutes
        self.lines_before = self.progress.lines
        self.began = time.monotonic()

    def go(self, report: Callable[[Report], None] | None) -> Path:
        out = self.training.out
        out.mkdir(parents=True, exist_ok=True)
        stream = iter(batch_loader(self.training, self.model.config, self.progress.lines))
        saved = time.monotonic()
        sums: dict[str, list[float]] = {}
        lines, waited, made, since = 0, 0.0, 0.0, time.monotonic()
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            self._say(log, {"run": _plain(asdict(self.training)), "lines": self.progress.lines})
            try:
                while self._share_done() < 1:
                    asked = time.monotonic()
                    batch = next(stream)
                    waited += time.monotonic() - asked
                    for name, value in self._step(batch).items():
                        sums.setdefault(name, []).append(value)
                    lines += len(batch.targets)
                    made += batch.seconds
                    if self.progress.steps % self.training.log_steps == 0:
                        passed = time.monotonic() - since
                        entry = Report(
                            self.progress.steps,
                            self.progress.lines,
                            round(self.progress.minutes, 2),
                            self._learning_rate(),
                            {k: round(sum(v) / len(v), 4) for k, v in sums.items()},
                            round(lines / passed, 1),
                            round(lines * (self.training.workers or 1) / max(made, 1e-9), 1),
                            round(waited / passed, 3),
                        )
                        self._say(log, asdict(entry))
                        if report:
                            report(entry)
                        sums, lines, waited, made = {}, 0, 0.0, 0.0
                        since = time.monotonic()
                    if time.monotonic() - saved > 60 * self.training.save_minutes:
                        self._save()
                        saved = time.monotonic()
            finally:
                # Ctrl-C too: nothing trained is lost.
                self._save()
        return out / "model.safetensors"

    def _step(self, batch: Batch) -> dict[str, float]:
        training, config = self.training, self.model.config
        images, valid = batch.on(self.device)
        upright = torch.zeros(len(images), dtype=torch.long, device=self.device)
        all_frames = falls_due(self.progress.steps, training.frames_share)
        losses: dict[str, Tensor] = {}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            field = self.model.look(images, valid, readers=None if all_frames else (0,))
            encoded = self.model.read(field, upright)
            losses["ctc"] = ctc_loss(encoded, batch, config.charset)
            total = losses["ctc"]
            places = 1 - self.progress.lines / max(training.aligned_lines, 1)
            if places > 0 and not batch.folded:
                losses["places"] = alignment_loss(encoded, batch, config.frame_pixels)
                total = total + places * losses["places"]
            if all_frames:
                scores = self.model.orientation(field)
                losses["frames"] = (
                    direction_loss(scores, batch.upside_down)
                    if training.upside_down
                    else orientation_loss(scores)
                )
                total = total + training.orientation_weight * losses["frames"]
            if training.decoder and not batch.folded:
                losses["decoder"], looking = decoder_loss(
                    self.model.decoder,
                    encoded,
                    batch,
                    config.charset,
                    training.decoder_gradient,
                    config.step_pixels,
                )
                total = total + losses["decoder"]
                if looking is not None:
                    losses["looking"] = looking
                    total = total + training.looking_weight * looking
        clipped_step(total, self.model.parameters(), self.optimizers, self._learning_rate())
        self.progress.steps += 1
        self.progress.lines += len(images)
        self.progress.minutes = self.minutes_before + self._minutes()
        average_follows(self.average, self.model, training.ema, self.progress.steps)
        kind = "" if batch.has_places else "_real"
        return {name + kind: float(value.detach()) for name, value in losses.items()}

    def _minutes(self) -> float:
        return (time.monotonic() - self.began) / 60

    def _share_done(self) -> float:
        if self.training.budget_lines:
            return (self.progress.lines - self.lines_before) / self.training.budget_lines
        return self._minutes() / max(self.training.minutes, 1e-9)

    def _learning_rate(self) -> float:
        training, steps = self.training, self.progress.steps - self.first_step
        return learning_rate(
            training.learning_rate,
            steps,
            training.warmup_steps,
            self._share_done(),
            training.cooldown,
        )

    def _save(self) -> None:
        out = self.training.out
        weights = {n: t.detach() for n, t in self.model.state_dict().items()}
        save_state(
            out / "state", self.model.config, self.progress, weights, self.average, self.optimizers
        )
        averaged = Recognizer(self.model.config)
        averaged.load_state_dict({n: t.float().cpu() for n, t in self.average.items()})
        origin = {
            "lines": str(self.progress.lines),
            "steps": str(self.progress.steps),
            "minutes": f"{self.progress.minutes:.1f}",
        }
        save_model(averaged, out / "model.safetensors", origin)

    @staticmethod
    def _say(log: Any, entry: dict[str, Any]) -> None:
        log.write(json.dumps(entry) + "\n")
        log.flush()


def sound_config(text: str) -> RecognizerConfig:
    """Return the configuration of a resume state; ValueError for one that makes no sense."""
    config = RecognizerConfig.from_json(text)
    check_bounds(config)
    return config


def _optimizers(model: Recognizer, training: TrainingConfig) -> list[Optimizer]:
    """Muon for the matrices inside the network, AdamW for everything at its edges."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        edge = name.startswith(("ctc_head", "decoder.embedding")) or "rho" in name
        if parameter.dim() == 2 and min(parameter.shape) > 1 and not edge:
            matrices.append(parameter)
        else:
            others.append(parameter)
    return optimizers_of(matrices, others, training.learning_rate, training.weight_decay)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
