"""gsaocr adapters --install: an adapter in the user's own folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gsaocr.adapters.catalogue import adapters_by_name, find_adapter, user_adapters
from gsaocr.cli.app import run
from gsaocr.model_files import models_folder

Capture = pytest.CaptureFixture[str]
SHIPPED = models_folder() / "adapters"
FILES = ["README.md", "adapter_config.json", "adapter_model.safetensors"]


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder of adapters, not there yet, in a place of this test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = user_adapters()
    if tmp_path not in folder.parents:
        pytest.skip("this system's folders don't follow XDG_DATA_HOME")
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """An adapter as training leaves it, with something beside it that is no part of it."""
    folder = tmp_path / "work" / "mine"
    shutil.copytree(SHIPPED / "typewriter", folder)
    (folder / "notes.txt").write_text("private")
    return folder


def test_an_installed_adapter_has_a_name(own: Path, mine: Path, capsys: Capture) -> None:
    assert run(["adapters"]) == 0
    out, err = capsys.readouterr()
    assert "\nmine " not in out
    assert err == f"gsaocr: your own adapters (0) lie in {own}; add one with --install DIR\n"
    assert run(["adapters", "--install", str(mine)]) == 0
    assert f"mine is installed in {own}; read with --adapter mine" in capsys.readouterr().err
    assert find_adapter("mine") == own / "mine"
    assert sorted(path.name for path in (own / "mine").iterdir()) == FILES
    for name in FILES:
        assert (own / "mine" / name).read_bytes() == (mine / name).read_bytes()
    assert [path.name for path in own.iterdir()] == ["mine"], "nothing is left beside it"
    assert run(["adapters"]) == 0
    out, err = capsys.readouterr()
    assert "\nmine " in out
    assert "(1)" in err


def test_a_name_that_is_taken(own: Path, mine: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["adapters", "--install", str(mine)]) == 0
    other = tmp_path / "other" / "mine"
    shutil.copytree(SHIPPED / "receipts", other)
    before = (own / "mine" / FILES[2]).read_bytes()
    capsys.readouterr()
    assert run(["adapters", "--install", str(other)]) == 4
    err = capsys.readouterr().err
    assert "an adapter mine is there already; rename the folder" in err
    assert err.count("\n") == 1
    assert (own / "mine" / FILES[2]).read_bytes() == before
    assert run(["adapters", "--install", str(other), "--overwrite"]) == 0
    assert (own / "mine" / FILES[2]).read_bytes() == (other / FILES[2]).read_bytes()
    assert [path.name for path in own.iterdir()] == ["mine"]
    assert run(["adapters", "--install", str(own / "mine")]) == 4
    assert "is installed already" in capsys.readouterr().err


def test_the_name_of_a_shipped_adapter(own: Path, tmp_path: Path, capsys: Capture) -> None:
    mine = tmp_path / "fraktur"
    shutil.copytree(SHIPPED / "typewriter", mine)
    assert run(["adapters", "--install", str(mine)]) == 4
    assert "an adapter fraktur is there already" in capsys.readouterr().err
    assert run(["adapters", "--install", str(mine), "--overwrite"]) == 0
    assert adapters_by_name()["fraktur"] == own / "fraktur"
    assert (SHIPPED / "fraktur").is_dir()


def test_what_is_no_adapter(own: Path, mine: Path, tmp_path: Path, capsys: Capture) -> None:
    (mine / FILES[2]).write_bytes(b"broken")
    assert run(["adapters", "--install", str(mine)]) == 6
    assert run(["adapters", "--install", str(tmp_path / "nothing")]) == 6
    comma = mine.rename(mine.parent / "a,b")
    shutil.copyfile(SHIPPED / "typewriter" / FILES[2], comma / FILES[2])
    assert run(["adapters", "--install", str(comma)]) == 6
    assert "its name can't be given to --adapter; rename it" in capsys.readouterr().err
    assert not own.exists()


def test_a_folder_of_the_users_in_its_place(own: Path, mine: Path, capsys: Capture) -> None:
    (own / "mine").mkdir(parents=True)
    (own / "mine" / "thesis.txt").write_text("mine")
    assert run(["adapters", "--install", str(mine), "--overwrite"]) == 4
    assert "is there, and is no adapter; move it away" in capsys.readouterr().err
    assert (own / "mine" / "thesis.txt").read_text() == "mine"
