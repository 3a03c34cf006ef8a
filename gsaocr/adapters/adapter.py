"""An adapter as a value: what it was made for, what it changes, and its tensors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from torch import Tensor

from gsaocr.errors import AdapterError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.decoding import LengthRule


@dataclass(frozen=True)
class BaseIdentity:
    """The base model that an adapter belongs to."""

    fingerprint: str
    """SHA-256 over the base's tensors (:func:`gsaocr.recognizer.weights.fingerprint`)."""
    group: str
    """Its group of turns."""
    charset: str
    """SHA-256 of its characters in their order, without the adapter's own."""


@dataclass(frozen=True)
class AdapterConfig:
    """What an adapter changes and how it is read with."""

    rank: int = 4
    """Rank of the updates, unless ``ranks`` says otherwise."""
    alpha: float = 8.0
    """Numerator of the scaling, unless ``alphas`` says otherwise."""
    dropout: float = 0.0
    """Dropout on the inputs of the updates while training."""
    rslora: bool = False
    """Whether the scaling is alpha / sqrt(rank) instead of alpha / rank."""
    paths: tuple[str, ...] = ()
    """Module paths of the maps that have an update."""
    ranks: dict[str, int] = field(default_factory=dict)
    """Ranks of single maps, by path."""
    alphas: dict[str, float] = field(default_factory=dict)
    """Alphas of single maps, by path."""
    characters: str = ""
    """Characters that the adapter adds to the base's charset."""
    decode: str = ""
    """The way of decoding that the adapter was trained for; empty: any."""
    length: LengthRule | None = None
    """How long a reading may become where the decoder writes without a draft."""

    def rank_of(self, path: str) -> int:
        """Return the rank of one map's update."""
        return self.ranks.get(path, self.rank)

    def alpha_of(self, path: str) -> float:
        """Return the alpha of one map's update."""
        return self.alphas.get(path, self.alpha)


@dataclass(frozen=True)
class Adapter:
    """An adapter in memory; tensors are float32 on the CPU, named by module path."""

    config: AdapterConfig
    base: BaseIdentity
    tensors: dict[str, Tensor]
    """``PATH.lora_A.weight``, ``PATH.lora_B.weight`` and the rows of added characters."""
    name: str = ""
    """How it is called in messages: its folder's name."""
    metadata: dict[str, str] = field(default_factory=dict)
    """What else its file says of itself."""

    @property
    def low_rank_parameters(self) -> int:
        """Number of entries of all A and B."""
        return sum(t.numel() for n, t in self.tensors.items() if ".lora_" in n)

    @property
    def added_rows(self) -> int:
        """Number of entries of the rows of added characters."""
        return sum(t.numel() for n, t in self.tensors.items() if ".lora_" not in n)


def charset_hash(characters: str) -> str:
    """Return the SHA-256 of a charset's characters in their order."""
    return hashlib.sha256(characters.encode("utf-8")).hexdigest()


def identity(config: RecognizerConfig, fingerprint: str) -> BaseIdentity:
    """Return the identity of a base model."""
    return BaseIdentity(fingerprint, config.group, charset_hash(config.characters))


def check_base(adapter: Adapter, base: BaseIdentity, same_weights: bool = True) -> None:
    """Raise AdapterError unless the adapter was made for this base.

    Without ``same_weights`` another base of the same group and charset will do: it has to, for an
    adapter to be trained on from there.
    """
    repair = "give the base it was made for with --model, or train it on with --start"
    if same_weights and adapter.base.fingerprint != base.fingerprint:
        cause = (
            f"made for the base {adapter.base.fingerprint[:12]}, not for {base.fingerprint[:12]}"
        )
        raise AdapterError(adapter.name or "adapter", cause, repair)
    for what in ("group", "charset"):
        if getattr(adapter.base, what) != getattr(base, what):
            raise AdapterError(adapter.name or "adapter", f"made for another {what}", repair)
