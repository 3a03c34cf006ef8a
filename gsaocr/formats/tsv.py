"""Tab-separated values: the twelve columns that Tesseract writes, and two of our own.

Levels: 1 page, 2 block (region), 3 paragraph, 4 line, 5 word. ``conf`` is 0 to 100 for words and
-1 for all else. Text is never quoted. ``line_conf`` (0 to 100) stands in the rows of lines,
``provenance`` in those of pages: program, model and adapter.
"""

from __future__ import annotations

from collections.abc import Iterator

from gsaocr.formats.markup import number, settings_line, share, whole_pixels
from gsaocr.page.document import Box, Document, Page, with_pages

COLUMNS = (
    "level", "page_num", "block_num", "par_num", "line_num", "word_num",
    "left", "top", "width", "height", "conf", "text", "line_conf", "provenance",
)  # fmt: skip


def to_tsv(document: Document) -> Iterator[bytes]:
    """Yield the table, UTF-8, page by page."""
    yield ("\t".join(COLUMNS) + "\n").encode()
    for page in document.pages:
        rows = _rows(page, settings_line(with_pages(document.provenance, [page])))
        yield "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows).encode(
            "utf-8", "replace"
        )


def _rows(page: Page, provenance: str) -> Iterator[tuple[str, ...]]:
    def row(
        numbers: tuple[int, ...], box: Box, conf: str = "-1", text: str = "", line_conf: str = "",
        provenance: str = "",
    ) -> tuple[str, ...]:  # fmt: skip
        x0, y0, x1, y1 = whole_pixels(box, page)
        place = (*numbers, *(0,) * (5 - len(numbers)), x0, y0, x1 - x0, y1 - y0)
        level = len(numbers)
        return (str(level), *map(str, place), conf, text, line_conf, provenance)

    yield row((page.number,), page.box, provenance=provenance)
    for block, region in enumerate(page.regions, start=1):
        yield row((page.number, block), region.box)
        yield row((page.number, block, 1), region.box)
        for count, line in enumerate(region.lines, start=1):
            place = (page.number, block, 1, count)
            yield row(place, line.box, line_conf=_percent(line.confidence))
            for index, word in enumerate(line.words, start=1):
                yield row((*place, index), word.box, _percent(word.confidence), word.text)


def _percent(confidence: float) -> str:
    return number(100 * share(confidence))


def _cell(text: str) -> str:
    """A cell's text without what would end the cell or the row."""
    return " ".join(text.split())
