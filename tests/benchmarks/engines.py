"""What every engine on the scoreboard can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.benchmarks.score_tasks import Grey, Task


@dataclass(frozen=True)
class Outcome:
    """One image as read."""

    text: str
    seconds: float  # of wall clock
    error: str = ""  # why nothing was read


class Engine(Protocol):
    """A program that reads text."""

    name: str
    """Column of the scoreboard."""
    batch: int
    """Line images that it is given at once."""

    def version(self) -> str:
        """Return what was run; other readings are to be expected of another version."""

    def settings(self, task: Task) -> str | None:
        """Return the settings for a task in words; None if the engine takes no part in it."""

    def read(self, task: Task, names: Sequence[str], images: Sequence[Grey]) -> list[Outcome]:
        """Read images of a task, in order."""


class EngineMissing(Exception):
    """The engine is not installed."""
