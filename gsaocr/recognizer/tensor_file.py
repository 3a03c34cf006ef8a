"""Tensors out of files of others: nothing is read before its kind and size are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from gsaocr.printable import short

LARGEST_ENTRY = 1000.0
"""Largest absolute value of a weight; trained ones stay below 5. Larger ones let sums overflow."""

_DTYPES = ("F16", "BF16", "F32")
_MOST_TENSORS = 100_000


@dataclass(frozen=True)
class TensorFile:
    """What the header of a safetensors file says."""

    metadata: dict[str, str]
    shapes: dict[str, tuple[int, ...]]

    @property
    def entries(self) -> int:
        """Numbers in all tensors."""
        return sum(torch.Size(shape).numel() for shape in self.shapes.values())


def read_header(path: Path, largest: int) -> TensorFile:
    """Read a file's header.

    Raises:
        ValueError: it is larger than ``largest`` bytes, no whole safetensors file, or holds
            anything but float16, bfloat16 and float32.
    """
    try:
        if path.stat().st_size > largest:
            raise ValueError(f"larger than {largest >> 20} MiB")
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if len(names) > _MOST_TENSORS:
                raise ValueError(f"more than {_MOST_TENSORS:,} tensors")
            parts = {name: file.get_slice(name) for name in names}
            for name, part in parts.items():
                if part.get_dtype() not in _DTYPES:
                    raise ValueError(f"{short(name)} holds {part.get_dtype()}, not {_DTYPES}")
            shapes = {name: tuple(part.get_shape()) for name, part in parts.items()}
            metadata = {str(k): str(v) for k, v in (file.metadata() or {}).items()}
    except (SafetensorError, OSError, OverflowError) as error:
        raise ValueError(f"damaged or truncated ({error})") from None
    return TensorFile(metadata, shapes)


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
