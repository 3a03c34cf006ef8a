"""Time from shell to text for one page, beside Tesseract where it is installed: ``make bench``.

Each program reads the same page as a process of its own, in turns, several times. Printed are the
median and the range of wall-clock seconds, and the largest memory any run held.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample" / "seat-weaving.png"


def run_once(command: list[str]) -> tuple[float, float]:
    """Return seconds and peak MiB of one run; stop if it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        raise SystemExit(f"{' '.join(command)}: failed with status {status}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("page", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    gsaocr = [sys.executable, "-m", "gsaocr"]
    model = ["--model", str(given.model)] if given.model else []
    programs = {
        "gsaocr": [*gsaocr, "transcribe", *model, str(given.page)],
        "gsaocr --help": [*gsaocr, "--help"],
    }
    if tesseract := shutil.which("tesseract"):
        programs["tesseract"] = [tesseract, str(given.page), "-"]
    else:
        print("tesseract is not installed: gsaocr alone is measured", file=sys.stderr)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for command in programs.values():
        run_once(command)  # fills the file cache
    for _ in range(given.runs):
        for name, command in programs.items():
            measured[name].append(run_once(command))
    print(f"{given.page.name}, {given.runs} runs, {os.cpu_count()} cores")
    for name, runs in measured.items():
        seconds = [run[0] for run in runs]
        print(
            f"{name:<14} {statistics.median(seconds):6.2f} s  "
            f"[{min(seconds):.2f}, {max(seconds):.2f}]  {max(run[1] for run in runs):6.0f} MiB"
        )


if __name__ == "__main__":
    main()
