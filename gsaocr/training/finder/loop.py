"""The training loop of the finder: one reader for most of the time, then all of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor
from torch.optim import Optimizer

from gsaocr.device import choose_device
from gsaocr.errors import UsageError
from gsaocr.finder.config import FinderConfig
from gsaocr.finder.losses import finder_losses, total
from gsaocr.finder.network import Finder, unpacked
from gsaocr.finder.weights import load_finder, save_finder
from gsaocr.training.checkpoint import Progress, load_state, restore_optimizer, save_state
from gsaocr.training.finder.batches import CropStream, FinderBatch, PageSource, crop_loader
from gsaocr.training.finder.config import FinderTraining
from gsaocr.training.stepping import (
    as_fields,
    average_follows,
    clipped_step,
    learning_rate,
    optimizers_of,
    tensors_under,
)


@dataclass(frozen=True)
class FinderReport:
    """One line of the log."""

    steps: int
    crops: int
    minutes: float
    all_frames: bool
    learning_rate: float
    losses: dict[str, float]
    crops_per_second: float
    rendered_per_second: float
    """Crops that one process would make if it did nothing else."""


def train_finder(
    training: FinderTraining,
    open_source: Callable[[], PageSource],
    resume: bool = False,
    start: Path | None = None,
    report: Callable[[FinderReport], None] | None = None,
) -> Path:
    """Train a finder and return the path of its file, ``out``/finder.safetensors.

    Args:
        training: what to do.
        open_source: makes what gives the pages; called in each rendering process.
        resume: go on from the state in ``training.out``.
        start: begin from the weights of this file, with a fresh optimiser.
        report: called for every line of the log.

    Raises:
        TrainingError: a broken resume state, or whatever the source of pages raises.
        ModelError: ``start`` can't be used.
        UsageError: a group with flips: the mirrored page isn't among what is rendered.
        DeviceError: the device isn't there.
    """
    return _Run(training, open_source, resume, start).go(report)


class _Run:
    """State of one run: network, average, optimisers, clock."""

    def __init__(
        self,
        training: FinderTraining,
        open_source: Callable[[], PageSource],
        resume: bool,
        start: Path | None,
    ) -> None:
        torch.manual_seed(training.seed)
        if training.threads:
            torch.set_num_threads(training.threads)
            cv2.setNumThreads(training.threads)
        self.device = choose_device(training.device)
        self.training = training = training.suited_to(self.device.type)
        self.open_source = open_source
        self.progress = Progress()
        tensors: dict[str, Tensor] = {}
        if resume:
            config, self.progress, tensors = load_state(
                training.out / "state", FinderConfig.from_json
            )
            self.finder = Finder(config)
            self.finder.load_state_dict(tensors_under("weights/", tensors))
        elif start is not None:
            file = load_finder(start)
            self.finder = file.finder
            self.progress.lines = int(file.origin.get("crops", "0"))
            self.progress.minutes = float(file.origin.get("minutes", "0"))
        else:
            self.finder = Finder(FinderConfig(**as_fields(training.architecture)))
        if self.finder.config.group == "D4":
            raise UsageError("--group D4", "mirrored pages are no pages", "train C1, C2 or C4")
        self.finder.to(self.device).train()
        self.average = {n: t.detach().clone() for n, t in self.finder.state_dict().items()}
        if resume:
            self.average = {
                n: t.to(self.device) for n, t in tensors_under("average/", tensors).items()
            }
        self.optimizers = _optimizers(self.finder, training)
        for number, optimizer in enumerate(self.optimizers):
            restore_optimizer(optimizer, number, tensors)
        self.first_step = self.progress.steps
        self.minutes_before = self.progress.minutes
        self.began = time.monotonic()

    def go(self, report: Callable[[FinderReport], None] | None) -> Path:
        out = self.training.out
        out.mkdir(parents=True, exist_ok=True)
        saved = since = time.monotonic()
        sums: dict[str, list[float]] = {}
        crops, made = 0, 0.0
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            run = {n: str(v) for n, v in asdict(self.training).items()}
            _say(log, {"run": run, "crops": self.progress.lines})
            try:
                for all_frames, batch in self._batches():
                    for name, value in self._step(batch).items():
                        sums.setdefault(name, []).append(value)
                    crops += len(batch.images)
                    made += batch.seconds
                    if self.progress.steps % self.training.log_steps == 0:
                        passed = time.monotonic() - since
                        entry = FinderReport(
                            self.progress.steps,
                            self.progress.lines,
                            round(self.progress.minutes, 2),
                            all_frames,
                            self._learning_rate(),
                            {k: round(sum(v) / len(v), 4) for k, v in sums.items()},
                            round(crops / passed, 1),
                            round(crops / max(made, 1e-9), 1),
                        )
                        _say(log, asdict(entry))
                        if report:
                            report(entry)
                        sums, crops, made, since = {}, 0, 0.0, time.monotonic()
                    if time.monotonic() - saved > 60 * self.training.save_minutes:
                        self._save()
                        saved = time.monotonic()
            finally:
                # Ctrl-C too: nothing trained is lost.
                self._save()
        return out / "finder.safetensors"

    def _batches(self) -> Iterator[tuple[bool, FinderBatch]]:
        """Yield batches for one reader and, in the last part of the budget, for all of them."""
        for all_frames in (False, True):
            until = 1.0 if all_frames else 1.0 - self.training.all_frames
            if self._share_done() >= until:
                continue
            stream = CropStream(
                self.training,
                self.finder.config,
                self.progress.lines,
                self.open_source,
                all_frames,
            )
            for batch in crop_loader(stream):
                yield all_frames, batch
                if self._share_done() >= until:
                    break

    def _step(self, batch: FinderBatch) -> dict[str, float]:
        pages, parts, cells = batch.on(self.device)
        valid = torch.ones_like(pages[:, 0], dtype=torch.bool)
        field = self.finder(pages, valid, only_first=len(batch.quarters) == 1)
        each = [
            finder_losses(
                unpacked(field.frame(reader)[0]),
                {name: grid[reader] for name, grid in parts.items()},
                {name: grid[reader] for name, grid in cells.items()},
            )
            for reader in range(len(batch.quarters))
        ]
        losses = {name: torch.stack([e[name] for e in each]).mean() for name in each[0]}
        parameters = self.finder.parameters()
        clipped_step(total(losses), parameters, self.optimizers, self._learning_rate())
        self.progress.steps += 1
        self.progress.lines += len(pages)
        self.progress.minutes = self.minutes_before + self._minutes()
        average_follows(self.average, self.finder, self.training.ema, self.progress.steps)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _minutes(self) -> float:
        return (time.monotonic() - self.began) / 60

    def _share_done(self) -> float:
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
        out, config = self.training.out, self.finder.config
        weights = {n: t.detach() for n, t in self.finder.state_dict().items()}
        save_state(out / "state", config, self.progress, weights, self.average, self.optimizers)
        averaged = Finder(config)
        averaged.load_state_dict({n: t.float().cpu() for n, t in self.average.items()})
        origin = {
            "crops": str(self.progress.lines),
            "steps": str(self.progress.steps),
            "minutes": f"{self.progress.minutes:.1f}",
        }
        save_finder(averaged, out / "finder.safetensors", origin)


def _say(log: Any, entry: dict[str, Any]) -> None:
    log.write(json.dumps(entry) + "\n")
    log.flush()


def _optimizers(finder: Finder, training: FinderTraining) -> list[Optimizer]:
    """Muon for the matrices inside the network, AdamW for everything at its edges."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in finder.named_parameters():
        edge = name.startswith("head") or "rho" in name
        (others if parameter.dim() != 2 or edge else matrices).append(parameter)
    return optimizers_of(matrices, others, training.learning_rate, training.weight_decay)
