"""CTC against counting every path."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gsaocr.recognizer import ctc


def scores(frames: int, classes: int, seed: int) -> np.ndarray:
    raw = np.random.default_rng(seed).normal(size=(frames, classes)) * 2
    return (raw - np.log(np.exp(raw).sum(1, keepdims=True))).astype(np.float32)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(k for k, _ in itertools.groupby(path) if k)


def test_best_path_merges_repeats_and_drops_blanks() -> None:
    log_probs = np.log(np.full((6, 3), 0.05, np.float32))
    for frame, best in enumerate((1, 1, 0, 1, 2, 2)):
        log_probs[frame, best] = math.log(0.9)
    draft = ctc.best_path(log_probs)
    assert draft.ids == (1, 1, 2)
    assert draft.spans == ((0, 2), (3, 4), (4, 6))
    assert draft.probabilities == tuple([float(np.exp(np.float32(math.log(0.9))))] * 3)


def test_nothing_is_read_in_blanks() -> None:
    log_probs = np.log(np.tile(np.array([[0.98, 0.01, 0.01]], np.float32), (5, 1)))
    assert ctc.best_path(log_probs).ids == ()
    assert ctc.best_path(log_probs[:0]).ids == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.lists(st.integers(1, 2), max_size=3), st.integers(0, 1000))
def test_likelihood_is_the_sum_over_all_paths(frames: int, ids: list[int], seed: int) -> None:
    log_probs = scores(frames, 3, seed)
    paths = [p for p in itertools.product(range(3), repeat=frames) if collapsed(p) == tuple(ids)]
    ours = ctc.log_likelihood(log_probs, tuple(ids))
    if not paths:
        assert ours == -math.inf
        return
    total = math.fsum(
        math.exp(math.fsum(float(log_probs[t, c]) for t, c in enumerate(path))) for path in paths
    )
    assert math.isclose(ours, math.log(total), rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.lists(st.integers(1, 2), min_size=1, max_size=3), st.integers(0, 99))
def test_alignment_is_the_best_of_all_paths(frames: int, ids: list[int], seed: int) -> None:
    log_probs = scores(frames, 3, seed)
    paths = [p for p in itertools.product(range(3), repeat=frames) if collapsed(p) == tuple(ids)]
    placed = ctc.align(log_probs, tuple(ids))
    if not paths:
        assert placed is None
        return
    assert placed is not None
    assert placed.ids == tuple(ids)
    best = max(paths, key=lambda p: sum(float(log_probs[t, c]) for t, c in enumerate(p)))
    covered = [0] * frames
    for letter, (start, end) in zip(ids, placed.spans, strict=True):
        covered[start:end] = [letter] * (end - start)
    total = sum(float(log_probs[t, c]) for t, c in enumerate(best))
    ours = sum(float(log_probs[t, c]) for t, c in enumerate(covered))
    assert math.isclose(ours, total, rel_tol=1e-5)


def test_boundaries_lie_between_neighbours() -> None:
    draft = ctc.Draft((1, 2, 3), ((2, 4), (8, 9), (12, 14)), (0.9, 0.9, 0.9))
    boxes = ctc.boundaries(draft, 20)
    assert all(a < b for a, b in boxes)
    assert boxes[0][1] == boxes[1][0] == 5.75
    assert boxes[2][1] <= 20
