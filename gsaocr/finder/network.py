"""The finder: from a page in colour to what each reader of the group field says stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from gsaocr.finder.config import FinderConfig
from gsaocr.groups import Group, group
from gsaocr.layers.frames import FrameField
from gsaocr.layers.group_attention import FibreAttention
from gsaocr.layers.lifting import lift
from gsaocr.layers.own_frame_convolution import OwnFrameConvolution
from gsaocr.recognizer.encoder import MLP
from gsaocr.recognizer.stem import Stem

PART_CHANNELS = (
    "level",  # logit: a line's x-height band runs along my rows here, either way up
    "up",  # logit: and it stands upright for me
    "lower",  # to the band's lower edge, in cells downwards
    "size",  # log2(x-height / 8 px)
    "left",  # logit: the line has its left end within a part of here
    "right",  # logit: its right end
    "left_at",  # to that end, in cells to the right
    "right_at",
    "rule",  # logit: a drawn rule runs along my rows here
)
"""What is said of every part of a cell, 4 x 4 px; places are in the reader's own coordinates."""
CELL_CHANNELS = (
    "light",  # logit: light letters on dark ground
    "finer",  # logit: there is text here that is too small for this level
    "box",  # logits: inside a drawn box,
    "comb",  # a field with a place for each letter,
    "picture",  # a picture or an ornament,
    "code",  # bars or squares for machines,
    "stamp",
    "handwriting",
    "formula",
)
"""What is said of every cell, 8 x 8 px."""
_RARE = ("level", "left", "right", "rule", "finer", *CELL_CHANNELS[2:])
_RARE_BIAS = -2.0  # the logit of what is mostly not there, before anything is learnt


class FinderBlock(nn.Module):
    """Convolution in the own frame, fibre attention in some, and MLP, each normed and added."""

    def __init__(self, width: int, config: FinderConfig, fibre_on: Group | None) -> None:
        super().__init__()
        self.norm_spatial = nn.LayerNorm(width)
        self.spatial = OwnFrameConvolution(width, config.reach)
        self.norm_fibre: nn.LayerNorm | None = None
        self.fibre: FibreAttention | None = None
        if fibre_on is not None:
            self.norm_fibre = nn.LayerNorm(width)
            self.fibre = FibreAttention(width, config.heads, fibre_on)
            # Readers begin without talking; what one has learnt alone isn't disturbed at first.
            nn.init.zeros_(self.fibre.phi_out.weight)
            nn.init.zeros_(self.fibre.phi_out.bias)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, config.mlp)

    def forward(self, field: FrameField) -> FrameField:
        """Map a field to a field; readers who are not all there don't talk."""
        field = field.map(lambda x, valid: x + self.spatial(self.norm_spatial(x), valid))
        if self.fibre is not None and field.is_complete:
            norm = cast(nn.LayerNorm, self.norm_fibre)
            field = field.plus(self.fibre(field.map(lambda x, _: norm(x))))
        return field.map(lambda x, _: x + self.mlp(self.norm_mlp(x)))


