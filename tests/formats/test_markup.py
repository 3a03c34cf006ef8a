"""hOCR, ALTO, PAGE and TSV: valid, escaped, and the values that went in come out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from gsaocr.formats.alto import to_alto
from gsaocr.formats.hocr import to_hocr
from gsaocr.formats.page_xml import to_page_xml
from gsaocr.formats.tsv import to_tsv
from gsaocr.page.document import Document, Page
from tests.formats.documents import PROVENANCE, documents, small_document

Writer = Callable[[Document], Iterator[bytes]]
A = "{http://www.loc.gov/standards/alto/ns-v4#}"
P = "{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}"
X = "{http://www.w3.org/1999/xhtml}"


def written(writer: Writer, document: Document) -> bytes:
    return b"".join(writer(document))


def parsed(writer: Writer, document: Document) -> etree._Element:
    return etree.fromstring(written(writer, document))


def schema(folder: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "schemas" / name))


@pytest.fixture(scope="module")
def alto_schema(data_folder: Path) -> etree.XMLSchema:
    return schema(data_folder, "alto-4-4.xsd")


@pytest.fixture(scope="module")
def page_schema(data_folder: Path) -> etree.XMLSchema:
    return schema(data_folder, "page-2019-07-15.xsd")


@settings(max_examples=25, deadline=None)
@given(document=documents())
def test_alto_is_valid(alto_schema: etree.XMLSchema, document: Document) -> None:
    alto_schema.assertValid(parsed(to_alto, document))


@settings(max_examples=25, deadline=None)
@given(document=documents(max_pages=1))
def test_page_is_valid(page_schema: etree.XMLSchema, document: Document) -> None:
    page_schema.assertValid(parsed(to_page_xml, document))


def test_a_schema_can_fail(alto_schema: etree.XMLSchema, page_schema: etree.XMLSchema) -> None:
    assert not alto_schema.validate(parsed(to_page_xml, small_document(1)))
    assert not page_schema.validate(parsed(to_alto, small_document(1)))
    wrong = written(to_alto, small_document(1)).replace(b'WC="0.9"', b'WC="90"')
    assert not alto_schema.validate(etree.fromstring(wrong))


def test_small_document_is_valid(
    alto_schema: etree.XMLSchema, page_schema: etree.XMLSchema
) -> None:
    alto_schema.assertValid(parsed(to_alto, small_document()))
    page_schema.assertValid(parsed(to_page_xml, small_document(1)))


@settings(max_examples=25, deadline=None)
@given(document=documents())
def test_hocr_and_tsv_carry_anything(document: Document) -> None:
    spans = parsed(to_hocr, document).iter(X + "span")
    words = [span.text for span in spans if span.get("class") == "ocrx_word"]
    assert len(words) == sum(1 for page in document.pages for _ in page.words)
    for row in written(to_tsv, document).decode().split("\n")[:-1]:
        assert row.count("\t") == 13


@settings(max_examples=25, deadline=None)
@given(document=documents(max_pages=1))
def test_page_outlines_hold_their_children(document: Document) -> None:
    root = parsed(to_page_xml, document)
    for child in ("TextLine", "Word", "Glyph"):
        for element in root.iter(P + child):
            parent = element.getparent()
            assert parent is not None
            outline = points(parent)
            for point in points(element):
                assert distance_outside(point, outline) <= 1e-6, (child, point, outline)


def points(element: etree._Element) -> list[tuple[float, float]]:
    coords = element.find(P + "Coords")
    assert coords is not None
    return [
        (float(pair.split(",")[0]), float(pair.split(",")[1]))
        for pair in coords.get("points", "").split()
    ]


def distance_outside(point: tuple[float, float], outline: list[tuple[float, float]]) -> float:
    """Judged by another program's code than that which widened the outline."""
    import cv2
    import numpy as np

    contour = np.array(outline, np.float32).reshape(-1, 1, 2)
    return max(0.0, -cv2.pointPolygonTest(contour, point, True))


