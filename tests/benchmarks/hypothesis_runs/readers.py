"""Parts 1 and 3: readers of lines, trained from nothing and read in all quarter turns."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from gsaocr.evaluation.scoring import scoring_named
from gsaocr.recognizer.cost import parameter_count
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model
from gsaocr.training.config import Stage, TrainingConfig
from gsaocr.training.loop import Report, train
from gsaocr.training.recorded import load_pool, record
from gsaocr.training.sources import RenderedLines
from tests.benchmarks.hypothesis_runs import table
from tests.benchmarks.hypothesis_runs.jobs import Places, Say, real_lines
from tests.benchmarks.hypothesis_runs.reading import TestLines, judge
from tests.benchmarks.hypothesis_runs.table import Arm, reading_flops

RENDERED_SETS = (("rendered", Stage(10**9, 2, 10)), ("rendered, longer", Stage(10**9, 11, 30)))
"""Rendered lines that are never trained on: as long as those that are, and longer."""

REAL_SETS = (("receipts-val", "upper", 200), ("print19-train", "normalised", 100))
"""Real lines: set, scoring, number. None is trained on here."""

_TEST_SEED = 1_000
_TEST_LINES = 384  # of each rendered set
_SPARE = 400  # lines more than are trained on: the last batch may go over the budget


@dataclass(frozen=True)
class ReaderRun:
    """One training of an arm with one seed."""

    arm: Arm
    seed: int
    part: int = 1

    @property
    def name(self) -> str:
        """The arm and the seed."""
        plain = self.arm.name.lower().replace(", ", " ").replace("/", "-of-").replace(" ", "-")
        return f"{plain}-seed{self.seed}"

    @property
    def lines(self) -> int:
        """Lines that it sees."""
        return round(table.LINES * self.arm.share_of_lines)

    @property
    def schedule(self) -> Mapping[str, object]:
        """What the trainer is told of the arm and of the schedule."""
        return {
            **table.SCHEDULE,
            "budget_lines": self.lines,
            "aligned_lines": round(self.lines * table.ALIGNED),
            "curriculum": table.CURRICULUM,
            "seed": self.seed,
            "architecture": {**table.SMALL, **self.arm.architecture},
            "frames_share": self.arm.frames_share,
            "without_fibres": self.arm.without_fibres,
            "upside_down": self.arm.upside_down,
        }

    @property
    def told(self) -> dict[str, object]:
        """The schedule and what lines are rendered from."""
        lines = {"print": asdict(table.PRINT), "texts": table.TEXTS, "faces": table.FACES}
        sets = {"rendered": RENDERED_SETS, "real": REAL_SETS}
        return {**self.schedule, **lines, **sets}

    def training(self, out: Path, recorded: Path) -> TrainingConfig:
        """Return the trainer's configuration."""
        return TrainingConfig(
            out=out,
            recorded=recorded,
            workers=0,
            threads=1,
            device="cpu",
            precision="float32",
            save_minutes=1e9,  # a run is minutes long: one that was stopped begins again
            **self.schedule,  # type: ignore[arg-type]
        )

    def do(self, places: Places, say: Say) -> dict[str, object]:
        """Train from nothing, then read."""
        out = places.work / self.name
        shutil.rmtree(out, ignore_errors=True)
        sets = _test_sets(places)
        training = self.training(out, training_lines(places, self.seed))
        last: list[Report] = []

        def report(entry: Report) -> None:
            last[:] = [entry]
            if entry.steps % 100 == 0:
                losses = ", ".join(f"{k} {v:.3f}" for k, v in entry.losses.items())
                say(f"{self.name}: {entry.lines:,} lines, {entry.lines_per_second:.0f}/s, {losses}")

        wall, processor = time.monotonic(), time.process_time()
        model = load_model(train(training, report=report)).model
        wall, processor = time.monotonic() - wall, time.process_time() - processor
        judging = time.process_time()
        rates = {s.name: judge(model, s, reverses=self.arm.upside_down > 0) for s in sets}
        shutil.rmtree(out / "state", ignore_errors=True)
        return {
            "part": self.part,
            "arm": self.arm.name,
            "seed": self.seed,
            "lines": self.lines,
            "parameters": reader_parameters(model),
            "gflop": round(reading_flops(model) / 1e9, 4),
            "training": {
                "processor seconds": round(processor, 1),
                "seconds": round(wall, 1),
                "losses": last[0].losses if last else {},
            },
            "judging": {"processor seconds": round(time.process_time() - judging, 1)},
            "sets": rates,
        }


def reader_runs() -> Iterator[ReaderRun]:
    """Yield the runs of part 1, all arms of a seed before the next seed."""
    for seed in table.SEEDS:
        for arm in table.ARMS:
            yield ReaderRun(arm, seed)


def more_runs() -> Iterator[ReaderRun]:
    """Yield the runs of part 3: one seed each."""
    for arm in table.MORE_ARMS:
        yield ReaderRun(arm, table.SEEDS[0], part=3)


def reader_parameters(model: Recognizer) -> int:
    """Return the trained values: the text decoder is not trained here."""
    return parameter_count(model) - sum(p.numel() for p in model.decoder.parameters())


def training_lines(places: Places, seed: int) -> Path:
    """Return the folder of a seed's lines, rendered if they aren't there yet."""
    folder = places.work / f"lines-{seed}"
    if not (folder / "complete").exists():
        record(_source(places), folder, table.LINES + _SPARE, table.CURRICULUM, seed)
        (folder / "complete").touch()
    return folder


@cache
def _test_sets(places: Places) -> tuple[TestLines, ...]:
    sets = []
    for name, stage in RENDERED_SETS:
        folder = places.work / name.replace(", ", "-")
        record(_source(places), folder, _TEST_LINES, [stage], _TEST_SEED)
        samples = [s for path in sorted(folder.glob("*.npz")) for s in load_pool(path)]
        lines = [(s.image, s.text) for s in samples]
        sets.append(TestLines.of(name, lines, scoring_named("raw")))
    return (*sets, *(real_lines(places.data, *each) for each in REAL_SETS))


def _source(places: Places) -> RenderedLines:
    texts = [places.data / "text" / f"{name}.txt.xz" for name in table.TEXTS]
    return RenderedLines([places.fonts / name for name in table.FACES], texts, table.PRINT)
