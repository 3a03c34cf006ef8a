"""gsaocr transcribe harms no file of the user's, whichever option names it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gsaocr.cli.app import run
from tests.cli.fake_pipeline import spelled

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]

NAMED = {"--show": ("view.html", "view.png"), "--review": ("lines.csv",), "--log-file": ("log",)}
OPTIONS = [(option, name) for option, names in NAMED.items() for name in names]


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls) -> Path:
    for name in ("one.png", "two.png"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(spelled(path.stem)).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scans"


def transcribe(*arguments: object) -> int:
    return run(["transcribe", *map(str, arguments)])


def all_files(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.parametrize("option", NAMED)
@pytest.mark.parametrize("more", [[], ["--overwrite"]])
@pytest.mark.parametrize("way", ["scans/one.png", "scans/../scans/one.png", "a link"])
def test_an_option_that_names_an_input(
    scans: Path, capsys: Capture, option: str, more: list[str], way: str
) -> None:
    if way == "a link":
        os.link("scans/one.png", "link.png")
        way = "link.png"
    before = all_files(scans)
    assert transcribe("scans", option, way, *more) == 4
    err = capsys.readouterr().err
    assert "is one of the inputs" in err
    assert option in err
    assert all_files(scans) == before


@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_an_option_that_names_a_file_of_others(
    scans: Path, capsys: Capture, option: str, name: str
) -> None:
    Path(name).write_text("mine\n")
    assert transcribe("scans", option, name) == 4
    err = capsys.readouterr().err
    assert f"{name}: is there already, and gsaocr did not write it; name another with {option}" in (
        err
    )
    assert "--overwrite" in err
    assert Path(name).read_text() == "mine\n"
    assert transcribe("scans", option, name, "--overwrite", "-q") == 0
    content = Path(name).read_bytes()
    assert content.startswith(b"mine\n") == (option == "--log-file"), "a log is added to"
    assert len(content) > 10


@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_what_an_option_has_made_is_made_again(
    scans: Path, capsys: Capture, option: str, name: str
) -> None:
    Path(name).touch()
    more = ["-q", "--review-below", "1"]
    assert transcribe("scans", option, name, *more) == 0
    first = Path(name).read_bytes()
    assert first
    assert transcribe("scans/two.png", option, name, *more) == 0
    again = Path(name).read_bytes()
    assert again != first
    assert again.startswith(first) == (option == "--log-file")
    assert capsys.readouterr().err == ""


def test_further_pictures_replace_nothing(scans: Path, capsys: Capture) -> None:
    Path("view-2.png").write_text("mine\n")
    assert transcribe("scans", "--show", "view.png") == 10
    assert "view-2.png: is there already" in capsys.readouterr().err
    assert Path("view-2.png").read_text() == "mine\n"
    assert Path("view.png").exists()


def test_a_layout_is_no_place_for_a_list(scans: Path, capsys: Capture) -> None:
    (scans / "one.xml").write_text("<mine/>")
    for option in ("--review", "--log-file"):
        assert transcribe("scans", option, "scans/one.xml", "--layout", "--overwrite") == 4
        assert "is a layout beside an input" in capsys.readouterr().err
    assert (scans / "one.xml").read_text() == "<mine/>"


def test_the_list_of_inputs_and_the_model_are_needed(scans: Path, capsys: Capture) -> None:
    Path("list").write_text("scans/one.png\n")
    Path("model").write_text("weights")
    for needed in ("list", "model"):
        options = ["--list", "list", "--model", "model", "--overwrite"]
        assert transcribe(*options, "--review", needed) == 4
        assert "is one of the inputs" in capsys.readouterr().err
    assert Path("list").read_text() == "scans/one.png\n"


def test_two_options_name_one_file(scans: Path, capsys: Capture) -> None:
    assert transcribe("scans", "--review", "lines", "--log-file", "./lines") == 2
    assert "name the same file" in capsys.readouterr().err
    assert transcribe("scans", "-o", "out", "--review", "out/one.txt") == 2
    assert "an output of this run" in capsys.readouterr().err
    assert not Path("out/one.txt").exists()


def test_pipes_and_terminals_take_what_they_are_given(scans: Path) -> None:
    assert transcribe("scans", "--log-file", "/dev/null", "--review", "/dev/null", "-q") == 0
    assert Path("/dev/null").is_char_device()


def test_files_beside_scans(scans: Path, capsys: Capture) -> None:
    """Notes, layouts by hand, READMEs and half files of others lie there, too."""
    mine = ["one.txt", "two.page.xml", "README.md", "one.pdf.part", "one.txt.part", "one.json"]
    for name in mine:
        (scans / name).write_text(f"mine: {name}\n")
    before = all_files(scans)
    assert transcribe("scans", "-o", "scans", "--format", "txt,json,page") == 10
    err = capsys.readouterr().err
    assert "scans/one.txt: is there already" in err or "scans/one.json: is there already" in err
    assert "scans/two.page.xml: is there already" in err
    after = all_files(scans)
    assert {name: after[name] for name in before} == before
    assert transcribe("scans", "-o", "scans", "--format", "txt,json,page", "--overwrite") == 0
    after = all_files(scans)
    kept = {name for name in before if after[name] == before[name]}
    assert kept == {
        str(scans / name)
        for name in ("one.png", "two.png", "README.md", "one.pdf.part", "one.txt.part")
    }


def test_an_overwrite_of_inputs_is_refused_all_the_same(scans: Path, capsys: Capture) -> None:
    Image.new("L", (30, 20), 255).save(scans / "doc.pdf")
    before = all_files(scans)
    assert transcribe("scans", "-o", "scans", "--format", "pdf", "--overwrite") == 4
    assert "would overwrite an input" in capsys.readouterr().err
    assert all_files(scans) == before


def test_globs_lead_out_of_no_folder(scans: Path) -> None:
    Path("sub").mkdir()
    assert transcribe("sub*/../scans/*.png", "-o", "out", "-q") == 0
    assert sorted(path.name for path in scans.iterdir()) == ["one.png", "two.png"]
    assert sorted(str(path) for path in Path("out").rglob("*.txt")) == [
        "out/scans/one.txt", "out/scans/two.txt",
    ]  # fmt: skip
