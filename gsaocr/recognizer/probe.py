"""Whether a network computes anything: a small fixed line, read once through all its parts."""

from __future__ import annotations

import torch
from torch import Tensor

from gsaocr.recognizer.model import Recognizer

_WIDTH = 32  # pixels of the line; a multiple of the stride
_INK = (7, 3, 11)  # ink of the pixel (y, x): (7 y + 3 x) mod 11, in tenths


@torch.inference_mode()
def unsound(model: Recognizer) -> str:
    """Return why no text can come out of a network; empty where nothing speaks against it.

    Weights that are finite one by one can overflow in the sums that they are used for. What is
    not a number is then read as a blank page, which is worse than an error.
    """
    device = next(model.parameters()).device
    height = model.config.line_height
    y, x = torch.arange(height)[:, None], torch.arange(_WIDTH)[None, :]
    image = ((_INK[0] * y + _INK[1] * x) % _INK[2]).to(device, torch.float32)[None] / 10
    frames, encoded = model(image, torch.ones_like(image, dtype=torch.bool))
    ids = torch.tensor([[model.config.charset.start, 1]], device=device)
    written = model.decoder(ids, encoded.steps, encoded.valid)
    outputs: tuple[Tensor, ...] = (frames, encoded.ctc_logits, written)
    if not all(bool(torch.isfinite(output).all()) for output in outputs):
        return "its numbers overflow: what it computes is not finite"
    if not bool((encoded.ctc_logits.amax(-1) > encoded.ctc_logits.amin(-1)).any()):
        return "it tells no character from another"
    return ""
