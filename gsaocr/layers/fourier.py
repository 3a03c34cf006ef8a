"""Relative positions as Fourier series, so that they become a few more query and key channels.

rho(Delta) = sum_m u_m cos(w_m . Delta) + v_m sin(w_m . Delta), with Delta = x_j - x_i, splits into
products of a part of i and a part of j, because cos(a - b) and sin(a - b) do. One ordinary
scaled dot product of widened vectors therefore computes <q_i, phi_key(k_j + rho(x_j - x_i))>
exactly: no table of offsets, any image size.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class RelativeFourier(nn.Module):
    """A learned rho: R^2 -> R^width for offsets in an observer's own coordinates.

    Args:
        width: channels of rho, the same as those of the features it is added to.
        frequencies: number M of plane waves.
    """

    def __init__(self, width: int, frequencies: int) -> None:
        super().__init__()
        # Wavelengths from 2 to 32 grid steps, directions spread over the half circle.
        order = torch.arange(frequencies, dtype=torch.float32)
        radius = math.pi * 2.0 ** (-4.0 * order / max(frequencies - 1, 1))
        angle = math.pi * ((order * 0.618034) % 1.0)
        self.waves = nn.Parameter(
            torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=-1)
        )
        self.u = nn.Parameter(torch.randn(frequencies, width) * width**-0.5)
        self.v = nn.Parameter(torch.randn(frequencies, width) * width**-0.5)

    def encode(self, offset: Tensor) -> Tensor:
        """Return rho of offsets (..., 2) as (x, y), shape (..., width): the slow, literal form."""
        phase = offset @ self.waves.T
        encoded: Tensor = torch.cos(phase) @ self.u + torch.sin(phase) @ self.v
        return encoded

    def key_channels(self, height: int, width: int) -> Tensor:
        """Return (cos t_j, sin t_j), t = w_m . x_j, shape (height, width, 2 M)."""
        like = self.waves
        y = torch.arange(height, device=like.device, dtype=like.dtype) - (height - 1) / 2
        x = torch.arange(width, device=like.device, dtype=like.dtype) - (width - 1) / 2
        phase = x[None, :, None] * self.waves[:, 0] + y[:, None, None] * self.waves[:, 1]
        return torch.cat([torch.cos(phase), torch.sin(phase)], dim=-1)

    def query_channels(self, query: Tensor, phi_key: nn.Module, key_channels: Tensor) -> Tensor:
        """Return the query side of the widened product.

        With a = <q_i, phi_key u_m> and b = <q_i, phi_key v_m> it is
        (a cos t_i - b sin t_i, a sin t_i + b cos t_i). ``phi_key`` has no bias: a bias would be
        added to every u_m and v_m, and cancels in the softmax anyway.

        Args:
            query: (batch, height, width, heads, head width).
            phi_key: the layer's key map, an adapter on it included.
            key_channels: what :meth:`key_channels` returned for this grid.

        Returns:
            (batch, height, width, heads, 2 M).
        """
        heads, head_width = query.shape[-2:]
        waves = self.u.shape[0]
        keyed = phi_key(torch.cat([self.u, self.v])).view(2, waves, heads, head_width)
        # (a, b) and (b, a), heads first: what remains are sweeps over memory as it lies.
        keyed = keyed.permute(2, 3, 0, 1)  # (heads, head width, 2, M)
        each = query.flatten(0, 2).transpose(0, 1)  # (heads, points, head width)
        ab, ba = (
            (each @ both.flatten(2)).view(heads, *query.shape[:3], 2 * waves)
            for both in (keyed, keyed.flip(2))
        )
        cosine, sine = key_channels.chunk(2, dim=-1)
        turned = torch.addcmul(
            ab * torch.cat([cosine, cosine], dim=-1), ba, torch.cat([-sine, sine], dim=-1)
        )
        return turned.permute(1, 2, 3, 0, 4)
