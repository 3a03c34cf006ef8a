"""Patch embedding: pixels to patches of 8 x 8, by three strided convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class Stem(nn.Module):
    """Embeds an image as one reader sees it; it has to commute with no turn.

    Strides divide the sides and padding is symmetric, so that a turned image gives patches on the
    turned grid. Everything outside ``valid`` is zero before each convolution: a padded line gives
    the same patches as the line alone.

    Args:
        channels: after the first and the second halving.
        width: channels of a patch.
        colours: channels of the image; with one, images come without their dimension.
    """

    def __init__(self, channels: tuple[int, int], width: int, colours: int = 1) -> None:
        super().__init__()
        first, second = channels
        self.halve1 = nn.Conv2d(colours, first, 4, stride=2, padding=1)
        self.norm1 = nn.LayerNorm(first)
        self.halve2 = nn.Conv2d(first, second, 4, stride=2, padding=1)
        self.norm2 = nn.LayerNorm(second)
        self.refine = nn.Conv2d(second, second, 3, padding=1)
        self.norm3 = nn.LayerNorm(second)
        self.halve3 = nn.Conv2d(second, width, 2, stride=2)
        self.norm4 = nn.LayerNorm(width)

    def forward(self, images: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Map images and their validity (n, height, width) to patches and theirs.

        Args:
            images: (n, height, width), or (n, colours, height, width).
            valid: (n, height, width).

        Returns:
            (n, height / 8, width / 8, channels) and (n, height / 8, width / 8).
        """
        x = (images if images.dim() == 4 else images.unsqueeze(1)).permute(0, 2, 3, 1)
        x = _masked(x, valid)
        x, valid = self._halve(self.halve1, self.norm1, x, valid)
        x, valid = self._halve(self.halve2, self.norm2, x, valid)
        x = x + _masked(F.silu(self.norm3(_convolve(self.refine, x))), valid)
        x = self.norm4(_convolve(self.halve3, x))
        return x, valid[:, ::2, ::2]

    @staticmethod
    def _halve(
        convolution: nn.Conv2d, norm: nn.LayerNorm, x: Tensor, valid: Tensor
    ) -> tuple[Tensor, Tensor]:
        # Sides and lengths are multiples of 8: a patch is valid as a whole or not at all.
        valid = valid[:, ::2, ::2]
        return _masked(F.silu(norm(_convolve(convolution, x))), valid), valid


def _masked(x: Tensor, valid: Tensor) -> Tensor:
    """Set (n, h, w, c) to zero in the padding; where there is none, nothing is done."""
    return x if bool(valid.all()) else x.masked_fill(~valid.unsqueeze(-1), 0.0)


def _convolve(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """Convolve (n, h, w, c) as it lies in memory: channels last."""
    convolved: Tensor = convolution(x.permute(0, 3, 1, 2))
    return convolved.permute(0, 2, 3, 1)
