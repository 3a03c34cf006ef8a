"""Time from shell to text for a page of 40 lines, beside Tesseract: ``make bench``.

    python -m tests.benchmarks.page_speed [PAGE] [--runs N] [--model FILE] [--adapter NAME]

Each program reads the same page as a process of its own, in turns, several times: start, models,
reading, text. Without PAGE it is the sample scan, made 40 lines long by setting its last lines
once more below them. Printed are the median and the range of wall-clock seconds, the median of
processor seconds, the largest memory that any run held, and the ratios of the medians.

Tesseract is timed twice: as it comes, and with OMP_THREAD_LIMIT=1. As it comes it shares the work
on each line among OpenMP threads, which wait for each other by spinning: on a machine of few cores
it takes several times as long as with one thread, and the slower way alone would flatter gsaocr.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

TESSERACT: dict[str, dict[str, str]] = {
    "tesseract": {},
    "tesseract, 1 thread": {"OMP_THREAD_LIMIT": "1"},
}
"""How Tesseract is run: environment variables by the name of the row."""

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "docs" / "sample" / "seat-weaving.png"
LINES = 40


class Cost(NamedTuple):
    """What one run of a program took."""

    seconds: float  # wall clock
    processor: float  # seconds of all cores
    memory: float  # MiB at the peak


class Program(NamedTuple):
    """What is timed."""

    command: list[str]
    environment: Mapping[str, str] = {}  # beside that of this process


def run_once(program: Program) -> Cost:
    """Return what one run took; stop if it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        program.command,
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | program.environment,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        raise SystemExit(f"{' '.join(program.command)}: failed with status {status}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def lengthened(grey: NDArray[np.uint8], lines: int) -> NDArray[np.uint8]:
    """Return a page of text in one column with its last lines repeated until it has so many.

    Lines are runs of pixel rows that hold ink, at least half as high as most.
    """
    inked = (grey < 128).sum(axis=1) > 2
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    usual = statistics.median(b - a for a, b in runs)
    runs = [(a, b) for a, b in runs if b - a >= usual / 2]
    missing = lines - len(runs)
    if not 0 < missing < len(runs):
        return grey
    first, last = runs[-missing - 1][1], runs[-1][1]
    return np.concatenate([grey[:last], grey[first:last], grey[last:]])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path, nargs="?", help="default: the sample, 40 lines long")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--adapter")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = given.page or forty_lines(Path(folder))
        compare(page.resolve(), given)


def forty_lines(folder: Path) -> Path:
    """Write the lengthened sample into a folder and return its path."""
    page = folder / f"{SAMPLE.stem}-{LINES}-lines.png"
    grey = cv2.imread(str(SAMPLE), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    cv2.imwrite(str(page), lengthened(np.asarray(grey, dtype=np.uint8), LINES))
    return page


def compare(page: Path, given: argparse.Namespace) -> None:
    """Run all programs in turns and print the table."""
    own = [sys.executable, "-m", "gsaocr"]
    choices = [f"--{n}={v}" for n in ("model", "adapter") if (v := getattr(given, n))]
    programs = {
        "gsaocr": Program([*own, "transcribe", *choices, str(page)]),
        "gsaocr --help": Program([*own, "--help"]),
    }
    if tesseract := shutil.which("tesseract"):
        command = [tesseract, str(page), "-", "-l", "eng"]
        programs |= {name: Program(command, how) for name, how in TESSERACT.items()}
    else:
        print("tesseract is not installed (make peers): gsaocr alone", file=sys.stderr)
    measured: dict[str, list[Cost]] = {name: [] for name in programs}
    for program in programs.values():
        run_once(program)  # fills the file cache
    for _ in range(given.runs):
        for name, program in programs.items():
            measured[name].append(run_once(program))
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    print(f"{page.name}, {given.runs} runs in turns, {cores} cores, load {load:.1f}")
    medians = {}
    for name, runs in measured.items():
        seconds = [run.seconds for run in runs]
        medians[name] = statistics.median(seconds)
        processor = statistics.median(run.processor for run in runs)
        print(
            f"{name:<19} {medians[name]:6.2f} s  [{min(seconds):.2f}, {max(seconds):.2f}]  "
            f"processor {processor:6.2f} s  {max(run.memory for run in runs):6.0f} MiB"
        )
    for name in TESSERACT:
        if name in measured:
            turns = zip(measured["gsaocr"], measured[name], strict=True)
            ratios = [own.seconds / peer.seconds for own, peer in turns]
            print(
                f"gsaocr takes {medians['gsaocr'] / medians[name]:.2f} times the time of {name} "
                f"(turn by turn {min(ratios):.2f} to {max(ratios):.2f})"
            )


if __name__ == "__main__":
    main()
