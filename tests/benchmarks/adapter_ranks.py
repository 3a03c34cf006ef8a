"""What rank, parts and full fine-tuning cost and bring: CER, trainable share, time, forgetting.

    python tests/benchmarks/adapter_ranks.py DATA --minutes 3

trains on DATA/lines/SET-train.zip for the given minutes each and reads DATA/lines/SET-val.zip, and
a set of another domain that must not be forgotten. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gsaocr.evaluation.datasets import Sample, load_samples
from gsaocr.evaluation.readers import reads_lines
from gsaocr.evaluation.runner import evaluate
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.model_files import default_model
from gsaocr.recognizer.decoding import DEFAULT_DECODE
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_loop import AdapterRun

SCORING = {"fraktur": "normalised-ij", "oldfrench": "normalised", "receipts": "upper"}
TRUTH = {"fraktur": ("restore-i", "restore-hyphen"), "receipts": ("capitals",)}


@dataclass(frozen=True)
class Lines:
    """A set to be read."""

    name: str
    samples: tuple[Sample, ...]

    def cer(self, run: AdapterRun) -> float:
        """Return the character error rate of the model as it stands."""
        reader = LineReader(run.model, run.device, DEFAULT_DECODE)
        rule = scoring_named(SCORING.get(self.name, "raw"))
        return evaluate(reads_lines(reader.read_lines), self.samples, rule).score.cer.value


def cases(training: AdapterTraining) -> Iterator[tuple[str, AdapterTraining]]:
    """Yield what is compared, by name."""
    everything = ("encoder", "decoder")
    for rank in (1, 2, 4, 8, 16):
        yield f"rank {rank}", replace(training, rank=rank)
    for name, parts in (
        ("upper part only", ("upper",)),
        ("encoder only", ("encoder",)),
        ("decoder only", ("decoder",)),
        ("encoder and decoder", everything),
    ):
        yield f"{name}, rank 4", replace(training, rank=4, parts=parts)
    attention = ("q", "k", "v", "out")
    yield "attention maps only, rank 4", replace(training, rank=4, targets=attention)
    yield "full fine-tuning", replace(training, full=True, parts=everything, learning_rate=5e-4)


def main() -> None:
    """Run the comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", default="fraktur")
    parser.add_argument("--other", default="typewriter", help="the domain not to be forgotten")
    parser.add_argument("--model", type=Path, default=default_model())
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--train", type=int, default=1000, help="lines to train on")
    parser.add_argument("--limit", type=int, default=200, help="lines of each set that are read")
    parser.add_argument("--only", default="", help="run the cases whose name holds this")
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()

    lines = given.data / "lines"
    own, other = (
        Lines(name, load_samples([lines / f"{name}-val.zip"]).limited(given.limit).samples)
        for name in (given.set, given.other)
    )
    training = AdapterTraining(
        data=(lines / f"{given.set}-train.zip",),
        out=Path("unused"),
        base=given.model,
        minutes=given.minutes,
        epochs=1000,
        validations=2,
        limit=given.train,
        truth=TRUTH.get(given.set, ()),
        threads=given.threads,
    )
    print(f"| | trainable | share | lines seen | {own.name} CER | {other.name} CER |")
    print("|---|---|---|---|---|---|")
    first = True
    for name, case in cases(training):
        if given.only not in name:
            continue
        torch.manual_seed(1)
        run = AdapterRun(case)
        run._save = lambda: None  # type: ignore[method-assign]  # nothing is written
        frozen = sum(p.numel() for p in run.base_weights())
        if first:
            run.attachment.detach()
            rates = (own.cer(run), other.cer(run))
            print(f"| base | 0 | 0 % | 0 | {rates[0]:.2%} | {rates[1]:.2%} |", flush=True)
            run.attachment.attach()
            first = False
        run.go()
        trainable = sum(p.numel() for p in run.parameters.values())
        total = frozen if case.full else frozen + trainable
        rates = (own.cer(run), other.cer(run))
        print(
            f"| {name} | {trainable:,} | {trainable / total:.1%} | {run.progress.lines:,} "
            f"| {rates[0]:.2%} | {rates[1]:.2%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
