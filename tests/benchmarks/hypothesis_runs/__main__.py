"""Tests the paper's hypothesis: does the runs that aren't done yet, and writes docs/hypothesis.md.

    python -m tests.benchmarks.hypothesis_runs --fonts FONTS --data DATA

One thread; runs come one after another. Those that are done are skipped; one that was stopped
begins again. ``--report`` only writes the tables.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks.hypothesis_runs.adapters import adapter_runs
from tests.benchmarks.hypothesis_runs.jobs import Job, Places, do_all
from tests.benchmarks.hypothesis_runs.readers import more_runs, reader_runs
from tests.benchmarks.hypothesis_runs.tables import write_tables

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", type=Path, help="what make fonts gathered")
    parser.add_argument("--data", type=Path, help="folder with lines/ and text/")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "hypothesis")
    parser.add_argument("--results", type=Path, default=ROOT / "docs" / "hypothesis")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "hypothesis.md")
    parser.add_argument("--only", default="", help="do the runs whose name holds this")
    parser.add_argument("--report", action="store_true", help="write the tables, do no run")
    given = parser.parse_args()
    jobs: list[Job] = [*reader_runs(), *adapter_runs(), *more_runs()]
    if not given.report:
        if not (given.fonts and given.data):
            parser.error("name the fonts and the data: --fonts FONTS --data DATA")
        places = Places(given.fonts, given.data, given.work, given.results)
        do_all([job for job in jobs if given.only in job.name], places, _say)
    write_tables(given.page, given.results, jobs)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
