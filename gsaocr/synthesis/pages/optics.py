"""How paper lies before the lens: askew, in perspective, curled; points of page and picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.page_truth import Points
from gsaocr.synthesis.draws import chance, span

Rng = np.random.Generator

_STEPS = 6  # of the fixed-point search for a bent page's points
_GRID = 24  # pixels between the points at which a bent page is sampled


@dataclass(frozen=True)
class Wave:
    """A bend: points move by ``size`` pixels along one axis as a sine along the other."""

    size: float
    length: float
    phase: float
    along_x: bool  # whether y moves with x, as lines on curled paper do


@dataclass(frozen=True)
class View:
    """Where each point of a picture is on the page; lengths in pixels of the picture.

    page = H (picture + waves), H a homography (3, 3).
    """

    to_flat: NDArray[np.float64]
    waves: tuple[Wave, ...] = ()

    @cached_property
    def is_plain(self) -> bool:
        """Whether the picture is the page moved by a distance, nothing else."""
        plain = np.eye(3)
        plain[:2, 2] = self.to_flat[:2, 2]
        return not self.waves and bool(np.allclose(self.to_flat, plain))

    @cached_property
    def _from_flat(self) -> NDArray[np.float64]:
        return np.asarray(np.linalg.inv(self.to_flat), np.float64)

    def to_page(self, points: Points) -> Points:
        """Return the points of the page that points (n, 2) of the picture show."""
        return _projected(self.to_flat, points + self._bend(points))

    def to_picture(self, points: Points) -> Points:
        """Return where points of the page stand in the picture."""
        flat = _projected(self._from_flat, points)
        found = flat
        for _ in range(_STEPS if self.waves else 0):
            found = flat - self._bend(found)
        return found

    def _bend(self, points: Points) -> Points:
        moved = np.zeros_like(points)
        for w in self.waves:
            along, across = (0, 1) if w.along_x else (1, 0)
            angle = points[:, along] * (2 * np.pi / w.length) + w.phase
            moved[:, across] += w.size * np.sin(angle)
        return moved

    def sampling(
        self, width: int, height: int, corner: tuple[float, float], scale: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the maps for ``cv2.remap``: pixels of a canvas that begins at ``corner``."""
        columns, rows = -(-width // _GRID) + 1, -(-height // _GRID) + 1
        x, y = np.meshgrid(np.arange(columns) * _GRID, np.arange(rows) * _GRID)
        coarse = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
        page = ((self.to_page(coarse) - corner) * scale).reshape(rows, columns, 2)
        # every pixel's middle between the coarse points
        at_x = ((np.arange(width) + 0.5) / _GRID).astype(np.float32)
        at_y = ((np.arange(height) + 0.5) / _GRID).astype(np.float32)
        grid_x, grid_y = np.meshgrid(at_x, at_y)
        fine = cv2.remap(page.astype(np.float32), grid_x, grid_y, cv2.INTER_LINEAR)
        fine = np.asarray(fine, np.float32) - np.float32(0.5)
        return np.ascontiguousarray(fine[..., 0]), np.ascontiguousarray(fine[..., 1])


def flat(x: float, y: float) -> View:
    """Return a view straight from above whose corner shows the point (x, y) of the page."""
    to_flat = np.eye(3)
    to_flat[:2, 2] = x, y
    return View(to_flat)


def draw_view(rng: Rng, x: float, y: float, width: int, height: int, photographed: bool) -> View:
    """Draw a view of a page whose corner is about at (x, y): askew, as a photo if it is one."""
    angle = np.deg2rad(float(np.clip(rng.normal(0, 1.6), -5, 5)))
    if photographed and chance(rng, 0.4):
        angle = np.deg2rad(span(rng, -14, 14))
    middle = np.array([width / 2, height / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    to_flat = np.eye(3)
    to_flat[:2, :2] = turn
    to_flat[:2, 2] = middle - turn @ middle + (x, y)
    if photographed and chance(rng, 0.7):
        to_flat = to_flat @ _tilted(rng, width, height)
    waves: list[Wave] = []
    if chance(rng, 0.6 if photographed else 0.15):
        for _ in range(1 + (rng.random() < 0.4)):
            length = span(rng, 0.8, 3.0) * width
            size = length * span(rng, 0.002, 0.022)
            waves.append(Wave(size, length, span(rng, 0, 6.28), True))
        if chance(rng, 0.3):
            length = span(rng, 1.0, 3.0) * height
            waves.append(Wave(length * span(rng, 0, 0.01), length, span(rng, 0, 6.28), False))
    return View(to_flat, tuple(waves))


def _tilted(rng: Rng, width: int, height: int) -> NDArray[np.float64]:
    """Return the homography of a page tilted by up to 15 degrees both ways."""
    focal = span(rng, 1.1, 2.5) * max(width, height)
    a, b = np.deg2rad(span(rng, -15, 15)), np.deg2rad(span(rng, -15, 15))
    over = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    beside = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    turn = over @ beside
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    # points of the page's plane, at the lens's distance, seen through it
    seen = np.column_stack([turn[:, 0], turn[:, 1], [0, 0, focal]])
    lens = np.diag([focal, focal, 1.0])
    to_picture = np.linalg.inv(centre) @ (lens @ seen) @ centre
    back = np.linalg.inv(to_picture)
    return np.asarray(back / back[2, 2], np.float64)


def _projected(matrix: NDArray[Any], points: NDArray[Any]) -> Points:
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)
