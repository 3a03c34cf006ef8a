"""Transcribed lines in all their forms, the split by document, and bad input of every kind."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gsaocr.errors import InputError, TrainingError, UsageError
from gsaocr.evaluation.fraktur_truth import modernise
from gsaocr.page.layout import find_lines
from gsaocr.page.load import PageImage
from gsaocr.page.prepare import prepare
from gsaocr.recognizer.charset import default_charset
from gsaocr.training.adapter_data import TruthLine, TruthLines, document_names, load_lines, split
from gsaocr.training.transcribed_pages import transcribed_page
from gsaocr.training.truth import truth_rule
from tests.page.printed import Sheet

CHARSET = default_charset()


def read(*sources: Path, extend: bool = False, truth: tuple[str, ...] = ()) -> TruthLines:
    return load_lines(sources, truth_rule(truth), CHARSET, extend)


def png(height: int = 30, width: int = 200) -> bytes:
    image = np.full((height, width), 255, np.uint8)
    image[height // 3 : height // 2, 5:-5] = 0
    return cv2.imencode(".png", image)[1].tobytes()


def pairs(folder: Path, count: int = 6, text: str = "some words {}") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        (folder / f"line-{n:02}.png").write_bytes(png())
        (folder / f"line-{n:02}.gt.txt").write_text(text.format(n) + "\n", encoding="utf-8")
    return folder


def test_folder_and_zip(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "a")
    (folder / "lonely.png").write_bytes(png())
    found = read(folder)
    assert [line.text for line in found.lines] == [f"some words {n}" for n in range(6)]
    assert found.lines[0].image.shape == (30, 200)
    assert len(found.left_out) == 1
    assert "lonely.png" in found.left_out[0]
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            file.write(path, path.name)
    assert [line.text for line in read(archive).lines] == [line.text for line in found.lines]


def test_what_cannot_be_read_is_named_and_counted(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "a", 8)
    (folder / "line-00.png").write_bytes(b"no image")
    (folder / "line-01.gt.txt").write_text(" \n")
    (folder / "line-02.png").write_bytes(png(3, 2))
    found = read(folder)
    assert len(found.lines) == 5
    assert len(found.left_out) == 3
    for name, cause in (("line-00", "image"), ("line-01", "no text"), ("line-02", "2 x 3 pixels")):
        assert any(name in entry and cause in entry for entry in found.left_out)


def test_empty_data(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        read(tmp_path / "empty")
    with pytest.raises(InputError):
        read(tmp_path / "missing")
    with pytest.raises(TrainingError, match="1 usable lines"):
        read(pairs(tmp_path / "a", 1))


def test_characters_outside_the_charset(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "a")
    (folder / "line-00.gt.txt").write_text("λόγος", encoding="utf-8")
    found = read(folder)
    assert len(found.lines) == 5
    assert found.unknown["λ"] == 1
    assert any("line-00" in entry and "charset" in entry for entry in found.left_out)
    kept = read(folder, extend=True)
    assert len(kept.lines) == 6
    assert kept.left_out == ()


def test_escaping_archives_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../x.png", png())
        file.writestr("../x.gt.txt", "x")
    with pytest.raises(InputError, match="outside the archive"):
        read(archive)
    assert not (tmp_path.parent / "x.png").exists()


PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageFilename="page.png" imageWidth="400" imageHeight="300">{lines}</Page></PcGts>"""
PAGE_LINE = """<TextRegion id="r{n}"><TextLine id="l{n}"><Coords points="{points}"/>
<Baseline points="20,{base} 380,{base}"/><Word id="w{n}"><TextEquiv><Unicode>wrong</Unicode>
</TextEquiv></Word><TextEquiv><Unicode>line {n}</Unicode></TextEquiv></TextLine></TextRegion>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description>
<MeasurementUnit>pixel</MeasurementUnit><sourceImageInformation><fileName>scans/page.png</fileName>
</sourceImageInformation></Description><Layout><Page><PrintSpace><TextBlock>{lines}</TextBlock>
</PrintSpace></Page></Layout></alto>"""
ALTO_LINE = """<TextLine ID="l{n}" HPOS="20" VPOS="{top}" WIDTH="360" HEIGHT="35">
<String CONTENT="line"/><SP/><String CONTENT="{n}"/></TextLine>"""


