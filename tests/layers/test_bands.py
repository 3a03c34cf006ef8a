"""Attention in bands is attention with all outside the window masked, gradients included."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gsaocr.layers.bands import banded_attention


def masked(
    parts: tuple[Tensor, ...], value: Tensor, valid: Tensor, window: tuple[int, int], scale: float
) -> Tensor:
    """The literal form: parts are two of the query and two of the key."""
    height, width = valid.shape[1:]
    query, key = torch.cat(parts[:2], dim=-1), torch.cat(parts[2:], dim=-1)
    q, k, v = (t.permute(0, 3, 1, 2, 4).flatten(2, 3) for t in (query, key, value))
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    near = (rows[:, None] - rows).abs() <= window[0]
    near &= (columns[:, None] - columns).abs() <= window[1]
    scores = scale * q @ k.transpose(-1, -2)
    scores = scores.masked_fill(~(near & valid.flatten(1)[:, None, None, :]), -1e30)
    attended = torch.softmax(scores, dim=-1) @ v
    return attended.unflatten(2, (height, width)).permute(0, 2, 3, 1, 4)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("width", [3, 8, 15, 16, 31, 57])
@pytest.mark.parametrize("window", [(3, 5), (1, 2), (0, 0), (2, 9)])
def test_bands_are_a_masked_attention(width: int, window: tuple[int, int], turned: bool) -> None:
    torch.manual_seed(width)
    sides = (width, 4) if turned else (4, width)
    shape = (2, *sides, 2, 3)
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for _ in range(5)]
    *parts, value = inputs
    valid = torch.ones(2, *sides, dtype=torch.bool)
    if turned:
        window = window[::-1]
        valid[1, width - 2 :] = False
    else:
        valid[1, :, width - 2 :] = False
    fast = banded_attention(parts[:2], parts[2:], value, valid, window, 0.4)
    literal = masked(tuple(parts), value, valid, window, 0.4)
    assert torch.allclose(fast[valid], literal[valid], rtol=1e-12, atol=1e-12)
    assert torch.isfinite(fast).all()
    weight = torch.randn(shape, dtype=torch.float64) * valid[..., None, None]
    fast_grads = torch.autograd.grad((fast * weight).sum(), inputs)
    literal_grads = torch.autograd.grad((literal * weight).sum(), inputs)
    for a, b in zip(fast_grads, literal_grads, strict=True):
        assert torch.allclose(a, b, rtol=1e-10, atol=1e-12)
