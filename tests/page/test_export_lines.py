"""Exported lines: files, order, and the correction page in a real browser."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from gsaocr.errors import OutputError
from gsaocr.page.correction_page import PageLine, correction_page
from gsaocr.page.export_lines import DraftLine, export_lines
from gsaocr.recognizer.charset import default_charset
from gsaocr.training.adapter_data import load_lines
from gsaocr.training.truth import truth_rule

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRAFTS = ("first & </script> draft", "zweite Zeile mit ß", "third {{LINES}}", "fourth", "fifth")


def lines() -> list[DraftLine]:
    draw = np.random.default_rng(0)
    return [
        DraftLine(draw.integers(0, 256, (24, 90 + 9 * n), np.uint8), text, 0.9 - n / 10, page, n)
        for n, (text, page) in enumerate(zip(DRAFTS, ("a", "a", "b/x", "b:x", "a"), strict=True), 1)
    ]


def test_the_least_certain_come_first(tmp_path: Path) -> None:
    written = export_lines(lines(), tmp_path / "out")
    names = [str(path.relative_to(tmp_path / "out")) for path in written]
    assert names == [
        "a/0001-line005.png",
        "b_x-2/0002-line004.png",
        "b_x/0003-line003.png",
        "a/0004-line002.png",
        "a/0005-line001.png",
    ]
    drafts = [path.with_suffix(".gt.txt").read_text(encoding="utf-8") for path in written]
    assert drafts == [f"{text}\n" for text in DRAFTS[::-1]]


def test_the_folder_can_be_trained_on(tmp_path: Path) -> None:
    export_lines(lines(), tmp_path / "out")
    found = load_lines([tmp_path / "out"], truth_rule(()), default_charset(), extend=False)
    assert {line.text for line in found.lines} == set(DRAFTS)
    assert len({line.document for line in found.lines}) == 3, "each page is a document"
    assert found.left_out == ()


def test_a_folder_of_the_users_stays(tmp_path: Path) -> None:
    mine = tmp_path / "out" / "b_x" / "0003-line003.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(OutputError, match="already"):
        export_lines(lines(), tmp_path / "out")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_bytes() == b"mine"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    export_lines(lines(), tmp_path / "out")
    with pytest.raises(OutputError, match="already"):
        export_lines(lines(), tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        export_lines(lines(), tmp_path / "file" / "out")


def test_the_page_needs_nothing_beside_it(tmp_path: Path) -> None:
    export_lines(lines(), tmp_path / "out")
    page = (tmp_path / "out" / "correct.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "http:" not in page
    assert "https:" not in page
    assert page.count("</script>") == 2, "a draft can't end the script"


# What a person does: correct the first line, leave out the second, accept the third, save.
PERSON = """<script>
const boxes = [...document.querySelectorAll("section.line")];
const key = (input, init) => input.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
const first = document.activeElement;
first.value = "fifth, corrected ſ";
first.dispatchEvent(new Event("input"));
key(first, { key: "Enter" });
key(document.activeElement, { key: "s", code: "KeyS", altKey: true });
document.activeElement.closest("section").querySelector("button").click();
const told = { first: boxes[0].contains(first), count: document.getElementById("count").textContent,
  next: boxes.findIndex((box) => box.contains(document.activeElement)) };
let blob;
URL.createObjectURL = (given) => { blob = given; return "#"; };
document.getElementById("zip").click();
told.message = document.getElementById("message").textContent;
blob.arrayBuffer().then((buffer) => {
  const bytes = new Uint8Array(buffer);
  const out = document.createElement("pre");
  out.id = "outcome";
  out.textContent = JSON.stringify(told) + "|" + btoa(String.fromCharCode(...bytes));
  document.body.append(out);
});
</script></body>"""


@pytest.mark.skipif(CHROMIUM is None, reason="chromium isn't installed")
def test_corrected_in_a_browser(tmp_path: Path) -> None:
    export_lines(lines(), tmp_path / "out")
    page = (tmp_path / "out" / "correct.html").read_text(encoding="utf-8")
    (tmp_path / "used.html").write_text(page.replace("</body>", PERSON), encoding="utf-8")
    dom = subprocess.run(
        [
            str(CHROMIUM),
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", "--dump-dom"),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=4000",
            (tmp_path / "used.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    outcome = re.search(r'<pre id="outcome">(.*?)\|(.*?)</pre>', dom, re.DOTALL)
    assert outcome, dom[-2000:]
    assert outcome[1] == (
        '{"first":true,"count":"2 of 5 done, 1 left out","next":3,'
        '"message":"2 lines saved as corrected-lines.zip"}'
    )
    content = base64.b64decode(outcome[2])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        texts = {n: archive.read(n).decode() for n in archive.namelist() if n.endswith(".gt.txt")}
        image = archive.read("a/0001-line005.png")
    assert texts == {
        "a/0001-line005.gt.txt": "fifth, corrected ſ\n",
        "b_x/0003-line003.gt.txt": "third {{LINES}}\n",
    }
    assert image == (tmp_path / "out" / "a" / "0001-line005.png").read_bytes()


def test_titles_and_texts_are_quoted() -> None:
    page = correction_page([PageLine("a", b"", "<b>{{KEY}}", 1.0)], 'x<i>"{{LINES}}')
    assert "<i>" not in page
    assert "<b>" not in page
    assert "{{LINES}}" not in page
