"""A small model file with random weights, and what a verification makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import save_model
from gsaocr.verification import lines
from tests.recognizer.conftest import tiny

from gsaocr.recognizer import line_reader  # isort: skip


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_model(tiny(), path)
    return path


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every line's frame count as decided: an untrained head has no margin to speak of."""
    monkeypatch.setattr(line_reader, "FRAME_MARGIN", 0.0)
    monkeypatch.setattr(lines, "FRAME_MARGIN", 0.0)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def model() -> Recognizer:
    return tiny()
