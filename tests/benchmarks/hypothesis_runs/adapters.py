"""Part 2: adapters and full fine-tuning of the shipped base on Fraktur, with equal lines.

An adapter sees upright lines alone; it then reads lines in all quarter turns, and the base's own
sets, which show what is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from gsaocr.model_files import default_model
from gsaocr.recognizer.decoding import DEFAULT_DECODE
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_loop import AdapterReport, AdapterRun
from tests.benchmarks.hypothesis_runs import table
from tests.benchmarks.hypothesis_runs.jobs import Places, Say, real_lines
from tests.benchmarks.hypothesis_runs.reading import TURNS, TestLines, error_rate
from tests.benchmarks.hypothesis_runs.table import AdapterCase

OWN = ("fraktur-val", "normalised-ij", 150)
"""The domain that is learnt: set, scoring, lines."""

OTHERS = (("receipts-val", "upper", 150), ("typewriter-val", "raw", 100))
"""The base's domains, not to be forgotten."""


@dataclass(frozen=True)
class AdapterJob:
    """One training of a case with one seed."""

    case: AdapterCase
    seed: int

    @property
    def name(self) -> str:
        """The case and the seed."""
        return f"adapter-{self.case.name.replace(', ', ' ').replace(' ', '-')}-seed{self.seed}"

    @property
    def told(self) -> dict[str, object]:
        """The case, the schedule, what is read."""
        return {
            "rank": self.case.rank,
            "parts": self.case.parts,
            "learning rate": self.case.learning_rate,
            "seed": self.seed,
            "lines": table.ADAPTER_LINES,
            "epochs": table.ADAPTER_EPOCHS,
            "frames": table.ADAPTER_FRAMES_SHARE,
            "own": OWN,
            "others": OTHERS,
        }

    def training(self, places: Places) -> AdapterTraining:
        """Return what the trainer is told: all lines of all epochs, however long that takes."""
        full = self.case.rank is None
        return AdapterTraining(
            data=(places.data / "lines" / "fraktur-train.zip",),
            out=places.work / self.name,
            base=default_model(),
            parts=self.case.parts,
            rank=None if full else self.case.rank,
            full=full,
            learning_rate=self.case.learning_rate,
            epochs=table.ADAPTER_EPOCHS,
            frames_share=table.ADAPTER_FRAMES_SHARE,
            minutes=1e5,
            patience=1_000,
            keep="last",
            truth=("restore-i", "restore-hyphen"),
            limit=table.ADAPTER_LINES,
            seed=self.seed,
            threads=1,
            device="cpu",
            precision="float32",
        )

    def do(self, places: Places, say: Say) -> dict[str, object]:
        """Train, then read what was learnt, how it reads turned, and what was forgotten."""
        run = AdapterRun(self.training(places))
        base = sum(p.numel() for p in run.base_weights())
        trained = sum(p.numel() for p in run.parameters.values())
        begun = time.process_time()
        way: list[dict[str, float]] = []

        def report(entry: AdapterReport) -> None:
            if not way or way[-1]["cer"] != round(entry.cer, 5):
                note(entry.cer)

        def note(cer: float) -> None:
            minutes = round((time.process_time() - begun) / 60, 2)
            done = {"lines": run.progress.lines, "core minutes": minutes}
            way.append(done | {"cer": round(cer, 5)})
            say(f"{self.name}: {run.progress.lines:,} lines, CER {cer:.2%}")

        run.go(report)
        note(run.cer)
        minutes = (time.process_time() - begun) / 60
        return {
            "part": 2,
            "case": self.case.name,
            "seed": self.seed,
            "lines": run.progress.lines,
            "trained": trained,
            "share": round(trained / (base if self.case.rank is None else base + trained), 5),
            "core minutes": round(minutes, 2),
            "way": way,
            **rates(run.model, places.data),
        }


@dataclass(frozen=True)
class BaseJob:
    """The shipped base as it is: what all others are compared with."""

    name: str = "adapter-none"

    @property
    def told(self) -> dict[str, object]:
        """What is read, by which weights."""
        return {"own": OWN, "others": OTHERS}

    def do(self, places: Places, say: Say) -> dict[str, object]:
        """Read."""
        model = load_model(default_model()).model
        return {"part": 2, "case": "base", "seed": 0, **rates(model, places.data)}


def adapter_runs() -> Iterator[BaseJob | AdapterJob]:
    """Yield the runs of part 2, all cases of a seed before the next seed."""
    yield BaseJob()
    for seed in table.ADAPTER_SEEDS:
        for case in table.ADAPTER_CASES:
            yield AdapterJob(case, seed)


def rates(model: Recognizer, data: Path) -> dict[str, object]:
    """Return CER and right directions of the own set by turn, and CER of the others, upright."""
    reader = LineReader(model, torch.device("cpu"), DEFAULT_DECODE)
    own, *others = _lines(data)
    turned = {}
    for turn in TURNS:
        images = [np.ascontiguousarray(np.rot90(i, -turn // 90)) for i in own.images]
        readings = reader.read_lines(images, any_turn=True)
        right = float(np.mean([90 * r.quarter == turn for r in readings]))
        texts = [r.text for r in readings]
        turned[str(turn)] = {"cer": round(error_rate(own, texts), 5), "right": round(right, 4)}
    read = {s.name: [r.text for r in reader.read_lines(s.images)] for s in (own, *others)}
    return {
        "upright": {s.name: round(error_rate(s, read[s.name]), 5) for s in (own, *others)},
        "turned": turned,
    }


@cache
def _lines(data: Path) -> tuple[TestLines, ...]:
    return tuple(real_lines(data, *each) for each in (OWN, *OTHERS))
