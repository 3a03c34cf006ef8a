"""Whose each piece of ink is, where the outlines of the lines are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components
from gsaocr.page.layout import CELL_GAP, neighbours_joined
from gsaocr.page.lines import Run, extended, is_mark, measure
from gsaocr.page.marks import with_marks

WHOLE_SHARE = 0.7
"""Of a piece of ink must lie in one line for it to belong to that line as a whole."""


@dataclass(slots=True)
class _Territory:
    """Which line each pixel of the flat page is nearest to: int32, 0 where there is none."""

    line: NDArray[Any]
    distance: NDArray[Any]  # float32, from the line's middle in halves of its height

    @classmethod
    def of(cls, shape: tuple[int, ...], outlines: Sequence[NDArray[Any]]) -> _Territory:
        own = cls(np.zeros(shape, np.int32), np.full(shape, np.inf, np.float32))
        for number, outline in enumerate(outlines, 1):
            own._add(number, outline)
        return own

    def _add(self, number: int, outline: NDArray[Any]) -> None:
        height, width = self.line.shape
        x0, y0 = np.clip(np.floor(outline.min(axis=0)).astype(int), 0, (width, height))
        x1, y1 = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 1, 0, (width, height))
        if x0 >= x1 or y0 >= y1:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        shifted = np.rint(np.clip(outline - (x0, y0), -1e4, 1e5)).astype(np.int32)
        cv2.fillPoly(mask, [shifted], 1)
        rows = np.arange(y1 - y0, dtype=np.float32)[:, None]
        count = mask.sum(axis=0, dtype=np.int32)
        first = mask.argmax(axis=0)
        half = np.maximum(count, 1) / 2
        distance = np.abs(rows + 0.5 - (first + half)) / half
        window = self.distance[y0:y1, x0:x1]
        nearer = (mask > 0) & (distance < window)
        window[nearer] = distance[nearer]
        self.line[y0:y1, x0:x1][nearer] = number


def shared_out(
    labels: NDArray[Any],
    parts: Components,
    outlines: Sequence[NDArray[Any]],
    beyond: NDArray[Any] | None = None,
) -> list[Components]:
    """Give each piece of ink to a line; ``labels`` changes where one is cut. One entry a line.

    Within ``beyond`` what is in no line is the first one's.
    """
    territory = _Territory.of(labels.shape, outlines).line
    if beyond is not None:
        mask = np.zeros(labels.shape, np.uint8)
        cv2.fillPoly(mask, [np.rint(beyond).astype(np.int32)], 1)
        territory[(territory == 0) & (mask > 0)] = 1
    lines = len(outlines)
    size = int(labels.max(initial=0)) + 1
    place = np.full(size, -1, np.int64)
    place[parts.label] = np.arange(len(parts))
    inked = np.flatnonzero((labels > 0) & (place[labels] >= 0))
    which, where = place[labels.ravel()[inked]], territory.ravel()[inked]
    pairs, pixels = np.unique(which * (lines + 1) + where, return_counts=True)
    piece, line = pairs // (lines + 1), pairs % (lines + 1)
    whole = pixels >= WHOLE_SHARE * parts.area[piece]
    owner = np.zeros(len(parts), np.int64)
    owner[piece[whole]] = line[whole]
    cut = np.setdiff1d(piece, piece[whole])
    new, owner_of_new = _cut(labels, territory, parts.where(cut))
    together = parts.plus(new)
    owner = np.concatenate([owner, owner_of_new])
    owner[cut] = 0
    return [together.where(np.flatnonzero(owner == number)) for number in range(1, lines + 1)]


def _cut(
    labels: NDArray[Any], territory: NDArray[Any], parts: Components
) -> tuple[Components, NDArray[Any]]:
    """Cut pieces along the borders of lines; return what lies in a line, and in which."""
    rows: list[tuple[int, ...]] = []
    owner: list[int] = []
    following = int(labels.max(initial=0)) + 1
    for k in range(len(parts)):
        y, x = slice(parts.y0[k], parts.y1[k]), slice(parts.x0[k], parts.x1[k])
        window = labels[y, x]
        piece = window == parts.label[k]
        for line in np.unique(territory[y, x][piece]):
            mine = piece & (territory[y, x] == line)
            if line == 0:
                continue
            window[mine] = following
            down, across = np.nonzero(mine)
            left, top = int(parts.x0[k] + across.min()), int(parts.y0[k] + down.min())
            right, bottom = int(parts.x0[k] + across.max()), int(parts.y0[k] + down.max())
            rows.append((left, top, right + 1, bottom + 1, len(down), following))
            owner.append(int(line))
            following += 1
    columns = np.array(rows, np.int32).reshape(-1, 6).T
    return Components(*columns), np.array(owner, np.int64)


def runs_of(own: Components, letter: float, split: bool) -> Iterator[tuple[Components, Run]]:
    """The runs that a line's ink is read as, from left to right; none if there is no ink."""
    if not len(own):
        return
    letters = np.flatnonzero(~is_mark(own, letter))
    if not len(letters):
        yield own, measure(own, np.arange(len(own)), letter)
        return
    groups = [letters]
    if split:
        whole = measure(own, letters, letter)
        gap = CELL_GAP * max(whole.bottom - whole.top, 0.7 * letter)
        order = letters[np.argsort(own.x0[letters], kind="stable")]
        reach = np.maximum.accumulate(own.x1[order])
        groups = np.split(order, np.flatnonzero(own.x0[order][1:] - reach[:-1] > gap) + 1)
    runs = with_marks(own, [measure(own, group, letter) for group in groups], letter)
    runs.sort(key=lambda run: run.x0)
    if split:
        runs = neighbours_joined(own, runs, letter)
    else:
        runs = [extended(runs[0], own, [run.members for run in runs[1:]])]
    for run in runs:
        yield own, run
