"""Files are whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gsaocr.errors import OutputError
from gsaocr.whole_file import write_whole


def test_writes_and_replaces_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_whole(path, [b"one"])
    write_whole(path, [b"two"])
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.txt"]


def test_mode_follows_the_umask(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_whole(tmp_path / "whole", [b""])
    assert (tmp_path / "whole").stat().st_mode == plain.stat().st_mode


def test_longest_name(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), [b"content"])
    assert (tmp_path / ("x" * 255)).read_bytes() == b"content"


@pytest.mark.parametrize("name", ["taken", "file/x", "y" * 256, "nul\0"])
def test_failure_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="can't be written"):
        write_whole(tmp_path / name, [b"content"])
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_bytes() == b"old"


def test_interruption_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, [b"old"])

    def interrupted() -> Iterator[bytes]:
        yield b"n"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, interrupted())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
