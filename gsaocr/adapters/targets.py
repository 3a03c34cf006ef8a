"""Which maps of the recognizer an adapter changes: parts and kinds of maps, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from gsaocr.errors import UsageError
from gsaocr.recognizer.model import Recognizer

PARTS = {
    "encoder": ("encoder.", "upper.", "ctc_head"),
    "lower": ("encoder.",),
    "upper": ("upper.", "ctc_head"),
    "decoder": ("decoder.",),
}
"""Module paths of each part; ``encoder`` is ``lower`` (the group layers) and ``upper`` together.

Cross-attention is the decoder's: it is a layer of the decoder.
"""

TARGETS = {
    "q": (".phi_qry",),
    "k": (".phi_key",),
    "v": (".phi_val",),
    "out": (".phi_out",),
    "mlp": (".mlp.expand", ".mlp.contract"),
    "columns": ("upper.columns",),
    "head": ("ctc_head", "ctc_head.known"),
}
"""Ends of the module paths of each kind of map. ``columns`` turns patches into steps."""

LARGEST_SHARE = 0.05
"""Share of trainable parameters up to which :func:`automatic_rank` goes."""

_RANKS = (16, 12, 8, 6, 4, 3, 2, 1)


def target_paths(model: Recognizer, parts: Iterable[str], targets: Iterable[str]) -> list[str]:
    """Return the paths of the linear maps of these parts and kinds, in the model's order.

    Raises:
        UsageError: an unknown part or kind, or a choice that names no map at all.
    """
    begins = tuple(p for part in parts for p in _known(part, PARTS, "--parts"))
    ends = tuple(e for target in targets for e in _known(target, TARGETS, "--targets"))
    paths = [
        path
        for path, module in model.named_modules()
        if isinstance(module, nn.Linear) and path.startswith(begins) and path.endswith(ends)
    ]
    if not paths:
        raise UsageError("--targets", "no map of the chosen parts is meant", "choose others")
    return paths


def update_parameters(model: nn.Module, paths: Sequence[str]) -> int:
    """Return the parameters that updates of rank 1 have; those of rank r have r times as many."""
    maps = [model.get_submodule(path) for path in paths]
    return sum(m.in_features + m.out_features for m in maps if isinstance(m, nn.Linear))


def automatic_rank(model: nn.Module, paths: Sequence[str]) -> int:
    """Return the largest usual rank that keeps the trainable share within 5 per cent."""
    frozen = sum(p.numel() for p in model.parameters())
    one = update_parameters(model, paths)
    return next((r for r in _RANKS if r * one <= LARGEST_SHARE * (frozen + r * one)), 1)


def _known(name: str, names: dict[str, tuple[str, ...]], option: str) -> tuple[str, ...]:
    if name not in names:
        raise UsageError(f"{option} {name}", "unknown", f"use {', '.join(names)}")
    return names[name]
