"""PAGE and ALTO that were written here go back into training, from wherever they lie."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from gsaocr.batch.export_pages import export_pages
from gsaocr.errors import InputError, OutputError
from gsaocr.formats.registry import FORMATS
from gsaocr.formats.settings import WriterSettings
from gsaocr.model_files import default_model
from gsaocr.page.document import Document
from gsaocr.page.given import LayoutFile
from gsaocr.pipeline import Reader
from gsaocr.training.transcribed_pages import transcribed_page
from tests.formats.plain_documents import page, region

PAGE = '<PcGts><Page imageFilename="{}" imageWidth="9" imageHeight="9"/></PcGts>'


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scans"
    folder.mkdir()
    Image.new("L", (9, 9)).save(folder / "one.png")
    return folder


@pytest.mark.parametrize("format_", ["page", "alto"])
def test_an_image_is_named_from_the_folder_of_the_file(
    scans: Path, tmp_path: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "deep"
    out.mkdir(parents=True)
    read = Document((replace(page(region("a")), source="scans/one.png"),), "scans/one.png", {})
    content = FORMATS[format_].write(read, WriterSettings(folder=Path("out/deep")))
    path = out / "one.xml"
    path.write_bytes(b"".join(content))
    file = LayoutFile.read(path)
    assert file.image_name == "../../scans/one.png"
    monkeypatch.chdir("/")
    assert file.image().resolve() == scans / "one.png"


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("scans/one.png", "out/x.xml"),  # from the working folder
        ("one.png", "scans/x.xml"),  # beside the file
        ("elsewhere/one.png", "scans/x.xml"),
        ("..\\scans\\one.png", "out/x.xml"),
        ("", "scans/one.page.xml"),  # by the file's own name
    ],
)
def test_ways_to_the_image(scans: Path, named: str, place: str) -> None:
    Path("out").mkdir()
    Path(place).write_text(PAGE.format(named))
    assert LayoutFile.read(Path(place)).image().resolve() == scans / "one.png"


@pytest.mark.parametrize("named", ["scans", "..", "/", "no/such.png", "x" * 400])
def test_what_is_no_file_is_no_image(scans: Path, named: str) -> None:
    Path("other.xml").write_text(PAGE.format(named))
    with pytest.raises(InputError, match="isn't beside it"):
        LayoutFile.read(Path("other.xml")).image()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("book.page.xml", 1),
        ("book-0002.page.xml", 2),
        ("book-0012.page.xml", 12),
        ("book-12.page.xml", 1),
        ("other-0002.page.xml", 1),
        ("book-0000.page.xml", 1),
    ],
)
def test_the_page_of_a_file(scans: Path, name: str, number: int) -> None:
    Path(name).write_text(PAGE.format("book.tif"))
    assert LayoutFile.read(Path(name)).page_number(Path("book.tif")) == number


def test_a_page_of_a_tiff_is_cut_from_that_page(scans: Path) -> None:
    pages = [Image.new("L", (200, 100), 255) for _ in range(2)]
    pages[1].paste(0, (20, 30, 180, 60))
    pages[0].save("book.tif", save_all=True, append_images=pages[1:])
    Path("book-0002.page.xml").write_text(
        '<PcGts><Page imageFilename="book.tif" imageWidth="200" imageHeight="100">'
        '<TextRegion id="r"><Coords points="10,20 190,20 190,70 10,70"/><TextLine id="l">'
        '<Coords points="10,20 190,20 190,70 10,70"/><TextEquiv><Unicode>bar</Unicode></TextEquiv>'
        "</TextLine></TextRegion></Page></PcGts>"
    )
    (line,) = transcribed_page(Path("book-0002.page.xml")).lines
    assert line.image.min() < 50


@pytest.fixture(scope="module")
def reader() -> Reader:
    if not default_model().is_file():
        pytest.skip("no shipped model here")
    return Reader.load()


def test_exported_pages_can_be_trained_on(
    reader: Reader, sample_scan: Path, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.png"
    with Image.open(sample_scan) as image:
        image.crop((0, 0, image.width, image.height // 4)).save(scan)
    out = tmp_path / "out"
    assert export_pages(reader, scan, out / "scan", 200.0) == 1
    assert sorted(path.name for path in out.iterdir()) == ["scan.png", "scan.xml"]
    assert (out / "scan.png").read_bytes() == scan.read_bytes()
    moved = tmp_path / "moved"
    shutil.move(out, moved)
    scan.unlink()
    found = transcribed_page(moved / "scan.xml")
    assert not found.left_out
    assert len(found.lines) > 3
    again = reader.read_lines([line.image for line in found.lines])
    same = [line.text == reading.text for line, reading in zip(found.lines, again, strict=True)]
    assert sum(same) >= 0.7 * len(same)


def test_nothing_is_replaced_by_exported_pages(reader: Reader, tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "scan.tif")
    (tmp_path / "blank.png").write_text("mine")
    with pytest.raises(OutputError, match="File exists"):
        export_pages(reader, tmp_path / "scan.tif", tmp_path / "blank", 200.0)
    assert (tmp_path / "blank.png").read_text() == "mine"
