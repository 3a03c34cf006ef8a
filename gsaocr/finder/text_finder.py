"""The finder as reading uses it: from the image of a page to the lines that stand on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gsaocr.finder.finding import find_text
from gsaocr.finder.found import ASCENT, DESCENT, FoundLine, FoundPage
from gsaocr.finder.weights import default_finder, load_finder
from gsaocr.page.document import Box
from gsaocr.page.line_course import LineCourse
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutLine


class TextFinder:
    """Finds lines of text with one network; several threads may share it.

    Args:
        path: the finder's weights; None: those that are shipped.

    Raises:
        ModelError: the file can't be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.file = load_finder(path or default_finder())

    def look(self, image: PageImage) -> FoundPage:
        """Return everything that the network says of a page."""
        return find_text(self.file.finder, pixels_of(image))

    def lines(self, image: PageImage) -> list[LayoutLine]:
        """Return the lines on a page, in no order; their ink is still to be looked at."""
        return [layout_line(found) for found in self.look(image).lines]


def pixels_of(image: PageImage) -> NDArray[np.uint8]:
    """Return a page in colours, uint8 (height, width, 3), whether it has any or not."""
    if image.colour is not None:
        return image.colour
    return np.repeat(image.grey[:, :, None], 3, axis=2)


def layout_line(found: FoundLine) -> LayoutLine:
    """Return a found line as reading takes it."""
    line = found.line
    course = LineCourse(
        line.baseline,
        line.x_height,
        found.light > 0.5,
        line.begins,
        line.ends,
        found.up,
        found.score,
    )
    polygon = tuple((x, y) for x, y in course.outline(ASCENT, DESCENT).tolist())
    return LayoutLine((), Box.around(polygon), polygon, course.orientation, course=course)
