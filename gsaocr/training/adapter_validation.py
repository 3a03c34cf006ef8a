"""Quick readings for validation: best paths of the CTC head, or the decoder's free text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gsaocr.evaluation.metrics import count
from gsaocr.recognizer import ctc
from gsaocr.recognizer.decoding import LengthRule
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.model import Recognizer
from gsaocr.training.adapter_batches import image_batches
from gsaocr.training.adapter_data import TruthLine
from gsaocr.training.lower_cache import LowerCache

_PIXELS = 12_288  # summed width of a batch


def character_error_rate(
    model: Recognizer,
    lines: Sequence[TruthLine],
    device: torch.device,
    folded: bool,
    length: LengthRule | None = None,
    cache: LowerCache | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> float:
    """Return character errors per character of the truth, all readers taking part.

    Args:
        model: with or without an adapter attached.
        lines: to be read.
        device: where the model is.
        folded: compare in capitals.
        length: let the decoder write freely, bounded so; None reads the CTC head's best path.
        cache: of the lower part, where that is frozen.
        tell: gets the share of the lines that are read, 0 to 1, now and then.
    """
    if length is not None:
        reader = LineReader(model, device, "attention", length)
        texts = [reading.text for reading in reader.read_lines([x.image for x in lines])]
    else:
        charset = model.config.charset
        seen = log_probabilities(model, lines, device, cache, tell)
        texts = [charset.decode(list(ctc.best_path(p).ids)) for p in seen]
    counts = [
        count(*((line.text.upper(), text.upper()) if folded else (line.text, text)))
        for line, text in zip(lines, texts, strict=True)
    ]
    errors = sum(c.character_errors for c in counts)
    return errors / max(sum(c.characters for c in counts), 1)


@torch.inference_mode()
def log_probabilities(
    model: Recognizer,
    lines: Sequence[TruthLine],
    device: torch.device,
    cache: LowerCache | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> list[NDArray[np.float32]]:
    """Return the CTC head's log-probabilities (frames, classes) of each line."""
    found: dict[int, NDArray[np.float32]] = {}
    for numbers, batch in image_batches(lines, model.config, _PIXELS):
        images, valid = batch.on(device)
        keys = [("unchanged", lines[n].name) for n in numbers]
        field = cache.field(images, valid, keys) if cache else model.look(images, valid)
        encoded = model.read(field, torch.zeros(len(images), dtype=torch.long, device=device))
        log_probs = torch.log_softmax(encoded.ctc_logits.float(), -1).cpu().numpy()
        for row, number in enumerate(numbers):
            found[number] = log_probs[row, : int(encoded.frame_counts[row])]
        tell(len(found) / len(lines))
    return [found[n] for n in range(len(lines))]
