"""The layers of the lower part as a graph can hold them: no shape or mask decides what is done.

The package's own are faster in PyTorch, and can't be exported: bands are stretches of memory read
through overlapping strides, and masks that mask nothing are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gsaocr.layers import bands
from gsaocr.recognizer import stem


@contextmanager
def exportable() -> Iterator[None]:
    """Put these in the place of the package's own."""
    with patch.object(bands, "_in_bands", in_bands), patch.object(stem, "_masked", masked):
        yield


def masked(x: Tensor, valid: Tensor) -> Tensor:
    """Set (n, h, w, c) to zero in the padding."""
    return torch.where(valid.unsqueeze(-1), x, 0.0)


def in_bands(
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
    band = max(reach, 4)
    bands_ = (width + band - 1) // band
    length = bands_ * band
    span = band + 2 * reach

    def stretches(columns: Tensor) -> Tensor:
        """(n, margins and columns, height, c) -> (n, bands, span * height, c)."""
        parts = []
        for start in range(0, span, band):
            part = columns.narrow(1, start, length)
            part = part.reshape(columns.shape[0], bands_, band, height, columns.shape[-1])
            part = part[:, :, : min(band, span - start)]
            parts.append(part.flatten(2, 3))
        return torch.cat(parts, 2)

    def strip(parts: Sequence[Tensor], margin: int) -> Tensor:
        columns = torch.cat(list(parts), -1).flatten(0, 1)
        return F.pad(columns, (0, 0, 0, 0, margin, length - width + margin + band))

    queries = strip(q, 0)[:, :length].reshape(batch * heads, bands_, band * height, -1)
    keys, values = stretches(strip(k, reach)), stretches(strip(v, reach))
    inside = F.pad(valid, (0, 0, reach, length - width + reach + band)).unsqueeze(-1)
    near = bands._near(band, span, reach, height, window, valid.device)
    allowed = near & stretches(inside)[..., 0].unsqueeze(2)  # (batch, bands, queries, keys)
    mask = torch.where(allowed, 0.0, -1e30)
    scores = ((queries * scale) @ keys.transpose(2, 3)).unflatten(0, (batch, heads))
    weights = torch.softmax(scores + mask.unsqueeze(1), -1).flatten(0, 1)
    out = (weights @ values).reshape(batch, heads, length, height, -1)
    return out[:, :, :width]
