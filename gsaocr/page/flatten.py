"""The flat page: turned and deskewed so that its lines run along rows of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.deskew import TextDirection
from gsaocr.page.document import Point

Bytes = NDArray[Any]  # uint8
Matrix = NDArray[Any]  # float64 (2, 3)


@dataclass(frozen=True, slots=True)
class FlatFrame:
    """Where points of a page lie on its flat copy, and back.

    ``matrix`` (2, 3) takes (x, y, 1) of the page to (x, y) of the flat page, where pixel (i, j)
    covers [i, i + 1) x [j, j + 1) on both. ``shape`` is the flat page's (height, width).
    """

    matrix: Matrix
    shape: tuple[int, int]

    @property
    def inverse(self) -> Matrix:
        """From the flat page to the page."""
        return np.asarray(cv2.invertAffineTransform(self.matrix))

    def to_page(self, point: Point) -> Point:
        """A point of the flat page on the page."""
        x, y = self.inverse @ (point[0], point[1], 1.0)
        return float(x), float(y)

    def to_flat(self, point: Point) -> Point:
        """A point of the page on the flat page."""
        x, y = self.matrix @ (point[0], point[1], 1.0)
        return float(x), float(y)


def flat_frame(shape: tuple[int, ...], direction: TextDirection) -> FlatFrame:
    """The frame in which the lines of a page of this (height, width) lie level."""
    height, width = shape[:2]
    matrix = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    if direction.axis == 90:
        matrix = np.array([[0, 1.0, 0], [-1.0, 0, width]])
        height, width = width, height
    if direction.skew == 0:
        return FlatFrame(matrix, (height, width))
    angle = np.radians(direction.skew)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = turn @ np.array([[0, width, 0, width], [0, 0, height, height]])
    size = np.ceil(corners.max(axis=1) - corners.min(axis=1))
    middle = turn @ (width / 2, height / 2)
    matrix = turn @ matrix
    matrix[:, 2] += size / 2 - middle
    return FlatFrame(matrix, (int(size[1]), int(size[0])))


def warp_ink(ink: Bytes, frame: FlatFrame) -> Bytes:
    """The ink mask on the flat page: uint8 of the frame's shape, 1 where there is ink."""
    if np.array_equal(frame.matrix[:, :2], np.eye(2)):
        return ink
    if np.array_equal(frame.matrix[:, :2], [[0, 1], [-1, 0]]):
        return np.ascontiguousarray(np.rot90(ink))
    soft = cv2.warpAffine(
        ink * np.uint8(255), pixel_matrix(frame.matrix), frame.shape[::-1], flags=cv2.INTER_LINEAR
    )
    return np.asarray(soft > 110).view(np.uint8)


def warped(
    image: NDArray[Any],
    to_image: Matrix,
    shape: tuple[int, int],
    how: int = cv2.INTER_LINEAR,
    outside: int | None = None,
) -> NDArray[Any]:
    """Sample an image through a map (2, 3) from the result's points to the image's.

    Args:
        image: (height, width) or (height, width, channels).
        to_image: from points of the result to those of the image.
        shape: the result's height and width.
        how: cv2's way of interpolating.
        outside: what lies beyond the image; None: its edge goes on.
    """
    return np.asarray(
        cv2.warpAffine(
            image,
            pixel_matrix(to_image),
            shape[::-1],
            flags=how | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT,
            borderValue=outside or 0,
        )
    )


def pixel_matrix(matrix: Matrix) -> Matrix:
    """The same map between pixel numbers, whose centres lie half a pixel in."""
    result = matrix.copy()
    result[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return result
