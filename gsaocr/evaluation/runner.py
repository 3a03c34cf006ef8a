"""Read every sample of a set, compare with the truths, report.

What reads is passed in, so that any reader (the recognizer with or without an adapter, a whole
page pipeline, another program) is measured in the same way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from gsaocr.errors import InputError
from gsaocr.evaluation.datasets import Sample
from gsaocr.evaluation.lost_text import lost_runs
from gsaocr.evaluation.metrics import Counts, Score, confusions, count, score
from gsaocr.evaluation.scoring import Scoring


class Reading(Protocol):
    """What a reader returns for one sample."""

    @property
    def text(self) -> str:
        """The text that was read."""

    @property
    def confidence(self) -> float:
        """How sure the reader is, 0 to 1."""


Reader = Callable[[Sequence[Sample]], Sequence[Reading]]
"""Reads samples, one reading each in the same order; raises ``InputError`` for a bad image."""


@dataclass(frozen=True)
class Judged:
    """One sample with its reading, both as the scoring compares them."""

    label: str
    truth: str
    reading: str
    confidence: float
    counts: Counts

    @property
    def cer(self) -> float:
        """Character errors per character of the truth."""
        return self.counts.character_errors / max(self.counts.characters, 1)


@dataclass(frozen=True)
class Report:
    """The outcome of an evaluation."""

    scoring: Scoring
    score: Score
    judged: tuple[Judged, ...]
    failed: tuple[str, ...]  # samples that could not be read at all, not in the score
    seconds: float  # spent reading

    def worst(self, number: int) -> list[Judged]:
        """Return the samples with most character errors, by CER among equals."""
        wrong = [item for item in self.judged if item.counts.character_errors]
        wrong.sort(key=lambda item: (-item.counts.character_errors, -item.cer, item.label))
        return wrong[:number]

    def confusions(self, number: int) -> list[tuple[str, str, int]]:
        """Return the most frequent (wanted, read, times)."""
        counted = confusions((item.truth, item.reading) for item in self.judged)
        ranked = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
        return [(wanted, got, times) for (wanted, got), times in ranked[:number]]

    @property
    def lost(self) -> dict[str, list[str]]:
        """Runs of words that readings lack altogether, by sample."""
        found = {item.label: lost_runs(item.truth, item.reading) for item in self.judged}
        return {label: runs for label, runs in found.items() if runs}

    def to_json(self, worst: int, confused: int) -> dict[str, Any]:
        """Return the report as JSON values; rates are shares of 1."""
        rates = asdict(self.score)
        return {
            "scoring": self.scoring.name,
            "items": rates.pop("items"),
            **rates,
            "seconds": round(self.seconds, 3),
            "failed": list(self.failed),
            "lost": self.lost,
            "worst": [
                {
                    "name": item.label,
                    "truth": item.truth,
                    "reading": item.reading,
                    "confidence": item.confidence,
                    "character_errors": item.counts.character_errors,
                    "cer": item.cer,
                }
                for item in self.worst(worst)
            ],
            "confusions": [
                {"truth": wanted, "reading": got, "times": times}
                for wanted, got, times in self.confusions(confused)
            ],
        }


def evaluate(
    read: Reader,
    samples: Sequence[Sample],
    scoring: Scoring,
    *,
    batch: int = 32,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Read all samples in batches of ``batch`` and compare them with their truths.

    ``on_progress`` is told after each batch how many samples are done. A sample whose image can't
    be read is named in ``failed`` and left out of the score; other errors go through.
    """
    judged: list[Judged] = []
    failed: list[str] = []
    seconds = 0.0
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        begun = time.perf_counter()
        outcomes = list(_readings(read, part))
        seconds += time.perf_counter() - begun
        for sample, outcome in zip(part, outcomes, strict=True):
            if isinstance(outcome, str):
                failed.append(outcome)
                continue
            truth, reading = scoring(sample.truth), scoring(outcome.text)
            judged.append(
                Judged(sample.label, truth, reading, outcome.confidence, count(truth, reading))
            )
        on_progress(start + len(part))
    return Report(
        scoring, score([item.counts for item in judged]), tuple(judged), tuple(failed), seconds
    )


def _readings(read: Reader, part: Sequence[Sample]) -> Iterator[Reading | str]:
    """Yield each sample's reading or the message of what is wrong with it."""
    try:
        yield from read(part)
    except InputError as error:
        if len(part) == 1:
            yield f"{part[0].label}: {error}"
            return
        for sample in part:  # find the bad one; the others are read again, alone
            yield from _readings(read, [sample])
