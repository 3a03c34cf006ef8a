"""Finds the lines of text on a page by the ink: their direction, cells and reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.cells import cell_of_run, line_of, owners
from gsaocr.page.components import Components, connected, is_picture, is_rule, letter_height
from gsaocr.page.crop import InkMap
from gsaocr.page.deskew import Axis, TextDirection, find_direction
from gsaocr.page.document import Box
from gsaocr.page.flatten import flat_frame, warp_ink
from gsaocr.page.lines import Run, find_runs, join
from gsaocr.page.marks import with_fragments, with_marks
from gsaocr.page.page_ink import page_ink
from gsaocr.page.page_layout import LayoutRegion, PageLayout
from gsaocr.page.plausible import only_text
from gsaocr.page.prepare import PreparedPage
from gsaocr.page.reading_order import RowGroup, reading_order
from gsaocr.page.separate import cut_between_lines, without_rules

CELL_GAP = 3.3  # letters high; a wider gap within a row parts its cells
MOST_GROWTH = (
    4.0  # times its area that a page may grow by being made flat: a strip runs along itself
)
LEAST_SKEW_SHIFT = (
    0.25  # letters; a skew that moves lines' ends by less is left to their own slopes
)


def find_lines(page: PreparedPage, axis: Axis | None = None) -> PageLayout:
    """Find the lines of text on a page; a page without any gives a layout without regions.

    Its orientation is 0 or 90: only the axis of the lines is known. ``axis`` says how the lines run
    where that is known: 0 along the image's rows, 90 along its columns.
    """
    found = page_ink(page)
    labels, everything = found.labels, found.pieces
    direction = text_direction(labels, everything, axis)
    frame = flat_frame(page.ink.shape, direction)
    if direction.axis or direction.skew:
        labels, everything = connected(warp_ink(found.ink, frame))
    letter = letter_height(everything, labels.shape)
    runs: list[Run] = []
    parts = everything.where(np.zeros(len(everything), bool))
    if letter > 0:
        parts, runs = _runs(labels, everything, letter)
    runs, groups = _with_wider_cells(parts, runs, reading_order(runs, letter), letter)
    owner_of = owners(int(labels.max(initial=0)), [(parts, run) for run in runs])
    source = InkMap(found.page.grey, frame, labels, owner_of)
    regions = []
    for group in groups:
        lines = tuple(
            line_of(
                [cell_of_run(runs[k], k + 1, frame, source) for k in row], frame, direction.axis
            )
            for row in group.rows
        )
        box = Box.union(line.box for line in lines)
        regions.append(LayoutRegion(lines, box, box.polygon))
    return PageLayout(tuple(regions), direction.axis, direction.skew)


def _runs(
    labels: NDArray[Any], everything: Components, letter: float
) -> tuple[Components, list[Run]]:
    """Pieces of text and the runs they form; ``labels`` changes where pieces are cut apart."""
    zones = everything.where(np.minimum(everything.width, everything.height) > 5 * letter)
    parts = without_rules(labels, everything, letter)
    parts = parts.where(~is_picture(parts, letter))
    runs = find_runs(parts, letter)
    cut = cut_between_lines(labels, parts, runs, letter)
    if cut is not None:
        parts = cut
        runs = find_runs(parts, letter)
    runs = with_fragments(parts, runs, letter)
    runs = only_text(runs, parts, zones, letter)
    return parts, with_marks(parts, runs, letter)


def text_direction(labels: NDArray[Any], parts: Components, axis: Axis | None) -> TextDirection:
    """Find axis and skew of the text whose pieces these are; a given axis is taken as known."""
    letter = letter_height(parts, labels.shape)
    if letter <= 0:
        return TextDirection(axis or 0, 0.0, 0.0)
    body = ~is_rule(parts, letter) & ~is_picture(parts, letter) & (parts.height > 0.4 * letter)
    shown = np.zeros(int(labels.max(initial=0)) + 1, np.uint8)
    shown[parts.label[body]] = 1
    # Edges of letters 10 pixels high tell the angle as well as those of larger ones.
    step = max(1, int(letter / 10))
    direction = find_direction(shown[labels[::step, ::step]], letter / step, axis)
    length = labels.shape[1 if direction.axis == 0 else 0]
    if abs(np.tan(np.radians(direction.skew))) * length < LEAST_SKEW_SHIFT * letter:
        return replace(direction, skew=0.0)
    flat = flat_frame(labels.shape, direction).shape
    if flat[0] * flat[1] > MOST_GROWTH * labels.size:
        return replace(direction, skew=0.0)
    return direction


def _with_wider_cells(
    parts: Components, runs: list[Run], groups: list[RowGroup], letter: float
) -> tuple[list[Run], list[RowGroup]]:
    """Join neighbours in a row unless much paper parts them: columns are known by now."""
    joined: list[Run] = []
    result = []
    for group in groups:
        rows = []
        for row in group.rows:
            cells = neighbours_joined(parts, [runs[k] for k in row], letter)
            rows.append(tuple(range(len(joined), len(joined) + len(cells))))
            joined += cells
        result.append(RowGroup(tuple(rows)))
    return joined, result


def neighbours_joined(parts: Components, row: Sequence[Run], letter: float) -> list[Run]:
    """Return the cells of a row of runs, from left to right: wide gaps part them."""
    cells = [[row[0]]]
    for run in row[1:]:
        last = cells[-1][-1]
        size = min(last.bottom - last.top, run.bottom - run.top)
        like = max(last.bottom - last.top, run.bottom - run.top) < 1.7 * size
        if like and run.x0 - last.x1 <= CELL_GAP * max(size, 0.7 * letter):
            cells[-1].append(run)
        else:
            cells.append([run])
    return [cell[0] if len(cell) == 1 else join(parts, cell, letter) for cell in cells]
