"""How the lines of a page lie: along rows or columns of pixels, and at which small angle.

Edges of letters that belong to one line share a height. Seen along the lines, the histogram of
edge heights is therefore sharply peaked; it is least flat at the true angle (the idea of Postl's
projection profiles, on edge pixels).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import weighted_median
from gsaocr.page.document import Point, Quarter

Bytes = NDArray[Any]  # uint8
Floats = NDArray[Any]  # float64

MAX_SKEW = 15.0
"""Degrees to either side within which lines are looked for."""

Axis = Literal[0, 90]
"""0: lines run along the rows of pixels; 90: along the columns."""

_COARSE_POINTS = 4_000
_FINE_POINTS = 25_000


@dataclass(frozen=True, slots=True)
class TextDirection:
    """The axis of a page's lines and their skew.

    ``skew`` is in degrees, positive where lines sink towards their right end (for axis 90: as seen
    after the page is turned a quarter anticlockwise). ``margin`` is the log ratio of the sharpness
    along this axis and across it: 0 means that nothing tells the axes apart.
    """

    axis: Axis
    skew: float
    margin: float


def find_direction(letters: Bytes, letter: float, axis: Axis | None = None) -> TextDirection:
    """Find the axis and skew of the lines in a mask of letter-sized ink (1 = ink).

    ``letter`` is the usual letter height in pixels; a given ``axis`` is taken as known.
    """
    along, across = _edge_points(letters), _edge_points(np.rot90(letters))
    rough = [_rough_angle(points, letter) for points in (along, across)]
    margin = float(np.log(rough[0][1] / rough[1][1]))
    if axis is None:
        axis = 0 if margin >= 0 else 90
    if axis == 0:
        return TextDirection(0, _fine_angle(along, rough[0][0], letter), margin)
    return TextDirection(90, _fine_angle(across, rough[1][0], letter), -margin)


def _edge_points(mask: Bytes) -> tuple[Floats, Floats]:
    """Pixels of ink with paper above or below, as x and y from the page's centre."""
    inner = mask[1:-1]
    edge = inner & ((mask[:-2] & mask[2:]) ^ np.uint8(1))
    y, x = np.divmod(np.flatnonzero(edge), max(1, mask.shape[1]))
    step = max(1, len(x) // _FINE_POINTS)
    x, y = x[::step], y[::step]
    return x - (mask.shape[1] - 1) / 2, y - (mask.shape[0] - 3) / 2


def _rough_angle(points: tuple[Floats, Floats], letter: float) -> tuple[float, float]:
    """The angle in degrees with the sharpest profile, and that sharpness."""
    if len(points[0]) < 20:
        return 0.0, 1e-3
    step = max(1, len(points[0]) // _COARSE_POINTS)
    few = (points[0][::step], points[1][::step])
    coarse = _coarse_step(few[0], letter)
    angles = np.arange(-MAX_SKEW, MAX_SKEW + coarse / 2, coarse)
    scores = [_sharpness(few, angle, letter, 0.3) for angle in angles]
    best = int(np.argmax(scores))
    return float(angles[best]), scores[best]


def _coarse_step(x: Floats, letter: float) -> float:
    """Degrees that move the end of a line by half a letter: coarser steps would miss peaks."""
    return float(np.clip(np.degrees(0.6 * letter / (np.ptp(x) + 1)), 0.1, 0.5))


def _fine_angle(points: tuple[Floats, Floats], rough: float, letter: float) -> float:
    """The angle near ``rough`` with the sharpest profile, to a few hundredths of a degree."""
    if len(points[0]) < 20:
        return rough
    spread = _coarse_step(points[0], letter)
    for reach, bins in ((spread, 0.12), (spread / 4, 0.1)):
        angles = np.linspace(rough - reach, rough + reach, 9)
        scores = [_sharpness(points, angle, letter, bins) for angle in angles]
        rough = _peak(angles, np.array(scores))
    return float(np.clip(rough, -MAX_SKEW, MAX_SKEW))


def _sharpness(points: tuple[Floats, Floats], angle: float, letter: float, bins: float) -> float:
    """Unevenness of the profile along lines at ``angle`` within the height of a few letters.

    Its variance about its running mean, over the mean square of that mean: where on the page the
    text stands and how densely doesn't count. ``bins`` is a bin's height in letters.
    """
    turn = np.radians(angle)
    heights = points[1] * np.cos(turn) - points[0] * np.sin(turn)
    place = heights / (bins * letter)
    place -= place.min()
    whole = place.astype(np.int64)
    part = place - whole
    # Each point is shared by two bins, or the score would jitter with the bins' offset.
    size = int(whole.max()) + 2
    profile = np.bincount(whole, 1 - part, size) + np.bincount(whole + 1, part, size)
    reach = round(1.5 / bins)
    total = np.concatenate((np.zeros(reach + 1), np.cumsum(profile), np.full(reach, len(place))))
    mean = (total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1)
    # Points strewn at random would vary by two thirds of the mean.
    variance = ((profile - mean) ** 2).sum() - 2 / 3 * mean.sum()
    return max(1e-3, float(variance / (mean**2).sum()))


def _peak(angles: Floats, scores: Floats) -> float:
    """Vertex of the parabola through the best score and its neighbours."""
    k = int(np.argmax(scores))
    if not 0 < k < len(scores) - 1:
        return float(angles[k])
    left, middle, right = scores[k - 1], scores[k], scores[k + 1]
    bend = left - 2 * middle + right
    shift = 0.0 if bend >= 0 else 0.5 * (left - right) / bend
    return float(angles[k] + shift * (angles[1] - angles[0]))


def median_skew(baselines: Sequence[tuple[Point, Point]], quarters: Sequence[Quarter]) -> float:
    """Return the median angle of baselines off their quarter turns, by length, degrees clockwise.

    Args:
        baselines: first and last point of each, at least one.
        quarters: the quarter turn that each is nearest to.
    """
    angles, lengths = [], []
    for ((x0, y0), (x1, y1)), quarter in zip(baselines, quarters, strict=True):
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0)) - quarter
        angles.append((angle + 180) % 360 - 180)
        lengths.append(math.hypot(x1 - x0, y1 - y0))
    return weighted_median(np.array(angles), np.array(lengths))
