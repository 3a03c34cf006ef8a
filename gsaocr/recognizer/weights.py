"""Model files: safetensors with the configuration in the header, so that a file rebuilds itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from gsaocr.errors import ModelError
from gsaocr.recognizer.bounds import check_bounds, least_parameters
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.probe import unsound
from gsaocr.recognizer.tensor_file import (
    check_entries,
    check_shapes,
    read_header,
    read_tensors,
)
from gsaocr.strict_json import strict_json
from gsaocr.whole_file import write_whole

LARGEST_MODEL = 2**28
"""Bytes of a model file; the shipped one has 5.5 million."""

_FORMAT = "gsaocr-recognizer-1"
_LARGEST_ORIGIN = 2**16  # characters


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
        ModelError: a weight is not finite, or too large to be read again.
        OutputError: the file can't be written.
    """
    tensors = {n: t.detach().to("cpu", dtype).contiguous() for n, t in model.state_dict().items()}
    try:
        for name, tensor in tensors.items():
            check_entries(name, tensor)
    except ValueError as error:
        raise ModelError(str(path), str(error), "nothing was written") from None
    metadata = {
        "format": _FORMAT,
        "config": model.config.to_json(),
        "origin": json.dumps(origin or {}, sort_keys=True),
    }
    # Not save_file: it makes files that only their owner can read.
    write_whole(path, save(tensors, metadata=metadata), "choose another place with -o")
    return fingerprint(tensors)


def load_model(path: Path) -> ModelFile:
    """Read a model file; what it asks for is checked before anything is built.

    Raises:
        ModelError: no such file, no safetensors, another format, an unusable configuration,
            tensors that don't fit it, or numbers that no text can come of.
    """
    repair = "give a model written by gsaocr with --model FILE"
    if not path.is_file():
        raise ModelError(str(path), "no such model file", repair)
    try:
        file = read_header(path, LARGEST_MODEL)
    except ValueError as error:
        raise ModelError(str(path), f"not a readable safetensors file ({error})", repair) from None
    if file.metadata.get("format") != _FORMAT:
        raise ModelError(str(path), "not a gsaocr model", repair)
    try:
        config = RecognizerConfig.from_json(file.metadata.get("config", ""))
        check_bounds(config)
        if least_parameters(config) > file.entries:
            raise ValueError("it describes a larger network than the file holds")
        origin = origin_of(file.metadata.get("origin", "{}"))
        model = Recognizer(config)
    except ValueError as error:
        raise ModelError(str(path), f"unusable configuration ({error})", repair) from None
    try:
        check_shapes(model, file)
        tensors = read_tensors(path, list(file.shapes))
        model.load_state_dict({n: t.float() for n, t in tensors.items()})
        if cause := unsound(model.eval()):
            raise ValueError(cause)
    except ValueError as error:
        raise ModelError(str(path), str(error), repair) from None
    return ModelFile(model, fingerprint(tensors), origin)


def origin_of(text: str) -> dict[str, str]:
    """Return the origin that a model file tells as JSON; ValueError for what is no origin."""
    raw = strict_json(text, _LARGEST_ORIGIN)
    if not isinstance(raw, dict) or any(isinstance(v, dict | list) for v in raw.values()):
        raise ValueError("its origin is no mapping of texts")
    return {str(k): str(v) for k, v in raw.items()}
