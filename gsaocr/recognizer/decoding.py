"""From an encoded line to its characters: CTC alone, the decoder alone, or both together.

- ``ctc``: the best path of the CTC head.
- ``attention``: the decoder writes greedily, character after character.
- ``draft``: the decoder checks the CTC draft in one pass, keeps it up to the first disagreement
  and goes on from there; the output is that of ``attention``.
- ``joint``: where the draft and the decoder's text differ, the one with the better sum of both
  log-probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, islice, pairwise
from typing import Literal, NamedTuple, get_args, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.errors import UsageError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.decoder import Cache, TextDecoder
from gsaocr.recognizer.long_lines import Piece, joined, pieces_of

Decode = Literal["ctc", "attention", "draft", "joint"]

DEFAULT_DECODE: Decode = "joint"
"""The way that reads best on the validation sets (docs/benchmarks.md)."""

_ASKED_EVERY = 4
"""Passes of the decoder between two questions whether its text can still become the likelier."""


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


def decode_batch(
    log_probs: Sequence[NDArray[np.float32]],
    steps: Sequence[Tensor],
    decoder: TextDecoder,
    charset: Charset,
    how: Decode,
    length: LengthRule | None = None,
) -> list[Decoded]:
    """Decode lines that were encoded together.

    The decoder judges all drafts in one pass; only lines it disagrees with cost more. Lines longer
    than those it was trained on are decoded in pieces.

    Args:
        log_probs: (frames, classes) of the CTC head for each line, padding cut off.
        steps: (steps, width) for each line.
        decoder: the text decoder.
        charset: for the start and end symbols.
        how: see the module.
        length: with ``attention``, in place of the CTC frames: the text is the decoder's alone.
    """
    free = length if how == "attention" else None
    pieces = [
        _pieces(line, own[None], charset, whole=free is not None)
        for line, own in zip(log_probs, steps, strict=True)
    ]
    every = [part for line in pieces for part in line]
    padded, inside = _stacked([part.steps for part in every])
    drafts = [ctc.best_path(part.log_probs) for part in every]
    judged = _judge_together([d.ids for d in drafts], padded, inside, decoder, charset)
    decoded = []
    for part, draft, known in zip(every, drafts, judged, strict=True):
        frames = len(part.log_probs)
        writer = _Writer(decoder, part.steps, charset, free.longest(frames) if free else frames)
        writer.judged[draft.ids] = known
        if free:
            decoded.append(_written_freely(part.log_probs, draft, writer))
        else:
            decoded.append(_decode(part.log_probs, draft, writer, how))
    read = iter(decoded)
    return [
        _joined([part.place for part in line], list(islice(read, len(line)))) for line in pieces
    ]


class _Part(NamedTuple):
    """A line or a piece of one, ready to be decoded."""

    place: Piece
    log_probs: NDArray[np.float32]
    steps: Tensor  # (1, steps, width), no padding


def _pieces(
    log_probs: NDArray[np.float32], steps: Tensor, charset: Charset, whole: bool
) -> list[_Part]:
    frames = len(log_probs)
    draft = ctc.best_path(log_probs)
    (space,) = charset.encode(" ") if " " in charset.characters else (charset.blank,)
    places = [Piece(0, frames)] if whole else pieces_of(draft, frames, space)
    if len(places) == 1:
        return [_Part(places[0], log_probs, steps)]
    per_step = frames // steps.shape[1]
    return [
        _Part(
            place,
            log_probs[place.begin : place.end],
            steps[:, place.begin // per_step : -(-place.end // per_step)],
        )
        for place in places
    ]


def _stacked(steps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return (batch, steps, width) of several (1, steps, width), and which steps are no padding."""
    longest = max(own.shape[1] for own in steps)
    stacked = steps[0].new_zeros(len(steps), longest, steps[0].shape[2])
    valid = torch.zeros(len(steps), longest, dtype=torch.bool, device=stacked.device)
    for row, own in enumerate(steps):
        stacked[row, : own.shape[1]] = own[0]
        valid[row, : own.shape[1]] = True
    return stacked, valid


def _joined(places: Sequence[Piece], decoded: Sequence[Decoded]) -> Decoded:
    """Return the reading of a line from those of its pieces."""
    if len(decoded) == 1:
        return decoded[0]
    likely: list[float] = []
    for place, part in zip(places, decoded, strict=True):
        # The decoder has not seen the space between two pieces: it is as sure as CTC has it.
        likely += place.space.probabilities if place.space else ()
        likely += part.decoder or ()
    confirmed = all(part.confirmed for part in decoded)
    return Decoded(joined(places, [part.placed for part in decoded]), tuple(likely), confirmed)


def _judge_together(
    drafts: Sequence[tuple[int, ...]],
    steps: Tensor,
    valid: Tensor,
    decoder: TextDecoder,
    charset: Charset,
) -> list[Tensor]:
    """Return (length + 1, classes) log-probabilities for each draft."""
    longest = max(map(len, drafts)) + 1
    source = torch.full((len(drafts), longest), charset.end)
    for row, ids in enumerate(drafts):
        source[row, : len(ids) + 1] = torch.tensor([charset.start, *ids])
    log_probs = _log_probs(decoder(source.to(steps.device), steps, valid), charset)
    return [log_probs[row, : len(ids) + 1] for row, ids in enumerate(drafts)]


