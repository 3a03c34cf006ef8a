"""Options of searchable PDFs, from the command line to the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from gsaocr.cli.app import run

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def scripted(tmp_path: Path) -> Path:
    """A PDF with a script that runs when it is opened."""
    path = tmp_path / "scripted.pdf"
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 100))
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))
    pdf.save(path)
    return path


def test_active_content_is_told_of(
    scripted: Path, calls: Calls, capsys: Capture, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(["transcribe", str(scripted), "--format", "pdf", "-o", str(out)]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "JavaScript" in line]
    assert len(lines) == 1
    assert "scripted.pdf" in lines[0]
    with pikepdf.open(out / "scripted.pdf") as pdf:
        assert "/OpenAction" in pdf.Root


def test_active_content_is_dropped(
    scripted: Path, calls: Calls, capsys: Capture, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["--format", "pdf", "--active-content", "drop", "-o", str(out)]
    assert run(["transcribe", str(scripted), *words]) == 0
    assert "JavaScript" not in capsys.readouterr().err
    with pikepdf.open(out / "scripted.pdf") as pdf:
        assert "/OpenAction" not in pdf.Root


def test_title_author_language(calls: Calls, tmp_path: Path) -> None:
    Image.new("L", (50, 20), 255).save(tmp_path / "a.png")
    words = ["--title", "A title", "--author", "An author", "--language", "de"]
    words += ["--format", "pdf", "-o", str(tmp_path / "out")]
    assert run(["transcribe", str(tmp_path / "a.png"), *words]) == 0
    with pikepdf.open(tmp_path / "out" / "a.pdf") as pdf:
        assert str(pdf.docinfo["/Title"]) == "A title"
        assert str(pdf.docinfo["/Author"]) == "An author"
        assert pdf.Root.Lang == "de"


def test_what_is_no_language_is_refused(calls: Calls, capsys: Capture, tmp_path: Path) -> None:
    Image.new("L", (50, 20), 255).save(tmp_path / "a.png")
    assert run(["transcribe", str(tmp_path / "a.png"), "--language", "German language"]) == 2
    assert "--language" in capsys.readouterr().err
