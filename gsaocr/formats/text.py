"""Plain text: the reading alone."""

from __future__ import annotations

from collections.abc import Iterator

from gsaocr.formats.hyphens import joined
from gsaocr.formats.settings import DEFAULT, Breaks, WriterSettings
from gsaocr.page.document import Document, Page, Region


def to_text(document: Document, settings: WriterSettings = DEFAULT) -> Iterator[bytes]:
    """Yield the text as UTF-8: lines as on the page, an empty line between regions.

    Pages are separated by a form feed. The text ends with a line break unless it is empty.
    """
    any_text = False
    for index, page in enumerate(document.pages):
        text = _page_text(page, settings)
        any_text = any_text or bool(text) or index > 0
        yield ("\f" + text if index else text).encode("utf-8", "replace")
    if any_text:
        yield b"\n"


def _page_text(page: Page, settings: WriterSettings) -> str:
    texts = (_region_text(region, settings) for region in page.regions)
    return "\n\n".join(text for text in texts if text)


def _region_text(region: Region, settings: WriterSettings) -> str:
    lines = [line.text for line in region.lines if line.words]
    if settings.hyphens == "join":
        lines = without_broken_words(lines)
    return _LINE_ENDS[_breaks(region, settings)].join(lines)


_LINE_ENDS: dict[Breaks, str] = {"keep": "\n", "join": " "}


def _breaks(region: Region, settings: WriterSettings) -> Breaks:
    """The rows of a table stay rows."""
    return "keep" if region.kind == "table" else settings.breaks


def without_broken_words(lines: list[str]) -> list[str]:
    """The lines with each broken word whole on the line where it begins."""
    whole: list[str] = []
    for line in lines:
        before, head = _split_last(whole[-1]) if whole else ("", "")
        tail, _, after = line.partition(" ")
        word = joined(head, tail) if head and tail else None
        if word is None:
            whole.append(line)
        else:
            whole[-1] = before + word
            whole += [after] if after else []
    return whole


def _split_last(line: str) -> tuple[str, str]:
    start = line.rfind(" ") + 1
    return line[:start], line[start:]
