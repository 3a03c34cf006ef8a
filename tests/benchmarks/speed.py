"""Time from shell to text, of one page and of many, beside other programs: ``make bench``.

    python -m tests.benchmarks.speed [PAGE] [--data DIR] [--runs N] [--pages N] [--model FILE]
        [--adapter NAME]

Each program is a process of its own and reads the same pages, in turns: start, models, reading,
text. *Shell* is one page, without PAGE the sample scan, made 40 lines long by setting its last
lines once more below them. *Batch* is pages of DIR, a third each of books, receipts and modern
ones; without --data it is left out. Printed are the median and the range of wall-clock seconds, the
median of processor seconds, the largest memory that any run held, and the medians of the ratios
turn by turn.

Tesseract reads one page as it comes and with OMP_THREAD_LIMIT=1. As it comes it shares the work on
each line among OpenMP threads, which wait for each other by spinning: on a machine of few cores it
takes several times as long as with one thread, and the slower way alone would flatter gsaocr. Many
pages two processes of one thread share. ``make peers`` installs what gsaocr is compared with; what
isn't there is left out, aloud.

The *floor* is what the network's matrix products, convolutions and attentions would take for the
page's lines, were one core to do them as fast as it multiplies matrices of that size.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.peers import PEERS_PYTHON
from tests.benchmarks.timed import ROOT, Program, in_turns, table

SAMPLE = ROOT / "docs" / "sample" / "seat-weaving.png"
LINES = 40
SETS = ("old-books", "receipts-val", "modern-open")
"""Of which the pages of the batch are taken."""

ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}

_PADDLE = """
import sys
from faster_paddle import OcrEngine
engine = OcrEngine(model_size=sys.argv[1])
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        print(engine.ocr(file.read())["text"])
"""
_RAPIDOCR = """
import sys
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.log_level": "critical"})
for path in sys.argv[1:]:
    print(engine(path).txts)
"""


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


def forty_lines(folder: Path) -> Path:
    """Write the lengthened sample into a folder and return its path."""
    page = folder / f"{SAMPLE.stem}-{LINES}-lines.png"
    grey = cv2.imread(str(SAMPLE), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    cv2.imwrite(str(page), lengthened(np.asarray(grey, dtype=np.uint8), LINES))
    return page


def mixed_pages(data: Path, count: int, folder: Path) -> list[Path]:
    """Put pages of :data:`SETS`, as many of each, into a folder; the same ones in every run."""
    pages = []
    for seed, name in enumerate(SETS, 1):
        with zipfile.ZipFile(data / "pages" / f"{name}.zip") as archive:
            names = sorted(n for n in archive.namelist() if n.endswith((".png", ".jpg")))
            for member in random.Random(seed).sample(names, count // len(SETS)):
                pages.append(folder / f"{name}-{Path(member).name}")
                pages[-1].write_bytes(archive.read(member))
    return pages


def programs(pages: Sequence[Path], own: Sequence[str], out: Path | None) -> dict[str, Program]:
    """Return what reads these pages; with ``out`` they are many."""
    paths = [str(page) for page in pages]
    gsaocr = [sys.executable, "-m", "gsaocr"]
    if out is None:
        found = {
            "gsaocr": Program([[*gsaocr, "transcribe", *own, *paths]]),
            "gsaocr --help": Program([[*gsaocr, "--help"]]),
        }
    else:
        into = ["-q", "-o", str(out), "--overwrite"]
        found = {
            "gsaocr": Program([[*gsaocr, "transcribe", *own, *into, *paths]]),
            "gsaocr --jobs 2": Program([[*gsaocr, "transcribe", "--jobs=2", *own, *into, *paths]]),
        }
    if tesseract := shutil.which("tesseract"):
        if out is None:
            command = [tesseract, *paths, "-", "-l", "eng"]
            found["tesseract"] = Program([command])
            found["tesseract, 1 thread"] = Program([command], ONE_THREAD)
        else:
            found["tesseract, 2 x 1"] = Program(list(_shared(tesseract, paths, out)), ONE_THREAD)
    else:
        print("tesseract is not installed (make peers)", file=sys.stderr)
    if PEERS_PYTHON.exists():
        python = str(PEERS_PYTHON)
        for size in ("tiny", "small"):
            found[f"faster-paddle {size}"] = Program([[python, "-c", _PADDLE, size, *paths]])
        found["RapidOCR"] = Program([[python, "-c", _RAPIDOCR, *paths]])
    else:
        print("faster-paddle and RapidOCR are not installed (make peers)", file=sys.stderr)
    return found


def _shared(tesseract: str, paths: Sequence[str], out: Path) -> Iterator[list[str]]:
    """Give every second page to each of two processes, which write into files."""
    for part in (0, 1):
        listed = out.with_name(f"pages-{part}.txt")
        listed.write_text("\n".join(paths[part::2]) + "\n")
        yield [tesseract, str(listed), str(out.with_name(f"text-{part}")), "-l", "Latin"]


def floor(lines: int) -> str:
    """Tell what the network's operations would take at the rate of matrix products."""
    # After all measurements: a process that is started counts what its parent held as its own.
    import torch

    from gsaocr.model_files import default_model
    from gsaocr.recognizer.cost import BOOK_LINE, encoder_flops
    from gsaocr.recognizer.weights import load_model

    model = load_model(default_model()).model
    flops = encoder_flops(model, readers=(0, 2)) * lines
    torch.set_num_threads(1)
    a, b = torch.rand(1024, 160), torch.rand(160, 320)
    rates = []
    for _ in range(200):
        begun = time.perf_counter()
        a @ b
        rates.append(2 * 1024 * 160 * 320 / (time.perf_counter() - begun))
    return (
        f"floor: {lines} lines of {BOOK_LINE} characters, two readers: {flops / 1e9:.0f} GFLOP; at "
        f"{max(rates) / 1e9:.0f} GFLOP/s, float32, one core: {flops / max(rates):.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path, nargs="?", help="default: the sample, 40 lines long")
    parser.add_argument("--data", type=Path, help="folder whose pages/ are read as a batch")
    parser.add_argument("--runs", type=int, default=5, help="of one page; of a batch half as many")
    parser.add_argument("--pages", type=int, default=24, help="of the batch")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--adapter")
    given = parser.parse_args()
    own = [f"--{n}={v}" for n in ("model", "adapter") if (v := getattr(given, n))]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        page = (given.page or forty_lines(Path(folder))).resolve()
        print(f"shell: {page.name}, {given.runs} runs in turns, {cores} cores, load {load:.1f}")
        measured = in_turns(programs([page], own, None), given.runs)
        print("\n".join(table(measured, "gsaocr")))
        if given.data is not None:
            runs = max(1, given.runs // 2)
            pages = mixed_pages(given.data, given.pages, Path(folder))
            print(f"batch: {len(pages)} pages, {runs} runs in turns")
            measured = in_turns(programs(pages, own, Path(folder) / "out"), runs, warm=False)
            print("\n".join(table(measured, "gsaocr")))
    if given.page is None:
        print(floor(LINES))


if __name__ == "__main__":
    main()
