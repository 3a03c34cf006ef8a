"""Files are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gsaocr.errors import OutputError

_START, _END = ".gsaocr-", ".part"
_REPAIR = "choose another folder with -o"


def write_whole(path: Path, content: bytes | Iterable[bytes], repair: str = _REPAIR) -> None:
    """Write a file in pieces so that no reader, and no interruption, ever meets half of it.

    Missing folders are made. Raises ``OutputError`` where the file can't be written; what stood in
    its place is then untouched. ``repair`` is what the message advises.
    """
    with whole_file(path, repair) as stream:
        for piece in (content,) if isinstance(content, bytes) else content:
            stream.write(piece)


@contextmanager
def whole_file(path: Path, repair: str = _REPAIR) -> Iterator[BinaryIO]:
    """Yield a stream whose content stands in a file's place once the context has ended well.

    Raises as :func:`write_whole` does.
    """
    partial = partial_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("xb")
        try:
            with stream:
                yield stream
                stream.flush()
                # Renamed before its bytes are on the disk, a loss of power would leave it empty.
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(path), f"can't be written ({cause})", repair) from None


def partial_beside(path: Path) -> Path:
    """A name that no file has, for one that is on its way to another's place.

    Made without the target's own name, which may be as long as a name can be, and never like a file
    that is there: not even another machine's on the same disk.
    """
    return path.parent / f"{_START}{os.getpid()}-{secrets.token_hex(6)}{_END}"


def is_partial(path: Path) -> bool:
    """Whether a file is what a run that was killed left behind of an output."""
    return path.name.startswith(_START) and path.name.endswith(_END)
