"""Case for truths in capitals: each letter as the recognizer sees it, where the letters agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gsaocr.recognizer import ctc
from gsaocr.recognizer.charset import Charset


def recased(log_probs: NDArray[np.float32], text: str, charset: Charset) -> str:
    """Return ``text`` with the case that CTC log-probabilities (frames, classes) favour.

    The capitals are aligned with each letter's probability as capital and small letter together;
    where a letter was placed, the likelier form wins. Text that doesn't fit stays as it is.
    """
    forms = [_forms(c, charset) for c in text]
    folded = log_probs.copy()
    for upper, lower in {f for f in forms if f[0] != f[1]}:
        folded[:, upper] = np.logaddexp(log_probs[:, upper], log_probs[:, lower])
    placed = ctc.align(folded, tuple(upper for upper, _ in forms))
    if placed is None:
        return text
    return charset.decode(_likelier(log_probs, forms, placed.spans))


def _likelier(
    log_probs: NDArray[np.float32],
    forms: Sequence[tuple[int, int]],
    spans: Sequence[tuple[int, int]],
) -> list[int]:
    chosen = []
    for (upper, lower), (start, end) in zip(forms, spans, strict=True):
        seen = log_probs[start:end]
        chosen.append(lower if seen[:, lower].max() > seen[:, upper].max() else upper)
    return chosen


def _forms(character: str, charset: Charset) -> tuple[int, int]:
    """Return the ids of a character as capital and as small letter; twice its own if it has one."""
    own = charset.encode(character)[0]
    lower = character.lower()
    if len(lower) == 1 and lower != character and lower in charset.characters:
        return own, charset.encode(lower)[0]
    return own, own
