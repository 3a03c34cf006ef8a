"""Pages to look at: HTML in a browser, pictures, the list of doubtful lines."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gsaocr.errors import OutputError, UsageError
from gsaocr.page.document import Document, Page
from gsaocr.page.load import LoadSettings
from gsaocr.show.colours import colour
from gsaocr.show.review import reviewed_in
from gsaocr.show.shown import shown_in
from gsaocr.show.worst_html import WorstReading, worst_page
from tests.formats.documents import drawn_page, small_document

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Document, Path]:
    image, page = drawn_page(['Tom & "Jerry" <b>', "second line here"])
    path = tmp_path / "drawn.png"
    image.save(path)
    return Document((page,), '<"drawn">.png', {"model": "x&y"}), path


def html_of(document: Document, original: Path, target: Path) -> str:
    with shown_in(target, LoadSettings()) as view:
        view(document, original)
        assert not target.exists(), "an unfinished page must not stand in its place"
    return target.read_text()


def test_html_is_whole_and_self_contained(drawn: tuple[Document, Path], tmp_path: Path) -> None:
    text = html_of(*drawn, tmp_path / "show.html")
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert "<script" not in text
    assert "<b>" not in text
    svg = ElementTree.fromstring(re.search(r"<svg.*?</svg>", text, re.DOTALL)[0])  # type: ignore[index]
    lines = [
        "".join(element.itertext()) for element in svg.iter("text") if element.get("font-family")
    ]
    assert lines == ['Tom & "Jerry" <b>', "second line here"]
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []


def test_html_in_a_browser(drawn: tuple[Document, Path], tmp_path: Path) -> None:
    """The text that a browser draws covers the ink of the image below it."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    document, original = drawn
    target = tmp_path / "show.html"
    text = html_of(document, original, target)
    # Only the text, black, on its own.
    style = "header, h2 { display: none !important } section { margin: 0; padding: 0;"
    style += " max-width: none } .boxes, .image, .order { display: none } tspan { fill: #000 }"
    target.write_text(text.replace("</style>", style + "</style>"))
    page = document.pages[0]
    picture = tmp_path / "shot.png"
    subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}",
            f"--window-size={page.width},{page.height}", target.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    shot = np.asarray(Image.open(picture).convert("L")) < 128
    for word in page.words:
        box = word.box
        x0, y0, x1, y1 = (round(v) for v in (box.x0, box.y0, box.x1, box.y1))
        assert shot[y0:y1, x0:x1].mean() > 0.05, word.text
        columns = np.flatnonzero(shot[y0:y1, x0:x1].any(0))
        assert columns[-1] - columns[0] > 0.85 * (x1 - x0), word.text
    outside = shot.copy()
    for word in page.words:
        box = word.box
        outside[int(box.y0) - 12 : int(box.y1) + 12, int(box.x0) - 8 : int(box.x1) + 8] = False
    assert not outside[: page.height, : page.width].any()


def test_worst_readings() -> None:
    worst = WorstReading("<a>: b", np.full((5, 9), 255, np.uint8), "a & bc", "a <bd", 0.5, 0.3)
    page = b"".join(worst_page("The worst", [worst])).decode()
    assert "&lt;a&gt;: b: CER 50.0 %" in page
    assert '<img alt="" src="data:image/png;base64,' in page
    truth, reading = re.findall(r"</span>(.*?)</p>", page)
    assert re.sub(r"<del>.*?</del>", "", truth) == re.sub(r"<ins>.*?</ins>", "", reading)
    assert re.sub("<.*?>", "", truth) == "a &amp; bc"
    assert re.sub("<.*?>|\u200a", "", reading) == "a &lt;bd"


def test_picture(drawn: tuple[Document, Path], tmp_path: Path) -> None:
    target = tmp_path / "show.png"
    document, original = drawn
    with shown_in(target, LoadSettings()) as view:
        view(document, original)
        view(document, original)
    picture = np.asarray(Image.open(target).convert("L"))
    page = document.pages[0]
    assert picture.shape == (page.height, 2 * page.width + 8)
    for word in page.words:
        box = word.box
        x0, y0, x1, y1 = (round(v) for v in (box.x0, box.y0, box.x1, box.y1))
        text = picture[y0:y1, page.width + 8 + x0 : page.width + 8 + x1]
        assert (text < 200).mean() > 0.03, word.text
    assert (tmp_path / "show-2.png").exists()


def test_refusals(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"neither \.png nor \.html"),
        shown_in(tmp_path / "a.svg", LoadSettings()),
    ):
        pass
    with (
        pytest.raises(OutputError, match="--show"),
        shown_in(tmp_path / "none" / "a.html", LoadSettings()),
    ):
        pass
    with pytest.raises(OutputError, match="--review"), reviewed_in(tmp_path / "no" / "a.csv", 0.5):
        pass


def test_review(tmp_path: Path) -> None:
    target = tmp_path / "review.csv"
    document = small_document(1)
    with reviewed_in(target, 0.81) as view:
        view(document, tmp_path / "a.png")
    with target.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["text"] for row in rows] == ['"R&D"', "<b> exam-", "ple ſchön̈", "up"]
    assert rows[1]["x0"] == "40"
    assert rows[1]["confidence"] == "0.800"
    assert rows[2]["worst word"] == "ple"
    assert [(row["region"], row["line"]) for row in rows] == [
        ("1", "1"), ("2", "1"), ("2", "2"), ("3", "1"),
    ]  # fmt: skip
    with reviewed_in(target, 0.8) as view:
        view(document, tmp_path / "a.png")
    assert len(target.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["=1+1", " =1", "\u3000=1", "\uff1d1", "\n=1", "\t1", "@a", "\ufe62a"]
)
def test_signs_that_make_a_formula(text: str) -> None:
    from gsaocr.show.review import _cell

    assert _cell(text) == f"'{text}"
    assert _cell(f"a{text}") == f"a{text}"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    from tests.formats.documents import line, region, word

    made = region([line([word("=1+1", 10, 10)], confidence=0.1)])
    target = tmp_path / "review.csv"
    with reviewed_in(target, 0.5) as view:
        view(Document((Page(100, 100, (made,)),), "@a"), tmp_path / "a.png")
    assert "'@a" in target.read_text()
    assert "'=1+1" in target.read_text()


def test_colours_go_from_red_to_green() -> None:
    red = [colour(value)[0] for value in (0, 0.6, 1)]
    assert red[0] > colour(0)[1]
    assert red[2] < colour(1)[1]
    assert colour(-1) == colour(0)
    assert colour(2) == colour(1)
