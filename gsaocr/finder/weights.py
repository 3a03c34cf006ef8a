"""The finder's model files: like the recognizer's, with a format name of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save

from gsaocr.errors import ModelError
from gsaocr.finder.config import FinderConfig
from gsaocr.finder.network import Finder
from gsaocr.model_files import models_folder
from gsaocr.recognizer.tensor_file import check_shapes, read_header, read_tensors
from gsaocr.recognizer.weights import fingerprint, origin_of
from gsaocr.whole_file import write_whole

LARGEST_FINDER = 2**26
"""Bytes of a finder's file; the shipped one has less than a million."""

_FORMAT = "gsaocr-finder-1"


@dataclass(frozen=True)
class FinderFile:
    """A finder read from a file, and what the file says of itself."""

    finder: Finder
    """In evaluation mode, float32, on the CPU."""
    fingerprint: str
    """SHA-256 over names, shapes and values of the tensors."""
    origin: dict[str, str] = field(default_factory=dict)
    """Free text: how the weights came to be."""


def default_finder() -> Path:
    """Return the path of the finder that is shipped."""
    return models_folder() / "finder.safetensors"


def save_finder(
    finder: Finder,
    path: Path,
    origin: dict[str, str] | None = None,
    dtype: torch.dtype = torch.float32,
) -> str:
    """Write a finder, all or nothing, and return its fingerprint.

    Raises:
        ModelError: a weight is not finite.
        OutputError: the file can't be written.
    """
    tensors = {n: t.detach().to("cpu", dtype).contiguous() for n, t in finder.state_dict().items()}
    broken = [n for n, t in tensors.items() if not torch.isfinite(t).all()]
    if broken:
        raise ModelError(str(path), f"weight {broken[0]} is not finite", "nothing was written")
    metadata = {
        "format": _FORMAT,
        "config": finder.config.to_json(),
        "origin": json.dumps(origin or {}, sort_keys=True),
    }
    write_whole(path, save(tensors, metadata=metadata), "choose another folder with --out")
    return fingerprint(tensors)


def load_finder(path: Path) -> FinderFile:
    """Read a finder; what its file asks for is checked before anything is built.

    Raises:
        ModelError: no such file, no safetensors, another format, an unusable configuration, or
            tensors that don't fit it.
    """
    repair = "give a finder written by gsaocr train-finder"
    if not path.is_file():
        raise ModelError(str(path), "no such model file", repair)
    try:
        file = read_header(path, LARGEST_FINDER)
    except ValueError as error:
        raise ModelError(str(path), f"not a readable safetensors file ({error})", repair) from None
    if file.metadata.get("format") != _FORMAT:
        raise ModelError(str(path), "not a gsaocr finder", repair)
    try:
        config = FinderConfig.from_json(file.metadata.get("config", ""))
        origin = origin_of(file.metadata.get("origin", "{}"))
        with torch.device("meta"):  # nothing is allocated before its shapes are known to fit
            check_shapes(Finder(config), file)
        finder = Finder(config)
        tensors = read_tensors(path, list(file.shapes))
        finder.load_state_dict({n: t.float() for n, t in tensors.items()})
    except ValueError as error:
        raise ModelError(str(path), f"unusable ({error})", repair) from None
    return FinderFile(finder.eval(), fingerprint(tensors), origin)
