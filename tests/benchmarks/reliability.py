"""Whether confidences are probabilities, measured on lines of real scans.

    python -m tests.benchmarks.reliability --data DIR [--model FILE] [--adapter NAME]
        [--sets receipts-val,...] [--limit N] [--fit receipts-train,... [--write FILE]] [--svg FILE]
        [--pack DIR]

Prints for each set the expected calibration error of words and of lines, and of all words that are
given so much, what share is right. With --fit the calibration is fitted to other sets first (three
numbers: the weights of the CTC head and of the decoder, and a bias), printed, and measured beside
what the model file holds. --write FILE puts them into a model file; adapters fit it as before.

A model is surer of lines that it was trained on than it should be of others. The set `rendered`,
for --fit alone, is of lines drawn anew from a training pack (--pack DIR), which no model has seen.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.catalogue import find_adapter
from gsaocr.adapters.peft_format import read_adapter
from gsaocr.evaluation.calibration import (
    WordEvidence,
    expected_calibration_error,
    fit,
    reliability,
    right_words,
    word_confidences,
)
from gsaocr.evaluation.datasets import load_samples
from gsaocr.evaluation.scoring import Scoring, scoring_named
from gsaocr.model_files import default_model
from gsaocr.recognizer.calibration import LetterCalibration
from gsaocr.recognizer.decoding import DEFAULT_DECODE, check_decode
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.reading import Reading
from gsaocr.recognizer.weights import load_model, save_model
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.synthesis.render import LineRenderer, RenderConfig
from tests.benchmarks.reliability_diagram import diagram
from tests.benchmarks.score_tasks import LINES, Task

_BATCH = 64
_RENDERED = 800  # lines
_SEED = 9_000_001  # far from the seeds of training


@dataclass(frozen=True)
class JudgedReading(Reading):
    """A reading that still knows what each of the two judges thought of its letters."""

    both: tuple[tuple[str, float, float], ...] = ()
    """Letter, CTC head's and decoder's probability."""

    def judged(self, rights: Sequence[bool]) -> list[WordEvidence]:
        """Return the words' evidence, ``rights`` saying which words are right."""
        words: list[list[tuple[str, float, float]]] = [[]]
        for entry in self.both:
            if entry[0] == " ":
                words.append([])
            else:
                words[-1].append(entry)
        filled = [word for word in words if word]
        return [
            WordEvidence(tuple(e[1] for e in word), tuple(e[2] for e in word), right)
            for word, right in zip(filled, rights, strict=True)
        ]


class JudgingReader(LineReader):
    """A line reader that keeps both probabilities of each letter."""

    def _reading(self, decoded: Any, *rest: Any) -> Reading:
        reading = super()._reading(decoded, *rest)
        placed = decoded.placed
        letters = [self.model.config.charset.decode([i]) for i in placed.ids]
        decoder = decoded.decoder or placed.probabilities
        both = tuple(zip(letters, placed.probabilities, decoder, strict=True))
        return JudgedReading(**vars(reading), both=both)


@dataclass
class Evidence:
    """All words and lines of a set."""

    words: list[WordEvidence]
    lines: list[tuple[slice, bool]]  # its words, and whether the line is right

    def line_confidences(
        self, words: Sequence[float], together: Callable[..., float]
    ) -> list[float]:
        """Return each line's confidence from its words'; a line without words has 1."""
        return [together(words[place]) if words[place] else 1.0 for place, _ in self.lines]


def gather(reader: LineReader, source: Path, scoring: Scoring, limit: int | None) -> Evidence:
    """Read a set and judge its words and lines."""
    samples = load_samples([source]).limited(limit).samples
    image = Task("", "", False, ()).image
    return judged(reader, ((image(s), s.truth) for s in samples), scoring)


def gather_rendered(reader: LineReader, pack: Path, limit: int | None) -> Evidence:
    """Read lines drawn anew and judge their words and lines."""
    # No clean lines: real scans are harder than the average of what is rendered.
    hard = RenderConfig(clean=0.0)
    renderer = LineRenderer(find_fonts([pack]), sorted(pack.rglob("*.txt.xz")), hard)
    draws = (np.random.default_rng([_SEED, n]) for n in range(limit or _RENDERED))
    drawn = (renderer.sample(rng, 1, 90) for rng in draws)
    return judged(reader, ((s.image, s.text) for s in drawn), scoring_named("raw"))


