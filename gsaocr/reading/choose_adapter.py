"""Which adapter reads lines best: the one that is surest of what it reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from gsaocr.adapters.loaded_adapters import AdapterChoice, LoadedAdapter
from gsaocr.reading.encoded_lines import Chosen
from gsaocr.recognizer.reading import Reading

SURER = 0.02
"""By how much the mean certainty with an adapter has to exceed the base's to be preferred."""

SAMPLE = 12
"""Lines of a page on which adapters are compared."""

LINES_TOGETHER = 10
"""Images of single lines, one after the other, for which one adapter is chosen: a line alone tells
little (docs/adapters.md)."""


def choose_adapter(lines: Sequence[Chosen], choice: AdapterChoice) -> LoadedAdapter:
    """Return what reads these lines, as the base has encoded them, with most certainty.

    The base is kept unless an adapter is clearly surer: the mean certainty of its letters exceeds
    the base's by :data:`SURER`.
    """
    base = choice.candidates[0]
    sample = lines[:: max(1, len(lines) // SAMPLE)][:SAMPLE]
    if not sample or not choice.open:
        return base
    best, most = base, mean_certainty(base.lines.read(sample)) + SURER
    for candidate in choice.candidates[1:]:
        own = encoded_for(candidate, sample)
        certainty = mean_certainty(candidate.lines.read(own))
        if certainty > most:
            best, most = candidate, certainty
    return best


def encoded_for(adapter: LoadedAdapter, lines: Sequence[Chosen]) -> Sequence[Chosen]:
    """Return lines that the base has encoded as the adapter sees them."""
    if not adapter.changes_encoder:
        return lines
    again = adapter.lines.look_again([sight for sight, _, _ in lines])
    return [
        (sight, quarter, margin) for sight, (_, quarter, margin) in zip(again, lines, strict=True)
    ]


def mean_certainty(readings: Iterable[Reading]) -> float:
    """Return the geometric mean of the probabilities given to letters; 0 where nothing was read.

    The readings' evidence, not their confidences: those are calibrated on the base's readings,
    and an adapter's are not the same.
    """
    total, letters = 0.0, 0
    for reading in readings:
        total += reading.evidence
        letters += len(reading.letters)
    return math.exp(total / letters) if letters else 0.0
