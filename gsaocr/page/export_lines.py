"""Line images with drafts of their texts, for a person to correct and an adapter to learn from."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from numpy.typing import NDArray

from gsaocr.errors import OutputError
from gsaocr.page.correction_page import PageLine, correction_page
from gsaocr.whole_file import write_whole

CORRECTION_PAGE = "correct.html"
"""The page in which the lines are corrected."""

_ODD = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class DraftLine:
    """One line as read."""

    image: NDArray[Any]
    """(height, width) grey, uint8, upright."""
    text: str
    confidence: float
    page: str
    """Name of the page that it stands on."""
    number: int
    """Its place on the page, from 1."""


def export_lines(lines: Sequence[DraftLine], folder: Path) -> list[Path]:
    """Write line images, drafts as .gt.txt and the correction page; return the images.

    The least certain lines come first: their rank begins the file's name. Each page's lines have a
    folder of their own, so that training can tell pages apart.

    Raises:
        OutputError: the folder has lines already, or a page's own folder, or can't be written.
    """
    if os.path.exists(folder / CORRECTION_PAGE):
        raise OutputError(str(folder), "holds exported lines already", "choose another folder")
    ranked = sorted(lines, key=lambda line: (line.confidence, line.page, line.number))
    folders = _folders([line.page for line in lines])
    digits = max(4, len(str(len(ranked))))
    for name in {folders[line.page] for line in lines}:
        if os.path.exists(folder / name):
            repair = "choose another folder"
            raise OutputError(str(folder / name), "is there already", repair)
    written: list[Path] = []
    entries: list[PageLine] = []
    try:
        for rank, line in enumerate(ranked, 1):
            name = f"{folders[line.page]}/{rank:0{digits}}-line{line.number:03}"
            image = folder / f"{name}.png"
            image.parent.mkdir(parents=True, exist_ok=True)
            content = cv2.imencode(".png", line.image)[1].tobytes()
            image.write_bytes(content)
            image.with_suffix(".gt.txt").write_text(line.text + "\n", encoding="utf-8")
            written.append(image)
            entries.append(PageLine(name, content, line.text, line.confidence))
        # The page comes last: a folder with it is complete.
        page = correction_page(entries, folder.name)
        write_whole(folder / CORRECTION_PAGE, page.encode("utf-8"))
    except OSError as error:
        cause = error.strerror or "can't be written"
        raise OutputError(str(folder), cause, "choose another folder with -o") from None
    return written


def _folders(pages: Sequence[str]) -> dict[str, str]:
    """Return a folder name for each page, distinct and safe on every system."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for page in dict.fromkeys(pages):
        plain = _ODD.sub("_", page).strip("._") or "page"
        name, number = plain, 2
        while name.casefold() in taken:
            name, number = f"{plain}-{number}", number + 1
        taken.add(name.casefold())
        names[page] = name
    return names
