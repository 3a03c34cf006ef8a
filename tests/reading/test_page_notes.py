"""A page with ink on which nothing was found says so in every output; an empty one does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from gsaocr import Reader
from gsaocr.formats.registry import FORMATS
from gsaocr.page.document import Document, with_pages
from gsaocr.page.load import PageImage
from gsaocr.reading.page_notes import NO_TEXT, SQUEEZED, has_ink
from gsaocr.reading.page_task import PageTask, line_task
from tests.formats.documents import small_document


def paper(height: int = 700, width: int = 500, seed: int = 0) -> NDArray[np.uint8]:
    """Scanned paper: grain, uneven light, dust."""
    rng = np.random.default_rng(seed)
    page = 228 + 12 * np.sin(np.arange(width) / 170)[None, :] + rng.normal(0, 2.5, (height, width))
    for x, y in rng.integers(5, (width - 5, height - 5), (25, 2)):
        page[y : y + 3, x : x + 2] = 90
    return np.clip(page, 0, 255).astype(np.uint8)


def scribble(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page with a long stroke of a pen that is no letter."""
    drawn = page.copy()
    x = np.arange(60, 440, 4)
    y = 350 + 90 * np.sin(x / 60) + 20 * np.sin(x / 17)
    cv2.polylines(drawn, [np.stack([x, y], axis=1).astype(np.int32)], False, 20, 5)
    return drawn


@pytest.mark.parametrize("seed", range(4))
def test_dust_and_shadows_are_no_ink(seed: int) -> None:
    page = paper(seed=seed)
    assert not has_ink(PageImage(page))
    shadowed = page.copy()
    shadowed[:, :30] = 40
    assert not has_ink(PageImage(shadowed))
    assert has_ink(PageImage(scribble(page)))
    assert has_ink(PageImage(scribble(shadowed)))
    assert has_ink(PageImage(255 - scribble(page)))


def test_a_blank_page_has_none() -> None:
    for size in [(1, 1), (3, 900), (40, 40), (600, 400)]:
        assert not has_ink(PageImage(np.full(size, 255, np.uint8)))


def test_what_was_read_with_or_without_text() -> None:
    reader = Reader.load()
    assert reader.read(paper()).notes == ()
    read = reader.read(scribble(paper()))
    assert (read.text, read.notes) == ("", (NO_TEXT,))
    page = np.full((120, 500), 255, np.uint8)
    cv2.putText(page, "hello world", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 3)
    read = reader.read(page)
    assert read.text
    assert read.notes == ()


def test_a_line_that_was_squeezed_says_so() -> None:
    blank = np.full((4, 9000), 255, np.uint8)  # nothing is decoded of it
    (page,) = Reader.load().read_pages([line_task(PageImage(blank), "upright")])
    assert page.notes == (SQUEEZED,)


def test_a_task_s_notes_stand_before_the_page_s_own() -> None:
    page = replace(small_document(1).pages[0], notes=("b",))
    task = PageTask(PageImage(paper()), notes=("a",))
    assert task.noted(page).notes == ("a", "b")


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"txt"}))
def test_every_output_says_it_but_the_text(tmp_path: Path, name: str) -> None:
    scan = tmp_path / "scan.png"
    Image.fromarray(paper()).save(scan)
    page = replace(small_document(1).pages[0], width=500, height=700, notes=(NO_TEXT,))
    document = Document((page,), str(scan), with_pages({"program": "gsaocr"}, [page]))
    path = document.save(tmp_path / f"out{FORMATS[name].suffix}", scan)
    if name == "pdf":
        with pikepdf.open(path) as pdf:
            assert NO_TEXT in str(pdf.docinfo["/GsaocrProvenance"])
    else:
        assert NO_TEXT.encode() in path.read_bytes()
