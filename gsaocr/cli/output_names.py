"""Which file each input's output goes to."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from gsaocr.cli.streams import STDIN
from gsaocr.errors import OutputError


def output_names(inputs: Sequence[str]) -> list[str]:
    """Return one name without suffix per input, all distinct.

    An input's name is its file name without suffix, ``stdin`` for ``-``. Where inputs share one,
    the first in order keeps it and the others get -2, -3, ..., leaving out names that another
    input has by itself. Names that differ in case alone count as the same, as on many disks.
    """
    own = ["stdin" if name == STDIN else Path(name).stem for name in inputs]
    taken: set[str] = set()
    names = []
    by_itself = {_key(name) for name in own}
    for name in own:
        chosen, number = name, 1
        while _key(chosen) in taken or (number > 1 and _key(chosen) in by_itself):
            number += 1
            chosen = f"{name}-{number}"
        taken.add(_key(chosen))
        names.append(chosen)
    return names


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def refuse_overwriting(inputs: Sequence[str], outputs: Sequence[Path]) -> None:
    """Raise ``OutputError`` if an output file is one of the inputs, by whatever path or link."""
    files = [Path(name) for name in inputs if name != STDIN]
    resolved = {os.path.realpath(path) for path in files}
    identities = {identity for path in files if (identity := _identity(path))}
    for output in outputs:
        if os.path.realpath(output) in resolved or _identity(output) in identities:
            raise OutputError(
                str(output), "would overwrite an input", "choose another folder with -o"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
