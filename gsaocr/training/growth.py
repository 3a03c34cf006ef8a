"""A deeper recognizer that begins by reading exactly as the one it grew from.

New blocks stand between the trained ones and add nothing at first: the last map of each of their
three branches is zero, as in "Net2Net" (T. Chen et al., 2016) and its followers for residual
networks. What was learnt is kept, and the new blocks learn what is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from torch import nn

from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.upper import UpperBlock


def deepened(model: Recognizer, upper_blocks: int) -> Recognizer:
    """Return a recognizer with so many upper blocks that computes what ``model`` computes.

    Raises:
        ValueError: ``model`` has more blocks than that.
    """
    blocks = model.config.upper_blocks
    if upper_blocks < blocks:
        raise ValueError(f"a model of {blocks} upper blocks can't shrink to {upper_blocks}")
    deeper = Recognizer(replace(model.config, upper_blocks=upper_blocks))
    places = {number * upper_blocks // blocks: number for number in range(blocks)}
    weights = {n: t for n, t in model.state_dict().items() if not n.startswith("upper.blocks.")}
    for place, block in enumerate(deeper.upper.blocks):
        source = block
        if place in places:
            source = model.upper.blocks[places[place]]
        else:
            _add_nothing(cast(UpperBlock, block))
        weights |= {f"upper.blocks.{place}.{n}": t for n, t in source.state_dict().items()}
    deeper.load_state_dict(weights)
    return deeper


def _add_nothing(block: UpperBlock) -> None:
    lasts = (block.attention.phi_out, block.convolution.convolution, block.mlp.contract)
    for last in lasts:
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
