"""A group field held as |H| readers, each in the coordinates of its own turned page.

For a grid of height x width, readers whose element keeps the sides see height x width; those whose
element exchanges them see width x height. Two batches therefore hold all readers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gsaocr.groups import Group

_GRID = (1, 2)  # dimensions of height and width in (batch, height, width, channels)


@dataclass(frozen=True)
class FrameField:
    """Features of readers in their own coordinates, and where they are more than padding.

    ``upright[:, n]`` belongs to element ``upright_elements[n]``, shape
    (batch, frames, height, width, channels); ``sideways`` likewise with the sides exchanged.
    ``upright_valid`` and ``sideways_valid`` have no channels. Some readers alone may be there;
    of a kind that has none the tensor is empty.
    """

    group: Group
    upright_elements: tuple[int, ...]
    sideways_elements: tuple[int, ...]
    upright: Tensor
    sideways: Tensor
    upright_valid: Tensor
    sideways_valid: Tensor

    @property
    def is_complete(self) -> bool:
        """Whether all |H| readers are there."""
        return len(self.upright_elements) + len(self.sideways_elements) == self.group.order

    def map(self, function: Callable[[Tensor, Tensor], Tensor]) -> FrameField:
        """Apply (features (n, h, w, c), valid (n, h, w)) -> features to every reader alike."""
        upright = _over_frames(function, self.upright, self.upright_valid)
        sideways = self.sideways
        if self.sideways_elements:
            sideways = _over_frames(function, self.sideways, self.sideways_valid)
        return self._with(upright, sideways)

    def regridded(
        self,
        function: Callable[[Tensor, Tensor], Tensor],
        upright_valid: Tensor,
        sideways_valid: Tensor,
    ) -> FrameField:
        """Apply a function that changes the grid to every reader alike.

        Args:
            function: (features (n, h, w, c), valid (n, h, w)) -> features on another grid.
            upright_valid: validity on that grid, (batch, frames, h', w').
            sideways_valid: the same of the sideways readers.
        """
        upright = _over_frames(function, self.upright, self.upright_valid)
        sideways = upright[:, :0]
        if self.sideways_elements:
            sideways = _over_frames(function, self.sideways, self.sideways_valid)
        return FrameField(
            self.group,
            self.upright_elements,
            self.sideways_elements,
            upright,
            sideways,
            upright_valid,
            sideways_valid,
        )

    def plus(self, other: FrameField) -> FrameField:
        """Return the sum of two fields of the same readers."""
        return self._with(self.upright + other.upright, self.sideways + other.sideways)

    def frame(self, element: int) -> tuple[Tensor, Tensor]:
        """Return one reader's features (batch, h, w, c) and their validity, own coordinates."""
        if element in self.upright_elements:
            n = self.upright_elements.index(element)
            return self.upright[:, n], self.upright_valid[:, n]
        n = self.sideways_elements.index(element)
        return self.sideways[:, n], self.sideways_valid[:, n]

    def to_common(self) -> Tensor:
        """Return the lifted map f(x, h): (batch, |H|, height, width, channels)."""
        maps = [
            self.group.act_on_image(self.frame(h)[0], h, _GRID) for h in range(self.group.order)
        ]
        return torch.stack(maps, dim=1)

    def from_common(self, lifted: Tensor) -> FrameField:
        """Return a field of the same readers from what :meth:`to_common` gives."""

        def own(elements: tuple[int, ...], like: Tensor) -> Tensor:
            if not elements:
                return like
            inverse = self.group.inverse
            maps = [self.group.act_on_image(lifted[:, h], inverse[h], _GRID) for h in elements]
            return torch.stack(maps, dim=1)

        return self._with(
            own(self.upright_elements, self.upright), own(self.sideways_elements, self.sideways)
        )

    def _with(self, upright: Tensor, sideways: Tensor) -> FrameField:
        return FrameField(
            self.group,
            self.upright_elements,
            self.sideways_elements,
            upright,
            sideways,
            self.upright_valid,
            self.sideways_valid,
        )


def _over_frames(
    function: Callable[[Tensor, Tensor], Tensor], features: Tensor, valid: Tensor
) -> Tensor:
    mapped = function(features.flatten(0, 1), valid.flatten(0, 1))
    return mapped.reshape(*features.shape[:2], *mapped.shape[1:])
