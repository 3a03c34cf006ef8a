"""How far what a reader says is from what it should say."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gsaocr.finder.network import CELL_CHANNELS, Said
from gsaocr.finder.targets import WORTH

WEIGHTS = {
    "level": 2.0,
    "overlap": 1.0,
    "up": 1.0,
    "lower": 1.0,
    "size": 1.0,
    "ends": 0.7,
    "end places": 0.3,
    "rule": 0.5,
    "light": 0.2,
    "finer": 0.3,
    "kinds": 0.3,
}
"""What each loss counts in the sum."""
_DOUBTFUL = 3.0  # a part that is wholly wrong counts this much more than one that is right
_BETA = 0.1  # where the smooth L1 of places turns from a parabola to a straight line


def finder_losses(
    said: Said, parts: dict[str, Tensor], cells: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Return the losses by name, each a mean over what is known; NaN in the targets is unknown.

    Args:
        said: what one reader says.
        parts: targets (batch, 2 h, 2 w) by name, with what each part counts.
        cells: targets (batch, h, w) by name.
    """
    worth = parts[WORTH]
    losses = {
        "level": _doubted(said.parts["level"], parts["level"], worth),
        "overlap": _overlap(said.parts["level"], parts["level"]),
        "up": _binary(said.parts["up"], parts["up"], worth),
        "lower": _place(said.parts["lower"], parts["lower"]),
        "size": _place(said.parts["size"], parts["size"]),
        "ends": _doubted(said.parts["left"], parts["left"])
        + _doubted(said.parts["right"], parts["right"]),
        "end places": _place(said.parts["left_at"], parts["left_at"])
        + _place(said.parts["right_at"], parts["right_at"]),
        "rule": _doubted(said.parts["rule"], parts["rule"])
        + 0.3 * _overlap(said.parts["rule"], parts["rule"]),
        "light": _binary(said.cells["light"], cells["light"]),
        "finer": _doubted(said.cells["finer"], cells["finer"]),
    }
    kinds = [_doubted(said.cells[name], cells[name]) for name in CELL_CHANNELS[2:]]
    losses["kinds"] = torch.stack(kinds).sum()
    return losses


def total(losses: dict[str, Tensor]) -> Tensor:
    """Return the weighted sum of the losses."""
    return torch.stack([WEIGHTS[name] * value for name, value in losses.items()]).sum()


def _binary(logits: Tensor, target: Tensor, worth: Tensor | None = None) -> Tensor:
    known = _counted(target, worth)
    loss = F.binary_cross_entropy_with_logits(logits, target.nan_to_num(), reduction="none")
    return (loss * known).sum() / (known.sum() + 1)


def _counted(target: Tensor, worth: Tensor | None) -> Tensor:
    """Return what each part counts, 0 where the truth isn't known."""
    known = ~target.isnan()
    return known.float() if worth is None else known * worth


def _doubted(logits: Tensor, target: Tensor, worth: Tensor | None = None) -> Tensor:
    """Cross-entropy in which the wrong parts count more: most parts are plain paper."""
    known = _counted(target, worth)
    truth = target.nan_to_num()
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    wrong = (torch.sigmoid(logits.detach()) - truth).abs()
    return (loss * (1 + _DOUBTFUL * wrong) * known).sum() / (known.sum() + 1)


def _overlap(logits: Tensor, target: Tensor) -> Tensor:
    """Return 1 - Dice's coefficient of each page, on average."""
    known = ~target.isnan()
    truth = target.nan_to_num()
    found = torch.sigmoid(logits) * known
    room = 20.0  # parts: a page with next to nothing on it counts little
    both = (found * truth).sum((1, 2))
    return (1 - (2 * both + room) / (found.sum((1, 2)) + truth.sum((1, 2)) + room)).mean()


def _place(value: Tensor, target: Tensor) -> Tensor:
    known = ~target.isnan()
    loss = F.smooth_l1_loss(value, target.nan_to_num(), reduction="none", beta=_BETA)
    return (loss * known).sum() / (known.sum() + 1)
