"""A page image with what is known to stand on it: what a text finder is trained and measured with.

Coordinates are those of :mod:`gsaocr.page.document`: pixels of the image, x to the right, y
downwards, pixel (i, j) covering [i, i + 1) x [j, j + 1). The upper side of a line follows from its
reading direction (dx, dy): it is (dy, -dx), up on the page where the line reads to the right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2) points (x, y)."""

ObjectKind = Literal[
    "rule", "box", "comb", "check", "picture", "ornament", "code", "stamp", "handwriting", "formula"
]
"""rule: a drawn line, ``points`` being its course; all others are outlines. comb: a field with a
place for each letter; check: a box to be ticked; code: bars or squares for machines to read."""

# What a letter's upper and lower side, or its direction at all, do not show in.
_WITHOUT_DIRECTION = frozenset("0Ool|-–—−+xX.,·•:;'\"*=/\\_~#%SsNZzHI8()[]")
_WITHOUT_UP = frozenset("0Ool|-–—−+xX.·•:*=HINOSXZsz8#%/\\~")
_COARSER = 8  # steps at which a line's cut is searched between two points that are kept


@dataclass(frozen=True)
class TextLine:
    """One line of text, or one cell of a table, as it stands on the page."""

    baseline: Points  # (n, 2), n >= 2, in reading direction, bent where the paper is
    x_height: float  # px
    ascent: float  # px above the baseline that the ink reaches
    descent: float  # px below it
    light: bool  # light letters on a darker ground
    directed: bool = True  # False: signs like 0 or - alone, which have no direction
    upright_known: bool = True  # False: signs like H or 8 alone, which have no up or down
    begins: bool = True  # False: cut off at the image's edge, so that its true start is elsewhere
    ends: bool = True
    text: str = ""

    @property
    def length(self) -> float:
        """Pixels along the baseline."""
        return float(np.hypot(*np.diff(self.baseline, axis=0).T).sum())

    @property
    def direction(self) -> tuple[float, float]:
        """Unit vector (dx, dy) from the line's start to its end."""
        dx, dy = self.baseline[-1] - self.baseline[0]
        size = max(float(np.hypot(dx, dy)), 1e-9)
        return float(dx) / size, float(dy) / size

    @property
    def quarter(self) -> int:
        """Counter-clockwise quarter turns from upright text to this line, to the nearest one."""
        dx, dy = self.direction
        return round(float(np.arctan2(-dy, dx)) / (np.pi / 2)) % 4

    @property
    def polygon(self) -> Points:
        """Outline of the ink's band, from its upper start over its upper end back below."""
        return self.band(self.ascent, self.descent)

    def band(self, above: float, below: float) -> Points:
        """Outline (2 n, 2) of the band from ``above`` to ``below`` the baseline, pixels."""
        up = upward(self.baseline)
        upper, lower = self.baseline + above * up, self.baseline - below * up
        return np.concatenate([upper, lower[::-1]])

    def mapped(self, points: Callable[[Points], Points]) -> TextLine:
        """Return the line after a smooth mapping of the page: (n, 2) old points to new ones.

        Heights change by what the mapping does to them across the line, on average.
        """
        up = upward(self.baseline)
        baseline = points(self.baseline)
        raised = points(self.baseline + self.x_height * up) - baseline
        across = np.abs((raised * upward(baseline)).sum(axis=1))
        scale = float(across.mean()) / max(self.x_height, 1e-9)
        return replace(
            self,
            baseline=baseline,
            x_height=self.x_height * scale,
            ascent=self.ascent * scale,
            descent=self.descent * scale,
        )


@dataclass(frozen=True)
class PageObject:
    """Something on a page that is no text, or that text stands in."""

    kind: ObjectKind
    points: Points  # (n, 2): an outline, or the course of a rule
    thickness: float = 1.0  # px, of a rule or an outline's stroke


