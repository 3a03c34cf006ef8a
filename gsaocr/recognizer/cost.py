"""What a recognizer costs: parameters, and floating-point operations per line."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from gsaocr.recognizer.model import Recognizer

BOOK_LINE = 90
"""Characters of the line that costs are stated for."""

PIXELS_PER_CHARACTER = 11
"""Width of an average printed character in a line prepared at 32 pixels height."""


def parameter_count(model: Recognizer) -> int:
    """Return the number of trainable values, decoder included."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def encoder_flops(
    model: Recognizer, characters: int = BOOK_LINE, readers: Sequence[int] | None = None
) -> int:
    """Return the operations from prepared line to CTC logits, a multiply-add counted as two.

    The line has ``characters`` average characters; it is seen by some readers (None: by all), and
    read in the identity's frame. Matrix products, convolutions and attentions are counted, as is
    usual; element-wise work is not.
    """
    config = model.config
    width = characters * PIXELS_PER_CHARACTER * config.line_height // 32
    width += -width % config.stride
    image = torch.zeros(1, config.line_height, width, device=next(model.parameters()).device)
    counter = FlopCounterMode(display=False)
    # The counter knows matrix products, not the CPU's fused attention kernel.
    with sdpa_kernel(SDPBackend.MATH), counter:
        model(image, torch.ones_like(image, dtype=torch.bool), readers)
    return int(counter.get_total_flops())
