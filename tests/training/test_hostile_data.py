"""Training data of others: a bad entry is named and left out, the rest is trained on."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsaocr.errors import InputError, TrainingError
from gsaocr.evaluation import datasets
from gsaocr.evaluation.datasets import load_samples
from gsaocr.recognizer.charset import default_charset
from gsaocr.training import adapter_data
from gsaocr.training.adapter_data import MOST_PIXELS, TruthLines, load_lines
from gsaocr.training.line_images import first_page

GOOD = 6


def load(*sources: Path, extend: bool = False) -> TruthLines:
    return load_lines(sources, lambda text: text.strip(), default_charset(), extend)


def png(height: int = 30, width: int = 200) -> bytes:
    image = np.full((height, width), 230, np.uint8)
    cv2.putText(image, "text", (5, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20,), 1)
    return cv2.imencode(".png", image)[1].tobytes()


def members() -> dict[str, bytes]:
    images = {f"a-{n}.png": png() for n in range(GOOD)}
    return images | {f"a-{n}.gt.txt": b"text" for n in range(GOOD)}


def folder_of(folder: Path, more: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (members() | more).items():
        (folder / name).write_bytes(content)
    return folder


def huge_png(side: int) -> bytes:
    """A grey PNG of side x side pixels that is all zeros: small to store, large to decode."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    kinds = (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in members().items():
            opened.writestr(name, content)
        for number, kind in enumerate(kinds):
            opened.writestr(f"b-{number}.png", png(), kind)
            opened.writestr(f"b-{number}.gt.txt", b"text" * 300, kind)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        for number in range(len(kinds)):
            for suffix in (".png", ".gt.txt"):
                start = opened.getinfo(f"b-{number}{suffix}").header_offset + 50
                content[start + 4 : start + 12] = b"\xa5" * 8
    path.write_bytes(content)
    found = load(path)
    assert len(found.lines) == GOOD
    assert len([entry for entry in found.left_out if "b-" in entry]) >= len(kinds)


def test_texts_are_bounded_in_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for n in range(40):
            opened.writestr(f"x-{n}.gt.txt", b" " * 1000)
            opened.writestr(f"x-{n}.png", b"")
    assert len(load_samples([path]).samples) == 40
    monkeypatch.setattr(datasets, "LARGEST_TRUTHS", 39_999)
    with pytest.raises(InputError, match="texts are larger than"):
        load_samples([path])


def test_images_are_bounded_in_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "lines", {})
    assert len(load(folder).lines) == GOOD
    monkeypatch.setattr(adapter_data, "MOST_PIXELS", GOOD * 30 * 200 - 1)
    with pytest.raises(InputError, match="line images take more than"):
        load(folder)


def test_the_bounds() -> None:
    assert (datasets.LARGEST_TRUTHS, MOST_PIXELS) == (2**28, 4_000_000_000)


def test_a_gigapixel_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="megapixels"):
        first_page(huge_png(32_000), "huge")
    found = load(folder_of(tmp_path / "lines", {"b.png": huge_png(32_000), "b.gt.txt": b"text"}))
    assert len(found.lines) == GOOD
    assert any("megapixels" in entry for entry in found.left_out)


def test_nothing_but_our_own_messages_reaches_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = bytearray(png())
    for place in (20, 45, 70, len(broken) - 20):
        content = bytearray(broken)
        content[place] ^= 0xFF
        folder_of(tmp_path / "lines", {f"b-{place}.png": bytes(content), f"b-{place}.gt.txt": b"t"})
    found = load(tmp_path / "lines")
    assert len(found.lines) >= GOOD
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe", b"a\x1b[2Jb", "a\u202eb".encode(), b"x" * 2001, b"x" * 5_000_000, b"a\x00b", b""],
)
def test_odd_texts_are_left_out(tmp_path: Path, text: bytes) -> None:
    folder = folder_of(tmp_path / "lines", {"b.png": png(), "b.gt.txt": text})
    for extend in (False, True):
        found = load(folder, extend=extend)
        assert len(found.lines) == GOOD
        assert len(found.left_out) == 1
        assert not found.unknown


ROWS: list[tuple[str, bytes]] = [
    ("nul", b'{"image": "a\\u0000.png", "text": "t"}'),
    ("no object", b"[1]"),
    ("no JSON", b"{"),
    ("deep", b"[" * 50_000),
    ("no UTF-8", b'{"image": "\xff.png", "text": "t"}'),
    ("surrogate", b'{"image": "\\ud800.png", "text": "t"}'),
    ("no column", b'{"other": 1}'),
    ("number", b'{"image": 5, "text": "t"}'),
    ("no text", b'{"image": "a-0.png", "text": 5}'),
    ("nested", b'{"image": {"a": 1}, "text": "t"}'),
    ("endless", b'{"image": "' + b"x" * (2**20 + 10) + b'", "text": "t"}'),
    ("long name", b'{"image": "' + b"x" * 5000 + b'.png", "text": "t"}'),
    ("folder", b'{"image": ".", "text": "t"}'),
    ("outside", b'{"image": "../x.png", "text": "t"}'),
    ("itself", b'{"image": "circle.png", "text": "t"}'),
    ("escape", b'{"image": "\\u001b]0;x\\u0007.png", "text": "t"}'),
]


