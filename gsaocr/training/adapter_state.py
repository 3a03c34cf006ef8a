"""Resume state of an adapter's training: safetensors and JSON, written as a whole."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from gsaocr.errors import OutputError, TrainingError

FOLDER = "training"
"""Folder of the state inside the adapter's folder; it is removed once the adapter is written."""


@dataclass
class AdapterProgress:
    """What has been done so far, over all runs."""

    steps: int = 0
    epoch: int = 0
    """The epoch under way."""
    batch: int = 0
    """Batches of that epoch that are done."""
    lines: int = 0
    """Lines trained on."""
    minutes: float = 0.0
    validations: int = 0
    best: float = float("inf")
    """Lowest CER on the validation lines."""
    since_best: int = 0
    """Validations since then."""
    before: float = float("nan")
    """CER before the training."""


def save_adapter_state(
    out: Path,
    settings: str,
    progress: AdapterProgress,
    values: dict[str, Tensor],
    best: dict[str, Tensor],
    optimizer: Optimizer,
) -> None:
    """Write the state; the JSON file comes last and makes it valid.

    Raises:
        OutputError: the disk is full or the folder can't be written.
    """
    folder = out / FOLDER
    tensors = {f"value/{n}": t for n, t in values.items()}
    tensors |= {f"best/{n}": t for n, t in best.items()}
    for place, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            tensors[f"optimizer/{place}/{key}"] = torch.as_tensor(value)
    name = f"state-{progress.steps}.safetensors"
    summary = {"settings": settings, "progress": asdict(progress), "file": name}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, folder / name)
        partial = folder / "state.json.part"
        partial.write_text(json.dumps(summary, indent=1), encoding="utf-8")
        partial.replace(folder / "state.json")
        for old in folder.glob("state-*.safetensors"):
            if old.name != name:
                old.unlink()
    except (OSError, SafetensorError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise OutputError(str(folder), f"can't be written ({cause})", "make room") from None


def load_adapter_state(out: Path, settings: str) -> tuple[AdapterProgress, dict[str, Tensor]]:
    """Read what :func:`save_adapter_state` wrote.

    Raises:
        TrainingError: there is none, it is broken, or it belongs to other settings.
    """
    folder = out / FOLDER
    try:
        summary: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        progress = AdapterProgress(**summary["progress"])
        tensors = load_file(folder / Path(summary["file"]).name)
        before = str(summary["settings"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainingError(
            str(folder), f"no usable resume state ({error})", "start anew without --resume"
        ) from None
    if before != settings:
        cause = "the interrupted training had other options, another base or other data"
        raise TrainingError(str(folder), cause, "give the same ones, or start anew")
    return progress, tensors


def restore_optimizer_state(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimiser its state back."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, place, key = name.split("/")
            state.setdefault(int(place), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def remove_adapter_state(out: Path) -> None:
    """Remove the state: the adapter is written."""
    shutil.rmtree(out / FOLDER, ignore_errors=True)
