"""From an encoded line to its characters: CTC alone, the decoder alone, or both together.

- ``ctc``: the best path of the CTC head.
- ``attention``: the decoder writes greedily, character after character.
- ``draft``: the decoder checks the CTC draft in one pass, keeps it up to the first disagreement
  and goes on from there; the output is that of ``attention``.
- ``joint``: where the draft and the decoder's text differ, the one with the better sum of both
  log-probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.errors import UsageError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.decoder import Cache, TextDecoder

Decode = Literal["ctc", "attention", "draft", "joint"]

DEFAULT_DECODE: Decode = "ctc"
"""The way that reads best on the validation sets (docs/benchmarks.md)."""


def check_decode(name: str) -> Decode:
    """Return the name of a way of decoding; raises ``UsageError`` for any other name."""
    for known in get_args(Decode):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"--decode {name}", "unknown", f"use {', '.join(get_args(Decode))}")


@dataclass(frozen=True)
class LengthRule:
    """How long a text may become that is written without a CTC draft.

    Readings that are no letter-by-letter copy of the line may be longer than its CTC frames allow.
    """

    per_frame: float
    """Characters per CTC frame of the line."""
    extra: int
    """Characters beyond that."""

    def longest(self, frames: int) -> int:
        """Return the most characters that a line of ``frames`` frames may give."""
        return int(self.per_frame * frames) + self.extra


@dataclass(frozen=True)
class Decoded:
    """The characters of a line and what was thought of them."""

    placed: ctc.Draft
    """Characters with their frames and CTC probabilities."""
    decoder: tuple[float, ...] | None
    """The decoder's probability of each character, given those before it."""
    confirmed: bool | None
    """Whether the decoder writes just this."""


def decode(
    log_probs: NDArray[np.float32],
    steps: Tensor,
    decoder: TextDecoder,
    charset: Charset,
    how: Decode,
    length: LengthRule | None = None,
) -> Decoded:
    """Decode one line.

    Args:
        log_probs: (frames, classes) of the CTC head, padding cut off.
        steps: (1, steps, width), padding cut off.
        decoder: the text decoder.
        charset: for the start and end symbols.
        how: see the module.
        length: with ``attention``, in place of the CTC frames: the text is the decoder's alone.
    """
    draft = ctc.best_path(log_probs)
    if how == "attention" and length is not None:
        if not draft.ids:  # a blank line
            return Decoded(draft, (), None)
        longest = length.longest(len(log_probs))
        return _written_freely(log_probs, _Writer(decoder, steps, charset, longest))
    if how != "attention" and not draft.ids:
        return Decoded(draft, (), True)
    writer = _Writer(decoder, steps, charset, longest=len(log_probs))
    if how == "ctc":
        probabilities, agreed = writer.judge(draft.ids)
        return Decoded(draft, probabilities, agreed == len(draft.ids) + 1)
    ids = writer.write(()) if how == "attention" else writer.write(draft.ids)
    if how == "joint" and ids != draft.ids:
        ids = max(
            (draft.ids, ids), key=lambda i: ctc.log_likelihood(log_probs, i) + writer.score(i)
        )
    placed = ctc.align(log_probs, ids)
    if placed is None:  # more characters than the frames can hold
        return Decoded(draft, writer.judge(draft.ids)[0], False)
    probabilities, agreed = writer.judge(ids)
    return Decoded(placed, probabilities, agreed == len(ids) + 1 and ids == draft.ids)


def _written_freely(log_probs: NDArray[np.float32], writer: _Writer) -> Decoded:
    """Let the decoder write; where CTC can't place its text, it is spread evenly over the line."""
    ids = writer.write(())
    probabilities, _ = writer.judge(ids)
    placed = ctc.align(log_probs, ids)
    spans = placed.spans if placed else _spread(len(ids), len(log_probs))
    # The CTC head was not taught these letters: what it thinks of them says nothing.
    return Decoded(ctc.Draft(ids, spans, probabilities), probabilities, None)


def _spread(count: int, frames: int) -> tuple[tuple[int, int], ...]:
    edges = [round(n * frames / count) for n in range(count + 1)]
    return tuple((a, max(b, a + 1)) for a, b in pairwise(edges))


class _Writer:
    """The decoder in front of one line."""

    def __init__(self, decoder: TextDecoder, steps: Tensor, charset: Charset, longest: int) -> None:
        self.decoder = decoder
        self.steps = steps
        self.valid = torch.ones(steps.shape[:2], dtype=torch.bool, device=steps.device)
        self.charset = charset
        self.longest = longest
        self.judged: dict[tuple[int, ...], Tensor] = {}

    def judge(self, ids: tuple[int, ...]) -> tuple[tuple[float, ...], int]:
        """Return the probability of each character, and how many symbols the decoder shares.

        The symbols are the characters and the end: len(ids) + 1 shared ones mean full agreement.
        """
        log_probs = self._log_probs(ids)
        wanted = torch.tensor([*ids, self.charset.end])
        shared = (log_probs.argmax(-1) == wanted).long().cumprod(0).sum()
        picked = log_probs.gather(1, wanted[:, None])[:-1, 0].exp()
        return tuple(picked.tolist()), int(shared)

    def score(self, ids: tuple[int, ...]) -> float:
        """Return log p(ids, end) of the decoder."""
        wanted = torch.tensor([*ids, self.charset.end])
        return float(self._log_probs(ids).gather(1, wanted[:, None]).sum())

    def write(self, draft: tuple[int, ...]) -> tuple[int, ...]:
        """Write greedily; what the draft gets right is checked in one pass, not written."""
        cache = Cache()
        source = torch.tensor([[self.charset.start, *draft]], device=self.steps.device)
        logits = self._masked(self.decoder(source, self.steps, self.valid, cache))[0]
        best = logits.argmax(-1).tolist()
        ids: list[int] = []
        for number, symbol in enumerate(best):
            if symbol == self.charset.end or len(ids) >= self.longest:
                return tuple(ids)
            ids.append(symbol)
            if number >= len(draft) or symbol != draft[number]:
                break
        cache.truncate(len(ids))
        while len(ids) < self.longest:
            last = torch.tensor([[ids[-1]]], device=self.steps.device)
            logits = self._masked(self.decoder(last, self.steps, self.valid, cache))
            symbol = int(logits[0, -1].argmax())
            if symbol == self.charset.end:
                break
            ids.append(symbol)
        return tuple(ids)

    def _log_probs(self, ids: tuple[int, ...]) -> Tensor:
        if ids not in self.judged:
            source = torch.tensor([[self.charset.start, *ids]], device=self.steps.device)
            logits = self._masked(self.decoder(source, self.steps, self.valid))
            self.judged[ids] = torch.log_softmax(logits[0].float(), dim=-1).cpu()
        return self.judged[ids]

    def _masked(self, logits: Tensor) -> Tensor:
        """Blank and start are never written."""
        logits = logits.clone()
        logits[..., self.charset.blank] = -torch.inf
        logits[..., self.charset.start] = -torch.inf
        return logits
