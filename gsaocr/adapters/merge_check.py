"""Whether a merged model reads as the base with the adapters beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.adapter import Adapter
from gsaocr.recognizer.decoding import DEFAULT_DECODE, Decode, LengthRule, check_decode
from gsaocr.recognizer.line_image import prepare_line
from gsaocr.recognizer.line_reader import LineImage, LineReader
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import ModelFile


@dataclass(frozen=True)
class MergeDifference:
    """Attached and merged, compared."""

    lines: int
    largest: float
    """Largest absolute difference of CTC logits."""
    scale: float
    """Largest absolute CTC logit."""
    texts: int
    """Lines that are read differently."""


def compare(
    base: ModelFile,
    adapters: Sequence[tuple[Adapter, float]],
    whole: Recognizer,
    images: Sequence[LineImage],
) -> MergeDifference | None:
    """Compare a merged model with its base and the one adapter beside it.

    Returns None without images, and for several adapters or weights other than 1: then there is
    nothing attached that it could be compared with.
    """
    if not images or len(adapters) != 1 or adapters[0][1] != 1.0:
        return None
    adapter = adapters[0][0]
    how, length = check_decode(adapter.config.decode or DEFAULT_DECODE), adapter.config.length
    expected = [_logits(whole, image) for image in images]
    merged_texts = _texts(whole, how, length, images)
    beside = adapted_model(base, adapter)
    found = [_logits(beside, image) for image in images]
    texts = _texts(beside, how, length, images)
    pairs = list(zip(expected, found, strict=True))
    return MergeDifference(
        len(images),
        max(float((a - b).abs().max()) for a, b in pairs),
        max(float(a.abs().max()) for a in expected),
        sum(a != b for a, b in zip(merged_texts, texts, strict=True)),
    )


@torch.inference_mode()
def _logits(model: Recognizer, image: LineImage) -> Tensor:
    pixels = torch.from_numpy(prepare_line(image, model.config.line_height).pixels)[None]
    logits: Tensor = model(pixels, torch.ones_like(pixels, dtype=torch.bool))[1].ctc_logits
    return logits


def _texts(
    model: Recognizer, how: Decode, length: LengthRule | None, images: Sequence[LineImage]
) -> list[str]:
    reader = LineReader(model, torch.device("cpu"), how, length)
    return [r.text for r in reader.read_lines([np.ascontiguousarray(i) for i in images])]
