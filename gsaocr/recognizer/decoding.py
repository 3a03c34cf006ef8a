"""From an encoded line to its characters: CTC alone, the decoder alone, or both together.

- ``ctc``: the best path of the CTC head.
- ``attention``: the decoder writes greedily, character after character.
- ``draft``: the decoder checks the CTC draft in one pass, keeps it up to the first disagreement
  and goes on from there; the output is that of ``attention``.
- ``joint``: where the draft and the decoder's text differ, the one with the better sum of both
  log-probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.errors import UsageError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.decoder import TextDecoder
from gsaocr.recognizer.judging import Judge
from gsaocr.recognizer.long_lines import Piece, joined, pieces_of
from gsaocr.recognizer.writing import Asking, Writer, side_by_side_answered

Decode = Literal["ctc", "attention", "draft", "joint"]

DEFAULT_DECODE: Decode = "joint"
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


def decode_batch(
    log_probs: Sequence[NDArray[np.float32]],
    steps: Sequence[Tensor],
    decoder: TextDecoder,
    charset: Charset,
    how: Decode,
    length: LengthRule | None = None,
) -> list[Decoded]:
    """Decode lines side by side.

    The decoder judges all drafts in one pass, and in as few what is written of the lines that it
    disagrees with. Lines longer than those it was trained on are decoded in pieces.

    Args:
        log_probs: (frames, classes) of the CTC head for each line, padding cut off.
        steps: (steps, width) of each line.
        decoder: the text decoder.
        charset: for the start and end symbols.
        how: see the module.
        length: with ``attention``, in place of the CTC frames: the text is the decoder's alone.
    """
    free = length if how == "attention" else None
    pieces = [
        _pieces(line, own, charset, whole=free is not None)
        for line, own in zip(log_probs, steps, strict=True)
    ]
    every = [part for line in pieces for part in line]
    judge = Judge(decoder, [part.steps for part in every], charset)
    read = iter(side_by_side_answered([_decode(part, charset, how, free) for part in every], judge))
    return [
        _joined([part.place for part in line], list(islice(read, len(line)))) for line in pieces
    ]


class _Part(NamedTuple):
    """A line or a piece of one, ready to be decoded."""

    place: Piece
    log_probs: NDArray[np.float32]
    steps: Tensor  # (steps, width), no padding


def _pieces(
    log_probs: NDArray[np.float32], steps: Tensor, charset: Charset, whole: bool
) -> list[_Part]:
    frames = len(log_probs)
    draft = ctc.best_path(log_probs)
    (space,) = charset.encode(" ") if " " in charset.characters else (charset.blank,)
    places = [Piece(0, frames)] if whole else pieces_of(draft, frames, space)
    if len(places) == 1:
        return [_Part(places[0], log_probs, steps)]
    per_step = frames // len(steps)
    return [
        _Part(
            place,
            log_probs[place.begin : place.end],
            steps[place.begin // per_step : -(-place.end // per_step)],
        )
        for place in places
    ]


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


def _decode(part: _Part, charset: Charset, how: Decode, free: LengthRule | None) -> Asking[Decoded]:
    log_probs, draft = part.log_probs, ctc.best_path(part.log_probs)
    frames = len(log_probs)
    writer = Writer(charset, free.longest(frames) if free else frames)
    if free:
        return (yield from _written_freely(log_probs, draft, writer))
    if how != "attention" and not draft.ids:
        return Decoded(draft, (), True)
    if how == "ctc":
        probabilities, agreed = yield from writer.judge(draft.ids)
        return Decoded(draft, probabilities, agreed == len(draft.ids) + 1)
    if how == "joint":
        ids = yield from _likelier(log_probs, draft.ids, writer)
    else:
        ids = yield from writer.write(draft.ids if how == "draft" else ())
    placed = draft if ids == draft.ids else ctc.align(log_probs, ids)
    if placed is None:  # more characters than the frames can hold
        return Decoded(draft, (yield from writer.judge(draft.ids))[0], False)
    probabilities, agreed = yield from writer.judge(ids)
    return Decoded(placed, probabilities, agreed == len(ids) + 1 and ids == draft.ids)


def _likelier(
    log_probs: NDArray[np.float32], draft: tuple[int, ...], writer: Writer
) -> Asking[tuple[int, ...]]:
    """Return the draft or the decoder's text: that with the better sum of both log-probabilities.

    The decoder stops as soon as no end of what it has written can be likelier than the draft: on
    ink that is no text it would go on as long as the line has frames.
    """
    score = yield from writer.score(draft)

    @cache
    def of_draft() -> float:  # the decoder confirms most drafts, and nobody asks
        return ctc.log_likelihood(log_probs, draft) + score

    def is_hopeless(ids: tuple[int, ...], score: float) -> bool:
        return ctc.log_likelihood_bound(log_probs, ids) + score < of_draft()

    written = yield from writer.write_unless(is_hopeless, draft)
    if written is None or written == draft:
        return draft
    both = ctc.log_likelihood(log_probs, written) + (yield from writer.score(written))
    return written if both > of_draft() else draft


def _written_freely(
    log_probs: NDArray[np.float32], draft: ctc.Draft, writer: Writer
) -> Asking[Decoded]:
    """Let the decoder write what it likes; a line that is blank to the CTC head stays blank.

    The draft saves passes where the decoder would have written the same, and changes nothing.
    Where CTC can't place the text, it is spread evenly over the line.
    """
    if not draft.ids:
        return Decoded(draft, (), None)
    ids = yield from writer.write(draft.ids)
    probabilities, _ = yield from writer.judge(ids)
    placed = ctc.align(log_probs, ids)
    spans = placed.spans if placed else _spread(len(ids), len(log_probs))
    # The CTC head was not taught these letters: what it thinks of them says nothing.
    return Decoded(ctc.Draft(ids, spans, probabilities), probabilities, None)


def _spread(count: int, frames: int) -> tuple[tuple[int, int], ...]:
    edges = [round(n * frames / count) for n in range(count + 1)]
    return tuple((a, max(b, a + 1)) for a, b in pairwise(edges))
