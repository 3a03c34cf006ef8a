"""Finite groups of turns and flips, and how they act on grids of points and on images.

An element is a pair (t, f): flip left-right f times, then turn counter-clockwise by t quarters.
C1, C2, C4 are turns; D4 has the flips as well. Elements are numbered; 0 is the identity.

Positions are centred half-integers (x, y) with y downwards, so every h x is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor


@dataclass(frozen=True)
class Group:
    """A finite subgroup of the symmetries of the square, given by its multiplication table.

    ``product[a][b]`` is the number of a b (first b, then a), ``inverse[a]`` that of a^-1,
    ``matrices[a]`` the 2x2 integer matrix by which a acts on positions (x, y).
    """

    name: str
    matrices: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    product: tuple[tuple[int, ...], ...]
    inverse: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def order(self) -> int:
        """Number of elements |H|."""
        return len(self.matrices)

    def relative(self) -> tuple[tuple[int, ...], ...]:
        """Return the table of h1^-1 h2, the group part of the corrected positional encoding."""
        return tuple(
            tuple(self.product[self.inverse[a]][b] for b in range(self.order))
            for a in range(self.order)
        )

    def quarter_turns(self, element: int) -> tuple[int, bool]:
        """Return the counter-clockwise quarter turns of an element, and whether it flips first."""
        turns, flips = _decompose(self.matrices[element])
        return turns, bool(flips)

    def swaps_sides(self, element: int) -> bool:
        """Return whether the element exchanges height and width."""
        return self.matrices[element][0][0] == 0

    def act_on_image(self, image: Tensor, element: int, dims: tuple[int, int] = (-2, -1)) -> Tensor:
        """Return h . image: (h . image)(x) = image(h^-1 x), exactly, by permuting indices.

        ``dims`` names the dimensions of height and width.
        """
        turns, flips = _decompose(self.matrices[element])
        flipped = image.flip(dims[1]) if flips else image
        return torch.rot90(flipped, turns, dims) if turns else flipped

    def act_on_lifted(self, field: Tensor, element: int) -> Tensor:
        """Return L_h f for f of shape (batch, |H|, channels, height, width).

        (L_h f)(x, h1) = f(h^-1 x, h^-1 h1): frames are permuted and every frame is turned
        (paper, section 4).
        """
        source = [self.product[self.inverse[element]][h1] for h1 in range(self.order)]
        return self.act_on_image(field[:, source], element)

    def positions(self, height: int, width: int) -> Tensor:
        """Return the centred positions (height, width, 2) as (x, y), float64."""
        y = torch.arange(height, dtype=torch.float64) - (height - 1) / 2
        x = torch.arange(width, dtype=torch.float64) - (width - 1) / 2
        return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], dim=-1)


_IDENTITY = ((1, 0), (0, 1))
# Counter-clockwise to the eye; with y downwards this sends (x, y) to (y, -x).
_TURN = ((0, 1), (-1, 0))
_FLIP = ((-1, 0), (0, 1))
_Matrix = tuple[tuple[int, int], tuple[int, int]]


def _multiply(a: _Matrix, b: _Matrix) -> _Matrix:
    (a00, a01), (a10, a11) = a
    (b00, b01), (b10, b11) = b
    return (
        (a00 * b00 + a01 * b10, a00 * b01 + a01 * b11),
        (a10 * b00 + a11 * b10, a10 * b01 + a11 * b11),
    )


@cache
def _decompose(matrix: _Matrix) -> tuple[int, int]:
    for flips in (0, 1):
        candidate = _FLIP if flips else _IDENTITY
        for turns in range(4):
            if candidate == matrix:
                return turns, flips
            candidate = _multiply(_TURN, candidate)
    raise ValueError(f"{matrix} is no symmetry of the square")


@cache
def group(name: str) -> Group:
    """Return the group called ``C1``, ``C2``, ``C4`` or ``D4``; raises ``ValueError`` otherwise."""
    steps = {"C1": (4, 1), "C2": (2, 1), "C4": (1, 1), "D4": (1, 2)}
    if name not in steps:
        raise ValueError(f"unknown group {name!r}: choose one of {', '.join(steps)}")
    step, flip_count = steps[name]
    matrices: list[_Matrix] = []
    labels: list[str] = []
    for flips in range(flip_count):
        element = _FLIP if flips else _IDENTITY
        for turns in range(4):
            if turns % step == 0:
                matrices.append(element)
                labels.append(f"{90 * turns}°" + (" flipped" if flips else ""))
            element = _multiply(_TURN, element)
    number = {m: i for i, m in enumerate(matrices)}
    product = tuple(tuple(number[_multiply(a, b)] for b in matrices) for a in matrices)
    inverse = tuple(row.index(0) for row in product)
    return Group(name, tuple(matrices), product, inverse, tuple(labels))
