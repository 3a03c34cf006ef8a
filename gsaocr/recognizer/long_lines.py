"""Lines longer than the decoder was trained on, decoded in pieces that begin and end at a space.

A decoder that has to write more characters than it ever saw loses its place and goes on writing
until the frames are used up, each character by a pass over the whole line: time grew with the
square of the width and more. In pieces it grows with the width, and the decoder knows its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gsaocr.recognizer import ctc

LONGEST_TEXT = 110
"""Characters: the longest lines that the decoder is trained on (``DEFAULT_CURRICULUM``)."""

LONGEST_FRAMES = 960
"""CTC frames: the widest lines trained on, 60 times as wide as high, at two pixels a frame."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a line that is decoded for itself.

    ``begin`` and ``end`` are CTC frames. ``space`` is the draft of the space before the piece, in
    the line's frames; None where the line begins, or was cut within a word.
    """

    begin: int
    end: int
    space: ctc.Draft | None = None


def pieces_of(draft: ctc.Draft, frames: int, space: int) -> list[Piece]:
    """Cut a line of ``frames`` CTC frames into pieces that are no longer than those trained on.

    Each cut is made at the space of the draft (its id is ``space``) that is nearest to where even
    parts would be cut; where no space is in reach, between two characters.
    """
    pieces: list[Piece] = []
    begin, first = 0, 0  # the frame and the character of the draft that the piece begins with
    before: ctc.Draft | None = None
    while True:
        parts = max(
            -(-(len(draft.ids) - first) // LONGEST_TEXT), -(-(frames - begin) // LONGEST_FRAMES)
        )
        if parts < 2:
            return [*pieces, Piece(begin, frames, before)]
        even = begin + (frames - begin) // parts
        reach = [
            number
            for number in range(first + 1, min(first + LONGEST_TEXT + 1, len(draft.ids)))
            if draft.spans[number][0] - begin <= LONGEST_FRAMES
        ]
        last = len(draft.ids) - 1
        spaces = [number for number in reach if draft.ids[number] == space and number < last]
        if spaces:
            cut = min(spaces, key=lambda number: abs(draft.spans[number][0] - even))
            end, following = draft.spans[cut]
            first, after = cut + 1, _one(draft, cut)
        else:
            # Within a word of more characters than a line has, or where there is nothing.
            near = min(reach, key=lambda number: abs(draft.spans[number][0] - even), default=None)
            end = begin + LONGEST_FRAMES if near is None else draft.spans[near][0]
            following, after = end, None
            first = near if near is not None else _first_from(draft, end)
        pieces.append(Piece(begin, end, before))
        begin, before = following, after


def joined(pieces: Sequence[Piece], drafts: Sequence[ctc.Draft]) -> ctc.Draft:
    """Put what was read in the pieces together again, with the spaces between them."""
    ids: list[int] = []
    spans: list[tuple[int, int]] = []
    probabilities: list[float] = []
    for piece, draft in zip(pieces, drafts, strict=True):
        if piece.space is not None:
            ids += piece.space.ids
            spans += piece.space.spans
            probabilities += piece.space.probabilities
        ids += draft.ids
        spans += [(begin + piece.begin, end + piece.begin) for begin, end in draft.spans]
        probabilities += draft.probabilities
    return ctc.Draft(tuple(ids), tuple(spans), tuple(probabilities))


def _one(draft: ctc.Draft, number: int) -> ctc.Draft:
    part = slice(number, number + 1)
    return ctc.Draft(draft.ids[part], draft.spans[part], draft.probabilities[part])


def _first_from(draft: ctc.Draft, frame: int) -> int:
    return next(
        (number for number, (begin, _) in enumerate(draft.spans) if begin >= frame),
        len(draft.ids),
    )
