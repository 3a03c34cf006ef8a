"""Readings that are kept, so that a long measurement can be made in pieces.

A cell holds what one engine read in one task: a JSON Lines file whose first line says with which
version and settings. Readings of another version or other settings are thrown away, not mixed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from tests.benchmarks.engines import Engine, Outcome
from tests.benchmarks.score_tasks import Task


@dataclass(frozen=True)
class CellHeader:
    """What all readings of a cell have in common."""

    task: str
    engine: str
    version: str
    settings: str
    threads: int


class Cell:
    """The readings of one engine in one task, kept in a file."""

    def __init__(self, path: Path, header: CellHeader | None = None) -> None:
        """Open a cell; one that was made under another header is begun anew.

        Without a header the cell is taken as it is.
        """
        self.path = path
        self.outcomes: dict[str, Outcome] = {}
        self.days: set[str] = set()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        entries = [entry for line in lines if (entry := _parsed(line)) is not None]
        kept = CellHeader(**entries[0]) if entries else None
        if header is not None and kept != header:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_line(asdict(header)), encoding="utf-8")
            entries, kept = [], header
        elif header is not None and len(entries) < len(lines):  # half a line would spoil the next
            path.write_text("".join(map(_line, entries)), encoding="utf-8")
        assert kept is not None
        self.header = kept
        for entry in entries[1:]:
            self.days.add(entry.pop("day"))
            name = entry.pop("name")
            self.outcomes[name] = Outcome(**entry)

    def add(self, names: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        """Keep readings; a run that is stopped loses none of them."""
        today = date.today().isoformat()
        self.days.add(today)
        with self.path.open("a", encoding="utf-8") as file:
            for name, outcome in zip(names, outcomes, strict=True):
                file.write(_line({"name": name, **asdict(outcome), "day": today}))
                self.outcomes[name] = outcome


def cell_path(folder: Path, task: str, engine: str) -> Path:
    """Return where a cell is kept."""
    return folder / task / f"{engine.replace(' ', '')}.jsonl"


def open_cell(folder: Path, task: Task, engine: Engine, threads: int) -> Cell | None:
    """Return the cell of an engine in a task; None if it takes no part."""
    settings = engine.settings(task)
    if settings is None:
        return None
    header = CellHeader(task.name, engine.name, engine.version(), settings, threads)
    return Cell(cell_path(folder, task.name, engine.name), header)


def kept_cells(folder: Path, task: Task) -> dict[str, Cell]:
    """Return all cells of a task that hold readings, by engine."""
    cells = [Cell(path) for path in sorted((folder / task.name).glob("*.jsonl"))]
    return {cell.header.engine: cell for cell in cells if cell.outcomes}


def _line(entry: dict[str, object]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _parsed(line: str) -> dict[str, str] | None:
    try:
        return json.loads(line)  # type: ignore[no-any-return]
    except json.JSONDecodeError:  # the last line of a run that was killed
        return None
