"""Resume state: safetensors and JSON in files small enough to be moved about, never pickled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor
from torch.optim import Optimizer

from gsaocr.errors import TrainingError
from gsaocr.whole_file import write_whole

_PART = re.compile(r"state-\d+-\d+\.safetensors")
_LARGEST = 14 * 2**20  # bytes of one file

Config = TypeVar("Config")


class HasJson(Protocol):
    """The configuration of a network."""

    def to_json(self) -> str:
        """Return it as JSON."""
        ...


@dataclass
class Progress:
    """What has been done over all runs."""

    steps: int = 0
    """Optimiser steps."""
    lines: int = 0
    """Lines trained on; for the finder, crops of pages."""
    minutes: float = 0.0
    """Minutes of training."""


def save_state(
    folder: Path,
    config: HasJson,
    progress: Progress,
    weights: dict[str, Tensor],
    average: dict[str, Tensor],
    optimizers: list[Optimizer],
) -> None:
    """Write the resume state; the JSON file is written last and makes it valid.

    Raises:
        OutputError: the folder can't be written.
    """
    tensors = {f"weights/{n}": t for n, t in weights.items()}
    tensors |= {f"average/{n}": t for n, t in average.items()}
    for number, optimizer in enumerate(optimizers):
        for place, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimizer{number}/{place}/{key}"] = torch.as_tensor(value)
    generation = progress.steps
    files: list[str] = []
    for number, part in enumerate(_parts(tensors)):
        name = f"state-{generation}-{number}.safetensors"
        content = save({n: t.detach().cpu().contiguous() for n, t in part.items()})
        write_whole(folder / name, content, "make room")
        files.append(name)
    summary = {"config": config.to_json(), "progress": asdict(progress), "files": files}
    write_whole(folder / "state.json", json.dumps(summary, indent=1).encode(), "make room")
    for old in folder.iterdir():
        if _PART.fullmatch(old.name) and old.name not in files:
            old.unlink()


def load_state(
    folder: Path, parse: Callable[[str], Config]
) -> tuple[Config, Progress, dict[str, Tensor]]:
    """Read what :func:`save_state` wrote; tensors are named as they were written.

    Args:
        folder: of the state.
        parse: makes the network's configuration of its JSON; raises ``ValueError``.

    Raises:
        TrainingError: the state is missing or broken.
    """
    try:
        summary: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        config = parse(summary["config"])
        progress = Progress(**summary["progress"])
        tensors: dict[str, Tensor] = {}
        for name in summary["files"]:
            tensors |= load_file(folder / Path(name).name)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
        raise TrainingError(
            str(folder), f"no usable resume state ({error})", "start a new run without --resume"
        ) from None
    return config, progress, tensors


def restore_optimizer(optimizer: Optimizer, number: int, tensors: dict[str, Tensor]) -> bool:
    """Give an optimiser its state back; False if there is none or it doesn't fit."""
    prefix = f"optimizer{number}/"
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix):
            place, key = name[len(prefix) :].split("/")
            state.setdefault(int(place), {})[key] = tensor
    current = optimizer.state_dict()
    if not state:
        return False
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for index, entries in state.items():
        if index >= len(parameters) or any(
            t.dim() and t.shape != parameters[index].shape for t in entries.values()
        ):
            return False
    optimizer.load_state_dict({"state": state, "param_groups": current["param_groups"]})
    return True


def _parts(tensors: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    parts: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in tensors.items():
        bytes_ = tensor.numel() * tensor.element_size()
        if parts[-1] and size + bytes_ > _LARGEST:
            parts.append({})
            size = 0
        parts[-1][name] = tensor
        size += bytes_
    return parts
