"""A small base with random weights, and random adapters for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gsaocr.adapters.adapter import Adapter, AdapterConfig, identity
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.targets import PARTS, TARGETS, target_paths
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import ModelFile, load_model, save_model

SMALL = RecognizerConfig(
    characters=" abcdefghijklmnopqrstuvwxyz",
    stem_channels=(6, 10),
    lower_width=16,
    lower_heads=2,
    frequencies=4,
    upper_width=24,
    upper_heads=2,
    upper_blocks=2,
    decoder_width=24,
    decoder_heads=2,
    decoder_layers=1,
)


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    """The file of a base whose every part matters: nothing is zero."""
    generator = torch.Generator().manual_seed(4)
    torch.manual_seed(4)
    model = Recognizer(SMALL)
    for parameter in model.parameters():
        if float(parameter.detach().abs().sum()) == 0.0:
            parameter.data.normal_(0, 0.1, generator=generator)
    path = tmp_path / "base.safetensors"
    save_model(model, path)
    return path


@pytest.fixture
def base(base_path: Path) -> ModelFile:
    return load_model(base_path)


@pytest.fixture
def make_adapter(base: ModelFile) -> Callable[..., Adapter]:
    """Makes adapters whose updates are as large as the maps they change."""

    def make(seed: int = 0, rank: int = 2, characters: str = "", **changes: object) -> Adapter:
        generator = torch.Generator().manual_seed(seed)
        paths = target_paths(base.model, PARTS, TARGETS)
        if characters:
            paths = [p.replace("ctc_head", "ctc_head.known") for p in paths]
        config = AdapterConfig(rank, 4.0, paths=tuple(paths), characters=characters)
        values = {
            n: torch.randn(p.shape, generator=generator) * 0.2
            for n, p in Attachment(base.model, config).parameters().items()
        }
        made_for = identity(base.model.config, base.fingerprint)
        return Adapter(config, made_for, values, str(changes.get("name", f"adapter{seed}")))

    return make


@pytest.fixture
def lines() -> tuple[Tensor, Tensor]:
    """Two line images, one padded: (images, valid)."""
    images = torch.rand(2, 32, 96, generator=torch.Generator().manual_seed(1))
    valid = torch.ones(2, 32, 96, dtype=torch.bool)
    valid[1, :, 64:] = False
    return images, valid


@torch.inference_mode()
def outputs(model: torch.nn.Module, lines: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """Frame scores, CTC logits and decoder logits of a model, all readers taking part."""
    scores, encoded = model(*lines)
    ids = torch.tensor([[3, 5, 1], [7, 2, 2]])
    decoder = model.decoder
    return scores, encoded.ctc_logits, decoder(ids, encoded.steps, encoded.valid)
