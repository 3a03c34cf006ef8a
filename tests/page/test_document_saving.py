"""Documents as Python programs take them: saved, as rows, as a dictionary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gsaocr.errors import OutputError, UsageError
from gsaocr.formats.registry import FORMATS
from gsaocr.page.document import Box, Document, with_pages
from tests.formats.documents import drawn_page, small_document


@pytest.mark.parametrize("name", ["txt", "json", "tsv", "hocr", "alto", "page"])
def test_the_ending_names_the_format(tmp_path: Path, name: str) -> None:
    document = small_document(1)
    path = document.save(tmp_path / f"A{FORMATS[name].suffix}")
    assert path.read_bytes()
    if name == "txt":
        assert path.read_text() == document.text + "\n"
    if name == "json":
        assert json.loads(path.read_text()) == document.to_dict()


def test_a_pdf_shows_the_original(tmp_path: Path) -> None:
    picture, page = drawn_page(["some words"])
    picture.save(tmp_path / "scan.png")
    document = Document((page,), str(tmp_path / "scan.png"))
    assert document.save(tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    nowhere = Document((page,), "-")
    assert nowhere.save(tmp_path / "b.pdf", tmp_path / "scan.png").is_file()
    with pytest.raises(OutputError, match="shows the original"):
        nowhere.save(tmp_path / "c.pdf")
    assert not (tmp_path / "c.pdf").exists()


def test_other_endings_and_too_many_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"names no format; known: \.txt"):
        small_document(1).save(tmp_path / "a.docx")
    with pytest.raises(UsageError, match="holds one page, the document has 2"):
        small_document(2).save(tmp_path / "a.page.xml")
    assert not list(tmp_path.iterdir())


def test_words_are_rows_of_a_table() -> None:
    document = small_document(2)
    rows = list(document.words())
    assert [row["text"] for row in rows] == [w.text for p in document.pages for w in p.words]
    first = next(document.pages[0].words)
    assert Box(*(rows[0][edge] for edge in ("x0", "y0", "x1", "y1"))) == first.box
    assert {row["page"] for row in rows} == {page.number for page in document.pages}


def test_a_box_is_its_four_numbers() -> None:
    assert tuple(Box(1, 2, 3, 4)) == (1, 2, 3, 4)


def test_a_document_names_the_adapters_that_read_its_pages() -> None:
    page = small_document(1).pages[0]
    read = [replace(page, number=n, adapter=a) for n, a in enumerate(["x", "x", "", "x"], 1)]
    assert with_pages({"adapter": "auto"}, read)["adapter"] == "x (1-2, 4), none (3)"
    assert with_pages({"adapter": "auto"}, read[:2])["adapter"] == "x"
    assert with_pages({"adapter": "auto"}, [])["adapter"] == "none"
    assert with_pages({"version": "0"}, read) == {"version": "0"}


def test_a_document_says_what_is_noted_of_its_pages() -> None:
    page = small_document(1).pages[0]
    noted = [("dark",), (), ("dark", "wide")]
    pages = [replace(page, number=n, notes=notes) for n, notes in enumerate(noted, 1)]
    assert with_pages({}, pages) == {"notes": "dark (1, 3), wide (3)"}
    assert with_pages({}, pages[:1]) == {"notes": "dark"}
    assert with_pages({}, pages[1:2]) == {}
