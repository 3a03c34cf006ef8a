"""Files are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gsaocr.errors import OutputError
from gsaocr.system import NO_LINKS, NO_WAITING, lock

_START, _END = ".gsaocr-", ".part"
_PARTIAL = re.compile(r"\.gsaocr-\d+-[0-9a-f]+\.part")
_REPAIR = "choose another folder with -o"


Put = Callable[[Path, Path], object]
"""Gives a file that is whole, the first, the place of the second."""


def write_whole(
    path: Path,
    content: bytes | Iterable[bytes],
    repair: str = _REPAIR,
    put: Put = Path.replace,
) -> None:
    """Write a file in pieces so that no reader, and no interruption, ever meets half of it.

    Missing folders are made. Raises ``OutputError`` where the file can't be written; what stood in
    its place is then untouched. ``repair`` is what the message advises; ``put`` may refuse to
    replace what is there.
    """
    with whole_file(path, repair, put) as stream:
        for piece in (content,) if isinstance(content, bytes) else content:
            stream.write(piece)


@contextmanager
def whole_file(path: Path, repair: str = _REPAIR, put: Put = Path.replace) -> Iterator[BinaryIO]:
    """Yield a stream whose content stands in a file's place once the context has ended well.

    Raises as :func:`write_whole` does.
    """
    partial = partial_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("xb")
        try:
            with stream:
                # A lock tells those who clear away what killed runs left that this one lives.
                with contextlib.suppress(OSError):
                    lock(stream)
                yield stream
                stream.flush()
                # Renamed before its bytes are on the disk, a loss of power would leave it empty.
                os.fsync(stream.fileno())
                put(partial, path)
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


def remove_partials(folder: Path) -> None:
    """Remove the files that writers left behind in a folder when they were killed.

    Only plain files with names of :func:`partial_beside` that no living writer holds.
    """
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if is_partial(path):
                _remove_if_left(path)


def is_partial(path: Path) -> bool:
    """Whether a file has a name of :func:`partial_beside`."""
    return _PARTIAL.fullmatch(path.name) is not None


def _remove_if_left(path: Path) -> None:
    with contextlib.suppress(OSError):  # held by its writer, gone, a link, another's
        descriptor = os.open(path, os.O_RDONLY | NO_LINKS | NO_WAITING)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                lock(descriptor)
                path.unlink()
        finally:
            os.close(descriptor)
