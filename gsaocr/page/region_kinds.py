"""What a region of a page is: text, a heading, a page number, a note in the margin, a table.

Told from size, place and words alone, and only where they leave little doubt; all else is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gsaocr.page.document import Box, Line, Quarter, RegionKind

_NUMBER = re.compile(r"[\W_]{0,3}(\d{1,4}|[ivxlcdm]{1,8}|[IVXLCDM]{1,8})[\W_]{0,3}").fullmatch

_HEADING_SIZE = 1.25  # times the usual size of letters
_HEADING_LINES = 3  # at most
_WORD = re.compile(r"[^\W\d_]{3}").search  # what a heading or a note has; scribbles seldom do
_TABLE_ROWS = 3  # at least
_TABLE_SHARE = 0.6  # of the rows have several cells
_NOTE_WIDTH = 0.4  # of the text beside it, at most
_NOTE_LETTERS = 0.3  # of the text beside it, at most
_NOTE_OVERLAP = 0.1  # of its width may reach into the text


@dataclass(frozen=True, slots=True)
class RegionLines:
    """The lines of a region, and of how many cells each was made."""

    lines: Sequence[Line]
    cells: Sequence[int]


def region_kinds(
    regions: Sequence[RegionLines], width: float, height: float, orientation: Quarter
) -> list[RegionKind]:
    """Return the kind of each region.

    Args:
        regions: as read, in reading order; each has a line.
        width: of the page image, pixels.
        height: of the page image, pixels.
        orientation: of the text in the image.
    """
    boxes = [
        _upright(Box.union(line.box for line in region.lines), width, height, orientation)
        for region in regions
    ]
    letters = [sum(len(line.text) for line in region.lines) for region in regions]
    sizes = [line.x_height for r in regions for line in r.lines for _ in line.text]
    usual = float(np.median(sizes)) if sizes else 0.0
    kinds: list[RegionKind] = []
    for number, region in enumerate(regions):
        if _is_page_number(number, region, boxes):
            kinds.append("page-number")
        elif _is_table(region):
            kinds.append("table")
        elif not any(_WORD(line.text) for line in region.lines):
            kinds.append("text")
        elif _is_heading(region, usual, letters[number], sum(letters)):
            kinds.append("heading")
        elif _is_note(number, boxes, letters):
            kinds.append("margin")
        else:
            kinds.append("text")
    return kinds


def _is_page_number(number: int, region: RegionLines, boxes: Sequence[Box]) -> bool:
    """A short number alone, above or below everything but what stands in its own row."""
    if len(region.lines) > 1 or len(boxes) < 2 or not _NUMBER(region.lines[0].text):
        return False
    own = boxes[number]
    middle, half = (own.y0 + own.y1) / 2, own.height / 2
    others = [
        box
        for k, box in enumerate(boxes)
        if k != number and abs((box.y0 + box.y1) / 2 - middle) > half
    ]
    above = all(middle <= box.y0 for box in others)
    below = all(middle >= box.y1 for box in others)
    return bool(others) and (above or below)


def _is_table(region: RegionLines) -> bool:
    rows = sum(cells > 1 for cells in region.cells)
    return rows >= _TABLE_ROWS and rows >= _TABLE_SHARE * len(region.lines)


def _is_heading(region: RegionLines, usual: float, letters: int, all_letters: int) -> bool:
    """A few lines in larger letters; what fills half of the page is no heading."""
    if len(region.lines) > _HEADING_LINES or usual <= 0 or 2 * letters > all_letters:
        return False
    return min(line.x_height for line in region.lines) >= _HEADING_SIZE * usual


def _is_note(number: int, boxes: Sequence[Box], letters: Sequence[int]) -> bool:
    """A narrow region beside a wide one that has much more text."""
    own = boxes[number]
    for box, count in zip(boxes, letters, strict=True):
        beside = min(own.y1, box.y1) - max(own.y0, box.y0) > 0.5 * own.height
        apart = min(own.x1, box.x1) - max(own.x0, box.x0) <= _NOTE_OVERLAP * own.width
        small = own.width <= _NOTE_WIDTH * box.width and letters[number] <= _NOTE_LETTERS * count
        if beside and apart and small:
            return True
    return False


def _upright(box: Box, width: float, height: float, orientation: Quarter) -> Box:
    """Return a box as it lies once the page is turned upright."""
    corners = {
        0: (box.x0, box.y0, box.x1, box.y1),
        90: (box.y0, width - box.x1, box.y1, width - box.x0),
        180: (width - box.x1, height - box.y1, width - box.x0, height - box.y0),
        270: (height - box.y1, box.x0, height - box.y0, box.x1),
    }
    return Box(*corners[orientation])
