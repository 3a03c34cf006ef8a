"""Small recognizers with random weights, big enough to show every fault of the arithmetic."""

from __future__ import annotations

import pytest
import torch

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer

TINY = {
    "stem_channels": (4, 6),
    "lower_width": 8,
    "lower_heads": 2,
    "frequencies": 3,
    "upper_width": 12,
    "upper_heads": 2,
    "upper_blocks": 1,
    "decoder_width": 12,
    "decoder_heads": 2,
    "decoder_layers": 1,
    "characters": " abcdefghij",
}


def tiny(group: str = "C4", seed: int = 0, spread: float = 0.4) -> Recognizer:
    """A recognizer whose every weight is drawn, the fibre attention's last map included."""
    model = Recognizer(RecognizerConfig(group=group, **TINY))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    return model.eval()


@pytest.fixture(scope="session")
def tiny_model() -> Recognizer:
    """A C4 recognizer with random weights."""
    return tiny()
