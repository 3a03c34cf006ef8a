"""Parts of pages: regions, layouts of PAGE and ALTO, text that a PDF holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gsaocr.batch.engine import NO_LAYOUT, InputDone, InputFailed, PageEngine, PageRead
from gsaocr.batch.pages import PageSettings, Work
from gsaocr.errors import InputError, UsageError
from gsaocr.formats.alto import to_alto
from gsaocr.formats.page_xml import to_page_xml
from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Document, Page
from gsaocr.page.given import check_layouts, layout_beside, read_layout
from gsaocr.page.load import LoadSettings
from gsaocr.page.page_parts import PixelBox
from tests.batch.fake_reader import FakeReader, image
from tests.formats.documents import drawn_page, small_document


def read(path: Path, settings: PageSettings, reader: FakeReader | None = None) -> Page:
    engine = PageEngine(reader or FakeReader(), settings, lambda: False)
    events = list(engine.read([Work(0, path, path.name)]))
    assert isinstance(events[-1], InputDone), events
    assert isinstance(events[0], PageRead)
    return events[0].page


def failure(path: Path, settings: PageSettings) -> str:
    (event,) = PageEngine(FakeReader(), settings, lambda: False).read([Work(0, path, path.name)])
    assert isinstance(event, InputFailed)
    return str(event.error)


def test_region(tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", 300, 200)
    reader = FakeReader()
    page = read(path, PageSettings(region=PixelBox.parse("50,60,100,30")), reader)
    assert (page.width, page.height) == (300, 200)
    read(path, PageSettings(region=PixelBox.parse("250,150,500,500")), reader)
    boxes = [layout.regions[0].box for layout in reader.layouts if layout is not None]
    assert boxes == [Box(50, 60, 150, 90), Box(250, 150, 300, 200)], "cut at the page's edges"
    assert "lies beyond" in failure(path, PageSettings(region=PixelBox.parse("300,0,10,10")))


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,0,5", "a,b,c,d", "-1,0,5,5", "1;2;3;4"])
def test_no_region(text: str) -> None:
    with pytest.raises(UsageError, match="x,y,w,h"):
        PixelBox.parse(text)


@pytest.mark.parametrize("kind", ["page", "alto"])
def test_what_our_writers_give_is_read(tmp_path: Path, kind: str) -> None:
    document = small_document(1)
    writer, name = {"page": (to_page_xml, "a.page.xml"), "alto": (to_alto, "a.alto.xml")}[kind]
    (tmp_path / name).write_bytes(b"".join(writer(document)))
    assert layout_beside(tmp_path / "a.png") == tmp_path / name
    regions = read_layout(tmp_path / name, 400, 200).regions
    assert [region.kind for region in regions] == ["heading", "text", "margin"]
    assert [len(region.lines) for region in regions] == [1, 2, 1]
    source = document.pages[0].regions[1].lines[0]
    assert Box.around(regions[1].lines[0].polygon) == source.box
    assert regions[1].lines[0].baseline == source.baseline
    # On an image of twice the size all is twice as large.
    doubled = read_layout(tmp_path / name, 800, 400).regions
    assert Box.around(doubled[1].lines[0].polygon).width == 2 * source.box.width
    with pytest.raises(InputError, match="400 x 200, the image is 400 x 300"):
        read_layout(tmp_path / name, 400, 300)


def test_a_layout_goes_to_the_reader_as_it_is_given(tmp_path: Path) -> None:
    picture, page = drawn_page(["one two", "three"])
    path = tmp_path / "a.png"
    picture.save(path)
    (tmp_path / "a.xml").write_bytes(b"".join(to_page_xml(Document((page,)))))
    reader = FakeReader()
    read(path, PageSettings(layout=True), reader)
    (layout,) = reader.layouts
    assert layout is not None
    assert layout.given
    assert [line.text for line in layout.lines] == ["one two", "three"]
    for line, drawn in zip(layout.lines, page.lines, strict=True):
        assert line.box.overlap(drawn.box) > 0.95 * drawn.box.area
        assert line.baseline == drawn.baseline
        assert not line.cells, "the reader looks for them"


def test_layouts_that_are_missing_or_wrong(tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", 400, 200)
    assert layout_beside(path) is None
    beside = tmp_path / "a.xml"
    for content, cause in {
        b"<a": "broken XML",
        b"<html/>": "neither PAGE nor ALTO",
        b"<alto/>": "describes no page",
        b'<alto><Page WIDTH="x" HEIGHT="1"/></alto>': "wrong value",
        b'<PcGts><Page imageWidth="400" imageHeight="200"><TextRegion/></Page></PcGts>': "Coords",
    }.items():
        beside.write_bytes(content)
        assert cause in failure(path, PageSettings(layout=True)), content


def test_a_page_without_a_layout_is_read_and_says_so(tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", 400, 200)
    reader = FakeReader()
    page = read(path, PageSettings(layout=True), reader)
    assert page.notes == (NO_LAYOUT,)
    assert reader.layouts == [None], "its lines are looked for"


@pytest.mark.parametrize("name", ["b.page.xml", "page/b.xml", "b-0002.page.xml"])
def test_where_no_image_has_a_layout_the_option_is_a_mistake(tmp_path: Path, name: str) -> None:
    images = [tmp_path / "a.png", tmp_path / "b.tif"]
    with pytest.raises(InputError, match=r"lies beside them; put a\.page\.xml there"):
        check_layouts(images)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    check_layouts(images)


def test_a_bomb_of_entities_is_refused(tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", 400, 200)
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "boom">{levels}]><alto>&e11;</alto>'
    (tmp_path / "a.xml").write_text(bomb)
    assert "document type" in failure(path, PageSettings(layout=True))


class TestExistingText:
    """PDFs whose first page holds text and whose second does not."""

    @pytest.fixture
    def mixed(self, tmp_path: Path) -> Path:
        picture, page = drawn_page(["the text of this pa-", "ge is in the file"])
        scan, pdf = tmp_path / "scan.tif", tmp_path / "mixed.pdf"
        blank = Image.new("L", picture.size, 255)
        picture.save(scan, save_all=True, append_images=[blank], dpi=(150, 150))
        empty = Page(page.width, page.height, (), number=2, dpi=150.0)
        pages = (page, empty)
        pdf.write_bytes(b"".join(to_pdf(Document(pages), WriterSettings(original=scan))))
        return pdf

    def pages(self, path: Path, how: str) -> list[Page]:
        settings = PageSettings(LoadSettings(dpi=150), existing_text=how)  # type: ignore[arg-type]
        events = list(PageEngine(FakeReader(), settings, lambda: False).read([Work(0, path, "m")]))
        return [event.page for event in events if isinstance(event, PageRead)]

    def test_redo(self, mixed: Path) -> None:
        assert [page.text for page in self.pages(mixed, "redo")] == ["1200 x 280"] * 2

    def test_skip(self, mixed: Path) -> None:
        assert [page.text for page in self.pages(mixed, "skip")] == ["", "1200 x 280"]

    def test_keep(self, mixed: Path) -> None:
        kept, read_page = self.pages(mixed, "keep")
        # The layer has the broken word whole where it begins, so that a search finds it.
        assert kept.text == "the text of this page\nis in the file"
        assert read_page.text == "1200 x 280"
        _, drawn = drawn_page(["the text of this pa-", "ge is in the file"])
        whole = [word for word in drawn.words if word.text not in ("pa-", "ge")]
        for found, true in zip((w for w in kept.words if w.text != "page"), whole, strict=True):
            assert found.text == true.text
            assert abs(found.box.x0 - true.box.x0) < 2
            assert abs(found.box.x1 - true.box.x1) < 2
        for line, true_line in zip(kept.lines, drawn.lines, strict=True):
            assert line.baseline[0][1] == pytest.approx(true_line.baseline[0][1], abs=2)
            assert line.orientation == 0


def test_lines_and_regions_of_old_versions(tmp_path: Path) -> None:
    """PAGE before 2013 has Point elements, ALTO before 4.2 a single number for the baseline."""
    (tmp_path / "old.xml").write_text(
        '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2010-03-19">'
        '<Page imageWidth="400" imageHeight="200"><TextRegion id="r"><Coords>'
        '<Point x="1" y="2"/><Point x="30" y="2"/><Point x="30" y="40"/></Coords></TextRegion>'
        "</Page></PcGts>"
    )
    (region,) = read_layout(tmp_path / "old.xml", 400, 200).regions
    assert region.polygon == ((1, 2), (30, 2), (30, 40))
    (tmp_path / "alto.xml").write_text(
        '<alto><Layout><Page WIDTH="400" HEIGHT="200"><PrintSpace><TextBlock ID="b" HPOS="1" '
        'VPOS="2" WIDTH="30" HEIGHT="40"><TextLine HPOS="1" VPOS="2" WIDTH="30" HEIGHT="10" '
        'BASELINE="9"/></TextBlock></PrintSpace></Page></Layout></alto>'
    )
    (region,) = read_layout(tmp_path / "alto.xml", 400, 200).regions
    assert region.lines[0].baseline == ((1, 9), (31, 9))
    assert Box.around(region.lines[0].polygon) == Box(1, 2, 31, 12)
