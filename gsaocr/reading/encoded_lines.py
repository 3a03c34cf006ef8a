"""Lines that the group encoder has seen: which way up they stand is settled here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gsaocr.memory import give_back
from gsaocr.page.document import Quarter
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import PageLayout
from gsaocr.recognizer.line_reader import LineReader, Sight

PAGE_MARGIN = 2.0
"""Summed log-probability that the lines of a page must give for it to count as upside down."""

_LOUDEST_VOTE = 3.0  # log-probability: no single line decides for a page
_CLOSE_VOTE = 12.0  # log-probability: a smaller lead of a page's vote is looked into
_SAMPLE = 12  # lines of a page that are read both ways when its vote is close

Chosen = tuple[Sight, int, float]
"""A cell's line as encoded, the quarter it is read in, and the log-probability it is ahead by."""


@dataclass(frozen=True)
class EncodedPage:
    """A page whose lines are encoded and stand the way up that they are read."""

    image: PageImage
    layout: PageLayout
    chosen: list[Chosen]
    """One for each cell of the layout, in its order."""
    margin: float = 0.0
    """Log-probability by which the lines' vote on their direction was won."""


def encode_lines(image: PageImage, layout: PageLayout, lines: LineReader) -> EncodedPage:
    """Encode the lines of a layout that leaves nothing open; they vote on their direction."""
    sights = [seen[0] for seen in lines.look([cell.crop() for cell in layout.cells])]
    return settled(image, layout, sights, lines)


def settled(
    image: PageImage, layout: PageLayout, sights: Sequence[Sight], lines: LineReader
) -> EncodedPage:
    """Let encoded lines, one for each cell, vote on their direction.

    Lines of each orientation vote apart. Only what is needed to read them is kept.
    """
    own = [line.orientation for line in layout.lines for _ in line.cells]
    votes: dict[Quarter, float] = {}
    if layout.known != "upright":
        for orientation in dict.fromkeys(own):
            mine = [s for s, quarter in zip(sights, own, strict=True) if quarter == orientation]
            votes[orientation] = _turned_vote(mine, lines)
    turning = [orientation for orientation, vote in votes.items() if vote > PAGE_MARGIN]
    chosen: list[Chosen] = []
    for number in layout.order_turned(turning):
        sight = sights[number]
        quarter = 2 if own[number] in turning else 0
        margin = sight.scores[quarter] - sight.scores[2 - quarter]
        # Several pages wait to be read together: what the other readers saw would fill memory.
        chosen.append((sight.only(quarter), quarter, margin))
    margin = abs(votes.get(layout.orientation, max(votes.values(), default=0.0)))
    give_back()
    return EncodedPage(image, layout.turned(turning), chosen, margin)


def _longest(sights: Sequence[Sight], count: int) -> list[Sight]:
    return sorted(sights, key=lambda sight: -sight.view.prepared.content)[:count]


def _turned_vote(sights: Sequence[Sight], lines: LineReader) -> float:
    """Let lines vote on their direction; a close vote is settled by reading some both ways.

    Text read upside down is made of letters that the recognizer doubts. Above 0: upside down.
    """
    vote = sum(_bounded(sight.scores[2] - sight.scores[0]) for sight in sights)
    if abs(vote) >= _CLOSE_VOTE:
        return vote
    sample = _longest(sights, _SAMPLE)
    ways = [lines.read([(sight, quarter, 0.0) for sight in sample]) for quarter in (0, 2)]
    for upright, turned in zip(*ways, strict=True):
        vote += _bounded(turned.evidence - upright.evidence)
    return vote


def _bounded(vote: float) -> float:
    return min(max(vote, -_LOUDEST_VOTE), _LOUDEST_VOTE)