def _decode(
    log_probs: NDArray[np.float32], draft: ctc.Draft, writer: _Writer, how: Decode
) -> Decoded:
    if how != "attention" and not draft.ids:
        return Decoded(draft, (), True)
    if how == "ctc":
        probabilities, agreed = writer.judge(draft.ids)
        return Decoded(draft, probabilities, agreed == len(draft.ids) + 1)
    if how == "joint":
        ids = _likelier(log_probs, draft.ids, writer)
    else:
        ids = writer.write(()) if how == "attention" else writer.write(draft.ids)
    placed = draft if ids == draft.ids else ctc.align(log_probs, ids)
    if placed is None:  # more characters than the frames can hold
        return Decoded(draft, writer.judge(draft.ids)[0], False)
    probabilities, agreed = writer.judge(ids)
    return Decoded(placed, probabilities, agreed == len(ids) + 1 and ids == draft.ids)


def _likelier(
    log_probs: NDArray[np.float32], draft: tuple[int, ...], writer: _Writer
) -> tuple[int, ...]:
    """Return the draft or the decoder's text: that with the better sum of both log-probabilities.

    The decoder stops as soon as no end of what it has written can be likelier than the draft: on
    ink that is no text it would go on as long as the line has frames.
    """
    least = ctc.log_likelihood(log_probs, draft) + writer.score(draft)

    def is_hopeless(ids: tuple[int, ...], score: float) -> bool:
        return ctc.log_likelihood_bound(log_probs, ids) + score < least

    written = writer.write(draft, is_hopeless)
    if written is None or written == draft:
        return draft
    both = ctc.log_likelihood(log_probs, written) + writer.score(written)
    return written if both > least else draft


def _written_freely(log_probs: NDArray[np.float32], draft: ctc.Draft, writer: _Writer) -> Decoded:
    """Let the decoder write what it likes; a line that is blank to the CTC head stays blank.

    The draft saves passes where the decoder would have written the same, and changes nothing.
    Where CTC can't place the text, it is spread evenly over the line.
    """
    if not draft.ids:
        return Decoded(draft, (), None)
    ids = writer.write(draft.ids)
    probabilities, _ = writer.judge(ids)
    placed = ctc.align(log_probs, ids)
    spans = placed.spans if placed else _spread(len(ids), len(log_probs))
    # The CTC head was not taught these letters: what it thinks of them says nothing.
    return Decoded(ctc.Draft(ids, spans, probabilities), probabilities, None)


def _spread(count: int, frames: int) -> tuple[tuple[int, int], ...]:
    edges = [round(n * frames / count) for n in range(count + 1)]
    return tuple((a, max(b, a + 1)) for a, b in pairwise(edges))


def _log_probs(logits: Tensor, charset: Charset) -> Tensor:
    """Log-probabilities on the CPU; blank and start are never written."""
    logits = logits.float()
    logits[..., [charset.blank, charset.start]] = -torch.inf
    return torch.log_softmax(logits, dim=-1).cpu()


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

    @overload
    def write(self, draft: tuple[int, ...]) -> tuple[int, ...]: ...

    @overload
    def write(
        self, draft: tuple[int, ...], is_hopeless: Callable[[tuple[int, ...], float], bool]
    ) -> tuple[int, ...] | None: ...

    def write(
        self,
        draft: tuple[int, ...],
        is_hopeless: Callable[[tuple[int, ...], float], bool] | None = None,
    ) -> tuple[int, ...] | None:
        """Write greedily; what the draft gets right is checked in one pass, not written.

        After a disagreement the draft's rest is checked in the same way, so that a line takes a
        pass for each disagreement and not for each character. ``is_hopeless`` is asked now and then
        with what is written and its log-probability; if it says so, None is returned.
        """
        place = _Place(draft)
        log_probs = self._log_probs(draft)
        cache = Cache()
        ids: list[int] = []
        seen: list[Tensor] = []
        score = 0.0
        for passes in count(1):
            begun = len(ids)
            for symbol in log_probs.argmax(-1).tolist():
                if symbol == self.charset.end:
                    self.judged[tuple(ids)] = torch.cat([*seen, log_probs[: len(ids) - begun + 1]])
                    return tuple(ids)
                if len(ids) >= self.longest:
                    return tuple(ids)
                ids.append(symbol)
                if not place.agrees(symbol):
                    break
            seen.append(log_probs[: len(ids) - begun])
            score += float(seen[-1].max(-1).values.sum())
            if is_hopeless and passes % _ASKED_EVERY == 0 and is_hopeless(tuple(ids), score):
                return None
            cache.truncate(len(ids))  # the start symbol and all but the last character
            new = [self.charset.start, *ids][cache.length :]
            source = torch.tensor([[*new, *place.rest]], device=self.steps.device)
            logits = self.decoder(source, self.steps, self.valid, cache)[:, len(new) - 1 :]
            log_probs = _log_probs(logits, self.charset)[0]
        raise AssertionError("unreachable")

    def _log_probs(self, ids: tuple[int, ...]) -> Tensor:
        if ids not in self.judged:
            source = torch.tensor([[self.charset.start, *ids]], device=self.steps.device)
            logits = self.decoder(source, self.steps, self.valid)
            self.judged[ids] = _log_probs(logits, self.charset)[0]
        return self.judged[ids]


class _Place:
    """Where in the draft a writer is who leaves characters of it out and puts others in."""

    def __init__(self, draft: tuple[int, ...]) -> None:
        self._draft = draft
        self._next = 0

    @property
    def rest(self) -> tuple[int, ...]:
        """What the draft has from here on."""
        return self._draft[self._next :]

    def agrees(self, symbol: int) -> bool:
        """Go on by what was written; return whether it is what the draft has here."""
        draft, here = self._draft, self._next
        self._next += 1
        if symbol in draft[here : here + 1]:
            return True
        if symbol in draft[here + 1 : here + 2]:  # the draft has one too many
            self._next += 1
        elif here and symbol in draft[here - 1 : here]:  # the draft has one too few
            self._next -= 1
        return False
