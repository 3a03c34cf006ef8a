"""Where a line of text runs, before its ink is looked at: as it was found, or as a file says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gsaocr.page.document import Quarter
from gsaocr.page.page_truth import Points, other_way_up, upward


@dataclass(frozen=True, eq=False)
class LineCourse:
    """The course of one line of text, in pixels of the page."""

    baseline: Points  # (n, 2), n >= 2, in reading direction as far as that is known
    x_height: float
    light: bool = False  # light letters on a darker ground
    begins: bool = True  # whether its ends were seen; else it may go on
    ends: bool = True
    up: float = 0.0  # how sure it is that the text is not upside down, as a logit; 0: not at all
    score: float = 1.0  # probability that there is text at all

    @property
    def length(self) -> float:
        """Pixels along the baseline."""
        return float(np.hypot(*np.diff(self.baseline, axis=0).T).sum())

    @property
    def angle(self) -> float:
        """Degrees clockwise by which its text lies turned, -180 to 180."""
        dx, dy = self.baseline[-1] - self.baseline[0]
        return math.degrees(math.atan2(dy, dx))

    @property
    def orientation(self) -> Quarter:
        """The same to the nearest quarter turn."""
        return round(self.angle / 90) * 90 % 360  # type: ignore[return-value]

    def outline(self, above: float, below: float) -> Points:
        """Outline (2 n, 2) of the band so many x-heights above and below the baseline."""
        up = upward(self.baseline) * self.x_height
        return np.concatenate([self.baseline + above * up, (self.baseline - below * up)[::-1]])

    def turned(self) -> LineCourse:
        """Return the course if its text is the other way up."""
        return replace(
            self,
            baseline=other_way_up(self.baseline, self.x_height),
            begins=self.ends,
            ends=self.begins,
            up=-self.up,
        )
