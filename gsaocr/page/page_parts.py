"""Parts of a page in which lines are looked for, and layouts found there put onto the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from gsaocr.errors import InputError, UsageError
from gsaocr.page.crop import InkMap
from gsaocr.page.document import Box, Point, Polygon, RegionKind
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutCell, LayoutLine, LayoutRegion, PageLayout

_PAPER = 90  # percentile of a part's grey that is taken as its paper


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A part of a page as a user names it: x,y,w,h in pixels of the image as displayed."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> PixelBox:
        """Read "x,y,w,h"; UsageError for anything else and for parts without area."""
        match = re.fullmatch(
            r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*", text
        )
        if match is None or not int(match[3]) or not int(match[4]):
            raise UsageError(f"--region {text}", "is no x,y,w,h in pixels", "e.g. 100,200,800,600")
        return cls(*(int(part) for part in match.groups()))

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


def box_layout(image: PageImage, box: PixelBox) -> PageLayout:
    """Return the layout of a page of which only a box is read; its lines are still to be found.

    Raises:
        InputError: the box lies beyond the page.
    """
    right = min(box.x + box.width, image.width)
    bottom = min(box.y + box.height, image.height)
    if box.x >= right or box.y >= bottom:
        raise InputError(
            image.source, f"is {image.width} x {image.height} pixels", f"--region {box} lies beyond"
        )
    whole = Box(float(box.x), float(box.y), float(right), float(bottom))
    return PageLayout((LayoutRegion((), whole, whole.polygon),))


def part_within(image: PageImage, polygon: Polygon) -> tuple[PageImage, Point] | None:
    """Return what lies within an outline as an image of its own, and its corner on the page.

    What lies outside of the outline is painted over with paper. None if nothing lies within.
    """
    box = Box.around(polygon)
    # Rounding errors must not add a row.
    x0, y0 = max(0, int(np.floor(box.x0 + 1e-6))), max(0, int(np.floor(box.y0 + 1e-6)))
    x1 = min(image.width, int(np.ceil(box.x1 - 1e-6)))
    y1 = min(image.height, int(np.ceil(box.y1 - 1e-6)))
    if x0 >= x1 or y0 >= y1:
        return None
    grey = np.ascontiguousarray(image.grey[y0:y1, x0:x1])
    if len(polygon) != 4 or set(polygon) != set(box.polygon):
        corners = np.clip(np.array(polygon) - (x0, y0), -1e5, 1e5)
        inside = np.zeros(grey.shape, np.uint8)
        cv2.fillPoly(inside, [np.rint(corners).astype(np.int32)], 1)
        if not inside.any():
            return None
        grey[inside == 0] = int(np.percentile(grey[inside > 0], _PAPER))
    return replace(image, grey=grey), (float(x0), float(y0))


def moved(layout: PageLayout, by: Point) -> PageLayout:
    """Return a layout found on a part of a page in the pixels of the page."""

    def points(given: Iterable[Point]) -> tuple[Point, ...]:
        return tuple((x + by[0], y + by[1]) for x, y in given)

    def box(of: Box) -> Box:
        return Box.around(points(of.polygon))

    sources: dict[int, InkMap] = {}

    def cell(of: LayoutCell) -> LayoutCell:
        source = of.source
        if isinstance(source, InkMap):
            origin = (source.origin[0] + by[0], source.origin[1] + by[1])
            source = sources.setdefault(id(source), replace(source, origin=origin))
        start, end = points(of.baseline)
        top_start, top_end = points(of.topline)
        return replace(
            of,
            box=box(of.box),
            polygon=points(of.polygon),
            baseline=(start, end),
            topline=(top_start, top_end),
            source=source,
        )

    def line(of: LayoutLine) -> LayoutLine:
        cells = tuple(cell(each) for each in of.cells)
        return replace(of, cells=cells, box=box(of.box), polygon=points(of.polygon))

    regions = tuple(
        replace(
            region,
            lines=tuple(line(each) for each in region.lines),
            box=box(region.box),
            polygon=points(region.polygon),
        )
        for region in layout.regions
    )
    return replace(layout, regions=regions)


def with_kind(layout: PageLayout, kind: RegionKind | None) -> PageLayout:
    """Return a layout whose regions are all of one kind, where that is given."""
    if kind is None:
        return layout
    return replace(layout, regions=tuple(replace(each, kind=kind) for each in layout.regions))
