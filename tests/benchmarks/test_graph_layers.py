"""Layers that can be exported compute what the package's own do."""

from __future__ import annotations

import pytest
import torch

from gsaocr.layers.bands import banded_attention
from gsaocr.recognizer import stem
from tests.benchmarks.graph_layers import exportable


@pytest.mark.parametrize(("height", "width"), [(4, 37), (41, 4), (4, 6)])
def test_bands(height: int, width: int) -> None:
    generator = torch.Generator().manual_seed(width)

    def drawn(channels: int) -> torch.Tensor:
        return torch.randn(2, height, width, 3, channels, generator=generator)

    query, key, value = [drawn(4), drawn(2)], [drawn(4), drawn(2)], drawn(4)
    valid = torch.ones(2, height, width, dtype=torch.bool)
    valid[1, :, width - 2 :] = False
    args = (query, key, value, valid, (3, 5), 0.5)
    own = banded_attention(*args)
    with exportable():
        graph = banded_attention(*args)
    assert torch.allclose(own[0], graph[0], atol=1e-6)
    assert torch.allclose(own[1, :, : width - 2], graph[1, :, : width - 2], atol=1e-6)


def test_masks() -> None:
    x = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0))
    valid = torch.rand(2, 3, 5, generator=torch.Generator().manual_seed(1)) < 0.5
    own = stem._masked(x, valid)
    with exportable():
        assert torch.equal(stem._masked(x, valid), own)
