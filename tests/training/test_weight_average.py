"""The mean of several runs' weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gsaocr.errors import ModelError
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model, save_model
from gsaocr.training.weight_average import average
from tests.adapters.conftest import SMALL


def _saved(path: Path, seed: int, lines: int, minutes: float) -> Path:
    torch.manual_seed(seed)
    save_model(Recognizer(SMALL), path, {"lines": str(lines), "minutes": str(minutes)})
    return path


def test_weights_are_averaged_and_lines_counted_once(tmp_path: Path) -> None:
    start = _saved(tmp_path / "start", 0, 1000, 5)
    runs = [_saved(tmp_path / "a", 1, 1500, 10), _saved(tmp_path / "b", 2, 1700, 11)]
    out = tmp_path / "mean"
    told = average(start, runs, out)
    mean, (a, b) = load_model(out), [load_model(r).model.state_dict() for r in runs]
    assert told == mean.fingerprint
    for name, tensor in mean.model.state_dict().items():
        torch.testing.assert_close(tensor, (a[name] + b[name]) / 2, rtol=2e-3, atol=1e-6)
    assert mean.origin == {"averaged runs": "2", "lines": "2200", "minutes": "16"}


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    start = _saved(tmp_path / "start", 0, 0, 0)
    other = Recognizer(replace(SMALL, characters=SMALL.characters[:-1]))
    save_model(other, tmp_path / "other")
    with pytest.raises(ModelError, match="another configuration"):
        average(start, [tmp_path / "other"], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
