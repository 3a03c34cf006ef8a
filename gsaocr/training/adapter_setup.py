"""Before an adapter's training: options checked, lines found and shared out, lengths measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gsaocr.adapters.adapter import Adapter, AdapterConfig
from gsaocr.adapters.lora import scaling
from gsaocr.errors import TrainingError, UsageError
from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.decoding import LengthRule
from gsaocr.recognizer.weights import ModelFile
from gsaocr.synthesis.text import DOCUMENTS
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_data import TruthLine, TruthLines, limited, load_lines, split
from gsaocr.training.truth import truth_rule


def check_options(training: AdapterTraining) -> None:
    """Raise UsageError for options that make no sense."""
    if training.schedule not in ("cosine", "linear", "constant"):
        raise UsageError(f"--schedule {training.schedule}", "unknown", "cosine, linear, constant")
    if training.keep not in ("best", "last"):
        raise UsageError(f"--keep {training.keep}", "unknown", "best, last")
    if training.decode not in ("", "attention"):
        raise UsageError(f"--decode {training.decode}", "can't be trained for", "use attention")
    if training.decode == "attention" and "decoder" not in training.parts:
        raise UsageError("--decode attention", "needs the decoder", "add it to --parts")
    if training.render_as not in DOCUMENTS:
        raise UsageError(f"--render-as {training.render_as}", "unknown", ", ".join(DOCUMENTS))
    if training.precision not in ("auto", "float32", "bfloat16"):
        raise UsageError(
            f"--precision {training.precision}", "unknown", "use auto, float32 or bfloat16"
        )
    for name, value, low, high in (
        ("--rank", training.rank or 1, 1, 1024),
        ("--dropout", training.dropout, 0, 0.95),
        ("--epochs", training.epochs, 1e-3, 1e6),
        ("--minutes", training.minutes, 1e-3, 1e6),
        ("--augment", training.augmentation, 0, 1),
        ("--learning-rate", training.learning_rate, 1e-9, 1),
        ("--render-share", training.render_share, 0, 0.95),
    ):
        if not low <= value <= high:
            raise UsageError(f"{name} {value}", "out of range", f"use {low} to {high}")


def find_lines(
    training: AdapterTraining, base: ModelFile
) -> tuple[TruthLines, list[TruthLine], list[TruthLine]]:
    """Return the data, the lines to train on and those to validate on.

    Raises:
        InputError: data that can't be read.
        TrainingError: too few lines.
        UsageError: an unknown convention of the truth.
    """
    rule = truth_rule(training.truth)
    charset: Charset = base.model.config.charset
    data = load_lines(training.data, rule, charset, training.extend_charset)
    if training.validation:
        apart = load_lines(training.validation, rule, charset, training.extend_charset)
        train, validation = list(data.lines), limited(apart.lines, 300)
    else:
        train, validation = split(data.lines, training.validation_share, training.seed)
    train = limited(train, training.limit)
    if not train or not validation:
        raise TrainingError(
            ", ".join(map(str, training.data)), "too few lines to set some apart", "give more"
        )
    return data, train, validation


def begin_with(values: Mapping[str, Tensor], config: AdapterConfig, start: Adapter) -> None:
    """Set the values that another adapter has too; the others keep what they begin with.

    Args:
        values: A and B of all updates, by name.
        config: theirs; where its scaling differs from the other's, B makes up for it.
        start: the other adapter.

    Raises:
        UsageError: it has another rank, or not one value in common.
    """
    common = [name for name in values if name in start.tensors]
    what = f"--start {start.name}"
    if not common:
        raise UsageError(what, "it changes other maps", "see --parts and --targets")
    for name in common:
        if values[name].shape != start.tensors[name].shape:
            rank = start.config.rank
            raise UsageError(what, f"its rank is {rank}", f"use --rank {rank}, or leave it out")
    with torch.no_grad():
        for name in common:
            values[name].copy_(start.tensors[name])
            if name.endswith(".lora_B.weight"):
                path = name.removesuffix(".lora_B.weight")
                values[name].mul_(_scaling(start.config, path) / _scaling(config, path))


def _scaling(config: AdapterConfig, path: str) -> float:
    return scaling(config.rank_of(path), config.alpha_of(path), config.rslora)


def length_rule(lines: list[TruthLine], config: RecognizerConfig) -> LengthRule:
    """Return a length that hardly any training line exceeds, half as much again to be safe."""
    rates = []
    for line in lines:
        height, width = line.image.shape
        frames = width * config.line_height / height / config.frame_pixels
        rates.append(max(0, len(line.text) - 8) / max(frames, 1.0))
    return LengthRule(round(1.5 * float(np.quantile(rates, 0.995)), 4), 12)
