"""Runs done one after another; what came out is kept as one small JSON file each."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from gsaocr.evaluation.datasets import load_samples
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.whole_file import write_whole
from tests.benchmarks.hypothesis_runs.reading import TestLines

Say = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Where things are."""

    fonts: Path
    """What ``make fonts`` gathered."""
    data: Path
    """Real scans and texts: lines/NAME.zip, text/LANGUAGE.txt.xz."""
    work: Path
    """Recorded lines, weights, logs; git-ignored."""
    results: Path
    """One JSON file for each run that is done."""


class Job(Protocol):
    """One run that leaves one result."""

    @property
    def name(self) -> str:
        """How the result's file is called."""
        ...

    @property
    def told(self) -> dict[str, object]:
        """Everything that the run is told: told otherwise, it is another run."""
        ...

    def do(self, places: Places, say: Say) -> dict[str, object]:
        """Do it from its beginning and return what came out."""
        ...


def fingerprint(job: Job) -> str:
    """Return what tells runs of one name apart."""
    told = json.dumps(job.told, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def finished(job: Job, results: Path) -> bool:
    """Whether the job is done, with these settings."""
    path = results / f"{job.name}.json"
    return path.exists() and json.loads(path.read_text("utf-8")).get("settings") == fingerprint(job)


def do_all(jobs: Sequence[Job], places: Places, say: Say) -> None:
    """Do the jobs that aren't done yet, in their order; one that was stopped begins again."""
    torch.set_num_threads(1)
    left = [job for job in jobs if not finished(job, places.results)]
    say(f"{len(left)} of {len(jobs)} runs to be done")
    for job in left:
        result: dict[str, object] = {
            "name": job.name,
            "settings": fingerprint(job),
            "date": datetime.date.today().isoformat(),
        }
        result |= job.do(places, say)
        content = json.dumps(result, indent=1) + "\n"
        write_whole(places.results / f"{job.name}.json", content.encode(), "give --results")
        say(f"{job.name}: done")


def real_lines(data: Path, name: str, scoring: str, limit: int) -> TestLines:
    """Return lines of a data set, drawn by name."""
    found = load_samples([data / "lines" / f"{name}.zip"]).limited(limit).samples
    return TestLines.of(name, [(_grey(s.read()), s.truth) for s in found], scoring_named(scoring))


def _grey(content: bytes) -> NDArray[np.uint8]:
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.uint8)
