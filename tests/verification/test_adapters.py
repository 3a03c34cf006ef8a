"""A trained adapter is measured attached and merged; one of another base is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.peft_format import save_adapter
from gsaocr.cli.app import run
from gsaocr.recognizer.weights import ModelFile, save_model
from tests.adapters.conftest import base, base_path, make_adapter  # noqa: F401


@pytest.mark.parametrize("characters", ["", "ſꝛ"])
def test_adapter_attached_and_merged(
    characters: str,
    base_path: Path,  # noqa: F811
    make_adapter: Callable[..., Adapter],  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "own"
    save_adapter(make_adapter(characters=characters), folder, "")
    arguments = ["--adapter", str(folder), "--layer", "reading", "--json"]
    assert run(["verify-equivariance", "--model", str(base_path), *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = [row for row in told["rows"] if "own" in row["lora"]]
    assert told["adapters"] == ["own"]
    assert {row["lora"] for row in rows} == {"own", "own, attached", "own, merged"}
    merged = {row["precision"]: row for row in rows if row["check"] == "attached = merged"}
    assert merged["float64"]["relative"] <= 1e-12
    assert merged["float32"]["relative"] <= 1e-4
    assert all(row["as_it_must"] for row in rows)


def test_adapter_of_another_base_is_exit_code_6(
    base: ModelFile,  # noqa: F811
    make_adapter: Callable[..., Adapter],  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "foreign"
    save_adapter(make_adapter(), folder, "")
    other = tmp_path / "other.safetensors"
    base.model.ctc_head.weight.data[0] += 1
    save_model(base.model, other)
    assert run(["verify-equivariance", "--model", str(other), "--adapter", str(folder)]) == 6
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert "made for the base" in captured.err
