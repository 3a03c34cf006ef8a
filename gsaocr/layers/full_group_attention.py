"""Group self-attention over all of H at once, vectorised, in the three forms of the reference.

Keys are the points (j, h2) of a square window around i in every frame, so one layer costs |H|^2
attention maps (own frame) or |H|^3 (the sums over frames). The model's lower blocks factorise this
into spatial and fibre attention; this layer is for who wants the paper's layer itself.

The position enters as a table phi_key rho(Delta, g), one row per offset of the window and element
g = h1^-1 h2. Turning by h only permutes the rows, because H maps the square to itself.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.groups import Group
from gsaocr.layers.fourier import RelativeFourier
from gsaocr.layers.frames import FrameField

Form = Literal["rc", "paper", "own"]


def check_form(name: str) -> Form:
    """Return the name of a form; raises ``ValueError`` for any other name."""
    for known in get_args(Form):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"unknown form {name!r}: choose {', '.join(get_args(Form))}")


class FullGroupAttention(nn.Module):
    """Group self-attention with keys in all frames of a square window (paper, section 5).

    rho^P(Delta, g) has a Fourier series of its own for every element g = h1^-1 h2, so it is no sum
    of a spatial and a group part. The forms are those of ``reference.group_attention``.

    Args:
        width: channels.
        heads: number of heads; divides ``width``.
        frequencies: plane waves of each rho.
        group: the group of turns.
        form: ``rc``, ``paper`` or ``own``.
        reach: of the square window, in grid steps each way; None sees everything.

    Raises:
        ValueError: heads don't divide the width, or the form is unknown.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        frequencies: int,
        group: Group,
        form: Form = "rc",
        reach: int | None = None,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads don't divide {width} channels")
        self.group = group
        self.width = width
        self.heads = heads
        self.form = check_form(form)
        self.reach = reach
        self.phi_qry = nn.Linear(width, width)
        # A bias would be added to phi_key(f) and phi_key(rho) alike; the softmax cancels it anyway.
        self.phi_key = nn.Linear(width, width, bias=False)
        self.phi_val = nn.Linear(width, width)
        self.phi_out = nn.Linear(width, width)
        self.rho = nn.ModuleList(RelativeFourier(width, frequencies) for _ in range(group.order))

    def encode(self, offset: Tensor, relative: int) -> Tensor:
        """Return rho^P(offset, relative) for offsets (..., 2) as (x, y): (..., width)."""
        rho = self.rho[relative]
        assert isinstance(rho, RelativeFourier)
        return rho.encode(offset.to(rho.waves.dtype))

    def forward(self, field: FrameField) -> FrameField:
        """Map a complete field to a field of the same readers."""
        valid = self.group.act_on_image(*_first_valid(field), dims=(1, 2))
        return field.from_common(self.on_lifted(field.to_common(), valid))

    def on_lifted(self, lifted: Tensor, valid: Tensor | None = None) -> Tensor:
        """Map (batch, |H|, height, width, channels) in common coordinates to the same.

        ``valid`` (batch, height, width) is False in the padding; the result there is finite
        nonsense.
        """
        height, width = lifted.shape[2:4]
        reach = max(height, width) - 1 if self.reach is None else self.reach
        scale = (lifted.shape[-1] // self.heads) ** -0.5
        if valid is None:
            valid = lifted.new_ones(lifted.shape[0], height, width, dtype=torch.bool)
        query = _heads(self.phi_qry(lifted), self.heads) * scale  # (b, |H|, y, x, heads, e)
        # What each point sees, K offsets each: (b, |H|, y, x, K, heads, e)
        key = _heads(_windows(self.phi_key(lifted), reach), self.heads)
        value = _heads(_windows(self.phi_val(lifted), reach), self.heads)
        seen = _windows(valid[:, None, :, :, None], reach)[:, 0, :, :, None, None, :, 0]

        offset = _offsets(reach, lifted.device)
        table = torch.stack([self.encode(offset, g) for g in range(self.group.order)])
        place = _heads(self.phi_key(table), self.heads)  # (|H|, K, heads, e)
        content = torch.einsum("bayxne,bcyxkne->bayxnck", query, key)
        position = torch.einsum("bayxne,gkne->bayxngk", query, place)
        relative = self.group.relative()

        def term(h: int, h1: int) -> Tensor:
            """Attention of the queries (i, h1) with rho moved by h: (b, y, x, heads, e)."""
            rows = _rows(self.group, self.group.inverse[h], offset, reach)
            moved = position[:, h1][..., list(relative[h1]), :][..., rows]
            scores = content[:, h1] + moved  # (b, y, x, heads, h2, K)
            scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
            weights = scores.flatten(-2).softmax(-1).view_as(scores)
            return torch.einsum("byxnck,bcyxkne->byxne", weights, value)

        elements = range(self.group.order)
        frames = []
        for own in elements:
            if self.form == "own":
                frames.append(term(own, own))
            elif self.form == "rc":
                frames.append(torch.stack([term(own, h1) for h1 in elements]).sum(0))
            else:
                frames.append(torch.stack([term(h, own) for h in elements]).sum(0))
        out: Tensor = self.phi_out(torch.stack(frames, dim=1).flatten(-2))
        return out


def _first_valid(field: FrameField) -> tuple[Tensor, int]:
    """Return one reader's validity in its own coordinates and that reader's element."""
    element = field.upright_elements[0]
    return field.frame(element)[1], element


def _heads(features: Tensor, heads: int) -> Tensor:
    """(..., width) -> (..., heads, head width)."""
    return features.reshape(*features.shape[:-1], heads, -1)


def _offsets(reach: int, device: torch.device) -> Tensor:
    """Return the window's offsets (K, 2) as (x, y), rows first."""
    side = torch.arange(-reach, reach + 1, dtype=torch.float64, device=device)
    y, x = torch.meshgrid(side, side, indexing="ij")
    return torch.stack([x, y], dim=-1).flatten(0, 1)


def _rows(group: Group, element: int, offset: Tensor, reach: int) -> Tensor:
    """Return, for each offset of the window, the row of the table that holds h offset."""
    matrix = torch.tensor(group.matrices[element], dtype=offset.dtype, device=offset.device)
    x, y = (offset @ matrix.T + reach).round().long().unbind(-1)
    return y * (2 * reach + 1) + x


def _windows(field: Tensor, reach: int) -> Tensor:
    """(b, |H|, y, x, c) -> (b, |H|, y, x, K, c): what each point sees, zero beyond the border."""
    side = 2 * reach + 1
    padded = F.pad(field, (0, 0, reach, reach, reach, reach))
    seen = padded.unfold(2, side, 1).unfold(3, side, 1)  # (b, |H|, y, x, c, side, side)
    return seen.flatten(-2).movedim(-2, -1)
