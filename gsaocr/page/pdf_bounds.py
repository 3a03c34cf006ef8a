"""How much time and memory a page of a PDF may take; docs/security.md has the reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gsaocr.errors import UsageError

PAGE_SECONDS = 60.0
"""Processor time for drawing a page, or for reading the text that it holds."""

PAGE_MEMORY = 1024.0
"""Megabytes for it, the page's own pixels not counted."""


@dataclass(frozen=True, slots=True)
class PdfBounds:
    """What drawing one page may take; UsageError if that is nothing, or no number."""

    seconds: float = PAGE_SECONDS
    memory: float = PAGE_MEMORY

    def __post_init__(self) -> None:
        check_bound("--page-seconds", self.seconds)
        check_bound("--page-memory", self.memory)


def check_bound(option: str, value: float) -> None:
    """Raise UsageError unless a bound is a finite number above zero: it is there to hold."""
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{option} {value:g}", "bounds nothing", "give a number above 0")
