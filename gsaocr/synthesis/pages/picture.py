"""From a canvas to a picture of it: its pixels and its truth as a view shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.page_truth import PageSample, Points, TextLine, cut_to
from gsaocr.synthesis.pages import optics
from gsaocr.synthesis.pages.canvas import Canvas, Rect

_BEND = 24.0  # pixels between the points of a bent baseline
_HARDLY_SEEN = 6.0  # standard deviation of all pixels' levels about a line that cannot be read
_ALIKE = 0.35  # correlation with what was drawn from which on it is taken to be seen
_LOOKED_AT = 64  # columns of a line that are looked at for that


def window_of(view: optics.View, width: int, height: int) -> Rect:
    """Return the part of the page that a picture of this size shows."""
    t = np.linspace(0, 1, 9)
    edge = [(a, b) for a in t for b in (0.0, 1.0)] + [(a, b) for a in (0.0, 1.0) for b in t]
    points = view.to_page(np.array(edge) * (width, height))
    low, high = points.min(axis=0), points.max(axis=0)
    if view.is_plain:
        return Rect(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Rect(float(low[0]) - 2, float(low[1]) - 2, float(high[0]) + 2, float(high[1]) + 2)


def picture(canvas: Canvas, view: optics.View, width: int, height: int) -> PageSample:
    """Return a view of a canvas with its truth, as drawn: no ink, light or camera yet."""
    return PageSample(
        _seen(canvas, view, width, height),
        tuple(_lines(canvas.lines, view, width, height)),
        tuple(
            replace(o, points=view.to_picture(o.points))
            for o in canvas.objects
            if canvas.shows(_bounds(o.points))
        ),
    )


def _seen(canvas: Canvas, view: optics.View, width: int, height: int) -> NDArray[np.uint8]:
    drawn = np.asarray(canvas.image)
    if view.is_plain:
        if drawn.shape[:2] == (height, width):
            return np.ascontiguousarray(drawn)
        return np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA))
    scale = canvas.scale
    if scale > 1.25:  # or fine strokes would be stepped over
        size = round(drawn.shape[1] / scale), round(drawn.shape[0] / scale)
        drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA))
        scale = 1.0
    corner = (canvas.window.x0, canvas.window.y0)
    map_x, map_y = view.sampling(width, height, corner, scale)
    return np.asarray(
        cv2.remap(drawn, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _lines(lines: Sequence[TextLine], view: optics.View, width: int, height: int) -> list[TextLine]:
    """Return the lines as the picture shows them, bent and cut at its edges."""
    found = []
    for line in _bent(lines, view) if view.waves else lines:
        if view.is_plain:
            moved = replace(line, baseline=line.baseline - view.to_flat[:2, 2])
        else:
            moved = line.mapped(view.to_picture)
        cut = cut_to(moved, width, height)
        if cut is not None and cut.length > 0.5 * min(cut.x_height, 2.0):
            found.append(cut)
    return found


def negative(sample: PageSample) -> PageSample:
    """Return a page with light and dark exchanged."""
    lines = tuple(replace(line, light=not line.light) for line in sample.lines)
    return replace(sample, image=255 - sample.image, lines=lines)


def told(sample: PageSample, drawn: NDArray[np.uint8]) -> PageSample:
    """Return a view whose lines that are hardly to be seen are neither text nor its absence.

    ``drawn`` is the view before light, camera and the like: of what was drawn, enough has to be
    left. It is looked at in the channel in which it showed best.
    """
    height, width = sample.image.shape[:2]
    seen, ignore = [], []
    for line in sample.lines:
        outline = line.polygon
        (x0, y0), (x1, y1) = outline.min(axis=0).astype(int), outline.max(axis=0).astype(int) + 1
        step = max(1, (x1 - x0) // _LOOKED_AT)
        place = slice(max(0, y0), min(height, y1)), slice(max(0, x0), min(width, x1), step)
        if _is_left(drawn[place], sample.image[place]):
            seen.append(line)
        else:
            ignore.append(outline)
    if not ignore:
        return sample
    return replace(sample, lines=tuple(seen), ignore=(*sample.ignore, *ignore))


def _is_left(drawn: NDArray[np.uint8], made: NDArray[np.uint8]) -> bool:
    """Return whether a piece of a picture shows what was drawn there."""
    if drawn.size < 12:
        return True
    before = drawn.reshape(-1, 3).astype(np.float32)
    before -= before.mean(axis=0)
    strength = np.square(before).mean(axis=0)
    best = int(strength.argmax())
    after = made.reshape(-1, 3)[:, best].astype(np.float32)
    after -= after.mean()
    spread = float(np.square(after).mean())
    if strength[best] < _HARDLY_SEEN**2 or spread < _HARDLY_SEEN**2:
        return False
    alike = float((before[:, best] * after).mean()) / float(strength[best] * spread) ** 0.5
    return bool(alike > _ALIKE)


def _bent(lines: Sequence[TextLine], view: optics.View) -> Iterator[TextLine]:
    """Yield the lines with as many points as a bent page needs."""
    for line in lines:
        count = max(2, int(np.ceil(line.length / _BEND)) + 1)
        start, end = line.baseline[0], line.baseline[-1]
        along = np.linspace(0, 1, count)[:, None]
        yield replace(line, baseline=start + along * (end - start))


def _bounds(points: Points) -> Rect:
    low, high = points.min(axis=0), points.max(axis=0)
    return Rect(float(low[0]) - 1, float(low[1]) - 1, float(high[0]) + 1, float(high[1]) + 1)
