"""-o and --format: standard output, a folder, or one file whose ending sets the format."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from gsaocr.cli.app import run
from gsaocr.cli.destination import destination
from gsaocr.errors import OutputError, UsageError
from tests.cli.fake_pipeline import spelled

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls) -> Path:
    """A working folder with two images that spell words, and one of three pages."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Image.fromarray(spelled(name)).save(f"{name}.png")
    pages = [Image.fromarray(spelled(text)) for text in ("first", "second", "third")]
    pages[0].save("book.tif", save_all=True, append_images=pages[1:])
    Path("folder.txt").mkdir()
    Path("plain").write_text("somebody's")
    return tmp_path


def transcribe(*arguments: object) -> int:
    return run(["transcribe", *map(str, arguments)])


@pytest.mark.parametrize(
    ("out", "format_", "expected"),
    [
        (None, None, (["txt"], None, None)),
        ("-", "json", (["json"], None, None)),
        ("texts", None, (["txt"], "texts", None)),
        ("texts", "txt,pdf", (["txt", "pdf"], "texts", None)),
        ("texts.2024", None, (["txt"], "texts.2024", None)),
        (".hidden", None, (["txt"], ".hidden", None)),
        (".txt", None, (["txt"], ".txt", None)),
        ("folder.txt", None, (["txt"], "folder.txt", None)),
        ("new.txt/", "json", (["json"], "new.txt", None)),
        ("a.txt", None, (["txt"], ".", "a.txt")),
        ("sub/a.b.PDF", None, (["pdf"], "sub", "sub/a.b.PDF")),
        ("a.alto.xml", None, (["alto"], ".", "a.alto.xml")),
        ("a.page.xml", "page", (["page"], ".", "a.page.xml")),
        ("a.xml", "alto", (["alto"], ".", "a.xml")),
        ("a.html", "hocr", (["hocr"], ".", "a.html")),
        ("a.text", "txt", (["txt"], ".", "a.text")),
    ],
)
def test_what_a_name_stands_for(
    here: Path, out: str | None, format_: str | None, expected: tuple[list[str], str, str]
) -> None:
    found = destination(out, format_)
    formats, folder, file = expected
    assert [each.name for each in found.formats] == formats
    assert found.folder == (None if folder is None else Path(folder))
    assert found.file == (None if file is None else Path(file))


