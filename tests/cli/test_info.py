"""gsaocr info: what a model file holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gsaocr.cli.app import run
from gsaocr.model_files import default_model
from gsaocr.recognizer.cost import parameter_count
from gsaocr.recognizer.weights import load_model
from tests.conftest import ROOT

Capture = pytest.CaptureFixture[str]


def test_info(tmp_path: Path, capsys: Capture) -> None:
    from gsaocr.recognizer.config import RecognizerConfig
    from gsaocr.recognizer.model import Recognizer
    from gsaocr.recognizer.weights import save_model

    path = tmp_path / "m.safetensors"
    digest = save_model(Recognizer(RecognizerConfig()), path, {"lines": "12"})
    assert run(["info", "--model", str(path)]) == 0
    text = capsys.readouterr().out
    for part in (str(path), digest, "C4", "million", "characters", "lines 12"):
        assert part in text
    assert "GFLOP" not in text
    assert run(["info", "--model", str(path), "--json", "--cost"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["hash"], facts["group"], facts["origin"]) == (digest, "C4", {"lines": "12"})
    assert facts["parameters"] == sum(
        p.numel() for p in Recognizer(RecognizerConfig()).parameters()
    )
    assert facts["encoder_flops"] > 1e8
    assert run(["info", "--model", str(path), "--cost"]) == 0
    assert "GFLOP for a line of 90 letters" in capsys.readouterr().out


def test_info_of_the_shipped_model_names_its_hash_without_torch(capsys: Capture) -> None:
    code = (
        "import sys; from gsaocr.cli.app import run; run(['info', '--json'])\n"
        "print([n for n in ('torch', 'cv2', 'PIL') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
    loaded = load_model(default_model())
    facts = json.loads(done.stdout)
    assert facts["hash"] == loaded.fingerprint
    assert facts["parameters"] == parameter_count(loaded.model)


def test_info_on_a_file_that_is_no_model(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "m.safetensors"
    for content in (b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", bytes(100)):
        path.write_bytes(content)
        assert run(["info", "--model", str(path)]) == 5
        assert capsys.readouterr().err.count("\n") == 1
    assert run(["info", "--model", str(tmp_path / "none")]) == 5


def test_info_on_a_model_with_an_evil_origin(tmp_path: Path, capsys: Capture) -> None:
    from gsaocr.recognizer.config import RecognizerConfig
    from gsaocr.recognizer.model import Recognizer
    from gsaocr.recognizer.weights import save_model

    path = tmp_path / "m.safetensors"
    model = Recognizer(RecognizerConfig())
    evil = {f"\x1b]0;title\x07{number}": "\x1b[2J\n" + "x" * 500 for number in range(100)}
    save_model(model, path, evil)
    for options in ([], ["--json"]):
        assert run(["info", "--model", str(path), *options]) == 0
        text = capsys.readouterr().out
        assert "\x1b" not in text
        assert "\x07" not in text
    assert run(["info", "--model", str(path)]) == 0
    text = capsys.readouterr().out
    assert "and 60 more" in text
    assert len(text) < 12_000
    save_model(model, path, {"a": "x" * 2**17})
    assert run(["info", "--model", str(path)]) == 5
    assert len(capsys.readouterr().err) < 1000
