"""From the pixels of a drawn PDF page to its user space, through rotation and boxes.

Nonsense in a file is read as PDFium reads it, which drew the page: what is no number is 0, a turn
that is no quarter is the quarter before it towards 0, and a page without a box is US Letter.
"""

from __future__ import annotations

import math
from typing import Any

import pikepdf

from gsaocr.formats.pdf_file import Matrix
from gsaocr.page.document import Page

_LETTER = (0.0, 0.0, 612.0, 792.0)
_DEEPEST = 50  # levels of a page tree, which may be a circle in a broken file
_PROPORTIONS = 0.02  # by which a page's width may differ from the drawn one's, at equal heights

_Corners = tuple[float, float, float, float]  # left, bottom, right, top


def pixels_to_user(target: pikepdf.Page, page: Page) -> Matrix:
    """The matrix from pixels of the page as drawn to its user space.

    Raises ValueError if the page has other proportions than what was drawn: qpdf replaces boxes
    that hold no numbers, so that the place of nothing on the page is known.
    """
    left, bottom, right, top = visible_box(target)
    turn = int(_number(inherited(target, "/Rotate")) / 90) % 4
    width, height = right - left, top - bottom
    across, down = (height, width) if turn % 2 else (width, height)
    sx, sy = across / page.width, down / page.height
    slack = _PROPORTIONS + 2 / min(page.width, page.height)  # sizes in pixels are rounded
    if abs(sx / sy - 1) > slack:
        raise ValueError(f"page {page.number} has no usable MediaBox or CropBox")
    matrices: tuple[Matrix, ...] = (
        (sx, 0, 0, -sy, left, top),
        (0, sx, sy, 0, left, bottom),
        (-sx, 0, 0, sy, right, bottom),
        (0, -sx, -sy, 0, right, top),
    )
    return matrices[turn]


def visible_box(target: pikepdf.Page) -> _Corners:
    """Left, bottom, right and top of what a viewer shows of a page, in its user space."""
    media = _box(target, "/MediaBox") or _LETTER
    crop = _box(target, "/CropBox") or media
    cut = (
        max(media[0], crop[0]), max(media[1], crop[1]),
        min(media[2], crop[2]), min(media[3], crop[3]),
    )  # fmt: skip
    return cut if cut[0] < cut[2] and cut[1] < cut[3] else media


def inherited(target: pikepdf.Page, name: str) -> Any:
    """An entry of a page or of what it hangs on in the page tree; None if there is none."""
    node: Any = target.obj
    for _ in range(_DEEPEST):
        if not isinstance(node, pikepdf.Dictionary):
            break
        value = node.get(name)
        if value is not None:
            return value
        node = node.get("/Parent")
    return None


def _box(target: pikepdf.Page, name: str) -> _Corners | None:
    """A box with its corners in order; None for one that isn't there or has no area."""
    found = inherited(target, name)
    if not isinstance(found, pikepdf.Array) or len(found) != 4:
        return None
    x0, y0, x1, y1 = (_number(value) for value in found)
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box[0] < box[2] and box[1] < box[3] else None


def _number(value: Any) -> float:
    try:
        read = float(value)
    except (ValueError, TypeError, ArithmeticError, pikepdf.PdfError):
        return 0.0
    return read if math.isfinite(read) else 0.0
