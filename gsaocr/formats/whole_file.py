"""Output files are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from pathlib import Path

from gsaocr.errors import OutputError

_NUMBERS = itertools.count()
_START, _END = ".gsaocr-", ".part"


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write a file in pieces so that no reader, and no interruption, ever meets half of it.

    Missing folders are made. Raises ``OutputError`` where the file can't be written; what stood in
    its place is then untouched.
    """
    # Named without the target's own name, which may be as long as a name can be.
    partial = path.parent / f"{_START}{os.getpid()}-{next(_NUMBERS)}{_END}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as stream:
                for piece in content:
                    stream.write(piece)
                stream.flush()
                # Renamed before its bytes are on the disk, a loss of power would leave it empty.
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(
            str(path), f"can't be written ({cause})", "choose another folder with -o"
        ) from None


def is_partial(path: Path) -> bool:
    """Whether a file is what a run that was killed left behind of an output."""
    return path.name.startswith(_START) and path.name.endswith(_END)
