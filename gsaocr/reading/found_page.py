"""A page on which nothing is known: its lines are found, looked at, and put the right way up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gsaocr.finder.text_finder import TextFinder
from gsaocr.memory import give_back
from gsaocr.page.line_cells import cells_of_lines
from gsaocr.page.line_frame import PageSizes
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutLine
from gsaocr.page.page_order import in_reading_order
from gsaocr.reading.directions import direction_votes
from gsaocr.reading.encoded_lines import (
    SAMPLE,
    Chosen,
    EncodedPage,
    both_ways,
    in_quarter,
    turned_score,
)
from gsaocr.reading.short_lines import along_their_neighbours
from gsaocr.recognizer.line_reader import LineReader, Sight

CLOSE_VOTE = 6.0
"""Log-probability: lines of a block whose vote has a smaller lead are read both ways."""


def find_page(image: PageImage, lines: LineReader, finder: TextFinder) -> EncodedPage:
    """Find the lines of a page and encode them; each line stands the way it is read."""
    found = finder.lines(image)
    courses = [line.course for line in found if line.course is not None]
    page = PageSizes(image.grey)
    cells = cells_of_lines(courses, page)
    placed = [replace(line, cells=own) for line, own in zip(found, cells, strict=True) if own]
    placed = along_their_neighbours(placed, page, lines)
    crops = [cell.crop() for line in placed for cell in line.cells]
    sights = [seen[0] for seen in lines.look(crops)]
    return _ordered(image, placed, sights, lines)


def _ordered(
    image: PageImage, found: Sequence[LayoutLine], sights: Sequence[Sight], lines: LineReader
) -> EncodedPage:
    """Let the lines decide on their directions, and put them in order."""
    numbers = iter(range(len(sights)))
    own = [[sights[next(numbers)] for _ in line.cells] for line in found]
    votes = _votes(found, own, lines)
    seen: dict[int, Chosen] = {}
    standing = []
    for line, seen_of_line, vote in zip(found, own, votes, strict=True):
        quarter = 2 if vote > 0 else 0
        standing.append(line.turned() if quarter else line)
        order = seen_of_line[::-1] if quarter else seen_of_line
        for cell, sight in zip(standing[-1].cells, order, strict=True):
            seen[id(cell)] = in_quarter(sight, quarter)
    layout = in_reading_order(standing)
    chosen = [seen[id(cell)] for cell in layout.cells]
    main = [abs(v) for v, s in zip(votes, standing, strict=True)
            if s.orientation == layout.orientation]  # fmt: skip
    give_back()
    return EncodedPage(image, layout, chosen, max(main, default=0.0))


def _votes(
    found: Sequence[LayoutLine], sights: Sequence[Sequence[Sight]], lines: LineReader
) -> list[float]:
    """Return for each line by how much it is said to be upside down.

    Where a block's vote is close, some of its lines are read both ways: text read upside down is
    made of letters that the reader doubts.
    """
    seen = [sum(turned_score(sight) for sight in own) for own in sights]
    votes = direction_votes(found, seen)
    close = [n for n, vote in enumerate(votes) if abs(vote) < CLOSE_VOTE]
    if not close:
        return votes
    close = sorted(close, key=lambda n: -max(s.view.prepared.content for s in sights[n]))[:SAMPLE]
    longest = [max(sights[n], key=lambda sight: sight.view.prepared.content) for n in close]
    read = np.zeros(len(found))
    read[close] = both_ways(longest, lines)
    return direction_votes(found, seen, read.tolist())