def page_of_lines() -> Sheet:
    """Five lines of different lengths, 50 pixels apart."""
    sheet = Sheet(400, 300)
    for n in range(5):
        sheet.line(30, 18 + 50 * n, "lines of jolly type"[: 11 + 2 * n], 24)
    return sheet


def page_folder(folder: Path, xml: str) -> Path:
    folder.mkdir()
    (folder / "page.png").write_bytes(cv2.imencode(".png", page_of_lines().grey)[1].tobytes())
    (folder / "page.xml").write_text(xml, encoding="utf-8")
    return folder


def box(n: int, scale: int = 1) -> str:
    left, right, top, bottom = (scale * v for v in (20, 380, 15 + 50 * n, 50 + 50 * n))
    return f"{left},{top} {right},{top} {right},{bottom} {left},{bottom}"


@pytest.mark.parametrize(
    "xml",
    [
        PAGE.format(
            lines="".join(PAGE_LINE.format(n=n, points=box(n), base=43 + 50 * n) for n in range(5))
        ),
        ALTO.format(lines="".join(ALTO_LINE.format(n=n, top=15 + 50 * n) for n in range(5))),
    ],
    ids=["page", "alto"],
)
def test_transcribed_pages(tmp_path: Path, xml: str) -> None:
    folder = page_folder(tmp_path / "a", xml)
    for source in (folder, folder / "page.xml"):
        found = read(source)
        assert [line.text for line in found.lines] == [f"line {n}" for n in range(5)]
        page = 255 - page_of_lines().grey.astype(int)
        for n, line in enumerate(found.lines):
            own = page[15 + 50 * n : 50 + 50 * n].sum()
            assert (255 - line.image.astype(int)).sum() == pytest.approx(own, rel=0.04)


def test_lines_are_cut_as_they_are_read(tmp_path: Path) -> None:
    """The same ink, at the same size: what an adapter learns is what it will be shown."""
    lines = "".join(PAGE_LINE.format(n=n, points=box(n), base=43 + 50 * n) for n in range(5))
    folder = page_folder(tmp_path / "a", PAGE.format(lines=lines))
    page = transcribed_page(folder / "page.xml")
    found = find_lines(prepare(PageImage(page_of_lines().grey)))
    assert len(found.cells) == len(page.lines) == 5
    for cell, line in zip(found.cells, page.lines, strict=True):
        assert np.array_equal(cell.crop(), line.image)
    assert page.baseline_gap == pytest.approx(0, abs=0.15)


def test_a_page_of_another_resolution_is_scaled(tmp_path: Path) -> None:
    doubled = PAGE.replace('"400"', '"800"').replace('"300"', '"600"')
    lines = "".join(
        PAGE_LINE.format(n=n, points=box(n, 2), base=86 + 100 * n).replace("20,", "40,")
        for n in range(5)
    )
    small = page_folder(tmp_path / "a", PAGE.format(lines="".join(
        PAGE_LINE.format(n=n, points=box(n), base=43 + 50 * n) for n in range(5)
    )))  # fmt: skip
    large = page_folder(tmp_path / "b", doubled.format(lines=lines))
    for one, other in zip(read(small).lines, read(large).lines, strict=True):
        assert np.array_equal(one.image, other.image)


def test_baselines_through_the_middle_of_the_letters_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = "".join(PAGE_LINE.format(n=n, points=box(n), base=36 + 50 * n) for n in range(5))
    read(page_folder(tmp_path / "a", PAGE.format(lines=lines)))
    (record,) = caplog.records
    assert record.name.startswith("gsaocr.")
    assert "x-heights above those of the ink" in record.getMessage()


BOMB = """<?xml version="1.0"?><!DOCTYPE PcGts [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]><PcGts>&f;&b;</PcGts>"""


@pytest.mark.parametrize(
    ("xml", "cause"),
    [
        (BOMB, "document type"),
        ("<PcGts", "broken XML"),
        ("<other/>", "neither PAGE nor ALTO"),
        (PAGE.format(lines="").replace("page.png", "gone.png"), "no usable"),
        (ALTO.format(lines="").replace("pixel", "mm10"), "measures in mm10"),
    ],
)
def test_bad_xml(tmp_path: Path, xml: str, cause: str) -> None:
    folder = page_folder(tmp_path / "a", xml)
    if cause == "no usable":  # its image is found by its own name all the same; it has no lines
        cause = "0 usable lines"
    with pytest.raises((InputError, TrainingError), match=cause) as caught:
        read(folder / "page.xml")
    assert "\n" not in str(caught.value)


