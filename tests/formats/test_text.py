"""Plain text."""

from __future__ import annotations

import pytest

from gsaocr.errors import UsageError
from gsaocr.formats.registry import FORMATS, formats_named
from gsaocr.formats.text import to_text
from tests.formats.plain_documents import document, page, region


def test_lines_regions_and_pages() -> None:
    first = page(region("ſo iſt", "es"), region("Ende"))
    text = b"".join(to_text(document(first, page(region("zwei"), number=2))))
    assert text == "ſo iſt\nes\n\nEnde\fzwei\n".encode()


def test_blank_page_is_an_empty_text() -> None:
    assert b"".join(to_text(document(page()))) == b""
    assert b"".join(to_text(document(page(region(""))))) == b""


def test_formats_by_name() -> None:
    assert [found.name for found in formats_named("json, TXT,json")] == ["json", "txt"]
    with pytest.raises(UsageError, match="known: txt, json"):
        formats_named("txt,docx")
    with pytest.raises(UsageError):
        formats_named("")
    assert all(name == found.name for name, found in FORMATS.items())