def test_hocr_values() -> None:
    document = small_document()
    root = parsed(to_hocr, document)
    pages = root.findall(f".//{X}div[@class='ocr_page']")
    assert [page.get("id") for page in pages] == ["page_1", "page_2"]
    assert 'image "scan \\"1\\" & <2>.png"; bbox 0 0 400 200; ppageno 0' in pages[0].get(
        "title", ""
    )
    lines = root.findall(f".//{X}span[@class='ocr_line']")
    assert title(lines[1]) == {
        "bbox": "40 60 150 80", "x_wconf": "80", "baseline": "0 -4", "x_xheight": "10",
    }  # fmt: skip
    assert title(lines[3])["textangle"] == "90"
    assert "baseline" not in title(lines[3])
    first = root.findall(f".//{X}span[@class='ocrx_word']")[1]
    assert first.text == "<b>"
    assert title(first) == {
        "bbox": "40 60 70 80",
        "x_wconf": "90",
        "x_bboxes": "40 60 50 80 50 60 60 80 60 60 70 80",
        "x_confs": "45 90 45",
    }
    meta = {m.get("name"): m.get("content") for m in root.iter(X + "meta")}
    assert meta["ocr-system"] == "gsaocr 1.2.3"
    assert meta["gsaocr-adapter"] == PROVENANCE["adapter"]
    # One box and one confidence for each code point, although one character has two.
    combined = next(w for w in root.iter(X + "span") if w.text == "ſchön̈")
    assert len(title(combined)["x_confs"].split()) == 6
    assert len(title(combined)["x_bboxes"].split()) == 24


def title(element: etree._Element) -> dict[str, str]:
    properties = (part.strip().partition(" ") for part in element.get("title", "").split(";"))
    return {name: value for name, _, value in properties}


def test_hocr_baseline_of_a_slanting_line() -> None:
    document = small_document(1)
    page = document.pages[0]
    from dataclasses import replace

    slanting = replace(page.regions[0].lines[0], baseline=((40.0, 30.0), (90.0, 35.0)))
    changed = replace(page, regions=(replace(page.regions[0], lines=(slanting,)),))
    root = parsed(to_hocr, replace(document, pages=(changed,)))
    line = root.find(f".//{X}span[@class='ocr_line']")
    assert line is not None
    assert title(line)["baseline"] == "0.1 -10"  # the box's lower left corner is (40, 40)


def test_alto_values() -> None:
    root = parsed(to_alto, small_document())
    assert root.get("SCHEMAVERSION") == "4.4"
    assert [page.get("PHYSICAL_IMG_NR") for page in root.iter(A + "Page")] == ["1", "2"]
    strings = list(root.iter(A + "String"))
    assert strings[0].get("CONTENT") == '"R&D"'
    assert dict(strings[1].attrib).items() >= {
        "HPOS": "40", "VPOS": "60", "WIDTH": "30", "HEIGHT": "20", "WC": "0.9", "CC": "515",
    }.items()  # fmt: skip
    glyphs = list(strings[1].iter(A + "Glyph"))
    assert [(g.get("CONTENT"), g.get("GC")) for g in glyphs] == [
        ("<", "0.45"), ("b", "0.9"), (">", "0.45"),
    ]  # fmt: skip
    # A confidence of 0.09 stays 0.09 (and does not become 0.9), one of 1 stays 1.
    assert next(s for s in strings if s.get("CONTENT") == "ple").get("WC") == "0.09"
    assert next(s for s in strings if s.get("CONTENT") == "exam").get("WC") == "1"
    blocks = list(root.iter(A + "TextBlock"))
    assert [b.get("TAGREFS") for b in blocks[:3]] == ["heading", None, "margin"]
    assert blocks[2].get("ROTATION") == "89.75"  # counter-clockwise, less the skew
    settings_text = root.findtext(f".//{A}processingStepSettings") or ""
    assert "model 0f1e2d" in settings_text
    assert PROVENANCE["adapter"] in settings_text
    assert root.findtext(f".//{A}softwareVersion") == "1.2.3"


