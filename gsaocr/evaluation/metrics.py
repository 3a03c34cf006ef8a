"""Error rates of readings: characters, words, whole lines, with intervals and confusions.

All rates are micro-averages: errors summed over the items, divided by the summed length of their
truths, so that a long line weighs more than a short one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True)
class Counts:
    """What one reading got right and wrong; counts of several readings add up."""

    characters: int  # of the truth
    character_errors: int  # edit distance: substitutions, insertions, deletions
    words: int  # of the truth
    word_errors: int  # edit distance over words
    read_words: int  # of the reading
    common_words: int  # size of the common part of both bags of words
    exact: int  # 1 if the texts are equal
    items: int = 1

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both together."""
        return Counts(*(a + b for a, b in zip(self.row(), other.row(), strict=True)))

    def row(self) -> tuple[int, ...]:
        """Return the fields in order."""
        return (
            self.characters,
            self.character_errors,
            self.words,
            self.word_errors,
            self.read_words,
            self.common_words,
            self.exact,
            self.items,
        )


def count(truth: str, reading: str) -> Counts:
    """Count the errors of one reading; both texts are already mapped by a scoring."""
    true_words, read_words = truth.split(), reading.split()
    common = Counter(true_words) & Counter(read_words)
    return Counts(
        characters=len(truth),
        character_errors=Levenshtein.distance(truth, reading),
        words=len(true_words),
        word_errors=Levenshtein.distance(true_words, read_words),
        read_words=len(read_words),
        common_words=common.total(),
        exact=int(truth == reading),
    )


@dataclass(frozen=True)
class Rate:
    """A rate and its 95 % bootstrap interval over the items, all as shares of 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """The rates of a set of readings."""

    items: int
    cer: Rate  # character errors per character of the truth
    wer: Rate  # word errors per word of the truth
    word_f1: Rate  # 2 * common / (words of the truth + words read), bags of words
    exact: Rate  # share of items read without any error


_REPEATS = 1000
_CHUNK = 100  # resamples drawn at once: bounds memory at large n


def score(counts: Sequence[Counts], seed: int = 0) -> Score:
    """Return the micro-averaged rates of ``counts`` with 95 % bootstrap intervals over the items.

    The resampling is seeded: the same counts give the same intervals.
    """
    table = np.array([item.row() for item in counts], dtype=np.float64).reshape(len(counts), 8)
    sums = _resampled_sums(table, seed)
    whole = _rates(table.sum(axis=0, keepdims=True))
    drawn = _rates(sums)
    rates = []
    for k in range(4):
        low, high = np.percentile(drawn[:, k], (2.5, 97.5)) if len(counts) else (0.0, 0.0)
        rates.append(Rate(float(whole[0, k]), float(low), float(high)))
    return Score(len(counts), *rates)


def _resampled_sums(table: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return sums over bootstrap resamples of the rows, (repeats, columns)."""
    rows = len(table)
    if not rows:
        return np.zeros((1, table.shape[1]))
    draw = np.random.default_rng(seed)
    sums = [
        draw.multinomial(rows, np.full(rows, 1 / rows), size=_CHUNK) @ table
        for _ in range(_REPEATS // _CHUNK)
    ]
    return np.concatenate(sums)


def _rates(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CER, WER, word F1 and exact share, (n, 4), of summed counts (n, 8).

    Without any text on either side nothing is wrong; text read where none is counts as errors per
    character read for want of any of the truth.
    """
    characters, character_errors, words, word_errors, read_words, common, exact, items = sums.T
    both = words + read_words
    return np.stack(
        [
            character_errors / np.maximum(characters, 1),
            word_errors / np.maximum(words, 1),
            np.where(both > 0, 2 * common / np.maximum(both, 1), 1.0),
            exact / np.maximum(items, 1),
        ],
        axis=1,
    )


def confusions(pairs: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Count what was read for what, over (truth, reading) pairs.

    Neighbouring edits are one confusion, so that rn read as m is ("rn", "m"); runs of equal length
    are taken letter by letter, other runs of more than three letters by single edits. An empty
    string stands for a letter that was left out or added.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for truth, reading in pairs:
        for wanted, got in _edited_runs(truth, reading):
            if len(wanted) == len(got):
                counted.update(zip(wanted, got, strict=True))
            elif max(len(wanted), len(got)) <= 3:
                counted[wanted, got] += 1
            else:
                counted.update(_single_edits(wanted, got))
    return counted


def _edited_runs(truth: str, reading: str) -> list[tuple[str, str]]:
    """Return the parts of both texts between the stretches on which they agree."""
    runs: list[tuple[str, str]] = []
    wanted = got = ""
    for step in Levenshtein.opcodes(truth, reading):
        if step.tag == "equal":
            runs.append((wanted, got))
            wanted = got = ""
        else:
            wanted += truth[step.src_start : step.src_end]
            got += reading[step.dest_start : step.dest_end]
    runs.append((wanted, got))
    return [run for run in runs if run != ("", "")]


def _single_edits(wanted: str, got: str) -> list[tuple[str, str]]:
    edits = []
    for edit in Levenshtein.editops(wanted, got):
        letter = "" if edit.tag == "insert" else wanted[edit.src_pos]
        edits.append((letter, "" if edit.tag == "delete" else got[edit.dest_pos]))
    return edits
