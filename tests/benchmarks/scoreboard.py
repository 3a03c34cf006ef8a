"""Every engine on the same sets in one run: ``make scoreboard DATA=DIR``.

    python -m tests.benchmarks.scoreboard --data DIR [--limit N] [--engines gsaocr,tesseract,...]

Engines read the same images in turns, so that their times are taken under the same load. Readings
are kept in runs/scoreboard: a run that was stopped goes on where it stood, a larger limit adds to
a smaller one, and only engines whose version or settings changed read anew. At the end (or with
--report at once) the tables of docs/scoreboard.md are written from what is there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.engines import Engine, EngineMissing
from tests.benchmarks.own_engine import Gsaocr
from tests.benchmarks.peers import RapidOcr, Tesseract
from tests.benchmarks.score_cells import Cell, open_cell
from tests.benchmarks.score_table import markdown
from tests.benchmarks.score_tasks import LINES, MOVED, PAGES, TASKS, Task

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_ENGINES = "tesseract,rapidocr,gsaocr,gsaocr+adapter"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with lines/ and pages/")
    parser.add_argument(
        "--engines",
        default=DEFAULT_ENGINES,
        help=f"of {DEFAULT_ENGINES}, gsaocr:DECODE, gsaocr+adapter:DECODE",
    )
    parser.add_argument("--tasks", help="names or their beginnings, with commas; default: all")
    parser.add_argument("--limit", type=int, help="lines of each line set (default: all)")
    parser.add_argument("--page-limit", type=int, help="pages of each page set (default: all)")
    parser.add_argument(
        "--moved-limit", type=int, default=30, help="pages turned and skewed (default: 30)"
    )
    parser.add_argument("--model", type=Path, help="default: the shipped model")
    parser.add_argument("--adapters", type=Path, help="folder of adapters before the shipped ones")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cells", type=Path, default=ROOT / "runs" / "scoreboard")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "scoreboard.md")
    parser.add_argument("--fresh", action="store_true", help="throw all kept readings away first")
    parser.add_argument("--report", action="store_true", help="read nothing, write the tables")
    parser.add_argument("--minutes", type=float, help="stop reading after so long")
    given = parser.parse_args()
    if given.fresh and not given.report:
        shutil.rmtree(given.cells, ignore_errors=True)
    tasks = chosen_tasks(given.tasks)
    limits = {task.name: limit_of(task, given) for task in TASKS}
    if not given.report:
        engines = started(given)
        end = time.monotonic() + 60 * given.minutes if given.minutes else float("inf")
        for task in tasks:
            if not measure(task, engines, given, limits[task.name], end):
                print("time is up; the same command goes on from here", file=sys.stderr)
                break
    given.out.write_text(markdown(given.cells, given.data, TASKS), encoding="utf-8")
    print(f"wrote {given.out}", file=sys.stderr)


def chosen_tasks(names: str | None) -> list[Task]:
    """Return the tasks whose names begin so."""
    if names is None:
        return list(TASKS)
    beginnings = tuple(names.split(","))
    chosen = [task for task in TASKS if task.name.startswith(beginnings)]
    if not chosen:
        raise SystemExit(f"--tasks {names}: there are {', '.join(t.name for t in TASKS)}")
    return chosen


def limit_of(task: Task, given: argparse.Namespace) -> int | None:
    """Return how many items of a task are read; None for all."""
    limit: int | None
    if task in LINES:
        limit = given.limit
    elif task in PAGES:
        limit = given.page_limit
    else:
        assert task in MOVED
        limit = min(filter(None, (given.moved_limit, given.page_limit)), default=None)
    return limit


def started(given: argparse.Namespace) -> list[Engine]:
    """Return the engines that were asked for and are there; the others are named."""
    engines: list[Engine] = []
    for name in given.engines.split(","):
        kind, _, decode = name.partition(":")
        own = partial(
            Gsaocr, given.model, given.threads, adapters=given.adapters, decode=decode or None
        )
        makers: dict[str, Callable[[], Engine]] = {
            "tesseract": partial(Tesseract, given.threads),
            "rapidocr": partial(RapidOcr, given.threads),
            "gsaocr": own,
            "gsaocr+adapter": partial(own, adapted=True),
        }
        if kind not in makers:
            raise SystemExit(f"--engines {name}: there are {', '.join(makers)}")
        try:
            engines.append(makers[kind]())
        except EngineMissing as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    if not engines:
        raise SystemExit("there is no engine to measure")
    return engines


def measure(
    task: Task,
    engines: Sequence[Engine],
    given: argparse.Namespace,
    limit: int | None,
    end: float,
) -> bool:
    """Let each engine read what it has not read yet, in turns; return whether all is read.

    ``end`` is the moment (``time.monotonic``) after which nothing more is begun.
    """
    cells: list[tuple[Engine, Cell]] = []
    for engine in engines:
        cell = open_cell(given.cells, task, engine, given.threads)
        if cell is not None:
            cells.append((engine, cell))
    samples = task.samples(given.data, limit)
    size = 1 if task.pages else max(engine.batch for engine in engines)
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        if time.monotonic() > end:
            print(file=sys.stderr)
            return False
        waiting = [s for s in part if any(s.name not in cell.outcomes for _, cell in cells)]
        images = {sample.name: task.image(sample) for sample in waiting}
        for engine, cell in cells:
            names = [s.name for s in waiting if s.name not in cell.outcomes]
            if names:
                cell.add(names, engine.read(task, names, [images[n] for n in names]))
        print(
            f"\r{task.name} {start + len(part)}/{len(samples)} ",
            end="",
            file=sys.stderr,
            flush=True,
        )
    print(file=sys.stderr)
    return True


if __name__ == "__main__":
    main()
