"""Batches of lines side by side: on a CPU one thread for each core, each with a batch of its own.

Threads that share every single operation meet after it, some thousand times in a page, and wait for
each other by spinning: where another program has one of the cores, each meeting takes a time slice.
Threads with a batch each never meet, and a batch small enough for a core's cache is faster as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_CPU_PIXELS = 2_700  # three lines of a page: what they become fits into a core's cache
_OTHER_PIXELS = 12_288  # bounds the memory
_GROUP = 16  # batches, whose log-probabilities take 30 MB: few lines have much to be written


def batch_pixels(device: torch.device, total: int) -> int:
    """Return the summed width of the line images that are best computed together.

    Of few lines, ``total`` pixels wide in all, every core gets its share.
    """
    if device.type != "cpu":
        return _OTHER_PIXELS
    return min(_CPU_PIXELS, -(-total // torch.get_num_threads()))


def in_groups(batches: Sequence[Batch], device: torch.device) -> list[list[Batch]]:
    """Join batches for work that gains by more lines than fit a cache; each core gets its share."""
    size = 1
    if device.type == "cpu":
        size = min(_GROUP, max(1, len(batches) // (2 * torch.get_num_threads())))
    return [list(batches[n : n + size]) for n in range(0, len(batches), size)]


def side_by_side(
    work: Callable[[Batch], Result], batches: Sequence[Batch], device: torch.device
) -> list[Result]:
    """Return the results of all batches in their order, computed without gradients.

    On a CPU as many are in work at once as torch may use threads.
    """

    def inferred(batch: Batch) -> Result:
        with torch.inference_mode():  # holds for one thread only
            return work(batch)

    threads = torch.get_num_threads()
    if device.type != "cpu" or threads < 2 or len(batches) < 2:
        return [inferred(batch) for batch in batches]
    try:
        return list(_pool(threads).map(inferred, batches))
    finally:
        # The pool's threads, as they start, change what other new threads begin with.
        torch.set_num_threads(threads)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: the libraries that multiply matrices keep buffers for each."""
    return ThreadPoolExecutor(threads, "gsaocr", _compute_alone)


def _compute_alone() -> None:
    torch.get_num_threads()  # a new thread takes the common number when it is first asked for
    torch.set_num_threads(1)
