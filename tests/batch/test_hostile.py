"""Runs over files that want to do harm: none is lost, none stops the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gsaocr.batch.pages import PageSettings
from gsaocr.page.load import LoadSettings
from tests.batch.fake_reader import FakeReader
from tests.batch.hostile import BAD, EITHER, GOOD, hostile_corpus
from tests.batch.test_run import run


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("hostile")
    return folder, hostile_corpus(folder)


@pytest.mark.timeout(240)
def test_every_file_has_its_line(corpus: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, expected = corpus
    assert len(expected) >= 60
    out = tmp_path / "out"
    settings = PageSettings(LoadSettings(dpi=72, max_megapixels=50))
    summary, notes = run([folder], out, formats="txt,pdf,hocr", settings=settings)
    assert summary.inputs == len(expected)
    assert summary.read + len(summary.failures) == summary.inputs
    failed = {str(Path(name).relative_to(folder)) for name, _ in summary.failures}
    assert failed >= {name for name, what in expected.items() if what == BAD}
    assert failed <= {name for name, what in expected.items() if what in (BAD, EITHER)}
    for _, error in summary.failures:
        assert "\n" not in str(error)
        assert "fault of gsaocr" not in str(error), str(error)
        assert "; " in str(error), f"no repair is named: {error}"
    # Whatever was read has all its outputs, no two share one, and nothing half is left. A PDF that
    # can be read and not be given a layer is reported; its text is there.
    written = {
        suffix: {path.with_suffix("") for path in out.rglob(f"*{suffix}") if path.is_file()}
        for suffix in (".txt", ".pdf", ".hocr")
    }
    assert len(written[".pdf"]) == summary.read
    assert written[".hocr"] == written[".pdf"] <= written[".txt"]
    assert {f"{path.name}.pdf" for path in written[".txt"] - written[".pdf"]} <= failed
    assert not list(out.rglob("*.part"))
    assert GOOD in expected.values()
    assert notes.notes == []


@pytest.mark.timeout(240)
def test_and_is_not_read_twice(corpus: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, _ = corpus
    settings = PageSettings(LoadSettings(dpi=36, max_megapixels=50))
    first, _ = run([folder], tmp_path / "out", settings=settings)
    reader = FakeReader()
    again, _ = run([folder], tmp_path / "out", settings=settings, resume=True, reader=reader)
    assert again.skipped == first.read
    assert len(again.failures) == len(first.failures)
    assert again.read == 0
