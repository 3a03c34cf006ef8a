"""Tensors out of files of others: nothing is read before its kind and size are known."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from gsaocr.printable import short
from gsaocr.recognizer.tensor_header import TensorFile
from gsaocr.recognizer.tensor_header import read_header as read_header

LARGEST_ENTRY = 1000.0
"""Largest absolute value of a weight; trained ones stay below 5. Larger ones let sums overflow."""


def read_tensors(path: Path, names: list[str]) -> dict[str, Tensor]:
    """Read tensors of a file whose header was looked at.

    Raises:
        ValueError: it is broken, or a number is not finite or beyond :data:`LARGEST_ENTRY`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise ValueError(f"damaged or truncated ({error})") from None
    for name, tensor in tensors.items():
        check_entries(name, tensor)
    return tensors


def check_shapes(network: nn.Module, file: TensorFile) -> None:
    """Raise ValueError if a file doesn't hold a network's tensors, all of them in their shapes."""
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    odd = sorted(set(expected) ^ set(file.shapes))
    if odd:
        raise ValueError(f"missing or unexpected tensor {short(odd[0])}")
    for name, shape in file.shapes.items():
        if shape != expected[name]:
            raise ValueError(f"tensor {name} has the wrong shape")


def check_entries(name: str, tensor: Tensor) -> None:
    """Raise ValueError if a number is not finite or beyond :data:`LARGEST_ENTRY`."""
    if not tensor.numel():
        return
    low, high = (float(x) for x in torch.aminmax(tensor.float()))  # NaN, if there is any
    if not (low >= -LARGEST_ENTRY and high <= LARGEST_ENTRY):
        finite = bool(torch.isfinite(tensor).all())
        cause = f"holds numbers beyond {LARGEST_ENTRY:g}" if finite else "is not finite"
        raise ValueError(f"{short(name)} {cause}")
