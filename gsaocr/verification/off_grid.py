"""Rotations that don't map the grid to itself: nothing is exact there, so the error is told.

Lifting self-attention is measured, where the group part is only a row of frames: frame n of the
group of N rotations measures offsets turned by -n 360/N degrees. A smooth picture is turned by
bicubic interpolation; the error holds the interpolation's as well as the layer's.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.groups import group
from gsaocr.layers import reference
from gsaocr.layers.fourier import RelativeFourier
from gsaocr.verification.claims import Expectation, Row
from gsaocr.verification.measure import compare, limit

_SIDE = 17
_REACH = 2.5  # radius of the round neighbourhood, in grid steps
_WIDTH, _HEADS, _WAVES = 8, 2, 4


class _Lifting(nn.Module):
    """The parameters of one lifting layer; rho is a Fourier series, so any offset will do."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = _HEADS
        self.phi_qry = nn.Linear(_WIDTH, _WIDTH)
        self.phi_key = nn.Linear(_WIDTH, _WIDTH, bias=False)
        self.phi_val = nn.Linear(_WIDTH, _WIDTH)
        self.phi_out = nn.Linear(_WIDTH, _WIDTH)
        self.rho = RelativeFourier(_WIDTH, _WAVES)

    def forward(self, field: Tensor, rotations: int) -> Tensor:
        """Map (1, d, side, side) to frames (rotations, d, side, side) (paper, section 4)."""
        maps = reference.Maps(self.phi_qry, self.phi_key, self.phi_val, self.phi_out, self.heads)
        frames = []
        for n in range(rotations):
            turn = _rotation(-2 * math.pi * n / rotations)

            def rho(offset: Tensor, relative: int, turn: Tensor = turn) -> Tensor:
                return self.rho.encode(offset @ turn.T)

            frames.append(reference.translation_attention(field, maps, rho, group("C1"), _disc))
        return torch.cat(frames)


@torch.no_grad()
def off_grid_rows(generator: torch.Generator) -> list[Row]:
    """Return rows for C8 and C12: approximate by angles off the grid, exact by 90 degrees."""
    dtype = torch.float64
    layer = _Lifting().double()
    for parameter in layer.parameters():
        # With bare N(0,1) maps the softmax picks one key, and the lattice's corners decide which.
        parameter.normal_(generator=generator).mul_(_WIDTH**-0.5)
    picture = _smooth(torch.randn(1, _WIDTH, _SIDE, _SIDE, generator=generator, dtype=dtype))
    inner = _radius() <= _SIDE / 2 - _REACH - 2
    rows = []
    for rotations, step in ((8, 1), (12, 1), (8, 2)):
        degrees = 360 * step // rotations
        exact = degrees == 90
        turned = _turn(picture, math.radians(degrees), exact)
        result = layer(turned, rotations)
        expected = _turn(layer(picture, rotations), math.radians(degrees), exact)
        # (L_h f)(x, h1) = f(h^-1 x, h^-1 h1): the frame before is the frame's source.
        expected = expected.roll(step, dims=0)
        rows.append(
            Row(
                check="equivariance on the grid" if exact else "equivariance off the grid",
                layer="lifting-plain",
                group=f"C{rotations}",
                element=f"{degrees}°",
                lora="none",
                weights="N(0,1)/√d",
                precision="float64",
                error=compare(result, expected, inner),
                limit=limit(dtype),
                expectation=Expectation.HOLDS if exact else Expectation.APPROXIMATE,
                note="" if exact else "bicubic interpolation of a smooth field",
            )
        )
    return rows


def _disc(offset: Tensor, relative: int) -> Tensor:
    return offset.square().sum(-1) <= _REACH**2


def _rotation(angle: float) -> Tensor:
    """Return the matrix of a counter-clockwise turn; y points down."""
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, s], [-s, c]], dtype=torch.float64)


def _turn(field: Tensor, angle: float, exact: bool) -> Tensor:
    """Turn (n, d, side, side) counter-clockwise; exactly, by permutation, for a quarter."""
    if exact:
        return torch.rot90(field, 1, (-2, -1))
    places = group("C1").positions(_SIDE, _SIDE) @ _rotation(-angle).T * (2 / (_SIDE - 1))
    grid = places.to(field.dtype).expand(len(field), -1, -1, -1)
    turned: Tensor = F.grid_sample(
        field, grid, mode="bicubic", padding_mode="border", align_corners=True
    )
    return turned


def _smooth(field: Tensor) -> Tensor:
    """Blur with a Gaussian of two grid steps, so that interpolation can follow the field."""
    steps = torch.arange(-6, 7, dtype=field.dtype)
    kernel = torch.exp(-(steps**2) / 8)
    weight = (kernel[:, None] * kernel / kernel.sum() ** 2).expand(field.shape[1], 1, -1, -1)
    smooth = F.conv2d(F.pad(field, (6, 6, 6, 6), mode="reflect"), weight, groups=field.shape[1])
    return smooth / smooth.std()


def _radius() -> Tensor:
    return group("C1").positions(_SIDE, _SIDE).square().sum(-1).sqrt()
