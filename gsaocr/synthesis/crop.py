"""Where a line is cut out of its page, by page segmentation or by a box around its ink.

All lengths are pixels at setting scale. Top and bottom margins are measured from the face's
ascender and descender; below 0 the cut goes into the letters.
"""

from __future__ import annotations

import numpy as np

from gsaocr.page.crop import CROP_FARTHEST, CROP_REACH
from gsaocr.synthesis.draws import chance, span
from gsaocr.synthesis.glyphs import FaceGlyphs, SetLine


def page_margins(
    rng: np.random.Generator, glyphs: FaceGlyphs, line: SetLine, text: str
) -> tuple[float, float]:
    """Return top and bottom margins as page segmentation sets them.

    It cuts as :func:`gsaocr.page.cells.cell_of_run` does, which measures letters less exactly:
    ``CROP_REACH`` x-heights from the middle of the letters both ways, farther where their own ink
    reaches farther. Capitals and figures alone count as 1.45 x-heights high.
    """
    capitals = text.upper() == text
    high = glyphs.ascent if capitals else glyphs.x_height
    x_height = glyphs.ascent / 1.45 if capitals else glyphs.x_height
    reach = CROP_REACH * x_height * span(rng, 0.93, 1.12)
    middle = high / 2 + float(rng.normal(0, 0.05)) * high
    over, under = line.reach()
    above, below = (
        min(max(reach, ink + 0.1 * x_height), CROP_FARTHEST * reach)
        for ink in (over - middle, under + middle)
    )
    return middle + above - glyphs.ascent, below - middle - glyphs.descent


def box_margins(
    rng: np.random.Generator,
    glyphs: FaceGlyphs,
    line: SetLine,
    usual: float,
    tight: float,
    loose: float,
) -> tuple[float, float]:
    """Return top and bottom margins as boxes of data sets and users have them.

    ``usual`` is the greatest usual margin in units of the line's height, ``tight`` the share of
    edges that cut into the letters, ``loose`` that of wide margins.
    """
    body = glyphs.ascent + glyphs.descent
    top, bottom = (_margin(rng, usual, tight, loose) * body for _ in range(2))
    above, below = line.reach()
    if chance(rng, 0.4) and above + below > 0.25 * body:
        # the box follows the ink that there is
        return top + above - glyphs.ascent, bottom + below - glyphs.descent
    return top, bottom


def side_margin(rng: np.random.Generator, x_height: float) -> float:
    """Return a margin at the left or right end."""
    at = rng.random()
    if at < 0.08:
        return -span(rng, 0.0, 0.08) * x_height
    return span(rng, 0.0, 0.6) * x_height if at < 0.75 else span(rng, 0.5, 3.0) * x_height


def _margin(rng: np.random.Generator, usual: float, tight: float, loose: float) -> float:
    at = rng.random()
    if at < tight:
        return -span(rng, 0.0, 0.06)
    if at < tight + loose:
        return span(rng, 0.25, 0.6)
    return span(rng, 0.0, usual)
