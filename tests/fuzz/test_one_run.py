"""The program that reads many damaged files in one run: what it counts, and that it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import one_run
from tests.fuzz.one_run import Outcome, contents, killed_and_resumed, mutants, run_over, whole_files


def test_thirty_files_give_the_same_mutants_for_the_same_seed() -> None:
    wholes = whole_files()
    assert len(wholes) == 30
    first, second = (list(mutants(wholes, 60, 5)) for _ in "ab")
    assert first == second
    assert len({name for name, _ in first}) == 60
    assert sum(content not in wholes.values() for _, content in first) > 50


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A good image, a broken one, a PDF."""
    folder = tmp_path / "in"
    folder.mkdir()
    wholes = whole_files()
    (folder / "good.png").write_bytes(wholes["image-0.png"])
    (folder / "it's cut.png").write_bytes(wholes["image-0.png"][:200])
    (folder / "book.pdf").write_bytes(wholes["document-1.pdf"])
    return folder


def test_every_input_is_read_or_failed(few: Path, tmp_path: Path) -> None:
    outcome = run_over(few, tmp_path / "out")
    assert outcome == Outcome(10, [], [], 2, 1)
    assert outcome.holds


def test_a_run_killed_and_resumed(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert killed_and_resumed(few, tmp_path / "whole", 0, 1) == 0
    assert killed_and_resumed(few, tmp_path / "killed", 2, 1) >= 1
    whole = contents(tmp_path / "whole")
    assert len(whole) == 10
    assert contents(tmp_path / "killed") == whole


def test_what_is_lost_is_found(few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that forgets an input, one that was not written, a fault of the program's own."""

    def run(*_: object, **__: object) -> object:
        said = "2026-11-28T00:00:00+0000 read 'in/good.png'\n"
        said += '2026-11-28T00:00:00+0000 failed "in/it\'s cut.png": a fault of gsaocr itself: X\n'
        (tmp_path / "log.txt").write_text(said)
        return type("Done", (), {"returncode": 70, "stderr": ""})

    monkeypatch.setattr(one_run.subprocess, "run", run)
    outcome = run_over(few, tmp_path / "out")
    assert outcome.unaccounted == ["book.pdf", "good.png"]
    assert len(outcome.faults) == 1
    assert not outcome.holds
