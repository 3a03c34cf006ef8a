"""What a run came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from gsaocr.errors import GsaocrError, InputError, InputsUnaccounted, SomeInputsFailed

_WHERE = "`gsaocr --debug transcribe` of it alone shows where"

Outcome = Literal["read", "skipped", "failed"]
"""What becomes of an input: read and written; done by an earlier run; or reported."""


@dataclass(slots=True)
class Summary:
    """Counts of a run, and what failed."""

    inputs: int = 0
    pages: int = 0
    lines: int = 0
    files: int = 0  # outputs that were written
    last_file: Path | None = None
    failures: list[tuple[str, Exception]] = field(default_factory=list)  # name and cause
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _counts: Counter[Outcome] = field(default_factory=Counter)

    def settle(self, index: int, outcome: Outcome) -> None:
        """Note what became of an input; one that failed stays so, whatever is heard of it later."""
        before = self._outcomes.get(index)
        if before in (outcome, "failed"):
            return
        if before is not None:
            self._counts[before] -= 1
        self._counts[outcome] += 1
        self._outcomes[index] = outcome

    def wrote(self, files: Sequence[Path]) -> None:
        """Note outputs that were written."""
        self.files += len(files)
        self.last_file = files[-1] if files else self.last_file

    @property
    def read(self) -> int:
        """Inputs that were read in full and written."""
        return self._counts["read"]

    @property
    def skipped(self) -> int:
        """Inputs that an earlier run had done."""
        return self._counts["skipped"]

    @property
    def failed(self) -> int:
        """Inputs that were reported, whatever the number of their broken pages."""
        return self._counts["failed"]

    @property
    def settled(self) -> int:
        """Inputs that have an outcome."""
        return self.read + self.skipped + self.failed

    @property
    def unsettled(self) -> list[int]:
        """The inputs that have no outcome (yet), by their places in the run."""
        return [index for index in range(self.inputs) if index not in self._outcomes]

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
        lost = sum(isinstance(error, InputsUnaccounted) for _, error in self.failures)
        if lost:
            count, cause = f"{lost} of {self.inputs} inputs", "have no outcome: a fault of gsaocr"
            repair = "they are named above; --resume tries them again"
            return InputsUnaccounted(count, cause, repair)
        count = f"{self.failed} of {self.inputs} inputs"
        return SomeInputsFailed(count, "could not be read in full", "they are named above")


class Watcher(Protocol):
    """Who is told how a run goes on."""

    def begun(self, summary: Summary) -> None:
        """Reading begins; the summary is kept up to date."""

    def page(self, name: str, number: int) -> None:
        """A page was read."""

    def finished(self, name: str, adapter: str) -> None:
        """An input is done and written; ``adapter`` names what read it, empty if none was asked."""

    def skipped(self, name: str) -> None:
        """An input was done by an earlier run."""

    def failed(self, name: str, error: Exception) -> None:
        """An input can't be read or its outputs can't be written."""

    def note(self, message: str) -> None:
        """Something that the user should know."""


def told(name: str, error: Exception) -> GsaocrError:
    """An error of an input as one that names the input, also one that nobody foresaw."""
    if isinstance(error, GsaocrError):
        return error
    if isinstance(error, MemoryError):
        return InputError(name, "doesn't fit in memory", "make its pages smaller")
    cause = f"a fault of gsaocr itself: {type(error).__name__}: {error}"
    fault = GsaocrError(name, " ".join(cause.split()), _WHERE)
    fault.__cause__ = error
    return fault


def one_line(error: Exception) -> str:
    """An error in one line, also one that nobody foresaw."""
    return str(told("an input", error))
