"""Which reader sees upright text: a score per frame, and the choice among frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gsaocr.layers.frames import FrameField


class OrientationHead(nn.Module):
    """An attention-pooled score of each reader's own view.

    It is trained on upright lines only, where the right answer is the reader of the identity;
    every other answer follows by equivariance.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.weight = nn.Linear(width, 1)
        self.score = nn.Linear(width, 1)

    def forward(self, field: FrameField) -> Tensor:
        """Return scores (batch, readers), in the order of the group's elements."""
        by_element: dict[int, Tensor] = {}
        views = (
            (field.upright_elements, field.upright, field.upright_valid),
            (field.sideways_elements, field.sideways, field.sideways_valid),
        )
        for elements, features, valid in views:
            if elements:
                pooled = self._pool(features, valid)
                by_element.update((h, pooled[:, n]) for n, h in enumerate(elements))
        return torch.stack([by_element[h] for h in sorted(by_element)], dim=1)

    def _pool(self, features: Tensor, valid: Tensor) -> Tensor:
        hidden = torch.relu(self.hidden(features))
        weight = self.weight(hidden).squeeze(-1)
        weight = weight.masked_fill(~valid, torch.finfo(weight.dtype).min).flatten(2)
        score = self.score(hidden).squeeze(-1).flatten(2)
        pooled: Tensor = (torch.softmax(weight, dim=-1) * score).sum(-1)
        return pooled


def chosen_view(field: FrameField, chosen: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """Return the view of one reader per line, its valid columns moved to the left.

    Args:
        field: the group field of a batch of lines, padded to a common size.
        chosen: (batch,), the element whose reader reads each line; its own view has ``rows`` rows.
        rows: patches in a line's height.

    Returns:
        Features (batch, rows, columns, channels), valid columns (batch, columns).

    Raises:
        ValueError: a chosen reader sees the line on its side.
    """
    elements = chosen.tolist()
    frames = {h: field.frame(h) for h in dict.fromkeys(elements)}
    for element, (features, _) in frames.items():
        if features.shape[1] != rows:
            raise ValueError(f"reader {element} sees {features.shape[1]} rows, not {rows}")
    if len(frames) == 1:
        ((features, valid),) = frames.values()
    else:
        features = torch.stack([frames[h][0][line] for line, h in enumerate(elements)])
        valid = torch.stack([frames[h][1][line] for line, h in enumerate(elements)])
    columns = valid.any(1)
    # Only padding is ever cut: a turned view has it on the left, and so has a line in a margin.
    start = columns.to(torch.uint8).argmax(1, keepdim=True)
    places = (torch.arange(columns.shape[1], device=start.device) + start) % columns.shape[1]
    which = places[:, None, :, None].expand_as(features)
    return features.gather(2, which), columns.gather(1, places)
