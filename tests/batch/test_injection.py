"""An exception at any stage for one input leaves the others' outputs as they are without it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gsaocr.batch.pages import PageSettings
from gsaocr.page.document import Document
from tests.batch.broken_stages import (
    FORMATS,
    HERE,
    IN_WORKERS,
    InjectedError,
    broken_reader,
    hit,
    patches,
)
from tests.batch.fake_reader import FakeReader, image
from tests.batch.test_replacing import contents
from tests.batch.test_run import run

ALL = "txt,json,tsv,hocr,alto,page,pdf"


@pytest.fixture(autouse=True)
def _same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Files before and after the one that is to fail, some of several pages."""
    for number, name in enumerate(("a.png", "b.tif", "c.png", "i.png", "j.tif", "k.png", "z.png")):
        image(tmp_path / "scans" / name, 30 + number, pages=3 if name.endswith("tif") else 1)
    return tmp_path / "scans"


def add_hit(scans: Path, stage: str) -> None:
    several = stage in ("second-page", "kept", "counting")
    path = scans / f"hit-{stage}.{'tif' if several else 'png'}"
    image(path, 70, pages=3 if several else 1)


LAYOUT = (
    '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
    '<Page imageWidth="30" imageHeight="20"><TextRegion id="r">'
    '<Coords points="2,2 28,2 28,18 2,18"/></TextRegion></Page></PcGts>'
)


def without_hits(out: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(out).items() if "hit-" not in name}


def shown(document: Document, original: Path) -> None:
    if hit("shown", original):
        raise InjectedError("shown")


READ = [stage for stage in IN_WORKERS if stage != "layout"]
CASES = [(stage, together) for stage in READ for together in (1, 3, 10)]


@pytest.mark.parametrize(("stage", "together"), [*CASES, *((stage, 3) for stage in HERE)])
def test_one_input_fails_alone(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, together: int
) -> None:
    """``together`` pages wait in a batch when it happens."""
    reader = FakeReader(together=together)
    run([scans], tmp_path / "whole", formats=ALL, reader=reader)
    add_hit(scans, stage)
    for owner, name, broken in patches(stage):
        monkeypatch.setattr(owner, name, broken)
    summary, notes = run([scans], tmp_path / "out", formats=ALL, reader=reader, seen=shown)
    assert without_hits(tmp_path / "out") == contents(tmp_path / "whole")
    if stage == "counting":  # asked by engines of several processes only
        assert summary.read == 8
        return
    assert (summary.read, summary.failed, summary.unsettled) == (7, 1, [])
    assert list(notes.failures) == [next(scans.glob("hit-*")).name]
    (message,) = notes.failures.values()
    assert "hit-" in message
    assert "InjectedError" in message


@pytest.mark.parametrize("jobs", [1, 2])
def test_inputs_that_fail_at_every_stage_at_once(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    run([scans], tmp_path / "whole", formats=ALL)
    stages = [stage for stage in (*IN_WORKERS, *HERE) if stage != "layout"]
    for stage in stages:
        add_hit(scans, stage)
        for owner, name, broken in patches(stage):
            monkeypatch.setattr(owner, name, broken)
    summary, notes = run(
        [scans], tmp_path / "out", formats=ALL, jobs=jobs, make=broken_reader, seen=shown
    )
    assert without_hits(tmp_path / "out") == contents(tmp_path / "whole")
    # A document whose pages can't be counted beforehand is read as a whole.
    assert set(notes.failures) == {
        path.name for path in scans.glob("hit-*") if "counting" not in path.name
    }
    assert (summary.read, summary.failed, summary.unsettled) == (8, len(stages) - 1, [])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_layout_fails_alone(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    for path in scans.glob("*.tif"):
        path.unlink()
    for name in "abcikz":
        image(scans / f"{name}.png", 30)
        (scans / f"{name}.xml").write_text(LAYOUT)
    settings = PageSettings(layout=True)
    whole, _ = run([scans], tmp_path / "whole", settings=settings, layouts=True, jobs=jobs)
    assert whole.read == len(list(scans.glob("*.png")))
    wrong = {
        "inf": ('imageWidth="30"', 'imageWidth="inf"'),
        "nan": ('imageHeight="20"', 'imageHeight="nan"'),
        "digits": ("28,18", f"{'9' * 400},18"),
        "encoding": ("<PcGts", '<?xml version="1.0" encoding="foo"?><PcGts'),
    }
    for name, (before, after) in wrong.items():
        image(scans / f"hit-{name}.png", 30)
        (scans / f"hit-{name}.xml").write_text(LAYOUT.replace(before, after))
    image(scans / "hit-layout.png", 30)
    (scans / "hit-layout.xml").write_text(LAYOUT)
    for owner, name, broken in patches("layout"):
        monkeypatch.setattr(owner, name, broken)
    summary, notes = run(
        [scans], tmp_path / "out", settings=settings, layouts=True, jobs=jobs, make=broken_reader
    )
    assert without_hits(tmp_path / "out") == contents(tmp_path / "whole")
    assert summary.unsettled == []
    assert summary.read + summary.failed == whole.read + 5
    assert set(notes.failures) <= {f"hit-{name}.png" for name in (*wrong, "layout")}
    assert {"hit-layout.png", "hit-inf.png", "hit-encoding.png"} <= set(notes.failures)


def test_every_format_is_broken_once() -> None:
    from gsaocr.formats.registry import FORMATS as REGISTERED

    assert len(FORMATS) == len(REGISTERED)


@pytest.mark.parametrize("stage", ["encode_page", "assembled"])
def test_the_true_reader(
    sample_scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """A fault while lines are found, or put together, with other pages in the same batch.

    Only texts are compared: without its neighbour a page is read beside other lines, and the last
    digit of a confidence may be another.
    """
    from PIL import Image

    import gsaocr.pipeline
    from gsaocr.pipeline import Reader

    scans = tmp_path / "scans"
    scans.mkdir()
    with Image.open(sample_scan) as page:
        for number, name in enumerate(("a", "b", "c", "i", "z")):
            top = 300 + 120 * number
            page.crop((0, top, page.width, top + 120)).save(scans / f"{name}.png")
    reader: Any = Reader.load(device="cpu")
    run([scans], tmp_path / "whole", formats="txt", reader=reader)
    shutil.copy(scans / "a.png", scans / f"hit-{stage}.png")
    whole = getattr(gsaocr.pipeline, stage)

    def broken(page: Any, *arguments: Any) -> Any:
        image = page if stage == "encode_page" else page.image
        if hit(stage, image.source):
            raise InjectedError(stage)
        return whole(page, *arguments)

    monkeypatch.setattr(gsaocr.pipeline, stage, broken)
    summary, notes = run([scans], tmp_path / "out", formats="txt", reader=reader)
    assert list(notes.failures) == [f"hit-{stage}.png"]
    assert (summary.read, summary.failed) == (5, 1)
    assert without_hits(tmp_path / "out") == contents(tmp_path / "whole")
    assert all(len(text) > 20 for name, text in contents(tmp_path / "out").items())
