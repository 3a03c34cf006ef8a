"""Lifting: from an image to |H| readers, each of whom sees the image turned its own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsaocr.groups import Group
from gsaocr.layers.frames import FrameField


def lift(
    images: Tensor,
    valid: Tensor,
    group: Group,
    embed: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    readers: Sequence[int] | None = None,
) -> FrameField:
    """Return E_h(i) = E(h^-1 . patch_i) for every h, in the own coordinates of reader h.

    The image is turned by h^-1 and one ordinary embedding is run on it; the embedding has to
    commute with nothing, but its strides must divide both sides and its padding be symmetric
    (paper, section 4, with the action on the pixels of a patch).

    Args:
        images: (batch, height, width).
        valid: (batch, height, width), False in the padding.
        group: the group of turns.
        embed: (images (n, h, w), valid) -> (features (n, h', w', c), valid (n, h', w')).
        readers: make these alone; None: all.
    """
    elements = tuple(range(group.order)) if readers is None else tuple(sorted(readers))
    upright = tuple(h for h in elements if not group.swaps_sides(h))
    sideways = tuple(h for h in elements if group.swaps_sides(h))

    def see(chosen: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        def turned(t: Tensor) -> Tensor:
            views = [group.act_on_image(t, group.inverse[h]) for h in chosen]
            return torch.stack(views, dim=1).flatten(0, 1)

        features, where = embed(turned(images), turned(valid))
        shape = (images.shape[0], len(chosen))
        return (
            features.reshape(*shape, *features.shape[1:]),
            where.reshape(*shape, *where.shape[1:]),
        )

    upright_features, upright_valid = see(upright)
    if sideways:
        sideways_features, sideways_valid = see(sideways)
    else:
        sideways_features, sideways_valid = upright_features[:, :0], upright_valid[:, :0]
    return FrameField(
        group,
        upright,
        sideways,
        upright_features,
        sideways_features,
        upright_valid,
        sideways_valid,
    )