@dataclass(frozen=True)
class PageSample:
    """A page or a piece of one with all that is known to stand on it.

    ``ignore`` holds outlines (m, 2) of parts where nothing is known: neither text nor its absence.
    """

    image: NDArray[np.uint8]  # (height, width, 3), RGB
    lines: tuple[TextLine, ...]
    objects: tuple[PageObject, ...] = ()
    ignore: tuple[Points, ...] = ()

    def turned(self, quarters: int) -> PageSample:
        """Return the page turned counter-clockwise by quarters, exactly."""
        quarters %= 4
        if quarters == 0:
            return self
        height, width = self.image.shape[:2]
        moved = self.mapped(lambda p: turned_points(p, quarters, height, width))
        return replace(moved, image=np.ascontiguousarray(np.rot90(self.image, quarters)))

    def mapped(self, points: Callable[[Points], Points]) -> PageSample:
        """Return the truth after a mapping of points; the image is left as it is."""
        return replace(
            self,
            lines=tuple(line.mapped(points) for line in self.lines),
            objects=tuple(replace(o, points=points(o.points)) for o in self.objects),
            ignore=tuple(points(outline) for outline in self.ignore),
        )

    def cropped(self, left: int, top: int, width: int, height: int) -> PageSample:
        """Return a part of the page; lines that leave it are cut and lose ``begins`` or ``ends``.

        Raises:
            ValueError: the part is not within the page.
        """
        if not (0 <= left <= left + width <= self.image.shape[1] and width > 0):
            raise ValueError("the part reaches over the page's sides")
        if not (0 <= top <= top + height <= self.image.shape[0] and height > 0):
            raise ValueError("the part reaches over the page's top or foot")
        moved = self.mapped(lambda p: p - (left, top))
        image = np.ascontiguousarray(self.image[top : top + height, left : left + width])
        lines = (cut_to(line, width, height) for line in moved.lines)
        return PageSample(
            image,
            tuple(line for line in lines if line is not None),
            tuple(o for o in moved.objects if _touches(o.points, width, height)),
            tuple(outline for outline in moved.ignore if _touches(outline, width, height)),
        )


def turned_points(points: Points, quarters: int, height: float, width: float) -> Points:
    """Return points of an image (height, width) after it was turned counter-clockwise."""
    for _ in range(quarters % 4):
        points = np.stack([points[:, 1], width - points[:, 0]], axis=1)
        height, width = width, height
    return points


def shows_direction(text: str) -> bool:
    """Return whether a text's letters show in which quarter they stand, at least one of them."""
    return any(not c.isspace() and c not in _WITHOUT_DIRECTION for c in text) or len(text) > 3


def shows_up(text: str) -> bool:
    """Return whether a text's letters show which side of them is up, at least one of them."""
    return any(not c.isspace() and c not in _WITHOUT_UP for c in text)


def cut_to(line: TextLine, width: int, height: int) -> TextLine | None:
    """Return what of a line stands on an image of this size, None where (nearly) nothing does.

    A line is kept from its first to its last point whose middle, half an x-height above the
    baseline, lies on the image.
    """
    low, high = line.baseline.min(axis=0), line.baseline.max(axis=0)
    reach = 0.5 * line.x_height
    if low.min() >= reach and high[0] + reach <= width and high[1] + reach <= height:
        return line
    if high.min() < -reach or low[0] > width + reach or low[1] > height + reach:
        return None
    middle = line.baseline + reach * upward(line.baseline)
    if _inside(middle, width, height).all():
        return line
    steps = max(2, int(np.ceil(line.length / max(0.25 * line.x_height, 0.5))))
    baseline = _resampled(line.baseline, steps)
    middle = baseline + 0.5 * line.x_height * upward(baseline)
    seen = np.flatnonzero(_inside(middle, width, height))
    if seen.size < 2:
        return None
    first, last = int(seen[0]), int(seen[-1])
    kept = np.linspace(first, last, max(2, (last - first) // _COARSER + 1)).round().astype(int)
    return replace(
        line,
        baseline=baseline[kept],
        begins=line.begins and first == 0,
        ends=line.ends and last == steps - 1,
    )


def _inside(points: Points, width: int, height: int) -> NDArray[np.bool_]:
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= 0) & (y >= 0) & (x <= width) & (y <= height))


def _touches(points: Points, width: int, height: int) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(high[0] > 0 and high[1] > 0 and low[0] < width and low[1] < height)


def _resampled(points: Points, count: int) -> Points:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, i]) for i in (0, 1)], axis=1)


def other_way_up(baseline: Points, x_height: float) -> Points:
    """Return the baseline of the same letters read upside down: their upper edge, from its end."""
    return (baseline + x_height * upward(baseline))[::-1]


def upward(baseline: Points) -> Points:
    """Return the unit vector (n, 2) to the upper side at each point of a baseline."""
    steps = np.diff(baseline, axis=0)
    along = np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]])
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([along[:, 1], -along[:, 0]], axis=1)
