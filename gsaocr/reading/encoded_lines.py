"""Lines that the group encoder has seen: which way up they stand is settled here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gsaocr.memory import give_back
from gsaocr.page.document import Quarter
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import PageLayout
from gsaocr.reading.directions import bounded
from gsaocr.recognizer.line_reader import LineReader, Sight

PAGE_MARGIN = 2.0
"""Summed log-probability that the lines of a page must give for it to count as upside down."""

_CLOSE_VOTE = 12.0  # log-probability: a smaller lead of a page's vote is looked into

SAMPLE = 12
"""Lines of a page that are read both ways at most, where a vote is close."""

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
        chosen.append(in_quarter(sights[number], 2 if own[number] in turning else 0))
    margin = abs(votes.get(layout.orientation, max(votes.values(), default=0.0)))
    give_back()
    return EncodedPage(image, layout.turned(turning), chosen, margin)


def _turned_vote(sights: Sequence[Sight], lines: LineReader) -> float:
    """Let lines vote on their direction; a close vote is settled by reading some both ways.

    Text read upside down is made of letters that the recognizer doubts. Above 0: upside down.
    """
    vote = sum(turned_score(sight) for sight in sights)
    if abs(vote) >= _CLOSE_VOTE:
        return vote
    sample = sorted(sights, key=lambda sight: -sight.view.prepared.content)[:SAMPLE]
    return sum(both_ways(sample, lines), vote)


def in_quarter(sight: Sight, quarter: int) -> Chosen:
    """Return a line that is to be read in a quarter, 0 or 2.

    Only that is kept: several pages wait to be read together, and what the other readers saw would
    fill memory.
    """
    return sight.only(quarter), quarter, sight.scores[quarter] - sight.scores[2 - quarter]


def turned_score(sight: Sight) -> float:
    """Return the encoder's vote for a line's being upside down."""
    return bounded(sight.scores[2] - sight.scores[0])


def both_ways(sights: Sequence[Sight], lines: LineReader) -> list[float]:
    """Read lines both ways up; return the letters' vote for each one's being upside down."""
    ways = [lines.read([(sight, quarter, 0.0) for sight in sights]) for quarter in (0, 2)]
    return [bounded(b.evidence - a.evidence) for a, b in zip(*ways, strict=True)]
