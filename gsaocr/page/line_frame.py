"""The page along one line of text: x runs along its baseline, bent where that is, y across it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.document import Point
from gsaocr.page.flatten import warped
from gsaocr.page.page_truth import Points, upward

Bytes = NDArray[np.uint8]

_SMALLER = 0.5  # a line is never made smaller in one step by more: its pixels would be skipped


@dataclass(frozen=True)
class LineFrame:
    """A strip of a page, level along a baseline.

    Pixel (i, j) of the strip covers [i, i + 1) x [j, j + 1), as on the page. The baseline's first
    point lies at ``origin`` on the strip.
    """

    baseline: Points  # (n, 2), n >= 2, on the page, in reading direction
    scale: float  # strip pixels for a page's pixel
    origin: Point
    shape: tuple[int, int]  # height and width of the strip

    @cached_property
    def along(self) -> NDArray[np.float64]:
        """How far along the baseline each of its points lies, in pixels of the page."""
        steps = np.hypot(*np.diff(self.baseline, axis=0).T)
        return np.concatenate([[0.0], np.cumsum(steps)])

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """From strip to page, (2, 3), for a straight baseline."""
        start, end = self.baseline[0], self.baseline[-1]
        across = (end - start) / max(float(np.hypot(*(end - start))), 1e-9) / self.scale
        matrix = np.array([[across[0], -across[1], 0.0], [across[1], across[0], 0.0]])
        matrix[:, 2] = start - matrix[:, :2] @ self.origin
        return matrix

    @property
    def is_straight(self) -> bool:
        """Whether the baseline has no bends."""
        return len(self.baseline) == 2

    def to_page(self, points: NDArray[Any]) -> Points:
        """Return points (n, 2) of the strip on the page."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        if self.is_straight:
            return np.asarray(points @ self.matrix[:, :2].T + self.matrix[:, 2])
        place, up = self._at((points[:, 0] - self.origin[0]) / self.scale)
        return np.asarray(place - up * ((points[:, 1] - self.origin[1]) / self.scale)[:, None])

    def to_strip(self, points: NDArray[Any]) -> Points:
        """Return points (n, 2) of the page on the strip; far off a bent baseline it is a guess."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        if self.is_straight:
            inverse = cv2.invertAffineTransform(self.matrix)
            return np.asarray(points @ inverse[:, :2].T + inverse[:, 2])
        # The nearest piece of the baseline, its first and last one going on for ever.
        start, step = self.baseline[:-1], np.diff(self.baseline, axis=0)
        length = np.maximum(np.hypot(*step.T), 1e-9)
        offset = points[:, None] - start
        at = (offset * step).sum(-1) / length
        low, high = np.zeros(len(length)), length.copy()
        low[0], high[-1] = -np.inf, np.inf
        at = np.clip(at, low, high)
        rest = offset - at[..., None] * (step / length[:, None])
        nearest = np.argmin((rest**2).sum(-1), axis=1)
        rows = np.arange(len(points))
        along = (self.along[:-1] + at)[rows, nearest]
        _, up = self._at(along)
        height = (rest[rows, nearest] * up).sum(-1)
        return np.stack([along, -height], axis=1) * self.scale + self.origin

    def _at(self, along: NDArray[np.float64]) -> tuple[Points, Points]:
        """The baseline's points and upward directions so far along it, also beyond its ends."""
        ups = upward(self.baseline)
        inside = np.clip(along, 0.0, self.along[-1])
        place, up = (
            np.stack([np.interp(inside, self.along, values[:, k]) for k in (0, 1)], axis=1)
            for values in (self.baseline, ups)
        )
        up /= np.maximum(np.hypot(up[:, 0], up[:, 1]), 1e-9)[:, None]
        forward = np.stack([-up[:, 1], up[:, 0]], axis=1)
        return place + forward * (along - inside)[:, None], up

    def sampled(self, page: PageSizes, part: Part | None = None) -> NDArray[np.uint8]:
        """Return the strip of a page, or a part of it, with one interpolation: uint8."""
        image, size = page.at(self.scale)
        part = part or Part(np.eye(2, 3), self.shape)
        if self.is_straight:
            whole = self.matrix @ np.vstack([part.to_strip, [0, 0, 1]])
            return warped(image, whole * size, part.shape)
        height, width = part.shape
        columns, rows = np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5
        x = part.to_strip[0, 0] * columns + part.to_strip[0, 2]
        y = part.to_strip[1, 0] * columns + part.to_strip[1, 1] * rows
        place, up = self._at((x - self.origin[0]) / self.scale)
        across = (y + part.to_strip[1, 2] - self.origin[1]) / self.scale
        on_page_x, on_page_y = (
            ((place[:, k] - up[:, k] * across) * size - 0.5).astype(np.float32) for k in (0, 1)
        )
        how, outside = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        return np.asarray(cv2.remap(image, on_page_x, on_page_y, how, borderMode=outside))


@dataclass(frozen=True)
class Part:
    """A part of a strip as an image: its columns lie along the strip's, its rows may be sheared."""

    to_strip: NDArray[np.float64]  # (2, 3), from points of the image to the strip's
    shape: tuple[int, int]

    def cut(self, strip: NDArray[Any], how: int = cv2.INTER_LINEAR) -> NDArray[Any]:
        """Return the part of an image of the whole strip."""
        return warped(strip, self.to_strip, self.shape, how)


class PageSizes:
    """A page and its smaller copies, each half as large as the last, made when they are asked for.

    Args:
        image: uint8 (height, width) or (height, width, channels).
    """

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._copies = [image]

    def at(self, scale: float) -> tuple[NDArray[np.uint8], float]:
        """Return the copy that serves a scale, and how large it is beside the page."""
        count, size = 0, 1.0
        while scale < _SMALLER * size and min(self._copies[0].shape[:2]) * size > 2:
            count, size = count + 1, size / 2
        while len(self._copies) <= count:
            image = self._copies[-1]
            high, wide = image.shape[0] // 2, image.shape[1] // 2
            even = image[: 2 * high, : 2 * wide]  # an odd row would shift all others
            self._copies.append(
                np.asarray(cv2.resize(even, (wide, high), interpolation=cv2.INTER_AREA))
            )
        return self._copies[count], size


def line_frame(
    baseline: Points, scale: float, before: float, after: float, above: float, below: float
) -> LineFrame:
    """Return the strip along a baseline and beyond it, all lengths in pixels of the page."""
    length = float(np.hypot(*np.diff(baseline, axis=0).T).sum())
    height = max(1, round((above + below) * scale))
    width = max(1, round((before + length + after) * scale))
    return LineFrame(baseline, scale, (before * scale, above * scale), (height, width))
