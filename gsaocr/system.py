"""What differs between operating systems: locks on files, cores to compute on, flags of opening."""

from __future__ import annotations

import importlib
import os
from typing import Any, Protocol

_PLACE = 2**31 - 2  # of the byte that is locked where a lock keeps others from reading, too

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""Flag of ``os.open``: a link is not followed, where the system knows such a flag."""

NO_WAITING = getattr(os, "O_NONBLOCK", 0)
"""Flag of ``os.open``: a pipe without a writer is not waited for."""


class HasDescriptor(Protocol):
    """A file that is open."""

    def fileno(self) -> int:
        """Return its descriptor."""


def lock(file: int | HasDescriptor) -> None:
    """Take an open file for this process until it is closed.

    Raises BlockingIOError if another process has it. Where the system has no such locks, or the
    disk none (OSError), runs must be kept apart by those who start them: of the former nothing is
    told.
    """
    descriptor = file if isinstance(file, int) else file.fileno()
    fcntl = _module("fcntl")
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    msvcrt = _module("msvcrt")
    if msvcrt is not None:
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from None
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)


def usable_cores() -> int:
    """Return how many cores this process may compute on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
