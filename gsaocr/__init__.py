"""Optical character recognition with a group self-attention network.

``load`` gives a reader, ``transcribe`` reads one file; both arrive on first use, so that importing
the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gsaocr.pipeline import load, transcribe

__version__ = "0.1.0"

__all__ = ["__version__", "load", "transcribe"]


def __getattr__(name: str) -> Any:
    if name in ("load", "transcribe"):
        from gsaocr import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'gsaocr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
