"""Output files are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from gsaocr.errors import OutputError

_NUMBERS = itertools.count()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader, and no interruption, ever meets half of it.

    Missing folders are made. Raises ``OutputError`` where the file can't be written; what stood in
    its place is then untouched.
    """
    # Named without the target's own name, which may be as long as a name can be.
    partial = path.parent / f".gsaocr-{os.getpid()}-{next(_NUMBERS)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(
            str(path), f"can't be written ({cause})", "choose another folder with -o"
        ) from None
