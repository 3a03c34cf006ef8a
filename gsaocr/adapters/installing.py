"""An adapter copied into the user's own folder, where it is known by its name."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from gsaocr.adapters.card import CURVE_PICTURE, CURVE_TABLE
from gsaocr.adapters.catalogue import CONFIG_FILE, adapters_by_name, user_adapters
from gsaocr.adapters.peft_format import CARD_FILE, TENSOR_FILE, read_summary
from gsaocr.errors import AdapterError, OutputError

_FILES = (CONFIG_FILE, TENSOR_FILE, CARD_FILE, CURVE_TABLE, CURVE_PICTURE)


def install_adapter(folder: Path, overwrite: bool = False) -> Path:
    """Copy an adapter into the user's own folder, under its folder's name, and return the copy.

    The copy gets its place as a whole or not at all.

    Raises:
        AdapterError: the folder holds no adapter.
        OutputError: an adapter of this name is there and ``overwrite`` is not given, or the copy
            can't be written.
    """
    summary = read_summary(folder)
    name = folder.resolve().name
    if not name or "," in name:
        raise AdapterError(str(folder), "its name can't be given to --adapter", "rename it")
    place = user_adapters() / name
    there = adapters_by_name().get(name)
    if there is not None and there.resolve() == folder.resolve():
        raise OutputError(str(folder), "is installed already", f"read with it: --adapter {name}")
    if there is not None and not overwrite:
        repair = "rename the folder, or take its place with --overwrite"
        raise OutputError(str(there), f"an adapter {name} is there already", repair)
    if os.path.lexists(place) and (there != place or place.is_symlink()):
        raise OutputError(str(place), "is there, and is no adapter", "move it away")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".gsaocr-", dir=place.parent) as temporary:
            new = Path(temporary) / "new"
            new.mkdir()
            for each in _FILES:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(summary.folder / each, new / each)
            read_summary(new)  # nothing has changed meanwhile
            if there == place:
                place.rename(Path(temporary) / "old")
            new.rename(place)
    except OSError as error:
        cause = f"can't be written ({error.strerror or error})"
        raise OutputError(str(place), cause, "check the folder's permissions") from None
    return place
