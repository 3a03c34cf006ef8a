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
from gsaocr.recognizer.charset import default_charset
from gsaocr.training.adapter_data import TruthLine, TruthLines, document_names, load_lines, split
from gsaocr.training.transcribed_pages import OutlinedLine, cut
from gsaocr.training.truth import truth_rule

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
ALTO_LINE = """<TextLine ID="l{n}" HPOS="20" VPOS="{top}" WIDTH="360" HEIGHT="30">
<String CONTENT="line"/><SP/><String CONTENT="{n}"/></TextLine>"""


def page_folder(folder: Path, xml: str) -> Path:
    folder.mkdir()
    image = np.full((300, 400), 230, np.uint8)
    for n in range(5):
        image[25 + 50 * n : 35 + 50 * n, 30 : 100 + 20 * n] = 10
    (folder / "page.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    (folder / "page.xml").write_text(xml, encoding="utf-8")
    return folder


def box(n: int) -> str:
    top = 15 + 50 * n
    return f"20,{top} 380,{top} 380,{top + 30} 20,{top + 30}"


@pytest.mark.parametrize(
    "xml",
    [
        PAGE.format(
            lines="".join(PAGE_LINE.format(n=n, points=box(n), base=38 + 50 * n) for n in range(5))
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
        for n, line in enumerate(found.lines):
            height, width = line.image.shape
            assert 30 <= height <= 38
            assert 360 <= width <= 370
            assert int((line.image < 100).any(0).sum()) == 70 + 20 * n, "the ink of its own line"


def test_lines_are_levelled() -> None:
    page = np.full((200, 300), 240, np.uint8)
    cv2.line(page, (30, 150), (270, 90), 0, 3)
    polygon = np.array([[25, 140], [265, 75], [275, 105], [35, 170]], np.float32)
    baseline = np.array([[30, 150], [270, 90]], np.float32)
    crop = cut(page, OutlinedLine(polygon, baseline, "x", "x"))
    assert crop is not None
    rows = np.flatnonzero((crop < 100).any(1))
    assert rows[-1] - rows[0] <= 6, "a sloping stroke comes out level"
    outside = OutlinedLine(polygon + 1000, baseline, "x", "x")
    assert cut(page, outside) is None


BOMB = """<?xml version="1.0"?><!DOCTYPE PcGts [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]><PcGts>&f;&b;</PcGts>"""


@pytest.mark.parametrize(
    ("xml", "cause"),
    [
        (BOMB, "document type"),
        ("<PcGts", "no readable XML"),
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
