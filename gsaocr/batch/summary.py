"""What a run came to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from gsaocr.errors import GsaocrError, SomeInputsFailed


@dataclass(slots=True)
class Summary:
    """Counts of a run, and what failed."""

    inputs: int = 0
    read: int = 0
    skipped: int = 0  # done by an earlier run
    pages: int = 0
    lines: int = 0
    failures: list[tuple[str, Exception]] = field(default_factory=list)  # name and cause
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    @property
    def pages_per_minute(self) -> float:
        """Pages read in a minute of this run."""
        return 60 * self.pages / self.seconds if self.seconds > 0 else 0.0

    def error(self) -> Exception | None:
        """What the run's exit code follows from: the one input's own fault, or that some failed."""
        if not self.failures:
            return None
        if self.inputs == 1:
            return self.failures[0][1]
        failed = len({name for name, _ in self.failures})
        count = f"{failed} of {self.inputs} inputs"
        return SomeInputsFailed(count, "could not be read in full", "they are named above")


class Watcher(Protocol):
    """Who is told how a run goes on."""

    def begun(self, summary: Summary) -> None:
        """Reading begins; the summary is kept up to date."""

    def page(self, name: str, number: int) -> None:
        """A page was read."""

    def finished(self, name: str) -> None:
        """An input is done and written."""

    def failed(self, name: str, error: Exception) -> None:
        """An input can't be read or its outputs can't be written."""

    def note(self, message: str) -> None:
        """Something that the user should know."""


def one_line(error: Exception) -> str:
    """An error in one line, also one that nobody foresaw."""
    if isinstance(error, GsaocrError):
        return str(error)
    return " ".join(f"a fault of gsaocr itself: {type(error).__name__}: {error}".split())
