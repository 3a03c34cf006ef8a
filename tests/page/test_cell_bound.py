"""A page has no more cells than a page may have: what has more fails alone, before it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gsaocr import Reader
from gsaocr.errors import InputError
from gsaocr.page import page_layout
from gsaocr.page.document import Box
from gsaocr.page.given import read_layout
from gsaocr.page.load import PageImage, load_pages
from gsaocr.page.page_layout import (
    MOST_CELLS,
    LayoutLine,
    LayoutRegion,
    PageLayout,
    TooManyCells,
    lone_line_layout,
)

DOCS = Path(__file__).parents[2] / "docs"


def region(lines: int, cells: int) -> LayoutRegion:
    (cell,) = lone_line_layout(np.full((9, 9), 255, np.uint8), "upright").cells
    line = LayoutLine((cell,) * cells, cell.box, cell.polygon)
    return LayoutRegion((line,) * lines, Box(0, 0, 9, 9))


@pytest.mark.parametrize("cells", [0, 1, 20])
def test_the_bound(cells: int) -> None:
    lines = 20_000 // max(1, cells)
    assert len(PageLayout((region(lines, cells),)).lines) == lines
    with pytest.raises(TooManyCells, match="more than 20,000"):
        PageLayout((region(lines, cells), region(1, cells)))
    assert f"{MOST_CELLS:,}" in (DOCS / "security.md").read_text(encoding="utf-8")


def test_a_layout_with_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.page.xml"
    line = '<TextLine id="l"><Coords points="1,1 9,1 9,5 1,5"/></TextLine>'
    path.write_text(
        '<PcGts><Page imageWidth="10" imageHeight="10"><TextRegion id="r">'
        f'<Coords points="1,1 9,1 9,9 1,9"/>{line * 20_001}</TextRegion></Page></PcGts>'
    )
    with pytest.raises(InputError, match=r"a\.page\.xml: has 20,001 pieces of text"):
        read_layout(path, 10, 10)


def test_a_page_with_more_fails_alone(sample_scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (page,) = load_pages(sample_scan)
    monkeypatch.setattr(page_layout, "MOST_CELLS", 20)
    reader = Reader.load()
    with pytest.raises(InputError, match=r"weaving\.png: has \d+ pieces of text, more than 20"):
        list(reader.read_pages([page]))
    with pytest.raises(InputError, match="the page: has"):
        reader.read(PageImage(page.grey))
