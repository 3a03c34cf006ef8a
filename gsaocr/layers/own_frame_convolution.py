"""Depthwise convolution in each reader's own frame: local work where attention would cost too much.

It is spatial attention whose weights depend on the offset alone, rho(h1^-1 (x_j - x_i)), so it is
exactly as equivariant (docs/equivariance.md), for a hundredth of the time on a whole page.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class OwnFrameConvolution(nn.Module):
    """A depthwise convolution in the reader's own frame and a linear map of the channels.

    Args:
        width: channels.
        reach: rows and columns of the own frame that are seen to each side.
    """

    def __init__(self, width: int, reach: tuple[int, int]) -> None:
        super().__init__()
        rows, columns = reach
        self.near = nn.Conv2d(
            width, width, (2 * rows + 1, 2 * columns + 1), padding=reach, groups=width
        )
        self.phi_out = nn.Linear(width, width)

    def forward(self, features: Tensor, valid: Tensor) -> Tensor:
        """Map (n, height, width, channels) in own coordinates to the same; ``valid`` (n, h, w)."""
        seen = (features * valid.unsqueeze(-1)).permute(0, 3, 1, 2)
        out: Tensor = self.phi_out(F.silu(self.near(seen).permute(0, 2, 3, 1)))
        return out
