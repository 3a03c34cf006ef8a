"""Random fields, maps and positional encodings for the layers' tests."""

from __future__ import annotations

import torch
from torch import Tensor

from gsaocr.groups import Group
from gsaocr.layers.reference import LinearMap, Maps, Rho, low_rank

WIDTH = 4


def normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def linear(generator: torch.Generator, width: int = WIDTH) -> LinearMap:
    weight = normal(generator, width, width)
    return lambda z: z @ weight.T


def maps(generator: torch.Generator, heads: int = 2, rank: int = 0) -> Maps:
    """Four N(0,1) maps, each with a low-rank update where rank > 0."""
    phis = [linear(generator) for _ in range(4)]
    if rank:
        phis = [
            low_rank(phi, normal(generator, rank, WIDTH), normal(generator, WIDTH, rank))
            for phi in phis
        ]
    query, key, value, out = phis
    return Maps(query, key, value, out, heads)


def table(generator: torch.Generator, of: Group, reach: int = 7) -> Rho:
    """A rho of independent random vectors for every offset and element."""
    vectors = normal(generator, 2 * reach + 1, 2 * reach + 1, of.order, WIDTH)

    def rho(offset: Tensor, relative: int) -> Tensor:
        x, y = (offset + reach).round().long().unbind(-1)
        return vectors[y, x, relative]

    return rho


def relative_error(actual: Tensor, expected: Tensor) -> float:
    return float((actual - expected).abs().max() / expected.abs().max())