def judged(
    reader: LineReader, lines: Iterable[tuple[NDArray[np.uint8], str]], scoring: Scoring
) -> Evidence:
    """Read images of lines and judge words and lines by their truths."""
    found = Evidence([], [])
    waiting = iter(lines)
    while part := list(islice(waiting, _BATCH)):
        readings = reader.read_lines([image for image, _ in part])
        for (_, truth), reading in zip(part, readings, strict=True):
            assert isinstance(reading, JudgedReading)
            words = reading.judged(right_words(truth, reading.text.split(), scoring))
            place = slice(len(found.words), len(found.words) + len(words))
            found.words += words
            found.lines.append((place, scoring(reading.text) == scoring(truth)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=default_model())
    parser.add_argument("--adapter")
    parser.add_argument("--decode", default=DEFAULT_DECODE)
    parser.add_argument("--sets", default=",".join(task.name for task in LINES))
    parser.add_argument("--fit", default="", help="sets to fit to, none of which is measured")
    parser.add_argument("--pack", type=Path, help="training pack that rendered is drawn from")
    parser.add_argument("--write", type=Path, help="write the model with what was fitted")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--svg", type=Path, help="write the diagram of words here")
    given = parser.parse_args()
    torch.set_num_threads(1)
    file = load_model(given.model)
    model, how = file.model, check_decode(given.decode)
    if given.adapter:
        adapter = read_adapter(find_adapter(given.adapter), file)
        model, how = adapted_model(file, adapter), check_decode(adapter.config.decode or how)
    reader = JudgingReader(model, torch.device("cpu"), how)
    ways: dict[str, Callable[[float, float], float]] = {"as it is": reader.calibration}
    if given.fit:
        fitted = fitted_to(reader, given.fit.split(","), given.data, given.pack, given.limit)
        print(f"fitted to {given.fit}: {fitted}\n")
        ways["fitted"] = fitted
        if given.write:
            file.model.config = replace(file.model.config, calibration=astuple(fitted))
            save_model(file.model, given.write, file.origin)
    curves = {}
    for name in given.sets.split(","):
        scoring = scoring_of(name)
        evidence = gather(reader, given.data / "lines" / f"{name}.zip", scoring, given.limit)
        for way, letters in ways.items():
            words = word_confidences(evidence.words, letters).tolist()
            rights = [word.right for word in evidence.words]
            curves[f"{name}, {way}"] = reliability(words, rights)
            print("\n".join(report(f"{name}, {scoring.name}, {way}", evidence, words)))
            print(flush=True)
    if given.svg:
        given.svg.write_text(diagram(curves), encoding="utf-8")


def scoring_of(name: str) -> Scoring:
    """Return the scoring that counts for a set, the same for its training part."""
    kind = name.partition("-")[0]
    return scoring_named(next(t.scorings[0] for t in LINES if t.name.startswith(kind)))


def fitted_to(
    reader: LineReader, names: Sequence[str], data: Path, pack: Path | None, limit: int | None
) -> LetterCalibration:
    """Return the calibration fitted to the words of sets, each set counting alike."""
    sets = []
    for name in names:
        if name == "rendered":
            assert pack is not None, "name a training pack: --pack DIR"
            sets.append(gather_rendered(reader, pack, limit).words)
        else:
            source = data / "lines" / f"{name}.zip"
            sets.append(gather(reader, source, scoring_of(name), limit).words)
    smallest = min(map(len, sets))
    draw = np.random.default_rng(0)
    words: list[WordEvidence] = []
    for found in sets:
        words += [found[k] for k in draw.choice(len(found), smallest, replace=False)]
    return fit(words)


def report(title: str, evidence: Evidence, words: Sequence[float]) -> list[str]:
    """Return the lines that are printed for a set."""
    rights = [word.right for word in evidence.words]
    whole = [right for _, right in evidence.lines]
    least = evidence.line_confidences(words, min)
    product = evidence.line_confidences(words, math.prod)
    table = reliability(words, rights)
    near = [r for c, r in zip(words, rights, strict=True) if 0.85 <= c < 0.95]
    return [
        title,
        f"  words: {len(words)}, right {np.mean(rights):.1%}, mean confidence "
        f"{np.mean(words):.1%}, calibration error {_error(words, rights)}",
        f"  lines: {len(whole)}, right {np.mean(whole):.1%}, calibration error "
        f"{_error(least, whole)} (least sure word), {_error(product, whole)} (product of words)",
        f"  of {len(near)} words given 0.85 to 0.95 are right: "
        f"{f'{np.mean(near):.1%}' if near else '-'}",
        "  given     " + " ".join(f"{part.low:5.1f}+" for part in table),
        "  words     " + " ".join(f"{part.items:6d}" for part in table),
        "  right, %  "
        + " ".join(f"{100 * part.right:6.1f}" if part.items else "     -" for part in table),
    ]


def _error(confidences: Sequence[float], rights: Sequence[bool]) -> str:
    """Return the expected calibration error with its 95 % bootstrap interval."""
    value = expected_calibration_error(confidences, rights)
    given, right = np.asarray(confidences), np.asarray(rights)
    draw = np.random.default_rng(0)
    drawn = [
        expected_calibration_error(given[part].tolist(), right[part].tolist())
        for part in (draw.integers(0, len(given), len(given)) for _ in range(200))
    ]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
