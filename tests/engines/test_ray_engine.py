"""Batches through Ray: the same text as here, also when a worker is lost midway."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gsaocr.batch.inputs import find_inputs
from gsaocr.batch.outputs import Outputs
from gsaocr.batch.pages import PageSettings
from gsaocr.batch.run import Run
from gsaocr.batch.summary import Summary
from gsaocr.formats.registry import formats_named
from gsaocr.formats.settings import DEFAULT
from tests.batch.broken_stages import FORMATS, HERE, IN_WORKERS, broken_reader, patches
from tests.batch.fake_reader import FakeReader, image
from tests.batch.test_injection import shown
from tests.batch.test_replacing import contents
from tests.batch.test_run import Notes, run, texts

pytest.importorskip("ray", reason="the extra gsaocr[ray] is not installed")

# Ray's own patience with its parts, for a machine that is busy with other things.
os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
os.environ.setdefault("RAY_worker_register_timeout_seconds", "300")


class TellingReader(FakeReader):
    """Leaves a note of its process where it reads."""

    def __init__(self, notes: Path) -> None:
        super().__init__(seconds=0.15)
        (notes / str(os.getpid())).touch()


def telling(notes: Path) -> FakeReader:
    return TellingReader(notes)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    for number in range(24):
        image(folder / f"{number:02d}.png", 30 + number)
    image(folder / "deep" / "long.tif", 60, pages=20)
    (folder / "bad.png").write_bytes(b"no image")
    return folder


def ray_run(scans: Path, out: Path, notes: Path) -> tuple[Summary, Notes]:
    from gsaocr.engines.ray_engine import RayEngine

    notes.mkdir()
    watcher = Notes()
    one = Run(
        find_inputs([str(scans)]), Outputs(out, formats_named("txt"), DEFAULT), watcher, io.BytesIO
    )
    engine = RayEngine(partial(telling, notes), 2, PageSettings(), lambda: False)
    return one.read_all(engine, {"version": "0"}), watcher


def killing(notes: Path) -> Iterator[int]:
    """Kill the first worker that has begun to read."""
    for _ in range(2400):
        begun = (
            sorted(notes.iterdir(), key=lambda path: path.stat().st_mtime) if notes.exists() else []
        )
        if begun:
            time.sleep(1.0)
            os.kill(int(begun[0].name), signal.SIGKILL)
            yield int(begun[0].name)
            return
        time.sleep(0.1)


@pytest.mark.timeout(900)  # on a machine that is busy with other things, too
@pytest.mark.parametrize("kill", [False, True])
def test_the_same_text(scans: Path, tmp_path: Path, kill: bool) -> None:
    run([scans], tmp_path / "here")
    killed: list[int] = []
    if kill:
        notes = tmp_path / "notes"
        threading.Thread(target=lambda: killed.extend(killing(notes)), daemon=True).start()
    summary, watcher = ray_run(scans, tmp_path / "there", tmp_path / "notes")
    assert texts(tmp_path / "there") == texts(tmp_path / "here")
    assert (summary.read, summary.pages) == (25, 44)
    assert list(watcher.failures) == ["bad.png"]
    workers = len(list((tmp_path / "notes").iterdir()))
    assert bool(killed) == kill
    assert workers >= (3 if kill else 2), (
        "two workers read, and another stepped in for the lost one"
    )


@pytest.mark.timeout(900)  # on a machine that is busy with other things, too
def test_an_input_that_kills_its_process_costs_no_other(tmp_path: Path) -> None:
    """Nor does one that raises; the parts of a long document stay in order around it."""
    scans = tmp_path / "scans"
    for number in range(5):
        image(scans / f"{number}.png", 30 + number)
    image(scans / "2-long.tif", 60, pages=20)
    run([scans], tmp_path / "here")
    image(scans / "1-dies.png")
    image(scans / "3-fault.png")
    (scans / "bad.png").write_bytes(b"no image")
    summary, watcher = ray_run(scans, tmp_path / "there", tmp_path / "notes")
    assert texts(tmp_path / "there") == texts(tmp_path / "here")
    assert (summary.read, summary.failed, summary.unsettled) == (6, 3, [])
    assert set(watcher.failures) == {"1-dies.png", "3-fault.png", "bad.png"}
    assert "could not be read by the cluster" in watcher.failures["1-dies.png"]
    assert "ZeroDivisionError: a mishap" in watcher.failures["3-fault.png"]


@pytest.mark.timeout(900)
def test_inputs_that_fail_at_every_stage_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' outputs are as they are without them."""
    scans = tmp_path / "scans"
    for number, name in enumerate(("a.png", "b.tif", "c.png", "i.png", "j.tif", "z.png")):
        image(scans / name, 30 + number, pages=3 if name.endswith("tif") else 1)
    run([scans], tmp_path / "whole", formats="txt,json")
    stages = [stage for stage in (*IN_WORKERS, *HERE) if stage not in ("layout", "counting")]
    stages = [stage for stage in stages if stage not in FORMATS or stage in ("text", "json_")]
    for stage in stages:
        several = stage in ("second-page", "kept")
        path = scans / f"hit-{stage}.{'tif' if several else 'png'}"
        image(path, 70, pages=3 if several else 1)
        for owner, name, broken in patches(stage):
            monkeypatch.setattr(owner, name, broken)
    summary, watcher = run(
        [scans], tmp_path / "out", formats="txt,json", seen=shown, make=broken_reader, ray=True
    )
    mine = {name: each for name, each in contents(tmp_path / "out").items() if "hit-" not in name}
    assert mine == contents(tmp_path / "whole")
    assert set(watcher.failures) == {path.name for path in scans.glob("hit-*")}
    assert (summary.read, summary.failed, summary.unsettled) == (6, len(stages), [])
