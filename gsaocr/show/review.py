"""``--review FILE.csv``: the lines that someone should look at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from gsaocr.errors import OutputError
from gsaocr.page.document import Document

COLUMNS = (
    "source", "page", "region", "line", "x0", "y0", "x1", "y1", "confidence", "worst word", "text",
)  # fmt: skip
"""Regions and lines count from 1, lines within their region; boxes are pixels as displayed."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def reviewed_in(path: Path, below: float) -> Iterator[Callable[[Document, Path], None]]:
    """Yield a viewer that lists lines with a confidence below a limit, as they are read.

    Raises OutputError where the file can't be written.
    """
    try:
        # The mark at the start tells spreadsheets that this is UTF-8.
        with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as stream:
            yield _reviewer(stream, below)
    except OSError as error:
        cause = f"can't be written ({error.strerror or error})"
        raise OutputError(str(path), cause, "name another with --review") from None


def _reviewer(stream: TextIO, below: float) -> Callable[[Document, Path], None]:
    table = csv.writer(stream)
    table.writerow(COLUMNS)

    def review(document: Document, original: Path) -> None:
        for page in document.pages:
            for region_number, region in enumerate(page.regions, start=1):
                for line_number, line in enumerate(region.lines, start=1):
                    if line.confidence >= below or not line.words:
                        continue
                    box = line.box
                    worst = min(line.words, key=lambda word: word.confidence)
                    table.writerow(
                        [
                            _cell(document.source),
                            page.number,
                            region_number,
                            line_number,
                            *(round(value) for value in (box.x0, box.y0, box.x1, box.y1)),
                            f"{line.confidence:.3f}",
                            _cell(worst.text),
                            _cell(line.text),
                        ]
                    )
        stream.flush()

    return review


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
