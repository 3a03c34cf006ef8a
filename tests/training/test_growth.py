"""A deeper model reads as the one it grew from, and its new blocks can learn."""

from __future__ import annotations

import pytest
import torch

from gsaocr.training.growth import deepened
from tests.recognizer.conftest import tiny


@pytest.mark.parametrize("more", [0, 1, 3])
def test_a_grown_model_computes_the_same(more: int) -> None:
    model = tiny(spread=0.3)
    grown = deepened(model, model.config.upper_blocks + more)
    assert len(grown.upper.blocks) == model.config.upper_blocks + more
    images = torch.rand(2, model.config.line_height, 48)
    valid = torch.ones(images.shape, dtype=torch.bool)
    for before, after in zip(model(images, valid), grown(images, valid), strict=True):
        old, new = (t if isinstance(t, torch.Tensor) else t.ctc_logits for t in (before, after))
        assert torch.allclose(old, new, atol=1e-6)


def test_every_branch_of_a_new_block_learns() -> None:
    model = tiny(spread=0.3)
    grown = deepened(model, 2 * model.config.upper_blocks)
    images = torch.rand(1, model.config.line_height, 48)
    grown(images, torch.ones(images.shape, dtype=torch.bool))[
        1
    ].ctc_logits.square().sum().backward()
    for block in grown.upper.blocks:
        for last in (block.attention.phi_out, block.convolution.convolution, block.mlp.contract):
            assert float(last.weight.grad.abs().max()) > 0


def test_a_model_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="shrink"):
        deepened(tiny(), 0)
