"""One rendered line with its text: what the generator gives to the trainer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOWHERE = np.zeros(0, np.float32)
"""The places of characters that are unknown: those of real lines."""


@dataclass(frozen=True)
class LineSample:
    """A grey line image, its text in reading form, and where each character stands."""

    # (height, width), grey, a line crop as page segmentation would cut it; height 14 to 80 px
    image: NDArray[np.uint8]
    # in reading form: ``to_reading_form(text) == text``
    text: str
    # (len(text),) x of each character's centre in units of the image width, after all warping;
    # or NOWHERE
    centres: NDArray[np.float32]
