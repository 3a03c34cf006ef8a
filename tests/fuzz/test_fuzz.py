"""The fuzzing program itself: whole files are survived, faults are found and kept."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gsaocr.errors import InputError
from tests.fuzz.__main__ import fuzz, replay
from tests.fuzz.mutations import changed_json, mutated
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("name", TARGETS)
def test_whole_files_are_read(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    for number, whole in enumerate(target.make()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / f"file{target.suffix}"
        path.write_bytes(whole)
        target.read(path)


@pytest.mark.parametrize("name", TARGETS)
def test_damage_is_the_same_for_the_same_seed(name: str) -> None:
    target = TARGETS[name]
    wholes = target.make()
    first, second = (
        [target.mutate(random.Random(seed), wholes) for seed in range(9)] for _ in "ab"
    )
    assert first == second
    assert sum(one not in wholes for one in first) > 4


def test_mutations_end() -> None:
    for seed in range(300):
        mutated(random.Random(seed), b"<a b='1'>text 2</a>" * 5, b"other 3", True)
        changed_json(random.Random(seed), {"a": [1, {"b": '{"c": 2}'}], "d": "text"})


def fails(path: Path) -> None:
    raise InputError("file", "broken")


def raises(path: Path) -> None:
    raise ZeroDivisionError(path.read_bytes().hex())


def shows_escapes(path: Path) -> None:
    error = InputError("file", "broken")
    error.args = ("\x1b[2J",)
    raise error


def crashes(path: Path) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def never_ends(path: Path) -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (fails, ""),
        (raises, "ZeroDivisionError at test_fuzz.py"),
        (shows_escapes, "a long or unsafe message"),
        (crashes, "crash, exit code -11"),
        (never_ends, "more than 0.2 s at test_fuzz.py"),
    ],
)
def test_what_is_a_finding(
    read: Callable[[Path], None], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.__main__.SECONDS", 0.2)
    monkeypatch.setattr("tests.fuzz.__main__._PATIENCE", 1000)
    monkeypatch.setattr("tests.fuzz.__main__._SHARE", 3)
    target = Target("image", ".img", lambda: [b"whole"], read, lambda _, wholes: wholes[0])
    monkeypatch.setitem(TARGETS, "image", target)
    assert fuzz([target], 0.02, 1, tmp_path) == bool(told)
    kept = sorted(tmp_path.iterdir())
    if not told:
        assert kept == []
        return
    file, note = kept
    assert file.read_bytes() == b"whole"
    assert note.read_text().startswith(told)
    if read is raises:
        assert replay(file) == 1
