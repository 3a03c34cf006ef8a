"""Group self-attention, own-frame form, factorised: within a reader, then among the readers.

Every reader measures offsets in its own frame: rho(h1^-1 (x_j - x_i), h1^-1 h2). *Spatial*
attention has the keys (j, h1), *fibre* attention the keys (i, h2); each is exactly equivariant,
and both are the same form with a smaller neighbourhood (docs/equivariance.md).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gsaocr.groups import Group
from gsaocr.layers.bands import banded_attention
from gsaocr.layers.fourier import RelativeFourier
from gsaocr.layers.frames import FrameField


class SpatialAttention(nn.Module):
    """Attention of a reader's points to their neighbourhood, offsets in the reader's own frame.

    On the features of the patch embedding this is lifting self-attention (paper, section 4).

    Args:
        width: channels.
        heads: number of heads; divides ``width``.
        frequencies: plane waves of rho.
        window: reach in rows and columns of the own frame.
    """

    def __init__(self, width: int, heads: int, frequencies: int, window: tuple[int, int]) -> None:
        super().__init__()
        self.heads = heads
        self.window = window
        self.phi_qry = nn.Linear(width, width)
        self.phi_key = nn.Linear(width, width, bias=False)
        self.phi_val = nn.Linear(width, width)
        self.phi_out = nn.Linear(width, width)
        self.rho = RelativeFourier(width, frequencies)

    def forward(self, features: Tensor, valid: Tensor) -> Tensor:
        """Map (n, height, width, channels) in own coordinates to the same; ``valid`` (n, h, w)."""
        height, width = features.shape[1:3]
        split = (self.heads, features.shape[-1] // self.heads)
        query = self.phi_qry(features).unflatten(-1, split)
        key = self.phi_key(features).unflatten(-1, split)
        value = self.phi_val(features).unflatten(-1, split)
        waves = self.rho.key_channels(height, width)
        query_waves = self.rho.query_channels(query, self.phi_key, waves)
        key_waves = waves[None, :, :, None, :].expand(*key.shape[:-1], -1)
        attended = banded_attention(
            [query, query_waves],
            [key, key_waves],
            value,
            valid,
            self.window,
            split[1] ** -0.5,
        )
        out: Tensor = self.phi_out(attended.flatten(-2))
        return out


class FibreAttention(nn.Module):
    """Attention of the readers at one point to each other: keys f(i, h2) + rho_f(h1^-1 h2).

    Args:
        width: channels.
        heads: number of heads; divides ``width``.
        group: the group of turns.
    """

    def __init__(self, width: int, heads: int, group: Group) -> None:
        super().__init__()
        self.heads = heads
        self.group = group
        self.phi_qry = nn.Linear(width, width)
        self.phi_key = nn.Linear(width, width, bias=False)
        self.phi_val = nn.Linear(width, width)
        self.phi_out = nn.Linear(width, width)
        self.rho = nn.Parameter(torch.randn(group.order, width) * width**-0.5)

    def forward(self, field: FrameField) -> FrameField:
        """Map a complete field to a field of the same readers."""
        return field.from_common(self.on_lifted(field.to_common()))

    def on_lifted(self, lifted: Tensor) -> Tensor:
        """Map (batch, |H|, height, width, channels) in common coordinates to the same."""
        split = (self.heads, lifted.shape[-1] // self.heads)
        query = self.phi_qry(lifted).unflatten(-1, split) * split[1] ** -0.5
        key = self.phi_key(lifted).unflatten(-1, split)
        value = self.phi_val(lifted).unflatten(-1, split)
        place = self.phi_key(self.rho).unflatten(-1, split)
        # <q, k + rho_f> is the sum of two products, the second with a few vectors only. The keys
        # stand first: a softmax over so few is slow where they lie side by side in memory.
        places = torch.einsum("bayxnc,gnc->gbayxn", query, place)
        # Readers are few: go through the pairs of them, h2 = h1 g, one by one.
        elements = range(self.group.order)
        heard = []
        for h1 in elements:
            row = [self.group.product[h1][g] for g in elements]
            content = [(query[:, h1] * key[:, h2]).sum(-1) for h2 in row]
            weights = torch.softmax(places[:, :, h1] + torch.stack(content), dim=0)
            parts = zip(weights.unsqueeze(-1), row, strict=True)
            heard.append(sum(weight * value[:, h2] for weight, h2 in parts))
        out: Tensor = self.phi_out(torch.stack(heard, dim=1).flatten(-2))
        return out
