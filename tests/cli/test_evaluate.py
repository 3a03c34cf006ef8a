"""gsaocr evaluate, apart from the reading itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gsaocr.cli.app import run

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Three lines; the fake reads an "a" everywhere."""
    blank = cv2.imencode(".png", np.full((8, 20), 255, np.uint8))[1].tobytes()
    for name, truth in (("one", "a"), ("two", "A"), ("three", "b")):
        (tmp_path / f"{name}.png").write_bytes(blank)
        (tmp_path / f"{name}.gt.txt").write_text(truth)
    return tmp_path


def test_report(lines: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["evaluate", str(lines)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("3 read in ")
    assert "CER       66.67 %" in out
    assert "exact     33.33 %" in out
    assert "'a' for 'b' (1)" in out
    assert "truth   b\n    reading a" in out
    assert calls[1] == {"lines": 3, "any_turn": False}


def test_scoring_and_json(lines: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["evaluate", str(lines), "--scoring", "upper", "--json", "--worst", "1"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["scoring"] == "upper"
    assert content["cer"]["value"] == pytest.approx(1 / 3)
    assert len(content["worst"]) == 1


@pytest.mark.parametrize("name", ["one.png", "notes.html", "notes.txt"])
def test_show_replaces_nothing_of_the_users(
    lines: Path, calls: Calls, capsys: Capture, name: str
) -> None:
    path = lines / name
    path.write_bytes(b"<html>mine" if name.startswith("notes") else path.read_bytes())
    before = path.read_bytes()
    assert run(["evaluate", str(lines), "--show", str(path)]) in (2, 4)
    assert path.read_bytes() == before
    assert not calls, "refused before anything is read"


def test_show_replaces_its_own(lines: Path, calls: Calls, capsys: Capture) -> None:
    for _ in range(2):
        assert run(["evaluate", str(lines), "--show", str(lines / "worst.html")]) == 0
    assert "one" not in capsys.readouterr().err


def test_limit_and_turn(lines: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["evaluate", str(lines), "--limit", "2", "--turn", "90"]) == 0
    assert calls[1] == {"lines": 2, "any_turn": True}
    assert capsys.readouterr().out.startswith("2 read")


def test_pages(tmp_path: Path, calls: Calls, capsys: Capture) -> None:
    (tmp_path / "p.png").write_text("a word")  # the fake reads a file's own text
    (tmp_path / "p.gt.txt").write_text("a\nword\n")
    assert run(["evaluate", "--pages", str(tmp_path / "p.png")]) == 0
    assert "exact    100.00 %" in capsys.readouterr().out


def test_bad_pairs_are_named(lines: Path, calls: Calls, capsys: Capture) -> None:
    (lines / "four.png").write_bytes(b"no image")
    (lines / "four.gt.txt").write_text("a")
    (lines / "five.png").write_bytes(b"")
    assert run(["evaluate", str(lines)]) == 10
    out, err = capsys.readouterr()
    assert out.startswith("3 read")
    assert "five.png" in err.splitlines()[0]
    assert "four" in err.splitlines()[1]
    assert "2 images or truths" in err.splitlines()[2]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["--scoring", "none"], 2, "known: raw"),
        (["--turn", "45"], 2, "no quarter turn"),
        (["--limit", "0"], 2, "limit"),
        (["/nowhere"], 3, "no such file"),
    ],
)
def test_misuse(
    lines: Path, calls: Calls, capsys: Capture, arguments: list[str], code: int, part: str
) -> None:
    assert run(["evaluate", str(lines), *arguments]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert part in err
    assert calls == []
