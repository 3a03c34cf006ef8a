"""Optical character recognition with a group self-attention network.

``load`` gives a reader, ``transcribe`` reads one file; they and the types of what is read arrive on
first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gsaocr._version import __version__

if TYPE_CHECKING:
    from gsaocr.errors import (
        AdapterError,
        DeviceError,
        GsaocrError,
        InputError,
        ModelError,
        OutputError,
        UsageError,
    )
    from gsaocr.page.document import Document, Page
    from gsaocr.pipeline import Reader, load, transcribe

__all__ = [
    "AdapterError",
    "DeviceError",
    "Document",
    "GsaocrError",
    "InputError",
    "ModelError",
    "OutputError",
    "Page",
    "Reader",
    "UsageError",
    "__version__",
    "load",
    "transcribe",
]

_HOME = {
    "Document": "page.document",
    "Page": "page.document",
    "Reader": "pipeline",
    "load": "pipeline",
    "transcribe": "pipeline",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"gsaocr.{_HOME.get(name, 'errors')}"), name)
    raise AttributeError(f"module 'gsaocr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
