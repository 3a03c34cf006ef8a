"""Pairs of image and truth in folders and archives, good and bad."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from gsaocr.errors import InputError
from gsaocr.evaluation import datasets
from gsaocr.evaluation.datasets import load_samples


def fill(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def test_folder(tmp_path: Path) -> None:
    fill(tmp_path, ["a.png", "a.gt.txt", "sub/b.JPG", "sub/b.gt.txt", "notes.txt", ".c.png"])
    found = load_samples([tmp_path])
    assert [(s.name, s.truth, s.read()) for s in found.samples] == [
        ("a", "a.gt.txt", b"a.png"),
        ("sub/b", "sub/b.gt.txt", b"sub/b.JPG"),
    ]
    assert found.left_out == ()


def test_zip_reads_like_the_folder(tmp_path: Path) -> None:
    members = {"x/a.png": b"1", "x/a.gt.txt": "ſo\r\n".encode(), "b.tif": b"2", "b.gt.txt": b"b"}
    found = load_samples([archive(tmp_path / "set.zip", members)])
    assert [(s.name, s.truth, s.read()) for s in found.samples] == [
        ("b", "b", b"2"),
        ("x/a", "ſo\r\n", b"1"),
    ]


def test_single_image_and_several_sources(tmp_path: Path) -> None:
    fill(tmp_path / "one", ["page.png", "page.gt.txt", "other.png", "other.gt.txt"])
    packed = archive(tmp_path / "two.zip", {"l.png": b"", "l.gt.txt": b"l"})
    found = load_samples([tmp_path / "one" / "page.png", packed])
    assert [sample.name for sample in found.samples] == ["page", "l"]


def test_odd_files_are_left_out_and_named(tmp_path: Path) -> None:
    fill(tmp_path, ["a.png", "a.jpg", "a.gt.txt", "b.png", "c.gt.txt", "d.png"])
    (tmp_path / "d.gt.txt").write_bytes(b"\xff\xfe\xfd")
    found = load_samples([tmp_path])
    assert [(s.name, s.read()) for s in found.samples] == [("a", b"a.jpg")]
    assert [message.removeprefix(f"{tmp_path}: ") for message in found.left_out] == [
        "a.png: its truth belongs to a.jpg already",
        "b.png: no .gt.txt beside it",
        "c.gt.txt: no image beside it",
        "d.gt.txt: not UTF-8",
    ]


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    fill(tmp_path, ["a.png"])
    (tmp_path / "a.gt.txt").write_bytes(b"\xef\xbb\xbfa")
    assert load_samples([tmp_path]).samples[0].truth == "a"


def test_limit_draws_the_same_part_and_smaller_parts_lie_within_larger(tmp_path: Path) -> None:
    fill(tmp_path, [f"{n:03d}{end}" for n in range(60) for end in (".png", ".gt.txt")])
    found = load_samples([tmp_path])
    drawn = {n: [s.name for s in found.limited(n).samples] for n in (5, 20, 60, 100)}
    assert [len(names) for names in drawn.values()] == [5, 20, 60, 60]
    assert set(drawn[5]) < set(drawn[20])
    assert drawn[20] == sorted(drawn[20]) != sorted(drawn[60])[:20]
    assert drawn[20] == [s.name for s in load_samples([tmp_path]).limited(20).samples]
    assert found.limited(None) is found


@pytest.mark.parametrize("name", ["../a", "/a", "x/../../a", "..\\a"])
def test_escaping_member_is_refused(tmp_path: Path, name: str) -> None:
    packed = archive(tmp_path / "bad.zip", {f"{name}.png": b"", f"{name}.gt.txt": b""})
    with pytest.raises(InputError, match="outside the archive"):
        load_samples([packed])


def test_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_LARGEST_IMAGE", 2**20)
    monkeypatch.setattr(datasets, "_LARGEST_TRUTH", 2**10)
    members = {"a.png": bytes(2**21), "a.gt.txt": b"a", "b.png": b"", "b.gt.txt": bytes(2**11)}
    found = load_samples([archive(tmp_path / "bomb.zip", members)])
    assert len(found.left_out) == 1
    assert "b.gt.txt: larger than" in found.left_out[0]
    with pytest.raises(InputError, match=r"a\.png: larger than 1 MiB"):
        found.samples[0].read()


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_MOST_MEMBERS", 2)
    packed = archive(tmp_path / "many.zip", {f"{n}.png": b"" for n in range(3)})
    with pytest.raises(InputError, match="more than 2 members"):
        load_samples([packed])


def test_damaged_member(tmp_path: Path) -> None:
    packed = archive(tmp_path / "d.zip", {"a.png": bytes(range(256)) * 40, "a.gt.txt": b"a"})
    content = bytearray(packed.read_bytes())
    content[50:90] = bytes(40)
    packed.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"a\.png: damaged"):
        load_samples([packed]).samples[0].read()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04half"])
def test_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a readable zip"):
        load_samples([path])


def test_missing_and_empty_sources(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_samples([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="nothing to use"):
        load_samples([tmp_path])
    fill(tmp_path, ["a.png"])
    with pytest.raises(InputError, match=r"no \.gt\.txt beside it"):
        load_samples([tmp_path / "a.png"])
