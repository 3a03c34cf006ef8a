"""Lines of transcribed pages: PAGE and ALTO files with the images that they name.

They are cut as reading cuts them, so that an adapter learns from what it will be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.document import Box
from gsaocr.page.given import LayoutFile
from gsaocr.page.ink_cells import baseline_gap, with_cells
from gsaocr.page.load import LoadSettings, PageImage, count_pages, load_pages
from gsaocr.page.prepare import prepare
from gsaocr.page.selection import PageSelection


@dataclass(frozen=True)
class TranscribedLine:
    """One line as cut from its page."""

    image: NDArray[np.uint8]
    """(height, width) grey, level."""
    text: str
    name: str


@dataclass(frozen=True)
class TranscribedPage:
    """The lines of a page that can be trained on."""

    lines: tuple[TranscribedLine, ...]
    left_out: tuple[str, ...]
    """One entry each: name and cause."""
    baseline_gap: float | None
    """x-heights by which the file's baselines lie above those of the ink; None: it has none."""


def transcribed_page(path: Path) -> TranscribedPage:
    """Return the lines of a PAGE or ALTO file.

    Raises:
        InputError: the file is no such file, holds a document type or entities, describes a page of
            other proportions than its image, or the image is missing or can't be read.
    """
    file = LayoutFile.read(path)
    source = file.image()
    image = _loaded(source, file.page_number(source))
    given = file.page(image.width, image.height)
    left_out = [f"{path}: {cause}" for cause in given.left_out]
    layout = with_cells(given.layout, prepare(image), split=False)
    page = Box(0.0, 0.0, float(image.width), float(image.height))
    lines = []
    for line in layout.lines:
        name = f"{path}: {line.name}"
        if not line.text:
            left_out.append(f"{name}: no text")
        elif not line.box.overlap(page):
            left_out.append(f"{name}: lies outside the image")
        else:
            lines.append(TranscribedLine(line.cells[0].crop(), line.text, name))
    return TranscribedPage(tuple(lines), tuple(left_out), baseline_gap(layout.lines))


def _loaded(source: Path, number: int) -> PageImage:
    """A page of an image or PDF; the first, where an image of one page only looks like a further.

    Raises:
        InputError: it can't be read, or there is no such page.
    """
    if number > 1 and count_pages(source, LoadSettings()) > 1:
        return next(iter(load_pages(source, settings=LoadSettings(pages=_only(number)))))
    return next(iter(load_pages(source)))


def _only(number: int) -> PageSelection:
    return PageSelection.parse(str(number))
