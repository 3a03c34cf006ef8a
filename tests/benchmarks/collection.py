"""A collection in one run: memory, pages a minute, and whether a killed run resumes to the same.

    python -m tests.benchmarks.collection --data DIR [--pages 200] [--work DIR]

Mixed pages of the sets (books and photographed receipts, shuffled, the last ones bound into a PDF
and a TIFF) are read once without interruption, and once more with ``kill -9`` at about half of the
outputs and ``--resume`` afterwards. Prints pages a minute, memory over the run and at its peak, and
the lines that differ: in text, in boxes, or in confidence by more than 0.001.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

_BOUND = 6  # pages in the PDF, and in the TIFF
_TOLERANCE = 0.001  # of confidences: other batches round otherwise


def main() -> None:
    """Run the benchmark and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--work", type=Path, help="keep scans and outputs here")
    given = parser.parse_args()
    if given.work:
        measure(given.data, given.pages, given.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(given.data, given.pages, Path(folder))


def measure(data: Path, pages: int, work: Path) -> None:
    """Read the pages twice and print the comparison."""
    scans = work / "scans"
    files = unpack(data, pages, scans)
    whole, killed = work / "whole", work / "killed"
    for folder in (whole, killed):
        shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    code, memory = run(scans, whole)
    minutes = (time.monotonic() - began) / 60
    read = sum(len(json.loads(p.read_text())["pages"]) for p in outputs(whole))
    print(f"{files} files, {read} pages, exit code {code}, {read / minutes:.1f} pages a minute")
    third = max(1, len(memory) // 3)
    print(
        f"memory: {median(memory[:third]):.0f} MB in the first third of the run (median), "
        f"{median(memory[-third:]):.0f} MB in the last, {max(memory):.0f} MB at most"
    )
    run(scans, killed, kill_after=files // 2)
    left = len(outputs(killed))
    code, _ = run(scans, killed)
    print(f"killed after {left} of {files} files, resumed: exit code {code}")
    differences = list(compare(whole, killed))
    print(f"differences: {len(differences)}")
    for difference in differences:
        print(f"  {difference}")


def unpack(data: Path, pages: int, scans: Path) -> int:
    """Put mixed pages into a folder, the last ones bound together; return the number of files."""
    shutil.rmtree(scans, ignore_errors=True)
    scans.mkdir(parents=True)
    names: list[tuple[Path, str]] = []
    for archive in sorted((data / "pages").glob("*.zip")):
        with zipfile.ZipFile(archive) as packed:
            names += [(archive, n) for n in packed.namelist() if n.endswith((".png", ".jpg"))]
    random.Random(5).shuffle(names)
    chosen = names[:pages]
    for archive, name in chosen:
        with zipfile.ZipFile(archive) as packed:
            (scans / Path(name).name).write_bytes(packed.read(name))
    single = sorted(scans.iterdir())
    for kind, paths in (("pdf", single[:_BOUND]), ("tif", single[_BOUND : 2 * _BOUND])):
        images = [Image.open(path).convert("L") for path in paths]
        images[0].save(scans / f"bound.{kind}", save_all=True, append_images=images[1:])
        for path in paths:
            path.unlink()
    return len(list(scans.iterdir()))


def run(scans: Path, out: Path, kill_after: int | None = None) -> tuple[int, list[float]]:
    """Read the scans; return the exit code and the memory in MB, four times a second."""
    command = [sys.executable, "-m", "gsaocr", "transcribe", str(scans), "-o", str(out)]
    command += ["--format", "txt,json", "--resume", "--quiet"]
    process = subprocess.Popen(command)
    memory = []
    while process.poll() is None:
        memory.append(resident(process.pid))
        if kill_after is not None and len(outputs(out)) >= kill_after:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        time.sleep(0.25)
    return process.returncode, [m for m in memory if m > 0]


def resident(process: int) -> float:
    """Return the memory that a process holds, in MB (Linux)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    held = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(held[0]) / 1000 if held else 0.0


def outputs(out: Path) -> list[Path]:
    """Return the documents that are finished."""
    return sorted(p for p in out.rglob("*.json") if ".gsaocr" not in p.parts)


def compare(whole: Path, other: Path) -> Iterator[str]:
    """Yield what differs between two folders of outputs, line by line."""
    names = [{str(p.relative_to(f)) for p in outputs(f)} for f in (whole, other)]
    yield from (f"{name}: only in one of the runs" for name in sorted(names[0] ^ names[1]))
    for name in sorted(names[0] & names[1]):
        first, second = (list(lines_of(f / name)) for f in (whole, other))
        if len(first) != len(second):
            yield f"{name}: {len(first)} lines, {len(second)} lines"
            continue
        for one, two in zip(first, second, strict=True):
            if one["text"] != two["text"]:
                yield f"{name}: {one['text']!r}, {two['text']!r}"
            elif one["box"] != two["box"]:
                yield f"{name}: box {one['box']}, {two['box']}"
            elif abs(one["confidence"] - two["confidence"]) > _TOLERANCE:
                yield f"{name}: confidence {one['confidence']}, {two['confidence']}"


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a document written as JSON."""
    for page in json.loads(path.read_text(encoding="utf-8"))["pages"]:
        for region in page["regions"]:
            yield from region["lines"]


def median(values: list[float]) -> float:
    """Return the middle value."""
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
