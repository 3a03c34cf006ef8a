"""How turns, flips and translations act on what goes into a layer and on what comes out of it.

Translations need room: the content lies inside a larger field whose rest is masked, and moves in
it by whole grid steps. The motion (y, h) turns first and moves then: L_y L_h, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from gsaocr.groups import Group

Shift = tuple[int, int]
"""Grid steps right and down."""


class Space(StrEnum):
    """What a tensor is: the group acts on each kind in its own way."""

    PLANE = "plane"
    """A field on the grid, (batch, channels, height, width); H moves points alone."""
    LIFTED = "lifted"
    """A field on grid x H, (batch, |H|, channels, height, width); H permutes frames as well."""
    FRAMES = "frames"
    """One number per frame, (batch, |H|); H permutes them, translations do nothing."""


@dataclass(frozen=True)
class Motion:
    """An element of the group and a translation after it."""

    element: int = 0
    shift: Shift = (0, 0)

    def label(self, group: Group) -> str:
        """Return how a table calls it: ``90°``, ``(1, 0)`` or ``90°, then (1, 0)``."""
        if self.shift == (0, 0):
            return group.labels[self.element]
        moved = f"({self.shift[0]}, {self.shift[1]})"
        return moved if self.element == 0 else f"{group.labels[self.element]}, then {moved}"


def act(field: Tensor, space: Space, group: Group, motion: Motion, step: int = 1) -> Tensor:
    """Return L_y L_h field; a shift of one moves by ``step`` points (pixels of a patch)."""
    if space is Space.FRAMES:
        source = [group.product[group.inverse[motion.element]][h] for h in range(group.order)]
        return field[:, source]
    turned = (
        group.act_on_lifted(field, motion.element)
        if space is Space.LIFTED
        else group.act_on_image(field, motion.element)
    )
    right, down = motion.shift
    if (right, down) == (0, 0):
        return turned
    # The margin is masked and as wide as the largest shift, so nothing is carried round the edge.
    return turned.roll((step * down, step * right), dims=(-2, -1))


def valid_in(space: Space, valid: Tensor) -> Tensor:
    """Shape validity (batch, height, width) so that it broadcasts over a tensor of the space."""
    if space is Space.PLANE:
        return valid[:, None]
    if space is Space.LIFTED:
        return valid[:, None, None]
    return torch.ones(len(valid), 1, dtype=torch.bool)


def motions(group: Group, shifts: tuple[Shift, ...]) -> list[Motion]:
    """Return every element but the identity, every shift, and for every element a product.

    The products take the shifts in turn.
    """
    turns = [Motion(h) for h in range(1, group.order)]
    moves = [Motion(0, shift) for shift in shifts]
    products = [Motion(h, shifts[h % len(shifts)]) for h in range(1, group.order) if shifts]
    return turns + moves + products
