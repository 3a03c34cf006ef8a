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
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.model_header import FORMAT, REPAIR, read_model_header
from gsaocr.recognizer.model_header import LARGEST_MODEL as LARGEST_MODEL
from gsaocr.recognizer.model_header import origin_of as origin_of
from gsaocr.recognizer.probe import unsound
from gsaocr.recognizer.tensor_file import check_entries, check_shapes, read_tensors
from gsaocr.whole_file import write_whole


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
        "format": FORMAT,
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
    header = read_model_header(path)
    try:
        model = Recognizer(header.config)
    except ValueError as error:
        raise ModelError(str(path), f"unusable configuration ({error})", REPAIR) from None
    try:
        check_shapes(model, header.file)
        tensors = read_tensors(path, list(header.file.shapes))
        model.load_state_dict({n: t.float() for n, t in tensors.items()})
        if cause := unsound(model.eval()):
            raise ValueError(cause)
    except ValueError as error:
        raise ModelError(str(path), str(error), REPAIR) from None
    return ModelFile(model, fingerprint(tensors), header.origin)
