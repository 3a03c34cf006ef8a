"""``--review FILE.csv``: the lines that someone should look at."""

from __future__ import annotations

import csv
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from gsaocr.errors import OutputError
from gsaocr.formats.authorship import head_of
from gsaocr.page.document import Document
from gsaocr.whole_file import Put, whole_file

COLUMNS = (
    "source", "page", "region", "line", "x0", "y0", "x1", "y1", "confidence", "worst word", "text",
)  # fmt: skip
"""Regions and lines count from 1, lines within their region; boxes are pixels as displayed."""

_BOM = b"\xef\xbb\xbf"
_REPAIR = "name another with --review"
_FORMULA = ("=", "+", "-", "@")
_BLANKS = ("\t", "\r", "\n")


def is_own_review(path: Path) -> bool:
    """Whether a list has just the columns that gsaocr writes; an empty file is nobody's."""
    head = head_of(path)
    return not head or head.startswith(_BOM + ",".join(COLUMNS).encode() + b"\r\n")


@contextmanager
def reviewed_in(
    path: Path, below: float, put: Put = Path.replace
) -> Iterator[Callable[[Document, Path], None]]:
    """Yield a viewer that lists lines with a confidence below a limit, as they are read.

    The list stands in its place when the context ends, of a run that was interrupted too; what is
    no file (a pipe, a terminal) gets it line by line. ``put`` may refuse to replace what is there.
    Raises OutputError where the file can't be written.
    """
    try:
        kind = path.stat().st_mode if path.exists() else stat.S_IFREG
        if not path.parent.is_dir() or stat.S_ISDIR(kind):
            cause = "it is a folder" if stat.S_ISDIR(kind) else "there is no such folder"
            raise OutputError(str(path), f"can't be written ({cause})", _REPAIR)
        opened = path.open("wb") if not stat.S_ISREG(kind) else whole_file(path, _REPAIR, put)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(path), f"can't be written ({cause})", _REPAIR) from None
    fault: BaseException | None = None
    with opened as binary:
        stream = TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="")
        stream.write("\ufeff")  # tells spreadsheets that this is UTF-8
        try:
            yield _reviewer(stream, path, below)
        except BaseException as error:  # what was read until then is listed all the same
            fault = error
        stream.flush()
        stream.detach()
    if fault is not None:
        raise fault


def _reviewer(stream: TextIO, path: Path, below: float) -> Callable[[Document, Path], None]:
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
        try:
            stream.flush()
        except OSError as error:
            cause = f"can't be written ({error.strerror or error})"
            raise OutputError(str(path), cause, _REPAIR) from None

    return review


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whatever blanks or wide forms hide its sign."""
    start = unicodedata.normalize("NFKC", text.lstrip())[:1]
    return f"'{text}" if start in _FORMULA or text[:1] in _BLANKS else text
