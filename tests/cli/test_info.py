"""gsaocr info: what a model file holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gsaocr.cli.app import run

Capture = pytest.CaptureFixture[str]


def test_info(tmp_path: Path, capsys: Capture) -> None:
    from gsaocr.recognizer.config import RecognizerConfig
    from gsaocr.recognizer.model import Recognizer
    from gsaocr.recognizer.weights import save_model

    path = tmp_path / "m.safetensors"
    digest = save_model(Recognizer(RecognizerConfig()), path, {"lines": "12"})
    assert run(["info", "--model", str(path)]) == 0
    text = capsys.readouterr().out
    for part in (str(path), digest, "C4", "million", "GFLOP", "characters", "lines 12"):
        assert part in text
    assert run(["info", "--model", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["hash"], facts["group"], facts["origin"]) == (digest, "C4", {"lines": "12"})
    assert facts["parameters"] == sum(
        p.numel() for p in Recognizer(RecognizerConfig()).parameters()
    )


def test_info_on_a_file_that_is_no_model(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "m.safetensors"
    for content in (b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", bytes(100)):
        path.write_bytes(content)
        assert run(["info", "--model", str(path)]) == 5
        assert capsys.readouterr().err.count("\n") == 1
    assert run(["info", "--model", str(tmp_path / "none")]) == 5
