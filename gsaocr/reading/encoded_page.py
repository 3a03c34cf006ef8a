"""A page whose lines the group encoder has seen: which way up they stand is settled here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from gsaocr.memory import give_back
from gsaocr.page.deskew import Axis
from gsaocr.page.document import Polygon, Quarter
from gsaocr.page.ink_cells import with_cells
from gsaocr.page.layout import find_lines
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutRegion, PageLayout
from gsaocr.page.page_parts import moved, part_within, with_kind
from gsaocr.page.prepare import prepare
from gsaocr.recognizer.line_reader import LineReader, Sight

PAGE_MARGIN = 2.0
"""Summed log-probability that the lines of a page must give for it to count as upside down."""

_LOUDEST_VOTE = 3.0  # log-probability: no single line decides for a page
_CLOSE_VOTE = 12.0  # log-probability: a smaller lead of a page's vote is looked into
_SAMPLE = 12  # lines of a page that are read both ways when its vote is close
_LEVEL_SAMPLE = 8  # lines of a page that are looked at across as well

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


def encode_page(image: PageImage, layout: PageLayout | None, lines: LineReader) -> EncodedPage:
    """Find what the layout leaves open (None: everything), and encode all lines."""
    if layout is None:
        return _found(image, lines)
    if not layout.complete and any(line for line in layout.lines if not line.cells):
        layout = with_cells(layout, prepare(image))
    if all(region.lines for region in layout.regions):
        return encode_lines(image, layout, lines)
    # Regions that follow each other are encoded together where their lines are known.
    parts = []
    for known, regions in groupby(layout.regions, key=lambda region: bool(region.lines)):
        if known:
            own = replace(layout, regions=tuple(regions))
            parts.append(encode_lines(image, own, lines))
        else:
            found = (_found_within(image, region, lines) for region in regions)
            parts += [part for part in found if part is not None]
    return _together(image, layout, parts)


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


def _found(image: PageImage, lines: LineReader) -> EncodedPage:
    """Find the lines and encode them; where they seem to lie across, try the other axis."""
    prepared = prepare(image)
    layout = find_lines(prepared)
    seen = encode_lines(image, layout, lines)
    level = _level(seen.chosen, lines)
    if seen.chosen and level < 0.5:
        across: Axis = 0 if layout.orientation == 90 else 90
        other = encode_lines(image, find_lines(prepared, axis=across), lines)
        if _level(other.chosen, lines) > level:
            return other
    return seen


def _found_within(image: PageImage, region: LayoutRegion, lines: LineReader) -> EncodedPage | None:
    """The lines of a region, found as if what lies within its outline were a page."""
    outline: Polygon = region.polygon or region.box.polygon
    part = part_within(image, outline)
    if part is None:
        return None
    seen = _found(part[0], lines)
    return replace(seen, layout=with_kind(moved(seen.layout, part[1]), region.kind))


def _together(image: PageImage, layout: PageLayout, parts: Sequence[EncodedPage]) -> EncodedPage:
    """One page of its encoded parts; its direction is that of the part with most cells."""
    if not parts:
        return EncodedPage(image, replace(layout, regions=()), [])
    main = max(parts, key=lambda part: len(part.chosen))
    regions = tuple(region for part in parts for region in part.layout.regions)
    chosen = [entry for part in parts for entry in part.chosen]
    layout = replace(main.layout, regions=regions, given=True)
    return EncodedPage(image, layout, chosen, main.margin)


def _level(chosen: Sequence[Chosen], lines: LineReader) -> float:
    """Return the mean probability that lines run along their images: that the axis is right.

    The longest say it, looked at in every turn.
    """
    sample = _longest([sight for sight, _, _ in chosen], _LEVEL_SAMPLE)
    if not sample:
        return 0.0
    along = (math.exp(s.scores[0]) + math.exp(s.scores[2]) for s in lines.look_again(sample))
    return sum(along) / len(sample)


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
