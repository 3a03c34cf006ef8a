"""A model file rebuilds itself, and a broken one is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gsaocr.errors import ModelError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model, save_model


def test_round_trip(tiny_model: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    mark = save_model(tiny_model, path, {"lines": "5"})
    read = load_model(path)
    assert read.fingerprint == mark
    assert read.origin == {"lines": "5"}
    assert read.model.config == tiny_model.config
    for name, tensor in tiny_model.state_dict().items():
        assert torch.equal(read.model.state_dict()[name], tensor.half().float())


def test_another_weight_is_another_fingerprint(tiny_model: Recognizer, tmp_path: Path) -> None:
    mark = save_model(tiny_model, tmp_path / "a.safetensors")
    with torch.no_grad():
        tiny_model.ctc_head.bias[0] += 1
        try:
            assert save_model(tiny_model, tmp_path / "b.safetensors") != mark
        finally:
            tiny_model.ctc_head.bias[0] -= 1


def test_broken_files_are_refused(tiny_model: Recognizer, tmp_path: Path) -> None:
    good = tmp_path / "good.safetensors"
    save_model(tiny_model, good)
    content = good.read_bytes()
    tensors = load_file(good)
    config = {"format": "gsaocr-recognizer-1", "config": tiny_model.config.to_json()}
    cases = {
        "missing": None,
        "empty": b"",
        "text": b"hello" * 100,
        "truncated": content[: len(content) // 2],
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.safetensors"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(ModelError) as raised:
            load_model(path)
        assert "\n" not in str(raised.value)
        assert name in str(raised.value)
    del tensors["ctc_head.bias"]
    save_file(tensors, tmp_path / "lacking.safetensors", metadata=config)
    save_file(load_file(good), tmp_path / "foreign.safetensors")
    tensors = load_file(good)
    tensors["ctc_head.bias"][0] = float("nan")
    save_file(tensors, tmp_path / "nan.safetensors", metadata=config)
    for name in ("lacking", "foreign", "nan"):
        with pytest.raises(ModelError):
            load_model(tmp_path / f"{name}.safetensors")


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    from tests.recognizer.conftest import tiny

    model = tiny(seed=4)
    with torch.no_grad():
        model.ctc_head.bias[0] = float("inf")
    with pytest.raises(ModelError):
        save_model(model, tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


def test_configuration_refuses_what_it_does_not_know() -> None:
    config = RecognizerConfig(calibration=(0.25, 0.5, -1.5))
    assert RecognizerConfig.from_json(config.to_json()) == config
    for broken in (
        "[]",
        '{"colour": 1}',
        '{"upper_width": "wide"}',
        '{"window": [1]}',
        '{"calibration": [1, 2, "high"]}',
    ):
        with pytest.raises(ValueError, match=r"."):
            RecognizerConfig.from_json(broken)
