"""Attention of grid points to a rectangular neighbourhood, computed in bands along the long side.

The result is exactly that of a masked attention over all points; a band of queries only meets the
keys that its neighbourhoods can reach, so the cost grows with the length of a line, not its square.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

_LONG_ENOUGH = 3  # bands pay off once the grid is this many bands long


def banded_attention(
    query: Tensor, key: Tensor, value: Tensor, valid: Tensor, window: tuple[int, int], scale: float
) -> Tensor:
    """Return softmax(scale <q_i, k_j>) v_j over the valid j with |x_j - x_i| inside the window.

    Args:
        query: (batch, height, width, heads, channels).
        key: as ``query``.
        value: (batch, height, width, heads, head width).
        valid: (batch, height, width), False where there is only padding.
        window: reach in rows and in columns.
        scale: factor of the scores, 1 / sqrt(head width) before widening.

    Returns:
        (batch, height, width, heads, head width); padded points hold finite nonsense.
    """
    height, width = query.shape[1:3]
    if height > width:  # the long side second, so that bands are slices of columns
        turned = banded_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            valid.transpose(1, 2),
            (window[1], window[0]),
            scale,
        )
        return turned.transpose(1, 2)
    # (batch, height, width, heads, c) -> (batch, heads, width, height, c)
    q, k, v = (t.permute(0, 3, 2, 1, 4) for t in (query, key, value))
    columns_valid = valid.transpose(1, 2)
    reach_rows, reach = window
    band = max(reach, 4)  # wider ones score many keys in vain, narrower ones copy each key often
    if width < _LONG_ENOUGH * band:
        near = _near(width, width, 0, height, (reach_rows, reach), query.device)
        out = _attend(
            q.flatten(2, 3), k.flatten(2, 3), v.flatten(2, 3), near, columns_valid.flatten(1), scale
        )
        return out.reshape(*q.shape[:-1], -1).permute(0, 3, 2, 1, 4)
    return _in_bands(q, k, v, columns_valid, (reach_rows, reach), band, scale)


def _in_bands(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    valid: Tensor,
    window: tuple[int, int],
    band: int,
    scale: float,
) -> Tensor:
    batch, heads, width, height, _ = q.shape
    reach = window[1]
    bands = -(-width // band)
    missing = bands * band - width
    q = F.pad(q, (0, 0, 0, 0, 0, missing))
    k, v = (F.pad(t, (0, 0, 0, 0, reach, reach + missing)) for t in (k, v))
    valid = F.pad(valid, (0, 0, reach, reach + missing))
    # -> (batch, bands, heads, points, c): every band with its own stretch of keys
    q = q.reshape(batch, heads, bands, band * height, -1).transpose(1, 2)
    span = band + 2 * reach
    k, v = (t.unfold(2, span, band).permute(0, 2, 1, 5, 3, 4).flatten(3, 4) for t in (k, v))
    band_valid = valid.unfold(1, span, band).transpose(2, 3).flatten(2)
    near = _near(band, span, reach, height, window, q.device)
    out = _attend(
        q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), near, band_valid.flatten(0, 1), scale
    )
    out = out.reshape(batch, bands, heads, band, height, -1).permute(0, 4, 1, 3, 2, 5)
    return out.flatten(2, 3)[:, :, :width]


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


def _attend(q: Tensor, k: Tensor, v: Tensor, near: Tensor, valid: Tensor, scale: float) -> Tensor:
    """Masked attention of (n, heads, points, c); ``near`` (points, keys), ``valid`` (n, keys)."""
    scores = (q * scale) @ k.transpose(-1, -2)
    allowed = near & valid[:, None, None, :]
    scores.masked_fill_(~allowed, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=-1) @ v
