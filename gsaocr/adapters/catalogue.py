"""Where adapters lie, and how their names are resolved."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import platformdirs

from gsaocr.errors import AdapterError
from gsaocr.model_files import models_folder

CONFIG_FILE = "adapter_config.json"
"""What makes a folder an adapter's; the name is PEFT's."""


def adapter_folders() -> tuple[Path, ...]:
    """Return the folders in which names are looked up: the user's own, then the shipped ones."""
    return (user_adapters(), models_folder() / "adapters")


def user_adapters() -> Path:
    """Return the folder of the user's own adapters; it is not promised to exist."""
    return Path(platformdirs.user_data_path("gsaocr")) / "adapters"


def adapters_by_name() -> dict[str, Path]:
    """Return the folders of all adapters that have a name, sorted; the user's own come first."""
    found: dict[str, Path] = {}
    for folder in adapter_folders():
        for config in sorted(folder.glob(f"*/{CONFIG_FILE}")):
            found.setdefault(config.parent.name, config.parent)
    return dict(sorted(found.items()))


def find_adapter(name: str) -> Path:
    """Return the folder of an adapter given by its folder or by its name.

    Raises:
        AdapterError: neither; near matches are listed.
    """
    given = Path(name)
    if os.path.isdir(given):
        return given
    known = adapters_by_name()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        repair = f"did you mean {' or '.join(near)}?"
    elif known:
        repair = f"there are {', '.join(known)}"
    else:
        repair = "there are no adapters yet; train one with gsaocr train-adapter"
    raise AdapterError(name, "no adapter of this name and no such folder", repair)
