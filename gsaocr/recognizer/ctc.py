"""Connectionist temporal classification: from frames to characters, and where they stand.

All functions take one line's log-probabilities (frames, classes) as a NumPy array; class 0 is the
blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

_Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Draft:
    """Character ids with the frames [start, end) that spoke for each and its best probability."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    probabilities: tuple[float, ...]


def best_path(log_probs: _Scores) -> Draft:
    """Return the most probable class of every frame, repeats merged and blanks dropped."""
    best = log_probs.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts = np.concatenate([[0], edges]) if len(best) else np.zeros(0, np.int64)
    ends = np.concatenate([edges, [len(best)]]) if len(best) else starts
    runs = [(int(best[s]), int(s), int(e)) for s, e in zip(starts, ends, strict=True) if best[s]]
    return Draft(
        tuple(i for i, _, _ in runs),
        tuple((s, e) for _, s, e in runs),
        tuple(float(np.exp(log_probs[s:e, i].max())) for i, s, e in runs),
    )


def align(log_probs: _Scores, ids: tuple[int, ...]) -> Draft | None:
    """Return the most probable placing of given characters; None if the frames are too few."""
    frames, count = len(log_probs), len(ids)
    if not count:
        return Draft((), (), ())
    # States: blank, c1, blank, c2, ..., blank. A blank may be skipped between different letters.
    states = np.zeros(2 * count + 1, np.int64)
    states[1::2] = ids
    emission = log_probs[:, states]
    can_skip = np.zeros(len(states), bool)
    can_skip[3::2] = states[3::2] != states[1:-2:2]
    score = np.full(len(states), -np.inf, np.float64)
    score[:2] = emission[0, :2]
    back = np.zeros((frames, len(states)), np.int8)
    for frame in range(1, frames):
        stay = score
        step = np.concatenate([[-np.inf], score[:-1]])
        skip = np.where(can_skip, np.concatenate([[-np.inf, -np.inf], score[:-2]]), -np.inf)
        options = np.stack([stay, step, skip])
        back[frame] = options.argmax(axis=0)
        score = options.max(axis=0) + emission[frame]
    state = len(states) - 1 if score[-1] >= score[-2] else len(states) - 2
    if not np.isfinite(score[state]):
        return None
    path = np.zeros(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(back[frame, state])
    spans = []
    for letter in range(count):
        mine = np.flatnonzero(path == 2 * letter + 1)
        spans.append((int(mine[0]), int(mine[-1]) + 1))
    probabilities = tuple(
        float(np.exp(log_probs[s:e, i].max())) for (s, e), i in zip(spans, ids, strict=True)
    )
    return Draft(ids, tuple(spans), probabilities)


def log_likelihood(log_probs: _Scores, ids: tuple[int, ...]) -> float:
    """Return log p(ids | line), summed over all placings (A. Graves et al., 2006, eq. 3 to 8)."""
    frames = torch.from_numpy(log_probs.astype(np.float64))[:, None]
    target = torch.tensor([ids], dtype=torch.long)
    lengths = torch.tensor([len(log_probs)]), torch.tensor([len(ids)])
    loss = functional.ctc_loss(frames, target, *lengths, reduction="sum")
    return -float(loss)


def log_likelihood_bound(log_probs: _Scores, ids: tuple[int, ...]) -> float:
    """Return an upper bound of log p(text | line) of every text that begins with ``ids``.

    A class that has probability 1 in every frame stands for whatever follows; a frame is added for
    texts that end with ``ids``.
    """
    frames = np.zeros((len(log_probs) + 1, log_probs.shape[1] + 1), np.float32)
    frames[:-1, :-1] = log_probs
    return log_likelihood(frames, (*ids, log_probs.shape[1]))


def boundaries(draft: Draft, frames: int) -> list[tuple[float, float]]:
    """Return where each character begins and ends, in frames: half-way between neighbours.

    A CTC head speaks for a character in a frame or two near its middle, so the spans themselves
    are too narrow to be boxes.
    """
    centres = [(s + e) / 2 for s, e in draft.spans]
    gaps = [b - a for a, b in pairwise(centres)]
    typical = float(np.median(gaps)) if gaps else max(draft.spans[0][1] - draft.spans[0][0], 6.0)
    boxes = []
    for number, centre in enumerate(centres):
        before = gaps[number - 1] if number else typical
        after = gaps[number] if number < len(gaps) else typical
        left = centre - min(before, 1.6 * typical) / 2
        right = centre + min(after, 1.6 * typical) / 2
        boxes.append((max(0.0, left), min(float(frames), right)))
    return boxes
