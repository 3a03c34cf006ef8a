"""Memory bounded while pages are read.

Lines of ever other widths leave the C library's heap full of holes: reading 40 pages without giving
memory back it grew from 0.6 to 1.4 GB, of which 0.3 GB were in use. oneDNN, which multiplies
matrices for torch, keeps a plan and its buffers for a thousand widths: 24 pages took 1.25 GB with
them and 1.03 GB with the last few alone, in the same time.

Modules stay in memory to the end: torch's alone are some hundred thousand objects, over which
Python's garbage collector went again and again while they were loaded.
"""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache


def keep_few_plans() -> None:
    """Let oneDNN keep few plans, unless the environment says how many; before torch computes."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")


@contextmanager
def made_to_stay() -> Iterator[None]:
    """Keep the garbage collector from what is made inside, such as modules: now and later."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def give_back() -> None:
    """Return free memory to the system; where the C library is not glibc this does nothing."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL("libc.so.6").malloc_trim
    except (OSError, AttributeError):
        return lambda keep: None
    return trim
