"""Random low-rank updates on the attention maps of any layer, attached or merged."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from gsaocr.layers.reference import LinearMap, Maps, low_rank

RANK = 2
MAPS = ("phi_qry", "phi_key", "phi_val", "phi_out")


class LowRankLinear(nn.Module):
    """W + scaling B A, the update beside the frozen map."""

    def __init__(self, base: nn.Linear, down: Tensor, up: Tensor, scaling: float) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(down)
        self.up = nn.Parameter(up)
        self.scaling = scaling

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., d_in) to (..., d_out)."""
        out: Tensor = self.base(x) + self.scaling * ((x @ self.down.T) @ self.up.T)
        return out


def attached(module: nn.Module, rank: int, generator: torch.Generator) -> nn.Module:
    """Return a copy of the module with random A and B on every phi map inside it."""
    result = copy.deepcopy(module)
    for owner in list(result.modules()):
        for name in MAPS:
            phi = getattr(owner, name, None)
            if isinstance(phi, nn.Linear):
                kind = phi.weight.dtype
                down = torch.randn(rank, phi.in_features, generator=generator, dtype=kind)
                up = torch.randn(phi.out_features, rank, generator=generator, dtype=kind)
                # As large as the map itself: an update too small to see could hide a fault.
                scaling = float(phi.weight.detach().norm() / (up @ down).norm())
                setattr(owner, name, LowRankLinear(phi, down, up, scaling))
    return result


def merged(module: nn.Module) -> nn.Module:
    """Return a copy of a module with :func:`attached` updates, every update in its weight."""
    result = copy.deepcopy(module)
    for owner in list(result.modules()):
        for name in MAPS:
            phi = getattr(owner, name, None)
            if isinstance(phi, LowRankLinear):
                with torch.no_grad():
                    phi.base.weight += phi.scaling * (phi.up @ phi.down)
                setattr(owner, name, phi.base)
    return result


def variants(
    module: nn.Module, generator: torch.Generator, with_merged: bool = True
) -> dict[str, nn.Module]:
    """Return the module without LoRA, with random A and B attached, and with the same merged."""
    beside = attached(module, RANK, generator)
    found = {"none": module, "attached": beside}
    if with_merged:
        found["merged"] = merged(beside)
    return found


def literal_maps(layer: nn.Module, heads: int) -> Maps:
    """Return the maps of a layer for the reference, an update written as the paper writes it."""

    def literal(name: str) -> LinearMap:
        phi = getattr(layer, name)
        if isinstance(phi, LowRankLinear):
            return low_rank(phi.base, phi.down, phi.up, phi.scaling)
        assert isinstance(phi, nn.Module)
        return phi

    query, key, value, out = (literal(name) for name in MAPS)
    return Maps(query, key, value, out, heads)
