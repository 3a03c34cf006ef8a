"""Characters that the base does not know: rows of their own in the CTC head and the embedding.

The new rows are modules of their own beside the frozen ones, so an adapter holds nothing but them:
PEFT saves and loads them as ``modules_to_save``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.config import RecognizerConfig

EXTENSION_MODULES = ("ctc_head.extra", "decoder.embedding.extra")
"""Paths of the modules that hold the new rows."""


class ExtendedHead(nn.Module):
    """The CTC head with classes of new characters after the known ones, frame by frame."""

    def __init__(self, known: nn.Linear, frames: int, extra: int) -> None:
        super().__init__()
        self.known: nn.Module = known
        self.frames = frames
        self.extra = nn.Linear(known.in_features, frames * extra).to(known.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., width) to (..., frames x classes)."""
        split = (self.frames, -1)
        known, extra = self.known(x).unflatten(-1, split), self.extra(x).unflatten(-1, split)
        return torch.cat([known, extra], dim=-1).flatten(-2)


class ExtendedEmbedding(nn.Module):
    """The decoder's embedding with rows of new characters before the start and end symbols."""

    def __init__(self, known: nn.Embedding, extra: int) -> None:
        super().__init__()
        self.known = known
        self.extra = nn.Embedding(extra, known.embedding_dim).to(known.weight)

    @property
    def weight(self) -> Tensor:
        """All rows in the order of the extended ids, (classes, width)."""
        known = self.known.weight
        return torch.cat([known[:-2], self.extra.weight, known[-2:]])

    def forward(self, ids: Tensor) -> Tensor:
        """Map (...) to (..., width)."""
        return F.embedding(ids, self.weight)


def extended_config(config: RecognizerConfig, characters: str) -> RecognizerConfig:
    """Return the configuration with ``characters`` appended to the charset.

    Raises:
        ValueError: one of them is there already, or is given twice.
    """
    return replace(config, characters=Charset(config.characters + characters).characters)


def extension(
    head: nn.Linear, embedding: nn.Embedding, config: RecognizerConfig, characters: str
) -> tuple[ExtendedHead, ExtendedEmbedding]:
    """Return head and embedding with rows for ``characters``.

    A new character starts out as a copy of its base letter where the charset has that (ẽ as e),
    else as the mean of all characters, and a little less likely than it.
    """
    charset = config.charset
    wide = ExtendedHead(head, config.frames_per_step, len(characters))
    deep = ExtendedEmbedding(embedding, len(characters))
    with torch.no_grad():
        weight = head.weight.view(config.frames_per_step, -1, head.in_features)
        bias = head.bias.view(config.frames_per_step, -1)
        new_weight = wide.extra.weight.view(config.frames_per_step, -1, head.in_features)
        new_bias = wide.extra.bias.view(config.frames_per_step, -1)
        for place, character in enumerate(characters):
            rows = _like(charset, character)
            new_weight[:, place] = weight[:, rows].mean(1)
            new_bias[:, place] = bias[:, rows].mean(1) - 2.0
            deep.extra.weight[place] = embedding.weight[rows].mean(0)
    return wide, deep


def _like(charset: Charset, character: str) -> list[int]:
    base = unicodedata.normalize("NFD", character)[0]
    if base in charset.characters:
        return charset.encode(base)
    return list(range(1, len(charset.characters) + 1))
