"""The image of a cell, cut from its page: the one cropper, for reading and for training alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.page.document import Polygon
from gsaocr.page.flatten import FlatFrame, warped

CROP_REACH = 1.08  # x-heights from the middle of the letters to either edge of a crop
CROP_SIDE = 0.4  # x-heights of paper to the left and right of the ink
CROP_FARTHEST = 1.9  # times CROP_REACH: so far are a cell's own accents and long letters followed


@dataclass(frozen=True, slots=True)
class InkMap:
    """A page whose every piece of ink is known to belong to a cell, or to none.

    Args:
        grey: uint8 (height, width), paper white, at the page's resolution.
        frame: of the flat page, on which ink was told apart.
        labels: int32 on the flat page: 0 paper, else the number of a piece of ink.
        owner_of: int32: the cell that the piece with that label belongs to; -1: to none.
        origin: x and y of the map's corner on the page that cells have their points on.
    """

    grey: NDArray[Any]
    frame: FlatFrame
    labels: NDArray[Any]
    owner_of: NDArray[Any]
    origin: tuple[float, float] = (0.0, 0.0)

    def crop(self, polygon: Polygon, owner: int) -> NDArray[np.uint8]:
        """Return the image within four corners: uint8 (height, width), level, paper white.

        Cut with one interpolation; ink of other cells is painted over.
        """
        corners = [(x - self.origin[0], y - self.origin[1]) for x, y in polygon]
        (ax, ay), (bx, by) = corners[0], corners[1]
        (dx, dy) = corners[3]
        width = max(1, round(float(np.hypot(bx - ax, by - ay))))
        height = max(1, round(float(np.hypot(dx - ax, dy - ay))))
        to_page = np.array(
            [
                [(bx - ax) / width, (dx - ax) / height, ax],
                [(by - ay) / width, (dy - ay) / height, ay],
            ]
        )
        crop = warped(self.grey, to_page, (height, width), cv2.INTER_LINEAR, 255)
        to_flat = self.frame.matrix[:, :2] @ to_page
        to_flat[:, 2] += self.frame.matrix[:, 2]
        foreign = self._foreign(owner, to_flat, (height, width))
        crop[foreign > 0] = 255
        return crop

    def _foreign(self, owner: int, to_flat: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
        """Where other cells' ink lies on a crop: uint8, not 0 there."""
        height, width = shape
        corners = to_flat @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        x0, y0 = np.maximum(np.floor(corners.min(axis=1)).astype(int) - 3, 0)
        x1, y1 = np.ceil(corners.max(axis=1)).astype(int) + 3
        window = self.owner_of[self.labels[y0:y1, x0:x1]]
        if not window.size:
            return np.zeros(shape, np.uint8)
        own = (window == owner).view(np.uint8)
        foreign = ((window != 0) & (window != owner)).view(np.uint8)
        foreign = soft_foreign(own, foreign)
        shifted = to_flat.copy()
        shifted[:, 2] -= (x0, y0)
        return warped(foreign, shifted, shape, cv2.INTER_NEAREST, 0)


def soft_foreign(own: NDArray[np.uint8], foreign: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return where ink of others is painted over, from masks of 0 and 1 of what is whose.

    The soft edge of foreign ink goes with it, that of a cell's own stays.
    """
    near_own = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)))
    wide = np.asarray(cv2.dilate(foreign, np.ones((5, 5), np.uint8)))
    return np.asarray((wide > 0) & (near_own == 0)).view(np.uint8)
