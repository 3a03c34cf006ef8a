"""Ink that grew together: rules taken off letters, letters of two lines cut apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components, connected, is_rule
from gsaocr.page.lines import Run

Labels = NDArray[Any]  # int32 (height, width)


def without_rules(labels: Labels, parts: Components, letter: float) -> Components:
    """Take rules and frames off the pieces they touch; ``labels`` is changed in place.

    Returns the pieces without those that are rules alone. Rules keep their label.
    """
    reach = max(3, round(3.5 * letter))
    thick = max(2, round(0.35 * letter))
    # A blurred word is long too, but high all along; a rule's piece has a low stretch somewhere.
    long = (parts.width > reach) | (parts.height > reach)
    rules = is_rule(parts, letter)
    kept = [parts.where(~long & ~rules)]
    following = int(labels.max(initial=0)) + 1
    for k in np.flatnonzero(long):
        window = labels[parts.y0[k] : parts.y1[k], parts.x0[k] : parts.x1[k]]
        piece = (window == parts.label[k]).view(np.uint8)
        rule = _rules(piece, reach, thick)
        if not rule.any():
            if not rules[k]:
                kept.append(parts.where(np.array([k])))
            continue
        rest = piece & (rule ^ np.uint8(1))
        sub_labels, found = connected(rest)
        enough = (found.height >= 0.2 * letter) | (found.width >= 0.2 * letter)
        enough &= found.area >= 0.02 * letter * letter
        enough &= ~is_rule(found, letter)
        number = np.full(len(found) + 1, parts.label[k], np.int32)
        number[1:][enough] = following + np.arange(enough.sum())
        following += int(enough.sum())
        window[rest > 0] = number[sub_labels[rest > 0]]
        found = found.where(enough)
        x, y = parts.x0[k], parts.y0[k]
        kept.append(
            Components(
                found.x0 + x,
                found.y0 + y,
                found.x1 + x,
                found.y1 + y,
                found.area,
                number[found.label],
            )
        )
    result = kept[0]
    for more in kept[1:]:
        result = result.plus(more)
    return result


def _rules(piece: NDArray[Any], reach: int, thick: int) -> NDArray[Any]:
    """Long thin strokes of a mask, along its rows and columns."""
    found = np.zeros_like(piece)
    for along in (0, 1):
        mask = piece if along == 0 else np.ascontiguousarray(piece.T)
        if mask.shape[1] <= reach:
            continue
        # A rule that wavers by a pixel still counts as straight.
        soft = cv2.dilate(mask, np.ones((3, 1), np.uint8))
        along_rows = np.ones((1, reach), np.uint8)
        stroke: Labels = mask & np.asarray(
            cv2.morphologyEx(soft, cv2.MORPH_OPEN, along_rows, borderValue=0)
        )
        if not stroke.any():
            continue
        upright = np.ones((thick + 1, 1), np.uint8)
        thick_parts: Labels = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, upright))
        # Where a letter stands on the rule the stroke is high; the rule itself goes on below it.
        thin: Labels = stroke & ~thick_parts
        stroke &= np.asarray(cv2.dilate(thin, np.ones((1, thick), np.uint8)))
        found |= stroke if along == 0 else stroke.T
    return found


def cut_between_lines(
    labels: Labels, parts: Components, runs: list[Run], letter: float
) -> Components | None:
    """Cut pieces that reach over two or more lines beside them; None if there are none.

    ``labels`` is changed in place; the returned pieces replace ``parts``.
    """
    tall = np.flatnonzero((parts.height > 1.9 * letter) & (parts.height < 12 * letter))
    if not len(tall) or len(runs) < 2:
        return None
    table = np.array([(r.x0, r.x1, r.top, r.bottom, r.slope) for r in runs])
    new: list[tuple[int, int, int, int, int, int]] = []
    gone: list[int] = []
    following = int(labels.max()) + 1
    for k in tall:
        bands = _bands_beside(parts, int(k), table, letter)
        if len(bands) < 2:
            continue
        window = labels[parts.y0[k] : parts.y1[k], parts.x0[k] : parts.x1[k]]
        piece = window == parts.label[k]
        ink = piece.sum(axis=1)
        cuts = [0]
        for (_, upper), (lower, _) in pairwise(bands):
            start = int(np.clip(upper - parts.y0[k], 0, len(ink) - 1))
            end = int(np.clip(lower - parts.y0[k], start + 1, len(ink)))
            valley = ink[start:end]
            # Among the thinnest rows the one nearest to the middle of the gap.
            thin = np.flatnonzero(valley == valley.min())
            cuts.append(start + int(thin[np.argmin(np.abs(thin - (end - start) / 2))]))
        cuts.append(len(ink))
        gone.append(int(k))
        for start, end in pairwise(cuts):
            rows, columns = np.nonzero(piece[start:end])
            if not len(rows):
                continue
            window[start:end][piece[start:end]] = following
            x, y = int(parts.x0[k]), int(parts.y0[k]) + start
            box = (columns.min() + x, rows.min() + y, columns.max() + 1 + x, rows.max() + 1 + y)
            new.append((*(int(v) for v in box), len(rows), following))  # type: ignore[arg-type]
            following += 1
    if not gone:
        return None
    keep = np.ones(len(parts), bool)
    keep[gone] = False
    columns_of_new = np.array(new, np.int32).reshape(-1, 6).T
    return parts.where(keep).plus(Components(*columns_of_new))


def _bands_beside(
    parts: Components, k: int, table: NDArray[Any], letter: float
) -> list[tuple[float, float]]:
    """Bands of the lines next to a piece that it reaches over, from top to bottom."""
    x0, x1, top, bottom, slope = table.T
    at = (parts.x0[k] + parts.x1[k]) / 2
    top, bottom = top + slope * at, bottom + slope * at
    beside = (x0 < parts.x1[k] + 3 * letter) & (x1 > parts.x0[k] - 3 * letter)
    within = np.minimum(bottom, parts.y1[k]) - np.maximum(top, parts.y0[k])
    band = bottom - top
    like = beside & (within > 0.75 * band) & (band < 0.6 * parts.height[k])
    # A wide letter with all text on one side of it is an initial, not two letters.
    one_side = np.all(x0[like] >= parts.x0[k]) or np.all(x1[like] <= parts.x1[k])
    if one_side and parts.width[k] > 1.2 * letter:
        return []
    chosen: list[tuple[float, float]] = []
    for j in np.flatnonzero(like)[np.argsort(top[like], kind="stable")]:
        if chosen and top[j] < chosen[-1][1]:
            # Two runs of one row: keep the common middle.
            chosen[-1] = (max(chosen[-1][0], top[j]), max(chosen[-1][1], bottom[j]))
        else:
            chosen.append((float(top[j]), float(bottom[j])))
    return chosen
