"""Finding inputs: files, folders, globs, lists."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from gsaocr.batch.inputs import Input, Unreadable, find_inputs, names_of_list


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "s/b.PNG", "s/a.jpg", "s/notes.txt", "s/.hidden.png", "s/.dir/x.png", "s/deep/er/c.pdf",
        "s/deep/a.tif", "t/a.png", "d.png", "odd[1].png",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(*names: str, **more: list[str]) -> list[str]:
    found = find_inputs(names, **more)  # type: ignore[arg-type]
    return [str(each.place) if isinstance(each, Input) else f"! {each.error}" for each in found]


def test_folder(tree: Path) -> None:
    assert places("s") == ["a.jpg", "b.PNG", "deep/a.tif", "deep/er/c.pdf"]
    assert [each.name for each in find_inputs(["s"])][:2] == ["s/a.jpg", "s/b.PNG"]


def test_several_folders_keep_their_names(tree: Path) -> None:
    assert places("s", "t", "d.png") == [
        "s/a.jpg", "s/b.PNG", "s/deep/a.tif", "s/deep/er/c.pdf", "t/a.png", "d.png",
    ]  # fmt: skip


def test_globs(tree: Path) -> None:
    assert places("s/*.jpg", "s/**/*.tif") == ["a.jpg", "deep/a.tif"]
    assert places("s/**") == ["a.jpg", "b.PNG", "deep/a.tif", "deep/er/c.pdf"]
    assert places("odd[1].png") == ["odd[1].png"], "a file's own name is no pattern"
    assert "matches no file" in places("nothing*.png")[0]


def test_lists_mirror_their_common_folder(tree: Path) -> None:
    assert places(listed=["s/deep/a.tif", "s/a.jpg"]) == ["deep/a.tif", "a.jpg"]
    assert names_of_list(io.BytesIO(b"a b.png\n\nc\xff.png\r\n")) == ["a b.png", "c\udcff.png"]
    assert names_of_list(io.BytesIO(b"two\nlines.png\0b.png\0")) == ["two\nlines.png", "b.png"]


def test_nothing_twice(tree: Path) -> None:
    assert places("d.png", "./d.png", "s", "s/a.jpg") == [
        "d.png", "a.jpg", "b.PNG", "deep/a.tif", "deep/er/c.pdf",
    ]  # fmt: skip


def test_links_in_a_circle(tree: Path) -> None:
    (tree / "s" / "deep" / "up").symlink_to(tree / "s")
    (tree / "s" / "self.png").symlink_to("self.png")
    (tree / "s" / "link.png").symlink_to(tree / "d.png")
    (tree / "s" / "dangling.png").symlink_to("none.png")
    found = places("s")
    assert found == [
        "a.jpg", "b.PNG", "dangling.png", "link.png", "self.png", "deep/a.tif", "deep/er/c.pdf",
    ]  # fmt: skip


def test_pipes_are_left_out(tree: Path) -> None:
    os.mkfifo(tree / "s" / "pipe.png")
    assert "pipe.png" not in places("s")


def test_empty_folder_is_told_of(tree: Path) -> None:
    (tree / "empty").mkdir()
    (found,) = find_inputs(["empty"])
    assert isinstance(found, Unreadable)
    assert "holds no image" in str(found.error)


def test_folder_that_may_not_be_opened(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert places("s")[:2] == ["a.jpg", "b.PNG"]
    assert "Permission denied" in places("s")[2]


def test_ignored_files(tree: Path) -> None:
    found = find_inputs(["s"], ignore=lambda path: path.name == "a.jpg")
    assert "s/a.jpg" not in [each.name for each in found]
