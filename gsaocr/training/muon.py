"""Muon: momentum whose matrix updates are made orthogonal (K. Jordan, 2024), in float32 on CPUs.

torch has a Muon of its own that always works in bfloat16, which many CPUs emulate slowly.
Matrices of one shape are orthogonalised together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


def orthogonalised(updates: Tensor) -> Tensor:
    """Return (n, a, b) matrices with singular values near 1, by a Newton-Schulz iteration."""
    x = updates.bfloat16() if updates.is_cuda else updates
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.transpose(-1, -2)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_ITERATIONS):
        gram = x @ x.transpose(-1, -2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    if tall:
        x = x.transpose(-1, -2)
    result: Tensor = x.to(updates.dtype)
    return result


class Muon(Optimizer):
    """Nesterov momentum, orthogonalised, for two-dimensional weights.

    Updates are scaled by 0.2 sqrt(max(a, b)), so that AdamW's learning rate and weight decay fit
    (J. Liu et al., "Muon is scalable for LLM training", 2025).
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, {"lr": learning_rate, "momentum": momentum, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape[tuple(parameter.shape)].append(parameter)
            for shape, parameters in by_shape.items():
                updates = orthogonalised(torch.stack(self._looked_ahead(parameters, group)))
                size = 0.2 * max(shape) ** 0.5
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(parameters, list(updates), alpha=-group["lr"] * size)

    def _looked_ahead(self, parameters: list[Tensor], group: dict[str, Any]) -> list[Tensor]:
        """Return Nesterov's updates, made for all at once: a GPU waits for launches."""
        gradients: list[Tensor] = []
        buffers: list[Tensor] = []
        for parameter in parameters:
            assert parameter.grad is not None
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
            buffers.append(state["momentum"])
        torch._foreach_lerp_(buffers, gradients, 1 - group["momentum"])
        updates: list[Tensor] = list(torch._foreach_lerp(gradients, buffers, group["momentum"]))
        return updates
