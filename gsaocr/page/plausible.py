"""Which runs of ink can be text: not dust, blots, ornaments or parts of pictures."""

from __future__ import annotations

import numpy as np

from gsaocr.page.components import Components, is_solid
from gsaocr.page.lines import Run

_FEW = 3  # pieces; longer runs are text by their number


def is_text(run: Run, parts: Components, letter: float) -> bool:
    """Whether a run may be text; ``letter`` is the page's usual letter height in pixels."""
    height = run.y1 - run.y0
    if height < 0.5 * letter:
        return False
    mine = parts.where(run.members)
    solid = is_solid(mine, letter)
    if int((~solid).sum()) > _FEW:
        return True
    if mine.area[solid].sum() > 0.6 * mine.area.sum() or height > 6 * letter:
        return False
    # A lone stroke, as at the edge of a sheet, is no letter; an I or 1 is wider.
    return bool(mine.width.max() >= 0.12 * height)


def lies_in(run: Run, pictures: Components) -> bool:
    """Whether most of a run lies within the box of a picture."""
    if not len(pictures):
        return False
    width = np.minimum(pictures.x1, run.x1) - np.maximum(pictures.x0, run.x0)
    height = np.minimum(pictures.y1, run.y1) - np.maximum(pictures.y0, run.y0)
    inside = np.maximum(width, 0) * np.maximum(height, 0)
    return bool(inside.max() > 0.7 * (run.x1 - run.x0) * (run.y1 - run.y0))