def test_bad_xml_in_utf_16(tmp_path: Path) -> None:
    folder = page_folder(tmp_path / "a", "")
    text = BOMB.replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    (folder / "page.xml").write_bytes(text.encode("utf-16"))
    with pytest.raises(InputError, match="document type"):
        read(folder / "page.xml")


def table(rows: list[dict[str, Any]], suffix: str) -> str:
    if suffix == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows)
    sign = "\t" if suffix == ".tsv" else ","
    body = "".join(sign.join(str(v) for v in row.values()) + "\n" for row in rows)
    return sign.join(rows[0]) + "\n" + body


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_manifests(tmp_path: Path, suffix: str) -> None:
    folder = pairs(tmp_path / "images")
    rows = [
        {"file_name": f"images/line-{n:02}.png", "Text": f"row {n}", "other": 1} for n in range(6)
    ]
    rows[5]["file_name"] = "../outside.png"
    (tmp_path / f"m{suffix}").write_text(table(rows, suffix))
    found = read(tmp_path / f"m{suffix}")
    assert [line.text for line in found.lines] == [f"row {n}" for n in range(5)]
    assert "outside the manifest's folder" in found.left_out[0]
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("m.csv", "a,b\n1,2\n", "no column image"),
        ("m.csv", "image,b\nx.png,2\n", "no column text"),
        ("m.jsonl", "[1]\n", "row 1: is no object"),
        ("m.jsonl", "{", "can't be read"),
        ("m.csv", b"image,text\n\xff\xfe,x\n", "can't be read"),
    ],
)
def test_bad_manifests(tmp_path: Path, name: str, content: str | bytes, cause: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=cause):
        read(path)


def lines(documents: dict[str, int]) -> list[TruthLine]:
    image = np.zeros((8, 8), np.uint8)
    return [
        TruthLine(image, "x", document, f"{document}/{n}")
        for document, count in documents.items()
        for n in range(count)
    ]


def test_documents_are_never_on_both_sides() -> None:
    every = lines({f"book {n}": 10 + n for n in range(20)})
    train, validation = split(every, 0.1, seed=1)
    assert not {x.document for x in train} & {x.document for x in validation}
    assert len(train) + len(validation) == len(every)
    assert 0.05 * len(every) <= len(validation) <= 0.2 * len(every)
    assert split(every, 0.1, seed=1)[1] == validation
    assert split(every, 0.1, seed=2)[1] != validation


def test_few_documents_are_split_by_line() -> None:
    train, validation = split(lines({"a": 50, "b": 50}), 0.1, seed=1)
    assert (len(train), len(validation)) == (90, 10)


def test_documents_by_folder_or_name() -> None:
    assert document_names(["a/1", "a/2", "b/1"]) == ["a", "a", "b"]
    assert document_names(["b007-12", "b007-13", "fr-a2-00-003"]) == ["b007", "b007", "fr-a2-00"]
    assert document_names(["sroie000_005"]) == ["sroie000"]


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        ((), "ﬁnden  wir", "finden wir"),
        (("restore-i",), "Jch war im Jahr XJV", "Ich war im Jahr XIV"),
        (("restore-hyphen",), "die Diplo—", "die Diplo-"),
        (("restore-i", "modern"), "Jch daſz Haͤuſer⸗Thuͤr", "Ich dasz Häuser-Thür"),
        (("capitals",), "TOTAL", "TOTAL"),
    ],
)
def test_truth_rules(names: tuple[str, ...], text: str, expected: str) -> None:
    rule: Callable[[str], str] = truth_rule(names)
    assert rule(text) == expected
    with pytest.raises(UsageError, match="use restore-i"):
        truth_rule(("nonsense",))


def test_modern_letters() -> None:
    assert modernise("vnd ſo wirdt ꝛc.") == "vnd so wirdt etc."
    assert modernise("kom\u0304en vn\u0304 vmb ein\u0303 ſtũd, cũ pater") == (
        "kommen vnn vmb einn stund, cun pater"
    )
    assert modernise("lãb") == "lamb"
    assert modernise("aͤ oͤ uͤ Aͤ") == "ä ö ü Ä"
