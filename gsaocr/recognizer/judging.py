"""The decoder's scores of texts, for several lines at once.

What a text has in common with the one that was judged of its line before is not computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import torch
from torch import Tensor

from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.decoder import Cache, TextDecoder
from gsaocr.recognizer.writing import Scores, Text


@dataclass(frozen=True)
class _Seen:
    """What was computed of a line's last text."""

    symbols: Text  # the start symbol first
    self_keys: list[Tensor]  # for each layer (heads, symbols, head width)
    self_values: list[Tensor]
    scores: Scores

    def shared(self, symbols: Text) -> int:
        """Return how many first symbols another text has in common; one is left to be computed."""
        same = takewhile(lambda pair: pair[0] == pair[1], zip(self.symbols, symbols, strict=False))
        return min(sum(1 for _ in same), len(symbols) - 1)


@dataclass(frozen=True)
class _Asked:
    """A text that is to be judged."""

    line: int
    symbols: Text
    seen: _Seen | None
    shared: int

    @property
    def new(self) -> Text:
        """The symbols that are to be computed."""
        return self.symbols[self.shared :]

    def keys_or_values(self, keys: bool, layer: int) -> Tensor | None:
        """Return a layer's keys or values (heads, shared, head width); None if nothing is known."""
        if self.seen is None:
            return None
        return (self.seen.self_keys if keys else self.seen.self_values)[layer][:, : self.shared]


class Judge:
    """The decoder in front of several lines, of which it sees the steps.

    Args:
        decoder: the text decoder.
        steps: (steps, width) of each line.
        charset: for the start and end symbols.
    """

    def __init__(self, decoder: TextDecoder, steps: Sequence[Tensor], charset: Charset) -> None:
        self._decoder = decoder
        self._charset = charset
        self._steps, self._valid = _stacked(steps)
        self._line = decoder.line_keys(self._steps)
        self._seen: dict[int, _Seen] = {}

    def __call__(self, lines: Sequence[int], texts: Sequence[Text]) -> list[Scores]:
        """Return (len(text) + 1, classes) log-probabilities for a text of each of some lines."""
        asked = []
        for line, text in zip(lines, texts, strict=True):
            symbols = (self._charset.start, *text)
            seen = self._seen.get(line)
            asked.append(_Asked(line, symbols, seen, seen.shared(symbols) if seen else 0))
        # Texts of like length together: less than half of a pass is padding.
        by_length: dict[int, list[_Asked]] = {}
        for each in asked:
            by_length.setdefault(len(each.new).bit_length(), []).append(each)
        for together in by_length.values():
            self._pass(together)
        return [self._seen[line].scores for line in lines]

    def _pass(self, asked: Sequence[_Asked]) -> None:
        """Go once through the decoder with what it has not seen of some texts."""
        charset, device = self._charset, self._steps.device
        source = torch.full((len(asked), max(len(each.new) for each in asked)), charset.end)
        for row, each in enumerate(asked):
            source[row, : len(each.new)] = torch.tensor(each.new)
        which = [each.line for each in asked]
        line = [(keys[which], values[which]) for keys, values in self._line]
        cache = Cache(line, torch.tensor([each.shared for each in asked], device=device))
        known = max(each.shared for each in asked)
        if known:
            cache.self_keys, cache.self_values = (
                [_padded(asked, keys, layer, known) for layer in range(len(self._line))]
                for keys in (True, False)
            )
        logits = self._decoder(source.to(device), self._steps[which], self._valid[which], cache)
        logits = logits.float()
        logits[..., [charset.blank, charset.start]] = -torch.inf  # are never written
        scores = torch.log_softmax(logits, dim=-1).cpu().numpy()
        for row, each in enumerate(asked):
            own = scores[row, : len(each.new)]
            if each.seen is not None and each.shared:
                own = np.concatenate([each.seen.scores[: each.shared], own])
            end = known + len(each.new)
            keys, values = (
                [torch.cat([t[row, :, : each.shared], t[row, :, known:end]], 1) for t in layers]
                for layers in (cache.self_keys, cache.self_values)
            )
            self._seen[each.line] = _Seen(each.symbols, keys, values, own)


def _padded(asked: Sequence[_Asked], keys: bool, layer: int, longest: int) -> Tensor:
    """Return a layer's keys or values of what is shared: (lines, heads, longest, head width)."""
    parts = [each.keys_or_values(keys, layer) for each in asked]
    like = next(part for part in parts if part is not None)
    padded = like.new_zeros(len(parts), like.shape[0], longest, like.shape[2])
    for row, part in enumerate(parts):
        if part is not None:
            padded[row, :, : part.shape[1]] = part
    return padded


def _stacked(steps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return (batch, steps, width) of several (steps, width), and which steps are no padding."""
    longest = max(map(len, steps))
    stacked = steps[0].new_zeros(len(steps), longest, steps[0].shape[1])
    valid = torch.zeros(len(steps), longest, dtype=torch.bool, device=stacked.device)
    for row, own in enumerate(steps):
        stacked[row, : len(own)] = own
        valid[row, : len(own)] = True
    return stacked, valid