def test_alto_names_broken_words() -> None:
    root = parsed(to_alto, small_document(1))
    lines = list(root.iter(A + "TextLine"))
    hyphen = lines[1][-1]
    assert (hyphen.tag, hyphen.get("CONTENT"), hyphen.get("HPOS")) == (A + "HYP", "-", "140")
    head, tail = lines[1].findall(A + "String")[-1], lines[2].find(A + "String")
    assert tail is not None
    assert (head.get("CONTENT"), head.get("SUBS_TYPE"), head.get("SUBS_CONTENT")) == (
        "exam", "HypPart1", "example",
    )  # fmt: skip
    assert head.get("WIDTH") == "40"
    assert (tail.get("SUBS_TYPE"), tail.get("SUBS_CONTENT")) == ("HypPart2", "example")


def test_page_values() -> None:
    root = parsed(to_page_xml, small_document(1))
    page = root.find(P + "Page")
    assert page is not None
    assert (page.get("imageFilename"), page.get("imageWidth"), page.get("imageHeight")) == (
        'scan "1" & <2>.png', "400", "200",
    )  # fmt: skip
    assert page.get("orientation") == "-0.25"  # clockwise, to set right what leans clockwise
    refs = [ref.get("regionRef") for ref in root.iter(P + "RegionRefIndexed")]
    regions = list(root.iter(P + "TextRegion"))
    assert refs == [region.get("id") for region in regions]
    assert [r.get("type") for r in regions] == ["heading", "paragraph", "marginalia"]
    assert regions[2].get("orientation") == "89.75"
    text = regions[1].findtext(f"{P}TextEquiv/{P}Unicode")
    assert text == "<b> exam-\nple ſchön̈"
    word = next(root.iter(P + "Word"))
    equivalent = word.find(P + "TextEquiv")
    assert equivalent is not None
    assert equivalent.get("conf") == "0.97"
    items = {i.get("name"): i.get("value") for i in root.iter(P + "MetadataItem")}
    assert items["gsaocr/model"] == "0f1e2d"
    line = next(root.iter(P + "TextLine"))
    assert line.find(P + "Baseline").get("points") == "40,36 90,36"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("quarter", "skew", "wanted"),
    [(0, 0.0, None), (90, 0.0, "-90"), (180, 0.0, "180"), (270, 0.0, "90"), (180, -1.5, "-178.5")],
)
def test_page_orientation_sets_text_upright(quarter: int, skew: float, wanted: str | None) -> None:
    page = Page(10, 10, (), "a.png", 1, quarter, 0.0, skew)  # type: ignore[arg-type]
    element = parsed(to_page_xml, Document((page,))).find(P + "Page")
    assert element is not None
    assert element.get("orientation") == wanted


def test_page_holds_one_page() -> None:
    with pytest.raises(ValueError, match="too many"):
        written(to_page_xml, small_document(2))


def test_tsv_values() -> None:
    text = written(to_tsv, small_document()).decode()
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["level"] for row in rows[:6]] == ["1", "2", "3", "4", "5", "2"]
    word = next(row for row in rows if row["text"] == "<b>")
    assert [word[c] for c in ("left", "top", "width", "height", "conf")] == [
        "40", "60", "30", "20", "90",
    ]  # fmt: skip
    place = ["page_num", "block_num", "par_num", "line_num", "word_num"]
    assert [word[c] for c in place] == ["1", "2", "1", "1", "1"]
    assert rows[3]["line_conf"] == "80"
    assert "model 0f1e2d" in rows[0]["provenance"]
    assert {row["conf"] for row in rows if row["level"] != "5"} == {"-1"}


def test_names_of_files_are_escaped_everywhere() -> None:
    name = '</title><script>"\n\x01\udcff'
    document = Document((Page(10, 10, (), name),), name, {"version": name})
    for writer in (to_hocr, to_alto, to_page_xml):
        content = written(writer, document)
        assert b"<script>" not in content
        etree.fromstring(content)
    assert re.fullmatch(rb"[^\x01]*", written(to_tsv, document).replace(b"\x01", b"?"))
