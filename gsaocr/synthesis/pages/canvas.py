"""What page kinds draw on: letters, rules, boxes and parts turned round, with their truth.

A canvas has a size of its own in pixels of the finished picture, and shows a window of it, drawn
``scale`` times larger. What lies outside of the window is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gsaocr.page.page_truth import (
    ObjectKind,
    PageObject,
    TextLine,
    shows_direction,
    shows_up,
    turned_points,
)
from gsaocr.synthesis.pages.colours import Colour, brightness
from gsaocr.synthesis.pages.type import Run

_TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
# where the ground is looked at under a line: shares of its length, x-heights above the baseline
_PROBES = ((0.02, 0.5), (0.2, 0.9), (0.35, 0.1), (0.5, 0.5), (0.65, 0.9), (0.8, 0.1), (0.98, 0.5))


@dataclass(frozen=True)
class Rect:
    """An upright rectangle [x0, x1) x [y0, y1)."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.y1 - self.y0

    @property
    def corners(self) -> NDArray[np.float64]:
        """The four corners, clockwise from the top left."""
        return np.array(
            [(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)],
            np.float64,
        )

    def within(self, other: Rect) -> Rect:
        """Return what both share; its sides may be 0."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        return Rect(x0, y0, max(x0, min(self.x1, other.x1)), max(y0, min(self.y1, other.y1)))

    def inset(self, by: float) -> Rect:
        """Return the rectangle with all sides moved inwards."""
        return Rect(self.x0 + by, self.y0 + by, self.x1 - by, self.y1 - by)


class Canvas:
    """Drawn on in pixels of the finished picture; see the module."""

    def __init__(
        self, width: float, height: float, window: Rect, scale: float, ground: Colour
    ) -> None:
        self.width = width
        self.height = height
        self.window = window
        self.scale = scale
        self.ground = ground
        size = math.ceil(window.width * scale), math.ceil(window.height * scale)
        self._open(Image.new("RGB", size, ground))
        self.lines: list[TextLine] = []
        self.objects: list[PageObject] = []

    def _open(self, image: Image.Image) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
        self._pixels: Any = image.load()

    # letters

    def shows(self, rect: Rect) -> bool:
        """Return whether any of a rectangle lies in the window."""
        w = self.window
        return rect.x0 < w.x1 and rect.x1 > w.x0 and rect.y0 < w.y1 and rect.y1 > w.y0

    def text(
        self,
        run: Run,
        x: float,
        baseline: float,
        ink: Colour,
        light: bool | None = None,
        known: bool = True,
    ) -> float:
        """Put a line of text down with its pen starting at x; returns where the pen ends.

        Whether the letters are the lighter ones is seen on the ground unless given. What is not
        ``known`` is drawn without truth.
        """
        return self.texts([(run, x)], baseline, ink, light, known)

    def texts(
        self,
        runs: Sequence[tuple[Run, float]],
        baseline: float,
        ink: Colour,
        light: bool | None = None,
        known: bool = True,
    ) -> float:
        """Put a line down that is set in several types; see ``text``."""
        s = self.scale
        x_height = max(run.x_height for run, _ in runs) / s
        above = max(run.above for run, _ in runs) / s
        below = max(run.below for run, _ in runs) / s
        end = runs[-1][1] + runs[-1][0].width / s
        inked = [(run, x) for run, x in runs if run.letters]
        if not inked or not self.window.y0 < baseline + below:
            return end
        if baseline - above > self.window.y1:
            return end
        x0 = inked[0][1] + inked[0][0].left / s
        x1 = inked[-1][1] + inked[-1][0].right / s
        if x1 < self.window.x0 or x0 > self.window.x1:
            return end
        if light is None and known:
            light = brightness(ink) > self._brightness_under(x0, x1, baseline, x_height)
        y = (baseline - self.window.y0) * s
        for run, x in inked:
            self._letters(run, (x - self.window.x0) * s, y, ink)
        if known:
            text = " ".join(run.text.strip() for run, _ in inked)
            points = np.array([(x0, baseline), (x1, baseline)], np.float64)
            self.lines.append(
                TextLine(
                    points,
                    x_height,
                    max(above, 0.1),
                    max(below, 0.0),
                    bool(light),
                    shows_direction(text),
                    shows_up(text),
                    text=text,
                )
            )
        return end

    def _letters(self, run: Run, x: float, y: float, ink: Colour) -> None:
        bitmap, row, limit = self._draw.bitmap, round(y), self.image.width
        for letter, pen in run.letters:
            left = round(x + pen) + letter.left
            if letter.mask is not None and -letter.mask.width < left < limit:
                bitmap((left, row + letter.top), letter.mask, ink)

    def _brightness_under(self, x0: float, x1: float, baseline: float, x_height: float) -> float:
        """Return the median brightness of some pixels where a line is to stand."""
        levels = []
        width, height = self.image.size
        left, step = (x0 - self.window.x0) * self.scale, (x1 - x0) * self.scale
        for share, lift in _PROBES:
            x = int(left + share * step)
            y = int((baseline - lift * x_height - self.window.y0) * self.scale)
            if 0 <= x < width and 0 <= y < height:
                levels.append(brightness(self._pixels[x, y]))
        levels.sort()
        return levels[len(levels) // 2] if levels else brightness(self.ground)

    # drawing

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.window.x0) * self.scale, (y - self.window.y0) * self.scale

    def _box(self, rect: Rect) -> tuple[float, float, float, float]:
        """Return a rectangle's first and last pixel in the picture, at least one wide."""
        x0, y0 = self._at(rect.x0, rect.y0)
        x1, y1 = self._at(rect.x1, rect.y1)
        x0, y0 = round(x0), round(y0)
        return x0, y0, max(x0, round(x1) - 1), max(y0, round(y1) - 1)

    def stroke(self, thickness: float) -> int:
        """Return a thickness in whole pixels of the canvas, at least 1."""
        return max(1, round(thickness * self.scale))

    def fill(self, rect: Rect, colour: Colour, round_by: float = 0.0) -> None:
        """Fill a rectangle, its corners rounded."""
        if self.shows(rect):
            self._draw.rounded_rectangle(self._box(rect), self._radius(rect, round_by), colour)

    def _radius(self, rect: Rect, round_by: float) -> float:
        """Return the radius of rounded corners in the picture, 0 where there is no room."""
        x0, y0, x1, y1 = self._box(rect)
        radius = min(round_by * self.scale, (x1 - x0) / 2 - 1, (y1 - y0) / 2 - 1)
        return max(0.0, float(int(radius)))

    def frame(
        self, rect: Rect, colour: Colour, thickness: float = 1.0, round_by: float = 0.0
    ) -> None:
        """Draw a rectangle's edge."""
        if self.shows(rect):
            x0, y0, x1, y1 = box = self._box(rect)
            radius = self._radius(rect, round_by)
            width = min(self.stroke(thickness), max(1, int(min(x1 - x0, y1 - y0) / 2)))
            self._draw.rounded_rectangle(box, radius, None, colour, width)

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: Colour,
        thickness: float = 1.0,
        dash: tuple[float, float] | None = None,
        known: bool = True,
    ) -> None:
        """Draw a straight rule; ``dash`` is the length of its pieces and of the gaps."""
        a, b = np.array(start, np.float64), np.array(end, np.float64)
        width = self.stroke(thickness)
        if dash is None:
            self._draw.line([self._at(*start), self._at(*end)], colour, width)
        else:
            length = max(float(np.hypot(*(b - a))), 1e-6)
            step = (b - a) / length
            for at in np.arange(0, length, max(sum(dash), 1.0)):
                p, q = a + step * at, a + step * min(length, at + dash[0])
                self._draw.line([self._at(*p), self._at(*q)], colour, width)
        if known:
            self.objects.append(PageObject("rule", np.stack([a, b]), thickness))

    def known_rule(
        self, start: tuple[float, float], end: tuple[float, float], thickness: float
    ) -> None:
        """Note a rule that was set from signs, as leaders are."""
        self.objects.append(PageObject("rule", np.array([start, end], np.float64), thickness))

    def polyline(self, points: Sequence[tuple[float, float]], colour: Colour, width: float) -> None:
        """Draw a course of straight strokes."""
        self._draw.line([self._at(*p) for p in points], colour, self.stroke(width), "curve")

    def polygon(
        self, points: Sequence[tuple[float, float]], fill: Colour | None, edge: Colour | None = None
    ) -> None:
        """Draw a filled polygon or its edge."""
        self._draw.polygon([self._at(*p) for p in points], fill, edge)

    def ellipse(
        self, rect: Rect, fill: Colour | None, edge: Colour | None = None, thickness: float = 1.0
    ) -> None:
        """Draw an ellipse that fills a rectangle."""
        if self.shows(rect):
            self._draw.ellipse(self._box(rect), fill, edge, self.stroke(thickness))

    def arc(self, rect: Rect, start: float, end: float, colour: Colour, thickness: float) -> None:
        """Draw a part of an ellipse, degrees clockwise from the right."""
        if self.shows(rect):
            self._draw.arc(self._box(rect), start, end, colour, self.stroke(thickness))

    def object(self, kind: ObjectKind, rect: Rect, thickness: float = 1.0) -> None:
        """Note an object that was drawn."""
        self.objects.append(PageObject(kind, rect.corners, thickness))

    # pixels

    def pixels(self, rect: Rect) -> NDArray[np.uint8] | None:
        """Return the canvas's pixels in a rectangle, a copy; None where none shows."""
        x0, y0, x1, y1 = self._visible(rect)
        if x1 <= x0 or y1 <= y0:
            return None
        return np.array(self.image.crop((x0, y0, x1, y1)))

    def put(self, rect: Rect, pixels: NDArray[np.uint8]) -> None:
        """Put pixels back where ``pixels`` took them from."""
        x0, y0, _, _ = self._visible(rect)
        self.image.paste(Image.fromarray(pixels), (x0, y0))

    def _visible(self, rect: Rect) -> tuple[int, int, int, int]:
        x0, y0, x1, y1 = self._box(rect)
        return (
            max(0, int(x0)),
            max(0, int(y0)),
            min(self.image.width, int(x1) + 1),
            min(self.image.height, int(y1) + 1),
        )

    # parts

    @contextmanager
    def part(self, rect: Rect, quarters: int = 0) -> Iterator[Canvas | None]:
        """Give a rectangle of the canvas as one of its own, turned counter-clockwise by quarters.

        None where it doesn't show. What is drawn there comes back turned, with its truth.
        """
        x0, y0, x1, y1 = self._visible(rect)
        if x1 - x0 < 2 or y1 - y0 < 2:
            yield None
            return
        s, w = self.scale, self.window
        quarters %= 4
        # the window of the part, in its own upright coordinates
        seen = Rect(w.x0 + x0 / s, w.y0 + y0 / s, w.x0 + x1 / s, w.y0 + y1 / s)
        inner = _turned_back(seen, rect, quarters)
        width, height = (rect.width, rect.height)[:: -1 if quarters % 2 else 1]
        part = Canvas.__new__(Canvas)
        part.width, part.height, part.window, part.scale = width, height, inner, s
        part.ground = self.ground
        part.lines, part.objects = [], []
        piece = self.image.crop((x0, y0, x1, y1))
        part._open(piece.transpose(_TURNS[4 - quarters]) if quarters else piece)
        yield part
        back = part.image.transpose(_TURNS[quarters]) if quarters else part.image
        self.image.paste(back, (x0, y0))
        corner = np.array([rect.x0, rect.y0])
        for line in part.lines:
            self.lines.append(
                line.mapped(lambda p: turned_points(p, quarters, height, width) + corner)
                if quarters
                else replace(line, baseline=line.baseline + corner)
            )
        for each in part.objects:
            points = turned_points(each.points, quarters, height, width) + corner
            self.objects.append(replace(each, points=points))


def _turned_back(seen: Rect, rect: Rect, quarters: int) -> Rect:
    """Return a rectangle of the parent in the coordinates of a part turned by quarters."""
    points = seen.corners - (rect.x0, rect.y0)
    height, width = rect.height, rect.width
    for _ in range((4 - quarters) % 4):
        points = np.stack([points[:, 1], width - points[:, 0]], axis=1)
        height, width = width, height
    low, high = points.min(axis=0), points.max(axis=0)
    return Rect(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
