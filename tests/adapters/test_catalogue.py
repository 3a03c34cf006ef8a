"""Names of adapters: the user's own before the shipped ones, near matches for unknown ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from gsaocr.adapters import catalogue
from gsaocr.adapters.catalogue import adapters_by_name, find_adapter
from gsaocr.errors import AdapterError


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    monkeypatch.setattr(catalogue, "adapter_folders", lambda: (own, shipped))
    for folder, names in ((own, ["fraktur", "letters"]), (shipped, ["fraktur", "receipts"])):
        for name in names:
            (folder / name).mkdir(parents=True)
            (folder / name / "adapter_config.json").write_text("{}")
    return own, shipped


def test_names(folders: tuple[Path, Path]) -> None:
    own, shipped = folders
    assert adapters_by_name() == {
        "fraktur": own / "fraktur",
        "letters": own / "letters",
        "receipts": shipped / "receipts",
    }
    assert find_adapter("receipts") == shipped / "receipts"
    assert find_adapter(str(shipped / "fraktur")) == shipped / "fraktur"


def test_unknown_names_list_near_ones(folders: tuple[Path, Path]) -> None:
    with pytest.raises(AdapterError, match="did you mean fraktur"):
        find_adapter("fracture")
    with pytest.raises(AdapterError, match="there are fraktur, letters, receipts"):
        find_adapter("xyz")
