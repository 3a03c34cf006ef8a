"""The finder's configuration: one frozen dataclass, stored with the weights."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from gsaocr.strict_json import fields_like

STRIDE = 8
"""Pixels of the page, as scaled for a level, to a cell of the field."""
WHOLE = 16
"""Pixels that the sides of what the network is given are multiples of: two cells."""
PART = 4
"""Pixels to a part of a cell: every cell says its things for 2 x 2 parts."""

_MOST = 1024  # channels, heads, cells of reach
_MOST_BLOCKS = 32


@dataclass(frozen=True)
class FinderConfig:
    """Everything that is needed to build the network that a weights file belongs to."""

    group: str = "C4"
    """Group of turns: C1, C2, C4 or D4."""
    stem_channels: tuple[int, int] = (12, 24)
    """Channels of the patch embedding after its first and second halving."""
    width: int = 48
    """Channels of the group field."""
    fine_blocks: tuple[int, int] = (1, 1)
    """Blocks of convolution in the own frame and MLP on the grid of cells, before and after those
    on the coarser one."""
    coarse_width: int = 80
    """Channels of the group field on the grid of 2 x 2 cells, which sees twice as far."""
    coarse_blocks: int = 3
    """Blocks there; the last of them, and the last fine one, have fibre attention."""
    heads: int = 4
    """Attention heads of the fibre attention."""
    mlp: int = 2
    """Width of a block's MLP, in units of ``width``."""
    reach: tuple[int, int] = (2, 4)
    """Rows and columns of the own frame that a convolution sees to each side, in cells."""
    smallest: float = 4.3
    """Least x-height in pixels that the field answers for at full size; smaller text is left to
    a finer level of the pyramid."""
    largest: float = 13.0
    """Greatest x-height that it answers for; larger text is left to a coarser level."""

    def to_json(self) -> str:
        """Return the configuration as JSON with sorted keys."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FinderConfig:
        """Return the configuration written by :meth:`to_json`.

        Raises:
            ValueError: no JSON object, an unknown key, a value of the wrong type or out of bounds.
        """
        config = cls(**fields_like(cls(), text))
        check_bounds(config)
        return config


def check_bounds(config: FinderConfig) -> None:
    """Raise ValueError for a configuration that no network of sane size can be built of."""
    counts = {
        "stem_channels": config.stem_channels,
        "width": (config.width,),
        "coarse_width": (config.coarse_width,),
        "heads": (config.heads,),
        "mlp": (config.mlp,),
        "reach": config.reach,
    }
    for name, values in counts.items():
        if not all(1 <= value <= _MOST for value in values):
            raise ValueError(f"configuration key {name} is not from 1 to {_MOST}")
    for value in (*config.fine_blocks, config.coarse_blocks):
        if not 0 <= value <= _MOST_BLOCKS:
            raise ValueError(f"more blocks than {_MOST_BLOCKS}, or fewer than none")
    if config.width % config.heads or config.coarse_width % config.heads:
        raise ValueError("the heads do not divide the width")
    if not 1 <= config.smallest < config.largest <= _MOST:
        raise ValueError("smallest and largest are no range of x-heights")
