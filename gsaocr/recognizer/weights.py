"""Model files: safetensors with the configuration in the header, so that a file rebuilds itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gsaocr.errors import ModelError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer

_FORMAT = "gsaocr-recognizer-1"


@dataclass(frozen=True)
class ModelFile:
    """A recognizer read from a file, and what the file says of itself."""

    model: Recognizer
    """In evaluation mode, float32, on the CPU."""
    fingerprint: str
    """SHA-256 over names, shapes and values of the tensors; what adapters are made for."""
    origin: dict[str, str] = field(default_factory=dict)
    """Free text: how the weights came to be (training summary, merged adapters)."""


def fingerprint(tensors: dict[str, Tensor]) -> str:
    """Return the SHA-256 of float16 tensors by name; metadata does not count."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu", torch.float16).contiguous()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def save_model(
    model: Recognizer,
    path: Path,
    origin: dict[str, str] | None = None,
    dtype: torch.dtype = torch.float16,
) -> str:
    """Write a model as safetensors, all or nothing, and return its fingerprint.

    Args:
        model: what to write.
        path: the file; it is replaced if it is there.
        origin: how the weights came to be.
        dtype: float16, or float32 for weights that are to be kept exactly.

    Raises:
        ModelError: a weight is not finite.
    """
    tensors = {n: t.detach().to("cpu", dtype).contiguous() for n, t in model.state_dict().items()}
    broken = [n for n, t in tensors.items() if not torch.isfinite(t).all()]
    if broken:
        raise ModelError(str(path), f"weight {broken[0]} is not finite", "nothing was written")
    metadata = {
        "format": _FORMAT,
        "config": model.config.to_json(),
        "origin": json.dumps(origin or {}, sort_keys=True),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    # Not save_file: it makes files that only their owner can read.
    partial.write_bytes(save(tensors, metadata=metadata))
    partial.replace(path)
    return fingerprint(tensors)


def load_model(path: Path) -> ModelFile:
    """Read a model file.

    Raises:
        ModelError: no such file, no safetensors, another format, an unusable configuration, or
            tensors that don't fit it.
    """
    repair = "give a model written by gsaocr with --model FILE"
    if not path.is_file():
        raise ModelError(str(path), "no such model file", repair)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(str(path), f"not a readable safetensors file ({error})", repair) from None
    if metadata.get("format") != _FORMAT:
        raise ModelError(str(path), "not a gsaocr model", repair)
    try:
        config = RecognizerConfig.from_json(metadata["config"])
        origin = json.loads(metadata.get("origin", "{}"))
        model = Recognizer(config)
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(str(path), f"unusable configuration ({error})", repair) from None
    _fill(model, tensors, path, repair)
    return ModelFile(
        model.eval(), fingerprint(tensors), {str(k): str(v) for k, v in origin.items()}
    )


def _fill(model: Recognizer, tensors: dict[str, Tensor], path: Path, repair: str) -> None:
    expected = model.state_dict()
    if set(expected) != set(tensors):
        odd = sorted(set(expected) ^ set(tensors))
        raise ModelError(str(path), f"missing or unexpected tensor {odd[0]}", repair)
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise ModelError(str(path), f"tensor {name} has the wrong shape", repair)
        if not torch.isfinite(tensor).all():
            raise ModelError(str(path), f"tensor {name} is not finite", repair)
    model.load_state_dict({n: t.float() for n, t in tensors.items()})
