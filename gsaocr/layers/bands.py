"""Attention of grid points to a rectangular neighbourhood, computed in bands along the long side.

The result is exactly that of a masked attention over all points; a band of queries only meets the
keys that its neighbourhoods can reach, so the cost grows with the length of a line, not its square.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

_NEVER = -1e30  # a score that no key can make up for; in half precision too
_LONG_ENOUGH = 3  # bands pay off once the grid is this many bands long; else it is one band


def banded_attention(
    query: Sequence[Tensor],
    key: Sequence[Tensor],
    value: Tensor,
    valid: Tensor,
    window: tuple[int, int],
    scale: float,
) -> Tensor:
    """Return softmax(scale <q_i, k_j>) v_j over the valid j with |x_j - x_i| inside the window.

    Args:
        query: parts of the channels, each (batch, height, width, heads, channels).
        key: as ``query``.
        value: (batch, height, width, heads, head width).
        valid: (batch, height, width), False where there is only padding.
        window: reach in rows and in columns.
        scale: factor of the scores, 1 / sqrt(head width) before widening.

    Returns:
        (batch, height, width, heads, head width); padded points hold finite nonsense.
    """
    height, width = valid.shape[1:]
    # The long side first, so that bands are stretches of memory: (batch, heads, long, short, c).
    turned = height > width
    order = (0, 3, 1, 2, 4) if turned else (0, 3, 2, 1, 4)
    q, k, v = ([part.permute(order) for part in t] for t in (query, key, [value]))
    valid = valid if turned else valid.transpose(1, 2)
    reach = (window[1], window[0]) if turned else window
    out = _in_bands(q, k, v, valid, reach, scale)
    return out.permute(0, 2, 3, 1, 4) if turned else out.permute(0, 3, 2, 1, 4)


def _in_bands(
    q: Sequence[Tensor],
    k: Sequence[Tensor],
    v: Sequence[Tensor],
    valid: Tensor,
    window: tuple[int, int],
    scale: float,
) -> Tensor:
    """Attention of (batch, heads, width, height, c); ``valid`` (batch, width, height)."""
    batch, heads, width, height, _ = v[0].shape
    reach = window[1]
    band = max(reach, 4)  # wider ones score many keys in vain, narrower ones meet each key often
    if width < _LONG_ENOUGH * band:
        band, reach = width, 0
    bands = -(-width // band)
    length = bands * band
    span = band + 2 * reach
    queries = _strip(q, length, 0).view(batch * heads * bands, band * height, -1)
    # The keys of a band are a stretch of the strip that holds all lines and heads: no copies. A
    # stretch that reaches into the strip's next line meets what the mask takes for padding.
    keys, values = (
        _strip(t, length, reach).unfold(0, span * height, band * height) for t in (k, v)
    )
    valid = F.pad(valid, (0, 0, reach, length - width + reach))
    valid = valid.unfold(1, span, band).transpose(2, 3).flatten(2)
    near = _near(band, span, reach, height, window, valid.device)
    allowed = near & valid[:, None, :, None, :]
    out = _attend(queries, keys, values.transpose(1, 2), allowed, heads, scale)
    return out.view(batch, heads, length, height, -1)[:, :, :width]


def _strip(parts: Sequence[Tensor], length: int, margin: int) -> Tensor:
    """Lay (batch, heads, width, height, c) end to end: (columns * height, c of all parts).

    Each line has ``length`` columns; zeros fill it up, and ``margin`` columns before all and after.
    """
    batch, heads, width, height, _ = parts[0].shape
    channels = sum(part.shape[-1] for part in parts)
    strip = parts[0].new_zeros(margin + batch * heads * length + margin, height, channels)
    lines = strip[margin : len(strip) - margin].view(batch, heads, length, height, channels)
    begin = 0
    for part in parts:
        end = begin + part.shape[-1]
        lines[:, :, :width, :, begin:end] = part
        begin = end
    return strip.flatten(0, 1)


def _near(
    queries: int,
    keys: int,
    shift: int,
    height: int,
    window: tuple[int, int],
    device: torch.device,
) -> Tensor:
    """Return which points of the key columns lie in the window of those of the query columns."""
    columns = torch.arange(keys, device=device) - torch.arange(queries, device=device)[:, None]
    columns = columns - shift
    rows = torch.arange(height, device=device) - torch.arange(height, device=device)[:, None]
    near = (columns.abs() <= window[1])[:, None, :, None] & (rows.abs() <= window[0])[None, :, None]
    return near.reshape(queries * height, keys * height)


def _attend(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor, heads: int, scale: float) -> Tensor:
    """Masked attention: (n, points, c), (n, c, keys), (n, keys, d) -> (n, points, d).

    ``allowed`` is (batch, 1, ..., points, keys), the same for all heads, which stand second in n.
    """
    mask = q.new_zeros(allowed.shape).masked_fill_(~allowed, _NEVER)
    every = mask.expand(-1, heads, *mask.shape[2:]).reshape(-1, *mask.shape[-2:])
    return torch.softmax(torch.baddbmm(every, q, k, alpha=scale), dim=-1) @ v
