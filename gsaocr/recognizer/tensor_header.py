"""What a safetensors file says of itself, read without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from gsaocr.printable import short

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
        return sum(math.prod(shape) for shape in self.shapes.values())


def read_header(path: Path, largest: int) -> TensorFile:
    """Read a file's header.

    Raises:
        ValueError: it is larger than ``largest`` bytes, no whole safetensors file, or holds
            anything but float16, bfloat16 and float32.
    """
    try:
        if path.stat().st_size > largest:
            raise ValueError(f"larger than {largest >> 20} MiB")
        with safe_open(path, framework="numpy") as file:
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
