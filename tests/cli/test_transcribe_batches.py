"""gsaocr transcribe over many inputs: where they come from, what is told, what is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from gsaocr.cli.app import run
from tests.cli.fake_pipeline import spelled

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls) -> Path:
    """A folder of images that spell words; the working folder is the one above it."""
    for name in ("one.png", "deep/two.png", "deep/er/three.tif"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(spelled(path.stem)).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scans"


def transcribe(*arguments: object) -> int:
    return run(["transcribe", *map(str, arguments)])


def written(out: Path) -> list[str]:
    files = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return sorted(str(path) for path in files if path.parts[0] != ".gsaocr")


def test_folder_with_all_formats(scans: Path, capsys: Capture) -> None:
    assert transcribe("scans", "-o", "out", "--format", "txt,json,tsv,hocr,alto,page,pdf") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gsaocr: 3 read, 0 skipped, 0 failed; 3 pages in ")
    assert "pages/min" in err
    suffixes = ["alto.xml", "hocr", "json", "page.xml", "pdf", "tsv", "txt"]
    names = [f"{stem}.{s}" for stem in ("deep/er/three", "deep/two", "one") for s in suffixes]
    assert written(Path("out")) == names
    assert json.loads(Path("out/one.json").read_text())["provenance"] == {
        "version": "0", "model": "fake",
    }  # fmt: skip


def test_list_of_inputs(scans: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("list").write_text("scans/deep/two.png\nscans/deep/er/three.tif\n")
    assert transcribe("--list", "list", "-o", "out") == 0
    assert written(Path("out")) == ["er/three.txt", "two.txt"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"scans/one.png\0")))
    assert transcribe("--list", "-", "-q") == 0
    assert capsys.readouterr().out == "one\n"


def test_resume(scans: Path, capsys: Capture) -> None:
    assert transcribe("scans", "-o", "out") == 0
    Image.fromarray(spelled("changed")).save(scans / "one.png")
    capsys.readouterr()
    assert transcribe("scans", "-o", "out", "--resume") == 0
    err = capsys.readouterr().err
    assert "scans/one.png is read again: it has changed" in err
    assert "1 read, 2 skipped, 0 failed" in err
    assert Path("out/one.txt").read_text() == "changed\n"
    assert transcribe("scans", "-o", "out", "--resume", "--hyphens", "join") == 0
    assert "--hyphens was 'keep' and is 'join'" in capsys.readouterr().err


def test_quiet_verbose_and_log(scans: Path, capsys: Capture) -> None:
    (scans / "bad.png").write_text("no image")
    assert transcribe("scans", "-o", "out", "--quiet", "--log-file", "log") == 10
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert "bad.png: is no image" in err[0]
    assert "1 of 4 inputs" in err[1]
    log = Path("log").read_text().splitlines()
    assert "run of 4 inputs" in log[0]
    assert "failed 'scans/bad.png'" in log[1]
    assert "3 read, 0 skipped, 1 failed" in log[-1]
    assert transcribe("scans", "-o", "out", "--verbose") == 10
    err = capsys.readouterr().err.splitlines()
    assert "gsaocr: scans/one.png: read" in err
    assert "gsaocr: failed: scans/bad.png: is no image that can be read" in err[-3]


def test_show_and_review(scans: Path, capsys: Capture) -> None:
    options = ["--show", "show.html", "--review", "review.csv", "--review-below", "0.95"]
    assert transcribe("scans", *options) == 0
    told = "gsaocr: wrote show.html and review.csv\n"
    assert capsys.readouterr() == ("one\n\ftwo\n\fthree\n", told)
    assert Path("show.html").read_text().count("<section") == 3
    with Path("review.csv").open(encoding="utf-8-sig") as stream:
        assert [row["text"] for row in csv.DictReader(stream)] == ["one", "two", "three"]
    assert transcribe("scans/one.png", "--show", "show.png", "-q") == 0
    assert Image.open("show.png").size == (2 * 3 + 8, 4)


def test_some_pages_in_files_of_their_own_are_read_once(scans: Path, capsys: Capture) -> None:
    images = [Image.fromarray(spelled(text)) for text in ("a", "b", "c")]
    images[0].save("book.tif", save_all=True, append_images=images[1:])
    options = ["book.tif", "-o", "out", "--format", "page,txt", "--pages", "2-"]
    assert transcribe(*options) == 0
    assert written(Path("out")) == ["book-0002.page.xml", "book-0003.page.xml", "book.txt"]
    capsys.readouterr()
    assert transcribe(*options, "--resume", "--verbose") == 0
    assert "book.tif: done before" in capsys.readouterr().err
    Path("out/book-0003.page.xml").unlink()
    assert transcribe(*options, "--resume") == 0
    assert "book-0003.page.xml is missing" in capsys.readouterr().err
    assert transcribe(*options[:-1], "3", "--resume") == 0
    assert "--pages was '2-' and is '3'" in capsys.readouterr().err


def test_pdf_with_password_and_pages(scans: Path, capsys: Capture) -> None:
    pdf = pikepdf.new()
    for _ in range(3):
        pdf.add_blank_page(page_size=(144, 72))
    pdf.save("locked.pdf", encryption=pikepdf.Encryption(owner="o", user="secret"))
    assert transcribe("locked.pdf", "--format", "json") == 3
    assert "give it with --password" in capsys.readouterr().err
    assert transcribe("locked.pdf", "--password", "wrong") == 3
    assert "has another password" in capsys.readouterr().err
    options = ["--password", "secret", "--pages", "2-", "--dpi", "36", "-o", "out"]
    assert transcribe("locked.pdf", *options, "--format", "json") == 0
    content = json.loads(Path("out/locked.json").read_text())
    assert [(page["number"], page["width"]) for page in content["pages"]] == [(2, 72), (3, 72)]
    assert transcribe("locked.pdf", "--password", "secret", "--pages", "4-") == 3
    assert "has 3 pages; --pages 4- names none of them" in capsys.readouterr().err


def test_region(scans: Path, capsys: Capture) -> None:
    assert transcribe("scans/deep/er/three.tif", "--region", "1,0,3,2") == 0
    assert capsys.readouterr().out == "hre\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--resume"], "-o DIR"),
        (["--pages", "0"], "pages count from 1"),
        (["--pages", "a"], "no page or span"),
        (["--region", "1,2"], "x,y,w,h"),
        (["--line", "--layout"], "contradict"),
        (["--existing-text", "drop"], "known: redo, skip, keep"),
        (["--hyphens", "drop"], "known: keep, join"),
        (["--engine", "tram"], "known: local, ray"),
        (["--quiet", "--verbose"], "contradict"),
        (["--show", "a.svg"], "neither .png nor .html"),
        (["--jobs", "0"], "--jobs"),
        (["--dpi", "5"], "--dpi"),
    ],
)
def test_misuse(
    scans: Path, calls: Calls, capsys: Capture, arguments: list[str], part: str
) -> None:
    assert transcribe("scans", *arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert part in err
    assert calls == []


def test_files_that_cannot_be_written(scans: Path, capsys: Capture) -> None:
    for option in ("--log-file", "--review", "--show"):
        assert transcribe("scans", option, "none/file.html") == 4
        assert option in capsys.readouterr().err
    assert transcribe("--list", "none") == 3
    Path("empty").write_text("\n")
    assert transcribe("--list", "empty") == 3
    assert "names no input" in capsys.readouterr().err
