"""What a model file is, told without torch and without building its network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from gsaocr.errors import ModelError
from gsaocr.recognizer.model_header import REPAIR, ModelHeader, read_model_header


@dataclass(frozen=True)
class ModelSummary:
    """A model file's header, and by what its weights are known."""

    header: ModelHeader
    fingerprint: str
    """SHA-256 over names, shapes and values of the tensors, as
    :func:`~gsaocr.recognizer.weights.fingerprint` takes it."""

    @property
    def parameters(self) -> int:
        """Trainable values, decoder included."""
        return self.header.file.entries


def summarise(path: Path) -> ModelSummary:
    """Read what a model file says of itself.

    Raises:
        ModelError: no model file, or a damaged one. That its tensors fit its configuration, and
            that a text can come of them, is looked at when a model is loaded.
    """
    header = read_model_header(path)
    digest = hashlib.sha256()
    try:
        with safe_open(path, framework="numpy") as file:
            for name in sorted(header.file.shapes):
                values = file.get_tensor(name)
                digest.update(f"{name}{values.shape}".encode())
                with np.errstate(over="ignore"):
                    digest.update(values.astype(np.float16).tobytes())
    except (SafetensorError, OSError, TypeError) as error:
        raise ModelError(str(path), f"damaged or truncated ({error})", REPAIR) from None
    return ModelSummary(header, digest.hexdigest())
