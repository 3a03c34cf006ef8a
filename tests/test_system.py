"""Locks and cores, also where the system has neither ``fcntl`` nor ``sched_getaffinity``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gsaocr.system import lock, usable_cores
from tests.conftest import ROOT

WITHOUT = """
import os, sys
sys.modules["fcntl"] = None
for name in ("sched_getaffinity", "O_NOFOLLOW", "O_NONBLOCK"):
    delattr(os, name)
from pathlib import Path
from gsaocr.batch.jobs import threads_of
from gsaocr.system import usable_cores
from gsaocr.training.adapter_state import held
from gsaocr.training.config import TrainingConfig
from gsaocr.training.finder.config import FinderTraining
from tests.batch.test_killed import killable_run
assert usable_cores() == os.cpu_count()
assert threads_of(1) == os.cpu_count()
for training in (TrainingConfig, FinderTraining):
    training(out=Path("out")).suited_to("cuda")
place = Path(sys.argv[1])
with held(place / "adapter"):
    pass
print(killable_run(place / "scans", place / "out", 0).read)
print(killable_run(place / "scans", place / "out", 0).read)
"""


def test_a_file_is_one_process_s(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as stream:
        lock(stream)
        with path.open("rb") as other, pytest.raises(BlockingIOError):
            lock(other)
    with path.open("rb") as other:
        lock(other.fileno())


def test_the_cores_are_those_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {2, 5, 6}, raising=False)
    assert usable_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert usable_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


def test_a_run_without_either(tmp_path: Path) -> None:
    from tests.batch.fake_reader import image

    for number in range(3):
        image(tmp_path / "scans" / f"{number}.png", 20 + number)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "0", "the second run has nothing to do"
    assert len(list((tmp_path / "out").glob("*.txt"))) == 3


def test_the_other_kind_of_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it: a byte far beyond the file's end, so that others may read it."""
    held: set[int] = set()

    def locking(descriptor: int, how: int, count: int) -> None:
        assert (how, count) == (3, 1)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) > 2**30
        if held:
            raise OSError(36, "deadlock avoided")
        held.add(descriptor)

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=3))
    with (tmp_path / "file").open("wb+") as stream:
        stream.write(b"abc")
        stream.flush()
        lock(stream)
        assert stream.tell() == 3
        with pytest.raises(BlockingIOError):
            lock(stream)
    assert held
