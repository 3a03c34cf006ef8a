"""What the header of a model file says: its configuration, its origin, its tensors' shapes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gsaocr.errors import ModelError
from gsaocr.recognizer.bounds import check_bounds, least_parameters
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.tensor_header import TensorFile, read_header
from gsaocr.strict_json import strict_json

FORMAT = "gsaocr-recognizer-1"

LARGEST_MODEL = 2**28
"""Bytes of a model file; the shipped one has 5.5 million."""

REPAIR = "give a model written by gsaocr with --model FILE"
_LARGEST_ORIGIN = 2**16  # characters


@dataclass(frozen=True)
class ModelHeader:
    """What a model file says of itself before a tensor is read."""

    config: RecognizerConfig
    origin: dict[str, str]
    """Free text: how the weights came to be (training summary, merged adapters)."""
    file: TensorFile


def read_model_header(path: Path) -> ModelHeader:
    """Read a model file's header; whether tensors of these shapes are what it needs is left open.

    Raises:
        ModelError: no such file, no safetensors, another format, an unusable configuration.
    """
    if not os.path.isfile(path):
        raise ModelError(str(path), "no such model file", REPAIR)
    try:
        file = read_header(path, LARGEST_MODEL)
    except ValueError as error:
        raise ModelError(str(path), f"not a readable safetensors file ({error})", REPAIR) from None
    if file.metadata.get("format") != FORMAT:
        raise ModelError(str(path), "not a gsaocr model", REPAIR)
    try:
        config = RecognizerConfig.from_json(file.metadata.get("config", ""))
        check_bounds(config)
        if least_parameters(config) > file.entries:
            raise ValueError("it describes a larger network than the file holds")
        origin = origin_of(file.metadata.get("origin", "{}"))
    except ValueError as error:
        raise ModelError(str(path), f"unusable configuration ({error})", REPAIR) from None
    return ModelHeader(config, origin, file)


def origin_of(text: str) -> dict[str, str]:
    """Return the origin that a model file tells as JSON; ValueError for what is no origin."""
    raw = strict_json(text, _LARGEST_ORIGIN)
    if not isinstance(raw, dict) or any(isinstance(v, dict | list) for v in raw.values()):
        raise ValueError("its origin is no mapping of texts")
    return {str(k): str(v) for k, v in raw.items()}
