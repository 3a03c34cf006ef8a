"""Pages of PDFs, and which pages are wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gsaocr.errors import InputError, UsageError
from gsaocr.page.load import LoadSettings, PageImage, count_pages, load_pages
from gsaocr.page.load_pdf import open_pdf
from gsaocr.page.selection import PageSelection


def pdf_file(path: Path, *pages: tuple[float, float], turn: int = 0) -> Path:
    """Pages of these sizes in points, each with a black square of 20 points at its lower left."""
    pdf = pikepdf.new()
    for size in pages:
        pdf.add_blank_page(page_size=(100, 100))
        page = pdf.pages[-1]
        page.mediabox = pikepdf.Array([0, 0, *size])
        page.contents_add(b"0 g 0 0 20 20 re f")
        page.obj["/Rotate"] = turn
    pdf.save(path)
    return path


def pages(path: Path, **settings: object) -> list[PageImage]:
    return list(load_pages(path, settings=LoadSettings(**settings)))  # type: ignore[arg-type]


def test_pages_are_drawn_at_a_resolution(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (144, 72), (72, 144))
    found = pages(path, dpi=150.0)
    assert [(p.width, p.height, p.number, p.dpi) for p in found] == [
        (300, 150, 1, 150.0), (150, 300, 2, 150.0),
    ]  # fmt: skip
    assert found[0].source == str(path)
    assert (found[0].grey[-40:, :40] == 0).all()
    assert (found[0].grey[: 150 - 43] == 255).all()
    assert count_pages(path, LoadSettings()) == 2


@pytest.mark.parametrize(
    ("turn", "corner"), [(0, (-1, 0)), (90, (0, 0)), (180, (0, -1)), (270, (-1, -1))]
)
def test_pages_are_turned_as_a_viewer_does(
    tmp_path: Path, turn: int, corner: tuple[int, int]
) -> None:
    (page,) = pages(pdf_file(tmp_path / "a.pdf", (144, 72), turn=turn), dpi=72.0)
    assert page.grey.shape == ((72, 144) if turn % 180 == 0 else (144, 72))
    dark = np.argwhere(page.grey < 128)
    assert len(dark) == pytest.approx(400, abs=60)
    for axis in (0, 1):
        edge = 0 if corner[axis] == 0 else page.grey.shape[axis] - 1
        assert edge in dark[:, axis]


def scan_file(path: Path, extra: bytes = b"") -> Path:
    """A page of 10 x 20 inches that is nothing but an image of 500 x 1000 pixels."""
    Image.new("L", (500, 1000), 200).save(path, resolution=50)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].contents_add(extra)
        font = {"/Type": pikepdf.Name.Font, "/Subtype": pikepdf.Name.Type1}
        font["/BaseFont"] = pikepdf.Name.Helvetica
        fonts = pikepdf.Dictionary(F=pdf.make_indirect(pikepdf.Dictionary(font)))
        pdf.pages[0].obj.Resources.Font = fonts
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("extra", "dpi"),
    [
        (b"", 50.0),
        (b"BT /F 12 Tf 3 Tr (hidden) Tj ET", 50.0),
        (b"BT /F 12 Tf (visible) Tj ET", 200.0),
        (b"0 g 0 0 20 20 re f", 200.0),
    ],
)
def test_a_scan_is_not_drawn_finer_than_it_is(tmp_path: Path, extra: bytes, dpi: float) -> None:
    (page,) = pages(scan_file(tmp_path / "a.pdf", extra), dpi=200.0)
    assert page.dpi == pytest.approx(dpi, abs=0.1)
    assert page.grey.shape == (round(20 * dpi), round(10 * dpi))
    (coarse,) = pages(scan_file(tmp_path / "b.pdf", extra), dpi=40.0)
    assert coarse.grey.shape == (800, 400)


def test_too_large_pages_are_drawn_smaller(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (1440, 1440))
    (page,) = pages(path, dpi=300.0, max_megapixels=4.0)
    assert page.width * page.height <= 4e6
    assert page.dpi == pytest.approx(100, abs=1)
    with pytest.raises(InputError, match=r"20 x 20 inches large"):
        pages(path, max_megapixels=0.5)


def test_a_broken_page_is_told_of_and_the_others_follow(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (72, 72), (14_400, 14_400), (72, 144))
    told: list[tuple[int, str]] = []
    settings = LoadSettings(
        max_megapixels=5.0, broken=lambda number, error: told.append((number, str(error)))
    )
    assert [page.number for page in load_pages(path, settings=settings)] == [1, 3]
    assert [number for number, _ in told] == [2]
    assert "page 2" in told[0][1]
    with pytest.raises(InputError, match="page 2"):
        pages(path, max_megapixels=5.0)
    alone = pdf_file(tmp_path / "b.pdf", (14_400, 14_400))
    with pytest.raises(InputError):
        list(load_pages(alone, settings=settings))


def test_passwords(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.open(pdf_file(tmp_path / "b.pdf", (72, 72))) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="secret"))
    assert len(pages(path, password="secret")) == 1
    with pytest.raises(InputError, match="protected by a password; give it"):
        pages(path)
    with pytest.raises(InputError, match="has another password"):
        pages(path, password="Secret")
    # PDFium remembers its last error: the next file must not be taken for a locked one.
    with pytest.raises(InputError, match="broken PDF"):
        pages(pdf_file(tmp_path / "none.pdf"))


def test_broken_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing more")
    with pytest.raises(InputError, match="broken PDF"):
        pages(path)


def test_born_digital_text_has_places(tmp_path: Path) -> None:
    from tests.formats.test_pdf import born_digital

    born_digital(tmp_path / "a.pdf", "Visible text of a page")
    with open_pdf(tmp_path / "a.pdf") as pdf:
        assert not pdf.holds_text(1), "a line of 18 letters may be a stamp"
        page = pdf.text_page(1, 72.0)
        visible = pdf.visible_text(1)
    assert page.text == "Visible text of a page"
    assert (page.width, page.height) == (595, 842)
    (line,) = page.lines
    assert line.baseline[0] == pytest.approx((70, 742), abs=0.5)
    assert line.box.x0 == pytest.approx(70, abs=2)
    assert len(visible) == 18
    assert all(96 < box.y0 < box.y1 < 115 for box in visible)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1", [1]), ("2-4", [2, 3, 4]), ("5-", [5, 6]), ("1, 3-3 ,6-9", [1, 3, 6]), ("9", [])],
)
def test_selection(text: str, wanted: list[int]) -> None:
    selection = PageSelection.parse(text)
    assert [n for n in range(1, 7) if n in selection] == wanted


@pytest.mark.parametrize("text", ["", "0", "3-1", "-3", "a", "1;2", "1-2-3", "1,,2", "0-3"])
def test_no_selection(text: str) -> None:
    with pytest.raises(UsageError, match="--pages"):
        PageSelection.parse(text)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 9) | st.none()), min_size=1))
def test_selection_as_text(spans: list[tuple[int, int | None]]) -> None:
    selection = PageSelection(
        tuple((first, None if more is None else first + more) for first, more in spans)
    )
    assert PageSelection.parse(str(selection)) == selection


@pytest.mark.parametrize("kind", ["tif", "pdf"])
def test_selected_and_known_pages(tmp_path: Path, kind: str) -> None:
    if kind == "pdf":
        path = pdf_file(tmp_path / "a.pdf", *((72 + n, 72) for n in range(5)))
    else:
        path = tmp_path / "a.tif"
        sheets = [Image.new("L", (72 + n, 72)) for n in range(5)]
        sheets[0].save(path, save_all=True, append_images=sheets[1:])
    assert count_pages(path, LoadSettings()) == 5
    found = pages(path, dpi=72.0, pages=PageSelection.parse("2-4"), known=frozenset({3}))
    assert [(page.number, page.width) for page in found] == [(2, 73), (4, 75)]
    assert pages(path, known=frozenset(range(1, 6))) == []
    with pytest.raises(InputError, match="has 5 pages; --pages 6 names none"):
        pages(path, pages=PageSelection.parse("6"))
