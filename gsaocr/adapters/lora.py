"""Low-rank updates: W + s B A beside a frozen linear map, and what they cost.

Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021; paper, section 2. The group
layers send relative positions through phi_key too, so a wrapped phi_key acts on rho as well, and
equivariance stays exact (paper, sections 3 to 5).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def scaling(rank: int, alpha: float, rslora: bool = False) -> float:
    """Return s = alpha / r, or alpha / sqrt(r) with rank stabilisation (Kalajdzievski, 2023)."""
    return alpha / math.sqrt(rank) if rslora else alpha / rank


def low_rank_parameters(inputs: int, outputs: int, rank: int) -> int:
    """Return the number of entries of A (rank x inputs) and B (outputs x rank) together."""
    return rank * (inputs + outputs)


class LoRALinear(nn.Module):
    """x -> W x + b + s B A x with W and b frozen; A and B are linear maps without bias.

    At first B is zero, so the wrapped map is the map itself. The names of the parts are those of
    PEFT, and so are the initial values.

    Args:
        base_layer: the frozen map.
        rank: rows of A and columns of B.
        scale: s of :func:`scaling`.
        dropout: probability of leaving out an input of the update while training.
    """

    def __init__(
        self, base_layer: nn.Linear, rank: int, scale: float, dropout: float = 0.0
    ) -> None:
        super().__init__()
        like = base_layer.weight
        self.base_layer = base_layer
        self.lora_A = nn.Linear(base_layer.in_features, rank, bias=False).to(like)
        self.lora_B = nn.Linear(rank, base_layer.out_features, bias=False).to(like)
        self.dropout = nn.Dropout(dropout)
        self.scale = scale
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., inputs) to (..., outputs)."""
        update: Tensor = self.lora_B(self.lora_A(self.dropout(x)))
        out: Tensor = self.base_layer(x) + self.scale * update
        return out

    @torch.no_grad()
    def delta(self) -> Tensor:
        """Return s B A, (outputs, inputs), in float64."""
        return self.scale * (self.lora_B.weight.double() @ self.lora_A.weight.double())
