"""Parts of a page read on their own, and their readings put back onto the page."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError, UsageError
from gsaocr.page.document import Box, Character, Line, Page, Point, Polygon, Quarter, Region, Word
from gsaocr.page.load import PageImage

Affine = NDArray[np.float64]
"""(2, 3): takes (x, y, 1) of a piece to (x, y) of its page."""

_PAPER = 90  # percentile of a piece's grey that is taken as its paper


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page as an image of its own."""

    image: PageImage
    to_page: Affine


def box_piece(image: PageImage, box: PixelBox) -> Piece:
    """Cut an upright box from a page; InputError if it lies beyond the page."""
    right = min(box.x + box.width, image.width)
    bottom = min(box.y + box.height, image.height)
    if box.x >= right or box.y >= bottom:
        raise InputError(
            image.source, f"is {image.width} x {image.height} pixels", f"--region {box} lies beyond"
        )
    part = np.ascontiguousarray(image.grey[box.y : bottom, box.x : right])
    return Piece(replace(image, grey=part), np.array([[1.0, 0, box.x], [0, 1.0, box.y]]))


def polygon_piece(image: PageImage, polygon: Polygon, direction: float = 0.0) -> Piece | None:
    """Cut a polygon from a page, what lies outside it painted over with paper.

    ``direction`` (radians, clockwise) is that of the text: it runs along the rows of the piece.
    None if nothing of the polygon lies on the page.
    """
    cosine, sine = math.cos(direction), math.sin(direction)
    corners = np.array(polygon, np.float64)
    along, across = corners @ (cosine, sine), corners @ (-sine, cosine)
    # Rounding errors of the turn must not add a row.
    left, top = math.floor(along.min() + 1e-6), math.floor(across.min() + 1e-6)
    width = math.ceil(along.max() - 1e-6) - left
    height = math.ceil(across.max() - 1e-6) - top
    on_page = Box.around(polygon).overlap(Box(0, 0, image.width, image.height)) > 0
    if not on_page or width < 1 or height < 1 or width * height > 4 * image.grey.size:
        return None
    to_page = np.array(
        [
            [cosine, -sine, left * cosine - top * sine],
            [sine, cosine, left * sine + top * cosine],
        ]
    )
    # The centres of pixels lie half a pixel inside them.
    centred = to_page.copy()
    centred[:, 2] += to_page[:, :2] @ (0.5, 0.5) - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    grey = cv2.warpAffine(
        image.grey, centred, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )  # fmt: skip
    inside = np.zeros((height, width), np.uint8)
    own = np.stack([along - left, across - top], axis=1)
    cv2.fillPoly(inside, [np.rint(own).astype(np.int32)], 1)
    if not inside.any():
        return None
    grey = np.asarray(grey, np.uint8)
    grey[inside == 0] = int(np.percentile(grey[inside > 0], _PAPER))
    return Piece(replace(image, grey=np.ascontiguousarray(grey)), to_page)


def put_back(region: Region, to_page: Affine) -> Region:
    """A region of a piece in the pixels of its page."""
    lines = tuple(_line(line, to_page) for line in region.lines)
    polygon = _points(region.polygon, to_page)
    return replace(region, lines=lines, box=Box.around(polygon), polygon=polygon)


def whole_page(image: PageImage, regions: tuple[Region, ...], like: Page | None = None) -> Page:
    """A page with regions from its pieces; its direction is that of ``like``, a piece's reading."""
    like = like or Page(image.width, image.height, ())
    return replace(
        like,
        width=image.width,
        height=image.height,
        regions=regions,
        source=image.source,
        number=image.number,
        dpi=image.dpi,
    )


def _line(line: Line, to_page: Affine) -> Line:
    polygon = _points(line.polygon, to_page)
    turned = math.degrees(math.atan2(to_page[1, 0], to_page[0, 0]))
    orientation: Quarter = (line.orientation + round(turned / 90) * 90) % 360  # type: ignore[assignment]
    return replace(
        line,
        words=tuple(_word(word, to_page) for word in line.words),
        box=_box(line.box, to_page),
        polygon=polygon,
        baseline=_points(line.baseline, to_page),
        orientation=orientation,
    )


def _word(word: Word, to_page: Affine) -> Word:
    characters = tuple(
        Character(each.text, _box(each.box, to_page), each.confidence) for each in word.characters
    )
    return Word(characters, _box(word.box, to_page), word.confidence)


def _box(box: Box, to_page: Affine) -> Box:
    return Box.around(_points(box.polygon, to_page))


def _points(points: tuple[Point, ...], to_page: Affine) -> tuple[Point, ...]:
    moved = np.array([(x, y, 1.0) for x, y in points]) @ to_page.T
    return tuple((float(x), float(y)) for x, y in moved)
