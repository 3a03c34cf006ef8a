"""Where the shipped models lie."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def models_folder() -> Path:
    """Return the folder of the shipped models: inside an installed wheel, else beside the package.

    The folder is not promised to exist or to hold a model; whoever opens a file in it says so.
    """
    installed = _PACKAGE / "_models"
    return installed if installed.is_dir() else _PACKAGE.parent / "models"


def default_model() -> Path:
    """Return the path of the model that is used when none is named."""
    return models_folder() / "base.safetensors"
