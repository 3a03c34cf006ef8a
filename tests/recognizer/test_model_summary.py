"""What a model file says of itself, without torch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gsaocr.errors import ModelError
from gsaocr.recognizer.cost import parameter_count
from gsaocr.recognizer.model_summary import summarise
from gsaocr.recognizer.weights import load_model, save_model
from tests.recognizer.conftest import tiny


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_it_says_what_a_loaded_model_says(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "m.safetensors"
    model = tiny(seed=5)
    save_model(model, path, {"lines": "3"}, dtype)
    loaded, summary = load_model(path), summarise(path)
    assert summary.fingerprint == loaded.fingerprint
    assert summary.parameters == parameter_count(model)
    assert (summary.header.config, summary.header.origin) == (model.config, {"lines": "3"})


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(tiny(seed=5), path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match="damaged or truncated"):
        summarise(path)
