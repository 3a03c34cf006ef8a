"""The lower part of the encoder: a GSA-Net from line images to a group field of patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.groups import Group, group
from gsaocr.layers.frames import FrameField
from gsaocr.layers.full_group_attention import FullGroupAttention, check_form
from gsaocr.layers.group_attention import FibreAttention, SpatialAttention
from gsaocr.layers.lifting import lift
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.stem import Stem


class MLP(nn.Module):
    """Two linear maps with a GELU between them."""

    def __init__(self, width: int, factor: int) -> None:
        super().__init__()
        self.expand = nn.Linear(width, factor * width)
        self.contract = nn.Linear(factor * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., width) to the same."""
        out: Tensor = self.contract(F.gelu(self.expand(x)))
        return out


class LowerBlock(nn.Module):
    """Spatial attention, fibre attention and MLP, each normed first and added to its input."""

    def __init__(self, config: RecognizerConfig, of: Group) -> None:
        super().__init__()
        width = config.lower_width
        self.norm_spatial = nn.LayerNorm(width)
        self.spatial = SpatialAttention(
            width, config.lower_heads, config.frequencies, config.window
        )
        self.norm_fibre = nn.LayerNorm(width)
        self.fibre: FibreAttention | FullGroupAttention
        if config.group_attention == "factorised":
            self.fibre = FibreAttention(width, config.lower_heads, of)
        else:
            self.fibre = FullGroupAttention(
                width,
                config.lower_heads,
                config.frequencies,
                of,
                check_form(config.group_attention),
                reach=min(config.window),
            )
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, config.lower_mlp)
        # Readers begin without talking; what they read upright is not disturbed at first.
        self.silence_fibre()

    def silence_fibre(self) -> None:
        """Set the output map of the fibre attention to zero."""
        nn.init.zeros_(self.fibre.phi_out.weight)
        nn.init.zeros_(self.fibre.phi_out.bias)

    def forward(self, field: FrameField) -> FrameField:
        """Map a field to a field; without all readers there is no fibre attention."""
        field = field.map(lambda x, valid: x + self.spatial(self.norm_spatial(x), valid))
        if field.is_complete:
            field = field.plus(self.fibre(field.map(lambda x, _: self.norm_fibre(x))))
        return field.map(lambda x, _: x + self.mlp(self.norm_mlp(x)))


class GroupEncoder(nn.Module):
    """Patch embedding, lifting self-attention and lower blocks; equivariant as a whole."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        width = config.lower_width
        self.group = group(config.group)
        self.stem = Stem(config.stem_channels, width)
        self.lifting = SpatialAttention(
            width, config.lower_heads, config.frequencies, config.window
        )
        self.blocks = nn.ModuleList(
            LowerBlock(config, self.group) for _ in range(config.lower_blocks)
        )
        self.norm = nn.LayerNorm(width)

    def silence_fibres(self) -> None:
        """Set the fibre attention to zero and keep training from it: readers no longer talk."""
        for block in self.blocks:
            lower = cast(LowerBlock, block)
            lower.silence_fibre()
            lower.fibre.requires_grad_(False)

    def forward(
        self, images: Tensor, valid: Tensor, readers: Sequence[int] | None = None
    ) -> FrameField:
        """Map line images (batch, height, width) to their group field.

        Args:
            images: prepared lines, ink 1 on paper 0; both sides multiples of 8.
            valid: (batch, height, width), False in the padding.
            readers: run these elements' readers alone, each for its share of the cost; they then
                read what they would read with the fibre attention at zero. None: all.
        """
        field = lift(images, valid, self.group, self.stem, readers)
        field = field.map(lambda x, where: x + self.lifting(x, where))
        for block in self.blocks:
            field = block(field)
        return field.map(lambda x, _: self.norm(x))
