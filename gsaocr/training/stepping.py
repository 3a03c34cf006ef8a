"""One step of a run from scratch, for the recognizer and the finder alike.

The learning rate follows the budget, gradients are clipped, and an average of the weights follows
them: it is what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from gsaocr.training.muon import Muon

LARGEST_NORM = 1.0
"""Length to which longer gradients are cut."""

_LEAST_RATE = 0.02  # of the plateau's: where the fall ends


def learning_rate(
    plateau: float, steps: int, warmup_steps: int, share_done: float, cooldown: float
) -> float:
    """Return the rate: warm-up, plateau, then a straight fall to a fiftieth at the budget's end.

    Args:
        plateau: the highest rate.
        steps: made by this run so far.
        warmup_steps: until the plateau is reached.
        share_done: of the budget, 0 to 1.
        cooldown: share of the budget over which the rate falls.
    """
    warm = min(1.0, (steps + 1) / max(warmup_steps, 1))
    left = (1 - share_done) / max(cooldown, 1e-9)
    return plateau * warm * min(1.0, max(left, _LEAST_RATE))


def optimizers_of(
    matrices: Sequence[Tensor], others: Sequence[Tensor], rate: float, weight_decay: float
) -> list[Optimizer]:
    """Return Muon for the matrices inside a network and AdamW for everything at its edges."""
    return [
        Muon(matrices, rate, weight_decay=weight_decay),
        AdamW(others, rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def clipped_step(
    loss: Tensor, parameters: Iterable[Tensor], optimizers: Sequence[Optimizer], rate: float
) -> None:
    """Take a step against a loss's gradient; none where that is not finite."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(parameters, LARGEST_NORM)
    if torch.isfinite(norm):
        for optimizer in optimizers:
            optimizer.step()


def average_follows(
    average: Mapping[str, Tensor], network: nn.Module, most: float, steps: int
) -> None:
    """Move averaged weights towards a network's: exponentially, and faster in a run's beginning.

    ``most`` is the share that stays of the average once ``steps`` are many.
    """
    stays = min(most, (1 + steps) / (10 + steps))
    state = network.state_dict()
    torch._foreach_lerp_(
        list(average.values()), [state[name].detach() for name in average], 1 - stays
    )


def tensors_under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a resume state whose names begin so, without that."""
    return {n[len(prefix) :]: t for n, t in tensors.items() if n.startswith(prefix)}


def as_fields(architecture: Mapping[str, object]) -> dict[str, Any]:
    """Return fields of a network's configuration as it has them: tuples where JSON has lists."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in architecture.items()}
