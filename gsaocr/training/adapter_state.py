"""Resume state of an adapter's training: safetensors and JSON in a folder of its own.

The folder is called so that nobody else's is: ``.gsaocr-training`` inside the adapter's folder. Of
what lies in it only the files that are written here are ever deleted, by their names.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor
from torch.optim import Optimizer

from gsaocr.errors import OutputError, TrainingError
from gsaocr.system import lock
from gsaocr.training.learning_curve import CurvePoint
from gsaocr.whole_file import is_partial, write_whole

FOLDER = ".gsaocr-training"
"""Folder of the state inside the adapter's folder; it is removed once the adapter is written."""

EARLIER_FOLDER = "training"
"""What it was called before; a state in it is still resumed."""

_SUMMARY, _LOCK = "state.json", "lock"
_TENSORS = re.compile(r"state-\d+\.safetensors")
_KEYS = {"settings", "progress", "file"}


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
    curve: list[list[float]] = field(default_factory=list)
    """A :class:`~gsaocr.training.learning_curve.CurvePoint` for each validation, as numbers."""


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold an adapter's folder: no other run trains into it meanwhile; it is made if need be.

    Raises:
        OutputError: another run holds it, or it can't be written.
    """
    folder = out / FOLDER
    repair = "choose another folder with -o"
    if os.path.islink(folder):
        raise OutputError(str(folder), "is a link to another place", repair)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_file = (folder / _LOCK).open("ab")
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(out), f"can't be written ({cause})", repair) from None
    with lock_file:
        try:
            lock(lock_file)
        except OSError:
            raise OutputError(str(out), "another run is training into it", repair) from None
        try:
            yield
        finally:
            if not (folder / _SUMMARY).exists():  # nothing to go on with
                _remove(folder)
                with contextlib.suppress(OSError):
                    out.rmdir()  # if it is empty


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
    content = save({n: t.detach().cpu().contiguous() for n, t in tensors.items()})
    write_whole(folder / name, content, "make room")
    write_whole(folder / _SUMMARY, json.dumps(summary, indent=1).encode(), "make room")
    for old in _own_files(folder):
        if _TENSORS.fullmatch(old.name) and old.name != name:
            old.unlink(missing_ok=True)


def load_adapter_state(
    out: Path, settings: str, shapes: Mapping[str, torch.Size]
) -> tuple[AdapterProgress, dict[str, Tensor]]:
    """Read what :func:`save_adapter_state` wrote.

    Args:
        out: the adapter's folder.
        settings: those of the training that is to go on.
        shapes: of the values that are trained, by name.

    Raises:
        TrainingError: there is none, it is broken, or it belongs to other settings.
    """
    folder = out / FOLDER
    if not (folder / _SUMMARY).exists() and _summary(out / EARLIER_FOLDER) is not None:
        folder = out / EARLIER_FOLDER
    repair = "start anew without --resume"
    summary = _summary(folder)
    if summary is None:
        raise TrainingError(str(folder), "no usable resume state", repair)
    if summary["settings"] != settings:
        cause = "the interrupted training had other options, another base or other data"
        raise TrainingError(str(folder), cause, "give the same ones, or start anew")
    try:
        progress = AdapterProgress(**summary["progress"])
        tensors = load_file(folder / summary["file"])
        counts = asdict(progress)
        points = [CurvePoint(*point) for point in counts.pop("curve")]
        numbers = [*counts.values(), *(value for point in points for value in astuple(point))]
        if not all(isinstance(value, int | float) for value in numbers):
            raise ValueError("its counts are no numbers")
        for name, shape in shapes.items():
            if any(tensors[f"{kind}/{name}"].shape != shape for kind in ("value", "best")):
                raise ValueError(f"{name} has another shape")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainingError(str(folder), f"no usable resume state ({error})", repair) from None
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


def is_resumable(out: Path) -> bool:
    """Return whether a training was interrupted in this folder, and can go on."""
    return _summary(out / FOLDER) is not None


def remove_adapter_state(out: Path) -> None:
    """Remove the state: the adapter is written. What isn't a file of the state stays."""
    _remove(out / FOLDER)
    _remove(out / EARLIER_FOLDER)


def _remove(folder: Path) -> None:
    own = _own_files(folder)
    with contextlib.suppress(OSError):
        for path in own:
            path.unlink(missing_ok=True)
        if own:
            folder.rmdir()  # if it is empty


def _own_files(folder: Path) -> list[Path]:
    """The files of a state, known by their names and by where they lie; none behind a link."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    if folder.name == FOLDER:
        return [
            path
            for path in folder.iterdir()
            if path.name in (_SUMMARY, _LOCK) or _TENSORS.fullmatch(path.name) or is_partial(path)
        ]
    # Anybody's folder may be called "training": here only what a state names is its own.
    summary = _summary(folder)
    return [] if summary is None else [folder / _SUMMARY, folder / summary["file"]]


def _summary(folder: Path) -> dict[str, Any] | None:
    """Return what a folder's state.json says, if it is one that was written here."""
    try:
        summary = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(summary, dict) or set(summary) != _KEYS:
        return None
    known = isinstance(summary["progress"], dict) and isinstance(summary["settings"], str)
    named = isinstance(summary["file"], str) and _TENSORS.fullmatch(summary["file"])
    return summary if known and named else None