class Finder(nn.Module):
    """Patch embedding, blocks on two grids and head: equivariant as a whole, any size of page."""

    def __init__(self, config: FinderConfig) -> None:
        super().__init__()
        self.config = config
        self.group = group(config.group)
        width, coarse_width = config.width, config.coarse_width
        before, after = config.fine_blocks
        self.stem = Stem(config.stem_channels, width, colours=3)
        self.before = self._blocks(width, before)
        # Patches of 2 x 2 cells, cut and put back in the own frame: they commute with every turn.
        self.gather = nn.Linear(4 * width, coarse_width)
        self.coarse = self._blocks(coarse_width, config.coarse_blocks, last_talks=True)
        self.norm_coarse = nn.LayerNorm(coarse_width)
        self.spread = nn.Linear(coarse_width, 4 * width)
        self.after = self._blocks(width, after, last_talks=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 4 * len(PART_CHANNELS) + len(CELL_CHANNELS))
        with torch.no_grad():
            for name in _RARE:
                self.head.bias[_channels(name)] = _RARE_BIAS

    def _blocks(self, width: int, count: int, last_talks: bool = False) -> nn.ModuleList:
        talks = [last_talks and n == count - 1 for n in range(count)]
        return nn.ModuleList(
            FinderBlock(width, self.config, self.group if talk else None) for talk in talks
        )

    @property
    def fibres(self) -> list[FibreAttention]:
        """The layers in which the readers talk."""
        return [m for m in self.modules() if isinstance(m, FibreAttention)]

    @property
    def fibres_are_silent(self) -> bool:
        """Whether the readers don't talk: each can be run alone then, with the same result."""
        return not any(bool(p.any()) for f in self.fibres for p in f.phi_out.parameters())

    def forward(self, pages: Tensor, valid: Tensor, only_first: bool = False) -> FrameField:
        """Map pages to what all readers say of them, in their own coordinates.

        Args:
            pages: (batch, 3, height, width) in -1 to 1; both sides multiples of 16
                (:func:`gsaocr.finder.pyramid.whole_cells`).
            valid: (batch, height, width), False in the padding of a batch.
            only_first: run the reader of the identity alone; it then says what it says with the
                fibre attention at zero.

        Returns:
            a field of (batch, frames, height / 8, width / 8, channels); :func:`unpacked` names the
            channels.
        """
        field = lift(pages, valid, self.group, self.stem, (0,) if only_first else None)
        for block in self.before:
            field = block(field)
        where = (field.upright_valid, field.sideways_valid)
        seen = field.regridded(lambda x, _: self.gather(_gathered(x)), *map(_halved, where))
        for block in self.coarse:
            seen = block(seen)
        wide = seen.regridded(lambda x, _: _spread(self.spread(self.norm_coarse(x))), *where)
        field = field.plus(wide)
        for block in self.after:
            field = block(field)
        return field.map(lambda x, _: self.head(self.norm(x)))

    def one_reader(self, pages: Tensor, valid: Tensor, element: int) -> Tensor:
        """Return what one reader alone says of the pages, (batch, h, w, channels), own coordinates.

        The others are not run, so it hears nothing of them: the same as in the whole field where
        :attr:`fibres_are_silent`.
        """
        inverse = self.group.inverse[element]
        turned = self.group.act_on_image(pages, inverse)
        field = self(turned, self.group.act_on_image(valid, inverse), only_first=True)
        said: Tensor = field.upright[:, 0]
        return said


@dataclass(frozen=True)
class Said:
    """What one reader says, in its own coordinates; logits where it is a question of yes or no."""

    parts: dict[str, Tensor]
    """Of :data:`PART_CHANNELS`, each (batch, 2 h, 2 w): a value for 4 x 4 px."""
    cells: dict[str, Tensor]
    """Of :data:`CELL_CHANNELS`, each (batch, h, w): a value for 8 x 8 px."""


def unpacked(values: Tensor) -> Said:
    """Return what the channels of one reader (batch, h, w, channels) say, by name."""
    batch, height, width, _ = values.shape
    count = len(PART_CHANNELS)
    parts = values[..., : 4 * count].reshape(batch, height, width, count, 2, 2)
    parts = parts.permute(3, 0, 1, 4, 2, 5).reshape(count, batch, 2 * height, 2 * width)
    cells = values[..., 4 * count :].permute(3, 0, 1, 2)
    return Said(
        dict(zip(PART_CHANNELS, parts, strict=True)), dict(zip(CELL_CHANNELS, cells, strict=True))
    )


def _gathered(x: Tensor) -> Tensor:
    """(n, h, w, c) -> (n, h / 2, w / 2, 4 c)."""
    n, h, w, c = x.shape
    return x.view(n, h // 2, 2, w // 2, 2, c).transpose(2, 3).reshape(n, h // 2, w // 2, 4 * c)


def _spread(x: Tensor) -> Tensor:
    """(n, h, w, 4 c) -> (n, 2 h, 2 w, c)."""
    n, h, w, c = x.shape
    return x.view(n, h, w, 2, 2, c // 4).transpose(2, 3).reshape(n, 2 * h, 2 * w, c // 4)


def _halved(valid: Tensor) -> Tensor:
    """Validity (batch, frames, h, w) on the grid of 2 x 2 cells."""
    return valid[..., ::2, ::2]


def _channels(name: str) -> slice:
    """Where a channel stands in the head's output: four places for a part's."""
    if name in PART_CHANNELS:
        start = 4 * PART_CHANNELS.index(name)
        return slice(start, start + 4)
    start = 4 * len(PART_CHANNELS) + CELL_CHANNELS.index(name)
    return slice(start, start + 1)