@pytest.mark.parametrize(
    ("out", "format_", "said"),
    [
        ("a.docx", None, ".docx is none of the formats"),
        ("a.xml", None, "name it a.alto.xml or a.page.xml"),
        ("a.pdf", "txt", "ends like pdf, and --format says txt"),
        ("a.txt", "txt,pdf", "names one file, and --format txt,pdf asks for several"),
        ("a.txt", "docx", "no format 'docx'"),
    ],
)
def test_what_contradicts_itself_is_refused(
    here: Path, out: str, format_: str | None, said: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        destination(out, format_)
    assert said in str(refusal.value)


def test_a_file_in_the_place_of_a_folder_is_refused(here: Path) -> None:
    with pytest.raises(OutputError, match=r"plain\.txt"):
        destination("plain", None)


def test_one_input_becomes_the_file_that_is_named(here: Path, capsys: Capture) -> None:
    before = {path.name for path in here.iterdir()}
    assert transcribe("one.png", "-o", "out.txt") == 0
    assert Path("out.txt").read_text() == "one\n"
    assert transcribe("one.png", "-o", "new/out.json") == 0
    assert json.loads(Path("new/out.json").read_text())["pages"][0]["text"] == "one"
    assert transcribe("one.png", "-o", "out.pdf") == 0
    with pikepdf.open("out.pdf") as pdf:
        assert len(pdf.pages) == 1
    assert capsys.readouterr().out == ""
    # No folder of that name, and nothing left beside the files.
    assert {path.name for path in here.iterdir()} - before == {"out.txt", "new", "out.pdf"}
    assert [path.name for path in Path("new").iterdir()] == ["out.json"]


def test_every_run_into_files_says_where_they_are(here: Path, capsys: Capture) -> None:
    def last_line(*arguments: str) -> str:
        assert transcribe(*arguments) == 0
        return capsys.readouterr().err.splitlines()[-1]

    assert last_line("one.png", "-o", "out.txt").endswith("; wrote out.txt")
    assert "1 page in " in last_line("one.png", "-o", "texts")
    assert last_line("one.png", "-o", "more", "--format", "txt,json").endswith(
        "; wrote 2 files in more/"
    )
    assert last_line("one.png", "two.png", "-o", "both").endswith("; wrote 2 files in both/")
    resumed = last_line("one.png", "two.png", "-o", "both", "--resume")
    assert "0 read, 2 skipped" in resumed
    assert resumed.endswith("; the files are in both")
    shown = last_line("one.png", "-o", "o.txt", "--show", "v.html", "--review", "r.csv")
    assert shown.endswith("; wrote o.txt and v.html and r.csv")
    assert last_line("one.png", "--show", "w.html").endswith("gsaocr: wrote w.html")
    assert transcribe("one.png", "-o", "q.txt", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_several_inputs_and_one_file_are_refused(here: Path, calls: Calls, capsys: Capture) -> None:
    assert transcribe("one.png", "two.png", "-o", "out.txt") == 2
    err = capsys.readouterr().err
    assert "names one file, and there are 2 inputs; name a folder" in err
    assert not Path("out.txt").exists()
    assert calls == [], "nothing is loaded for it"


def test_a_document_of_several_pages_in_one_file(here: Path) -> None:
    assert transcribe("book.tif", "-o", "book.txt") == 0
    assert Path("book.txt").read_text() == "first\fsecond\fthird\n"
    assert transcribe("book.tif", "-o", "book.pdf") == 0
    with pikepdf.open("book.pdf") as pdf:
        assert len(pdf.pages) == 3
    # PAGE has a file for each page.
    assert transcribe("book.tif", "-o", "x.page.xml") == 0
    names = sorted(path.name for path in here.glob("x*"))
    assert names == ["x-0002.page.xml", "x-0003.page.xml", "x.page.xml"]


def test_standard_input_has_a_named_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(Path("one.png").read_bytes()))
    monkeypatch.setattr("sys.stdin", stream)
    assert transcribe("-", "-o", "out.txt") == 0
    assert Path("out.txt").read_text() == "one\n"


def test_a_file_of_the_users_is_not_replaced(here: Path, calls: Calls, capsys: Capture) -> None:
    Path("mine.txt").write_text("mine")
    assert transcribe("one.png", "-o", "mine.txt") == 4
    err = capsys.readouterr().err
    assert "mine.txt: is there already; choose another name with -o, or replace it" in err
    assert "--overwrite" in err
    assert Path("mine.txt").read_text() == "mine"
    assert transcribe("one.png", "-o", "mine.txt", "--overwrite") == 0
    assert Path("mine.txt").read_text() == "one\n"
    # What says of itself that gsaocr wrote it may be.
    assert transcribe("one.png", "-o", "own.json") == 0
    assert transcribe("two.png", "-o", "own.json") == 0
    assert "two" in Path("own.json").read_text()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save("scan.pdf")
    before = Path("scan.pdf").read_bytes()
    assert transcribe("scan.pdf", "-o", "scan.pdf", "--overwrite") == 4
    assert "would overwrite an input" in capsys.readouterr().err
    assert Path("scan.pdf").read_bytes() == before


def test_a_file_can_not_be_resumed(here: Path, capsys: Capture) -> None:
    assert transcribe("one.png", "-o", "out.txt", "--resume") == 2
    assert "needs a folder" in capsys.readouterr().err


def test_a_failed_input_leaves_no_file(here: Path, capsys: Capture) -> None:
    assert transcribe("plain", "-o", "out.txt") == 3
    assert not Path("out.txt").exists()
    assert "wrote" not in capsys.readouterr().err


def test_a_pdf_is_not_written_to_a_terminal(
    here: Path, calls: Calls, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert transcribe("one.png", "--format", "pdf") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "is nothing for a terminal; write a file with -o NAME.pdf" in err
    assert calls == []
    assert transcribe("one.png", "--format", "json") == 0


def test_adapters_joined_by_commas(here: Path, calls: Calls) -> None:
    assert transcribe("one.png", "--adapter", "fraktur,receipts", "--adapter", "auto") == 0
    assert calls[0]["adapters"] == ("fraktur", "receipts", "auto")
    Path("a,b").mkdir()
    assert transcribe("one.png", "--adapter", "a,b") == 0
    assert calls[1]["adapters"] == ("a,b",)


def test_languages_are_not_needed(here: Path, calls: Calls, capsys: Capture) -> None:
    assert transcribe("one.png", "-l", "deu") == 0
    out, err = capsys.readouterr()
    assert out == "one\n"
    assert err == ("gsaocr: -l deu is not needed: one model reads every language in Latin script\n")
    assert transcribe("one.png", "--lang", "rus") == 2
    assert "no Latin script" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x" * 300, f"{'x' * 300}/out.txt", f"{'x' * 300}.txt"])
def test_a_name_too_long_is_no_fault_of_the_program(here: Path, capsys: Capture, name: str) -> None:
    """As one in a folder that may not be entered: asking whether it is there fails."""
    assert transcribe("one.png", "-o", name) == 4
    err = capsys.readouterr().err
    assert "File name too long" in err
    assert err.count("\n") == 1
