"""Contact sheets: several crops made small side by side, as the pyramid's coarse levels see pages.

Columns of small words, tables, charts and pictures look like letters there, and are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from gsaocr.page.page_truth import PageSample, Points


def contact_sheet(samples: Sequence[PageSample], across: int) -> PageSample:
    """Return crops side by side, in rows of ``across``, at the size of one of them.

    Args:
        samples: ``across`` squared crops of one size (side, side).
        across: how many stand in a row, and rows below each other.

    Raises:
        ValueError: another number of crops.
    """
    if len(samples) != across**2:
        raise ValueError(f"{len(samples)} crops are no sheet of {across} by {across}")
    side = samples[0].image.shape[0]
    edges = np.round(np.linspace(0, side, across + 1)).astype(int)
    image = np.empty((side, side, 3), np.uint8)
    parts = []
    for number, sample in enumerate(samples):
        row, column = divmod(number, across)
        top, bottom, left, right = edges[row], edges[row + 1], edges[column], edges[column + 1]
        size = (int(right - left), int(bottom - top))
        image[top:bottom, left:right] = cv2.resize(sample.image, size, interpolation=cv2.INTER_AREA)

        def moved(
            points: Points,
            by: tuple[float, float] = (size[0] / side, size[1] / side),
            corner: tuple[int, int] = (int(left), int(top)),
        ) -> Points:
            return np.asarray(points * by + corner)

        parts.append(sample.mapped(moved))
    return replace(
        samples[0],
        image=image,
        lines=tuple(line for part in parts for line in part.lines),
        objects=tuple(each for part in parts for each in part.objects),
        ignore=tuple(outline for part in parts for outline in part.ignore),
    )
