"""A run that is killed loses no more than the pages in hand."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gsaocr.batch.engine import PageEngine
from gsaocr.batch.inputs import find_inputs
from gsaocr.batch.journal import Journal
from gsaocr.batch.outputs import Outputs
from gsaocr.batch.pages import PageSettings
from gsaocr.batch.run import Run
from gsaocr.formats.registry import formats_named
from gsaocr.formats.settings import DEFAULT
from tests.batch.fake_reader import FakeReader, image
from tests.batch.test_run import Notes
from tests.conftest import ROOT


class Loud(Notes):
    """Says on standard output when a page is read."""

    def page(self, name: str, number: int) -> None:
        print(number, flush=True)

    def failed(self, name: str, error: Exception) -> None:
        raise AssertionError(f"{name}: {error}")


def killable_run(folder: Path, out: Path, seconds: float) -> FakeReader:
    """Read a folder into another, going on with what is there."""
    reader = FakeReader(together=2, seconds=seconds)
    out.mkdir(exist_ok=True)
    journal = Journal(out, reader.provenance, resume=True)
    outputs = Outputs(out, formats_named("txt,json,pdf"), DEFAULT)
    run = Run(find_inputs([str(folder)]), outputs, Loud(), lambda: sys.stdin.buffer)
    engine = PageEngine(reader, PageSettings(), lambda: False)
    run.read_all(engine, reader.provenance, reader.provenance, journal)
    journal.close()
    return reader


@pytest.mark.parametrize("seed", range(3))
def test_kill_at_any_moment(tmp_path: Path, seed: int) -> None:
    scans, out, whole = tmp_path / "scans", tmp_path / "out", tmp_path / "whole"
    for number in range(6):
        image(scans / f"{number}.png", 20 + number)
    image(scans / "3long.tif", 50, pages=12)
    image(scans / "z" / "long.pdf", 60, pages=8)
    killable_run(scans, whole, 0)
    chance = random.Random(seed)
    kills = 0
    for _ in range(4):
        command = [sys.executable, "-m", "tests.batch.test_killed", str(scans), str(out)]
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout
        for _ in range(chance.randint(1, 6)):
            process.stdout.readline()  # a page is read
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        kills += process.wait(60) == -signal.SIGKILL
        for path in out.rglob("*"):
            if path.is_file() and ".gsaocr" not in str(path.relative_to(out)):
                again = (whole / path.relative_to(out)).read_bytes()
                assert path.read_bytes() == again or path.suffix == ".pdf", f"{path} is half"
                if path.suffix == ".pdf":
                    assert path.read_bytes().endswith(b"%%EOF\n")
    assert kills
    rest = killable_run(scans, out, 0)
    assert rest.read < 26, "what was read before the kills is not read again"
    assert files(out) == files(whole)
    for name in files(whole):
        if not name.endswith(".pdf"):
            assert (out / name).read_bytes() == (whole / name).read_bytes()


def files(folder: Path) -> list[str]:
    """All outputs, without the journal."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[0] != ".gsaocr")


if __name__ == "__main__":
    killable_run(Path(sys.argv[1]), Path(sys.argv[2]), 0.02)
