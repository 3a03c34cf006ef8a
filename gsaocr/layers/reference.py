"""The paper's attention layers, written as its formulas stand: the oracle of the fast layers.

Loops run over group elements and heads; nothing is factorised, banded or widened, and positional
vectors are added to the features before phi_key, as on paper. Meant for float64 and small grids.

Notation (paper, sections 3 to 6). A field f has shape (batch, |H|, d, height, width) on the group
and (batch, d, height, width) on the plane. i, j number the N = height * width points, x(i) is the
position, Delta = x(j) - x(i). H acts on lifted fields by (L_h f)(x, h1) = f(h^-1 x, h^-1 h1).

Where the paper's print is in doubt, the code follows what its proofs need: Delta phi acts on what
phi acts on, the turned signal included (section 3); x = h_3 xbar + y undoes the substitution
(sections 4 to 6); every phi carries its Delta phi exactly once (section 5); the union over heads is
a concatenation, never a sum (section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from gsaocr.groups import Group
from gsaocr.layers.full_group_attention import Form

LinearMap = Callable[[Tensor], Tensor]
"""A linear map of the last axis, (..., d_in) -> (..., d_out); an ``nn.Linear`` is one."""

Rho = Callable[[Tensor, int], Tensor]
"""rho^P: offsets (..., 2) as (x, y) and the number of a group element -> (..., d)."""

Neighbourhood = Callable[[Tensor, int], Tensor]
"""Offsets (..., 2) as seen by rho and the element h1^-1 h2 -> bool (...): is the key seen?"""

Encoding = Literal["corrected", "published"]


@dataclass(frozen=True)
class Maps:
    """The four maps of one attention layer; heads share the last axis in equal parts."""

    query: LinearMap
    key: LinearMap
    value: LinearMap
    out: LinearMap
    heads: int


def low_rank(phi: LinearMap, down: Tensor, up: Tensor, scaling: float = 1.0) -> LinearMap:
    """Return phi + Delta phi with Delta phi(z) = scaling * B (A z) (paper, equations 4 to 6).

    ``down`` is A (r, d_in), ``up`` is B (d_out, r). Applied to phi_key it acts on f + rho, so on
    rho as well (equation 10).
    """

    def adapted(z: Tensor) -> Tensor:
        return phi(z) + scaling * ((z @ down.T) @ up.T)

    return adapted


def everywhere(offset: Tensor, relative: int) -> Tensor:
    """Let every query see every key."""
    return torch.ones(offset.shape[:-1], dtype=torch.bool)


def square(side: int) -> Neighbourhood:
    """Let a query see the ``side`` x ``side`` square around it, in all frames; side is odd."""

    def inside(offset: Tensor, relative: int) -> Tensor:
        return offset.abs().amax(dim=-1) <= (side - 1) / 2

    return inside


def window(height: int, width: int) -> Neighbourhood:
    """Let a query see a ``height`` x ``width`` window of its own frame and nothing else.

    Only the own-frame form allows height != width: the sums over frames need a window that H maps
    to itself.
    """

    def inside(offset: Tensor, relative: int) -> Tensor:
        x, y = offset.unbind(-1)
        near = (x.abs() <= (width - 1) / 2) & (y.abs() <= (height - 1) / 2)
        return near if relative == 0 else torch.zeros_like(near)

    return inside


def same_place(offset: Tensor, relative: int) -> Tensor:
    """Let a query see the keys of all frames at its own point: the fibre."""
    return offset.abs().amax(dim=-1) == 0


def offsets(group: Group, height: int, width: int) -> Tensor:
    """Return Delta, the offsets x(j) - x(i), as (N, N, 2) in grid steps, float64."""
    x = group.positions(height, width).reshape(-1, 2)
    return x[None, :, :] - x[:, None, :]


def turned(group: Group, element: int, offset: Tensor) -> Tensor:
    """Return h offset for offsets (..., 2)."""
    matrix = torch.tensor(group.matrices[element], dtype=offset.dtype)
    return offset @ matrix.T


def translation_attention(
    field: Tensor,
    maps: Maps,
    rho: Rho,
    group: Group,
    neighbourhood: Neighbourhood = everywhere,
    mask: Tensor | None = None,
) -> Tensor:
    """Return m^r[f, rho](i), self-attention with a relative encoding (paper, section 3, eq. 11).

    ``field`` is (batch, d, height, width), ``mask`` (batch, height, width) is true on points that
    exist. The result has the field's shape and is zero where the mask is false.
    """
    batch, _, height, width = field.shape
    f = _points(field)
    delta = offsets(group, height, width)
    seen = _seen(neighbourhood(delta, 0), mask, batch)
    keys = f[:, None, :, :] + rho(delta, 0)
    mixed = _attend(maps, f, keys, f, seen)
    return _grid(maps.out(mixed), height, width, mask)


def embed_patches(image: Tensor, embedding: LinearMap, patch: int, group: Group) -> Tensor:
    """Return E_h(i) = E(h^-1 . patch_i), each patch as reader h sees it (batch, |H|, d, h, w).

    ``image`` is (batch, c, patch * height, patch * width); ``embedding`` maps c * patch * patch
    pixels, rows first, to d.
    """
    patches = image.unfold(2, patch, patch).unfold(3, patch, patch)  # (b, c, height, width, p, p)
    frames = []
    for h in range(group.order):
        seen = group.act_on_image(patches, group.inverse[h])
        frames.append(embedding(seen.movedim(1, 3).flatten(3)).movedim(-1, 1))
    return torch.stack(frames, dim=1)


def plain_frames(field: Tensor, group: Group) -> Tensor:
    """Return E_h = f for a field on whose values H does not act (the paper's case, section 4)."""
    return torch.stack([field] * group.order, dim=1)


def lifting_attention(
    frames: Tensor,
    maps: Maps,
    rho: Rho,
    group: Group,
    neighbourhood: Neighbourhood = everywhere,
    mask: Tensor | None = None,
) -> Tensor:
    """Return m_up(i, h), lifting self-attention with L_h[rho] (paper, section 4).

    ``frames`` are the E_h of :func:`embed_patches` or :func:`plain_frames`, shape
    (batch, |H|, d, height, width); the result has that shape. L_h[rho](i, j) = rho(h^-1 Delta).
    """
    batch, _, _, height, width = frames.shape
    delta = offsets(group, height, width)
    result = []
    for h in range(group.order):
        e = _points(frames[:, h])
        local = turned(group, group.inverse[h], delta)
        seen = _seen(neighbourhood(local, 0), mask, batch)
        keys = e[:, None, :, :] + rho(local, 0)
        mixed = _attend(maps, e, keys, e, seen)
        result.append(_grid(maps.out(mixed), height, width, mask))
    return torch.stack(result, dim=1)


def group_attention(
    field: Tensor,
    maps: Maps,
    rho: Rho,
    group: Group,
    form: Form = "own",
    encoding: Encoding = "corrected",
    neighbourhood: Neighbourhood = everywhere,
    mask: Tensor | None = None,
) -> Tensor:
    """Return group self-attention m_G of a lifted field (paper, section 5) in one of its forms.

    One term is the attention of the queries (i, h1) over all (j, h2) with rho moved by h:
    rho(h^-1 Delta, h1^-1 h2) as corrected, rho(h^-1 Delta, h^-1 h1^-1 h2) as published (section 6).

    - ``rc``: out(i, h) = phi_out sum over h1 of term(h, h1), as in [RC];
    - ``paper``: out(i, h1) = phi_out sum over h of term(h, h1), as in the paper;
    - ``own``: out(i, h1) = phi_out term(h1, h1): each reader measures in its own frame.

    ``field`` is (batch, |H|, d, height, width), ``mask`` (batch, height, width); the result has the
    field's shape.
    """
    batch, _, _, height, width = field.shape
    elements = range(group.order)
    f = [_points(field[:, h]) for h in elements]
    delta = offsets(group, height, width)
    between = group.relative()  # h1^-1 h2

    def term(h: int, h1: int) -> Tensor:
        local = turned(group, group.inverse[h], delta)
        keys, seen = [], []
        for h2 in elements:
            relative = between[h1][h2]
            if encoding == "corrected":
                position = rho(local, relative)
            else:
                position = rho(local, group.product[group.inverse[h]][relative])
            keys.append(f[h2][:, None, :, :] + position)
            seen.append(_seen(neighbourhood(local, relative), mask, batch))
        return _attend(
            maps, f[h1], torch.cat(keys, dim=2), torch.cat(f, dim=1), torch.cat(seen, dim=2)
        )

    result = []
    for own in elements:
        if form == "rc":
            mixed = torch.stack([term(own, h1) for h1 in elements]).sum(dim=0)
        elif form == "paper":
            mixed = torch.stack([term(h, own) for h in elements]).sum(dim=0)
        else:
            mixed = term(own, own)
        result.append(_grid(maps.out(mixed), height, width, mask))
    return torch.stack(result, dim=1)


def _attend(maps: Maps, queries: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> Tensor:
    """Return the concatenated heads of sum_j softmax_j <phi_qry, phi_key> phi_val.

    queries (b, N, d), keys (b, N, M, d) with rho added, values (b, M, d), seen (b, N, M).
    """
    all_q, all_k, all_v = maps.query(queries), maps.key(keys), maps.value(values)
    heads = []
    for q, k, v in zip(
        all_q.chunk(maps.heads, dim=-1),
        all_k.chunk(maps.heads, dim=-1),
        all_v.chunk(maps.heads, dim=-1),
        strict=True,
    ):
        scores = torch.einsum("bne,bnme->bnm", q, k) / q.shape[-1] ** 0.5
        weights = scores.masked_fill(~seen, -torch.inf).softmax(dim=-1)
        heads.append(torch.einsum("bnm,bme->bne", weights, v))
    return torch.cat(heads, dim=-1)


def _points(field: Tensor) -> Tensor:
    """(batch, d, height, width) -> (batch, N, d)."""
    return field.flatten(2).movedim(1, 2)


def _grid(points: Tensor, height: int, width: int, mask: Tensor | None) -> Tensor:
    """(batch, N, d) -> (batch, d, height, width), zero outside the mask."""
    grid = points.movedim(1, 2).reshape(len(points), -1, height, width)
    # A point outside the mask may see no key at all: its NaN must go too.
    return grid if mask is None else torch.where(mask[:, None], grid, torch.zeros_like(grid))


def _seen(neighbourhood: Tensor, mask: Tensor | None, batch: int) -> Tensor:
    """Join the neighbourhood (N, M) with the mask of existing keys, as (batch, N, M)."""
    seen = neighbourhood.expand(batch, *neighbourhood.shape)
    return seen if mask is None else seen & mask.flatten(1)[:, None, :]
