"""Whether confidences are probabilities: reliability, expected calibration error, and its repair.

A confidence is calibrated if, of all words that are given 0.9, nine in ten are right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from gsaocr.recognizer.calibration import UNFITTED, LetterCalibration, log_odds

BINS = 10
"""Bins of equal width between 0 and 1."""


@dataclass(frozen=True)
class Bin:
    """Items whose confidence lies in [low, high), the last bin's end included."""

    low: float
    high: float
    items: int
    confidence: float  # mean; 0 without items
    right: float  # share that is right; 0 without items


def reliability(
    confidences: Sequence[float], rights: Sequence[bool], bins: int = BINS
) -> tuple[Bin, ...]:
    """Return what share is right in each of ``bins`` bins of equal width.

    Raises:
        ValueError: the sequences differ in length.
    """
    if len(confidences) != len(rights):
        raise ValueError(f"{len(confidences)} confidences for {len(rights)} items")
    given = np.asarray(confidences, dtype=np.float64)
    right = np.asarray(rights, dtype=np.float64)
    place = np.minimum((given * bins).astype(np.int64), bins - 1)
    found = []
    for number in range(bins):
        inside = place == number
        items = int(inside.sum())
        found.append(
            Bin(
                number / bins,
                (number + 1) / bins,
                items,
                float(given[inside].mean()) if items else 0.0,
                float(right[inside].mean()) if items else 0.0,
            )
        )
    return tuple(found)


def expected_calibration_error(
    confidences: Sequence[float], rights: Sequence[bool], bins: int = BINS
) -> float:
    """Return the mean distance of confidence and share of right items, weighted by the bins' items.

    ECE = sum over bins of (items / n) |right - confidence| (C. Guo et al., 2017, eq. 3); 0 without
    items.
    """
    table = reliability(confidences, rights, bins)
    whole = max(sum(part.items for part in table), 1)
    return sum(part.items * abs(part.right - part.confidence) for part in table) / whole


def right_words(
    truth: str, words: Sequence[str], scoring: Callable[[str], str] = lambda text: text
) -> list[bool]:
    """Return for each word of a reading whether it stands in the truth, at its place.

    A word is right if the scoring makes all its letters agree with neighbouring ones of the truth,
    and if spaces stand at its ends, and only there, where they stand in the truth. A word that the
    scoring empties counts as right.

    Args:
        truth: of the whole line.
        words: of the reading, in order, without spaces.
        scoring: maps a text to the spelling that is compared; it may add or drop spaces.
    """
    wanted, gaps_wanted = _letters_and_gaps(scoring(truth))
    read, gaps_read = _letters_and_gaps(scoring(" ".join(words)))
    pieces = [_letters_and_gaps(scoring(word))[0] for word in words]
    ends = list(accumulate(map(len, pieces)))
    if "".join(pieces) != read:  # the scoring joined letters of neighbouring words
        known = set(scoring(truth).split())
        return [scoring(word) in known for word in words]
    partner: list[int | None] = [None] * len(read)
    for block in Levenshtein.opcodes(read, wanted):
        if block.tag == "equal":
            for offset in range(block.src_end - block.src_start):
                partner[block.src_start + offset] = block.dest_start + offset
    rights = []
    for start, end in zip([0, *ends], ends, strict=False):
        places = partner[start:end]
        first = places[0] if places else None
        rights.append(
            start == end
            or (
                first is not None
                and places == list(range(first, first + end - start))
                and gaps_read[start : end + 1] == gaps_wanted[first : first + end - start + 1]
            )
        )
    return rights


def _letters_and_gaps(text: str) -> tuple[str, list[bool]]:
    """Return a text without spaces, and before each letter and at the end whether a gap is there.

    The text's ends count as gaps.
    """
    letters = "".join(text.split())
    gaps = [False] * (len(letters) + 1)
    for edge in accumulate(map(len, text.split()), initial=0):
        gaps[edge] = True
    return letters, gaps


@dataclass(frozen=True)
class WordEvidence:
    """What the network thought of a word's letters, and whether the word is right."""

    ctc: tuple[float, ...]
    decoder: tuple[float, ...]
    right: bool


def fit(words: Sequence[WordEvidence], strength: float = 1.0) -> LetterCalibration:
    """Return the calibration under which the words' being right or wrong is most likely.

    A word is right with the product of its letters' confidences. Maximum likelihood with a normal
    prior around :data:`UNFITTED`, whose weight is that of ``strength`` words: little evidence
    changes little, and both weights stay positive.

    Raises:
        ValueError: no words.
    """
    if not words:
        raise ValueError("a calibration can't be fitted to no words")
    index = torch.tensor([n for n, word in enumerate(words) for _ in word.ctc])
    scores = torch.tensor(
        [
            [log_odds(c), log_odds(d), 1.0]
            for w in words
            for c, d in zip(w.ctc, w.decoder, strict=True)
        ],
        dtype=torch.float64,
    )
    right = torch.tensor([word.right for word in words], dtype=torch.float64)
    start = torch.tensor([math.log(UNFITTED.ctc), math.log(UNFITTED.decoder), 0.0]).double()
    free = start.clone().requires_grad_()
    search = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        weights = torch.cat([free[:2].exp(), free[2:]])
        log_letter = torch.nn.functional.logsigmoid(scores @ weights)
        log_word = torch.zeros(len(words), dtype=torch.float64).index_add(0, index, log_letter)
        log_word = log_word.clamp(max=-1e-12)
        likelihood = right * log_word + (1 - right) * torch.log(-torch.expm1(log_word))
        value = -likelihood.sum() + strength * (free - start).square().sum() / 2
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    ctc, decoder, bias = torch.cat([free[:2].exp(), free[2:]]).tolist()
    return LetterCalibration(ctc, decoder, bias)


def word_confidences(
    words: Sequence[WordEvidence], calibration: Callable[[float, float], float]
) -> NDArray[np.float64]:
    """Return each word's confidence: the product over its letters."""
    return np.array(
        [math.prod(calibration(c, d) for c, d in zip(w.ctc, w.decoder, strict=True)) for w in words]
    )
