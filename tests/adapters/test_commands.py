"""The commands from end to end on a small base: train, list, read with, merge, refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from gsaocr.adapters import catalogue
from gsaocr.cli.app import run
from gsaocr.model_files import models_folder
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model, save_model
from tests.adapters.conftest import SMALL

Capture = pytest.CaptureFixture[str]
QUICK = ["--epochs", "0.6", "--threads", "1", "--augment", "0", "--rank", "2"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "lines"
    folder.mkdir()
    for n in range(12):
        image = np.full((30, 90 + n), 235, np.uint8)
        cv2.putText(image, "abc", (5, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20,), 1)
        cv2.imwrite(str(folder / f"l-{n:02}.png"), image)
        (folder / f"l-{n:02}.gt.txt").write_text("abc")
    return folder


@pytest.fixture
def trained(
    data: Path, base_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> Path:
    """The folder of named adapters, "letters" in it, trained by the command."""
    own = tmp_path / "named"
    monkeypatch.setattr(catalogue, "adapter_folders", lambda: (own,))
    out = str(own / "letters")
    options = ["--model", str(base_path), "--check", str(data), *QUICK]
    assert run(["train-adapter", str(data), "-o", out, *options]) == 0
    captured = capsys.readouterr()
    assert "trainable" in captured.out
    assert "base's domain" in captured.out
    assert "lines to train on" in captured.err
    return own


def test_train_list_read_merge(
    trained: Path, data: Path, base_path: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["adapters"]) == 0
    assert capsys.readouterr().out.startswith("letters ")
    assert run(["adapters", "letters", "--json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["rank"]) == ("letters", 2)
    assert run(["adapters", "letters"]) == 0
    assert "# letters" in capsys.readouterr().out

    model = ["--model", str(base_path)]
    for adapter in ("letters", str(trained / "letters"), "auto"):
        assert run(["evaluate", str(data), "--adapter", adapter, "--json", *model]) == 0
        assert json.loads(capsys.readouterr().out)["items"] == 12

    merged = tmp_path / "merged.safetensors"
    probe = ["--probe", str(data)]
    assert run(["merge-adapter", "letters", "-o", str(merged), *probe, *model]) == 0
    told = capsys.readouterr().out
    assert "12 probe lines" in told
    assert "0 texts differ" in told
    file = load_model(merged)
    assert file.origin["merged base"] == load_model(base_path).fingerprint
    assert file.origin["merged adapter 1"].startswith("letters ")

    half = tmp_path / "half.safetensors"
    weighted = ["letters=0.5", f"{trained / 'letters'}=-0.5"]
    assert run(["merge-adapter", *weighted, "-o", str(half), *probe, *model]) == 0
    before, after = load_model(base_path).model.state_dict(), load_model(half).model.state_dict()
    assert all(torch.allclose(before[n], after[n], atol=1e-6) for n in before), "they cancel out"


def test_refusals(
    trained: Path, data: Path, base_path: Path, tmp_path: Path, capsys: Capture
) -> None:
    torch.manual_seed(9)
    other = tmp_path / "other.safetensors"
    save_model(Recognizer(SMALL), other)
    page = str(data / "l-00.png")
    model = ["--model", str(base_path)]
    out = ["-o", str(trained / "letters")]
    merged = ["-o", str(tmp_path / "m.safetensors")]
    for arguments, code, cause in (
        (["transcribe", page, "--adapter", "leters", *model], 6, "did you mean letters"),
        (["transcribe", page, "--adapter", "letters", "--model", str(other)], 6, "for the base"),
        (["train-adapter", str(data), *out, *model], 4, "--overwrite"),
        (["train-adapter", str(tmp_path / "no"), "-o", str(tmp_path / "x"), *model], 3, "no"),
        (["train-adapter", str(data), "-o", f"{page}/x", *model], 4, "-o"),
        (["merge-adapter", "letters=x", *merged, *model], 2, "no weight"),
        (["merge-adapter", "letters", "-o", str(base_path), *model], 4, "there already"),
        (["merge-adapter", "letters", "-o", str(base_path), "--overwrite", *model], 4, "already"),
        (["merge-adapter", "letters", *merged, "--model", str(other)], 6, "for the base"),
        (["adapters", "nothing"], 6, "no adapter of this name"),
    ):
        assert run(arguments) == code, arguments
        captured = capsys.readouterr()
        last = captured.err.strip().splitlines()[-1]
        assert last.startswith("gsaocr: ")
        assert cause in last, arguments
        assert "Traceback" not in captured.err
    assert not (tmp_path / "m.safetensors").exists()


def test_interrupted_and_resumed(
    data: Path,
    base_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    from gsaocr.training.adapter_loop import AdapterRun

    step = AdapterRun._step

    def stopped(self: AdapterRun, keyed: object) -> dict[str, float]:
        if self.progress.steps == 1:
            raise KeyboardInterrupt
        return step(self, keyed)  # type: ignore[arg-type]

    out = tmp_path / "a"
    command = ["train-adapter", str(data), "-o", str(out), "--model", str(base_path)]
    command += ["--check", str(data), *QUICK, "--epochs", "3"]
    monkeypatch.setattr(AdapterRun, "_step", stopped)
    assert run(command) == 130
    assert (out / ".gsaocr-training" / "state.json").exists()
    monkeypatch.setattr(AdapterRun, "_step", step)
    capsys.readouterr()
    assert run([*command, "--rank", "3", "--resume"]) == 8
    assert "other options" in capsys.readouterr().err
    assert run([*command, "--resume"]) == 0
    assert sorted(p.name for p in out.iterdir()) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "learning-curve.svg",
        "training.csv",
    ]


def test_an_evil_card_is_shown_without_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter_folder = tmp_path / "evil"
    shutil.copytree(models_folder() / "adapters" / "typewriter", adapter_folder)
    card = adapter_folder / "README.md"
    card.write_text("---\na\n---\n\x1b]0;title\x07\nsecond line\n" + "x" * 10**6)
    for arguments in ([str(adapter_folder)], [str(adapter_folder), "--json"]):
        assert run(["adapters", *arguments]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert len(out) < 100_000
    assert run(["adapters", str(adapter_folder)]) == 0
    assert "\\x1b]0;title\\x07\nsecond line\n" in capsys.readouterr().out
