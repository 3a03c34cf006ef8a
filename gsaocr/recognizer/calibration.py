"""From what the network thinks of a character to how often such a character is right."""

from __future__ import annotations

import math
from dataclasses import dataclass

_CLOSEST = 1e-6  # nearest to 0 and 1 that a probability counts: bounds its log-odds


@dataclass(frozen=True)
class LetterCalibration:
    """How a letter's confidence follows from the CTC head's and the decoder's probability of it.

    log-odds of the confidence = ctc * log-odds of p_ctc + decoder * log-odds of p_decoder + bias
    (Platt scaling with two scores). A word's confidence stays the product over its letters.
    """

    ctc: float = 0.5
    """Weight of the CTC head's log-odds."""
    decoder: float = 0.5
    """Weight of the decoder's."""
    bias: float = 0.0
    """Added to both."""

    def __call__(self, ctc: float, decoder: float | None) -> float:
        """Return the confidence; without a decoder the CTC head speaks for both."""
        other = ctc if decoder is None else decoder
        odds = self.ctc * log_odds(ctc) + self.decoder * log_odds(other) + self.bias
        return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))


UNFITTED = LetterCalibration()
"""The geometric mean of both odds, as they come from the network."""


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p)), bounded."""
    bounded = min(max(probability, _CLOSEST), 1 - _CLOSEST)
    return math.log(bounded / (1 - bounded))