def rows_of_table(tmp_path: Path, name: str, middle: bytes) -> Path:
    folder = folder_of(tmp_path / "lines", {})
    (folder / "circle.png").symlink_to(folder / "circle.png")
    good = [json.dumps({"image": f"a-{n}.png", "text": "t"}).encode() for n in range(GOOD)]
    path = folder / name
    path.write_bytes(b"\n".join([*good[:3], middle, *good[3:]]) + b"\n")
    return path


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[kind for kind, _ in ROWS])
def test_a_bad_row_costs_itself_alone(tmp_path: Path, kind: str, row: bytes) -> None:
    found = load(rows_of_table(tmp_path, "m.jsonl", row))
    assert len(found.lines) == GOOD
    assert len(found.left_out) == 1


@pytest.mark.parametrize(
    "row", [b"a\x00.png,t", b"\xff.png,t", b"circle.png,t", b".,t", b"x" * 5000 + b",t", b",", b"a"]
)
def test_a_bad_row_of_a_table_costs_itself_alone(tmp_path: Path, row: bytes) -> None:
    path = rows_of_table(tmp_path, "unused.jsonl", b"").parent / "m.csv"
    rows = [f"a-{n}.png,t".encode() for n in range(GOOD)]
    path.write_bytes(b"\n".join([b"image,text", *rows[:2], row, *rows[2:]]))
    found = load(path)
    assert len(found.lines) == GOOD
    assert len(found.left_out) == 1


def test_an_endless_line_of_a_table_is_refused(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "lines", {}) / "m.csv"
    path.write_bytes(b"image,text\n" + b"," * (2**20 + 10))
    with pytest.raises(InputError, match="longer than 1 MiB"):
        load(path)


PAGE = """<PcGts><Page imageFilename="{image}" imageWidth="{width}" imageHeight="300">
<TextRegion><TextLine id="l"><Coords points="{points}"/>
<TextEquiv><Unicode>some text</Unicode></TextEquiv></TextLine></TextRegion></Page></PcGts>"""
ALTO = """<alto><Layout><Page WIDTH="{width}" HEIGHT="300"><PrintSpace><TextBlock><TextLine
 HPOS="{points}" VPOS="10" WIDTH="{width}" HEIGHT="20"><String CONTENT="some text"/></TextLine>
</TextBlock></PrintSpace></Page></Layout></alto>"""
POINTS = ["10,10 190,10 190,40 10,40", "nan,1 2,3 4,5", "1e39,1 2,3 4,5", "9" * 400, "inf", "a,b"]
NAMES = ["p.png", ".", "..", "x" * 5000, "\x7f.png", "sub", "circle.png", "/etc/passwd", ""]


@pytest.mark.parametrize("template", [PAGE, ALTO], ids=["page", "alto"])
@pytest.mark.parametrize("points", POINTS, ids=range(len(POINTS)))
@pytest.mark.parametrize("width", ["200", "inf", "nan", "1e999", "-5", "0", "9" * 400])
def test_numbers_of_pages_cost_their_page_alone(
    tmp_path: Path, template: str, points: str, width: str
) -> None:
    folder = folder_of(tmp_path / "lines", {"p.png": png(300, 200)})
    text = template.format(image="p.png", width=width, points=points)
    (folder / "p.xml").write_text(text)
    assert len(load(folder).lines) in (GOOD, GOOD + 1)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("encoding", ["utf-8", "foo", "utf-7", "utf-16", "idna"])
def test_names_and_encodings_cost_their_page_alone(
    tmp_path: Path, name: str, encoding: str
) -> None:
    folder = folder_of(tmp_path / "lines", {"p.png": png(300, 200)})
    (folder / "sub").mkdir()
    (folder / "circle.png").symlink_to(folder / "circle.png")
    text = PAGE.format(image=name, width=200, points=POINTS[0])
    (folder / "p.xml").write_text(f'<?xml version="1.0" encoding="{encoding}"?>{text}')
    assert len(load(folder).lines) in (GOOD, GOOD + 1)


@pytest.mark.parametrize("error", [RuntimeError, ZeroDivisionError, MemoryError, AttributeError])
def test_an_error_that_nobody_foresaw_costs_its_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def wrong(path: Path) -> None:
        raise error("\x1b[2J")

    folder = folder_of(tmp_path / "lines", {"p.xml": b"", "q.xml": b""})
    monkeypatch.setattr(adapter_data, "transcribed_page", wrong)
    found = load(folder)
    assert len(found.lines) == GOOD
    assert len(found.left_out) == 2
    with pytest.raises(InputError, match=r"p\.xml"):
        load(folder / "p.xml")


def test_one_of_several_sources_costs_itself_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "lines", {})
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "broken.xml").write_text("<")
    found = load(tmp_path / "broken.zip", folder, tmp_path / "broken.xml")
    assert len(found.lines) == GOOD
    assert len(found.left_out) == 2
    with pytest.raises(InputError, match="no such file"):
        load(folder, tmp_path / "misspelt")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_archives(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "set.zip"
    kind = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]))
    with zipfile.ZipFile(path, "w", kind) as opened:
        for name, content in members().items():
            opened.writestr(name, content)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = load(path)
    except (InputError, TrainingError):
        return
    assert found.lines
