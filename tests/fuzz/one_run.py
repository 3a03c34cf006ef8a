"""Many damaged files in one run of the command line; a run that is killed again and again.

    python -m tests.fuzz.one_run --mutants 1000 --seed 1
    python -m tests.fuzz.one_run --kills 20

The first reads mutants of thirty small files with the shipped model, in one run: every input must
be read or named as failed, by no fault of the program's own. The second reads the whole files,
undisturbed and killed with -9 at moments drawn at random; after ``--resume`` all outputs must be
byte-identical.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import encoded, images, page_image, pdfs

_OPTIONS = ["--max-megapixels", "20", "--dpi", "100", "--page-seconds", "10"]
_FAULT = "a fault of gsaocr itself"
_LOGGED = re.compile(r"^\S+ (read|failed) ('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.MULTILINE)


def whole_files() -> dict[str, bytes]:
    """Thirty small files: images of all formats and PDFs."""
    small = page_image().crop((0, 0, 200, 80))
    more = {
        "grey.jpg": encoded("JPEG", small),
        "deep.png": encoded("PNG", Image.fromarray(np.asarray(small).astype(np.uint16) * 257)),
        "alpha.png": encoded("PNG", small.convert("LA")),
        "interlaced.webp": encoded("WEBP", small.convert("RGB"), lossless=True),
        "photo.tif": encoded("TIFF", small, compression="jpeg"),
        "pages.tif": encoded("TIFF", small.convert("1"), compression="group3",
                             save_all=True, append_images=[small.convert("1")] * 3),
        "colours.bmp": encoded("BMP", small.convert("RGB")),
        "turned.png": encoded("PNG", small.rotate(90, expand=True)),
    }  # fmt: skip
    files = {f"image-{n}.{_ending(content)}": content for n, content in enumerate(images(small))}
    files |= {f"document-{n}.pdf": content for n, content in enumerate(pdfs(small))}
    return files | more


def _ending(content: bytes) -> str:
    starts = {b"\x89PNG": "png", b"\xff\xd8": "jpg", b"II": "tif", b"RIFF": "webp", b"BM": "bmp"}
    starts |= {b"GIF": "gif", b"P5": "pgm", b"\x00\x00": "jp2"}
    return next((name for start, name in starts.items() if content.startswith(start)), "bin")


def mutants(wholes: dict[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents; each whole file gives about as many."""
    random_ = random.Random(seed)
    names = sorted(wholes)
    for number in range(count):
        name = names[number % len(names)]
        other = wholes[random_.choice(names)]
        content = mutated(random_, wholes[name], other, as_text=name.endswith(".pdf"))
        yield f"{number:05d}-{name}", content


@dataclass(frozen=True)
class Outcome:
    """What a run over a folder came to."""

    code: int
    unaccounted: list[str]
    """Inputs that the log names neither as read nor as failed."""
    faults: list[str]
    read: int
    failed: int

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing was the program's fault."""
        return self.code in (0, 10) and not self.unaccounted and not self.faults


def run_over(folder: Path, out: Path) -> Outcome:
    """Read a folder in one run of the command line."""
    log = out.with_name("log.txt")
    done = subprocess.run(
        [*_command(folder, out, "txt,pdf"), "--log-file", str(log)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    said = log.read_text(encoding="utf-8", errors="replace")
    what = {Path(literal_eval(name)).name: how for how, name in _LOGGED.findall(said)}
    inputs = {path.name for path in folder.iterdir()}
    outcomes = [what[name] for name in inputs if name in what]
    faults = [line for line in (*done.stderr.splitlines(), *said.splitlines()) if _FAULT in line]
    lost = sorted(name for name in inputs if name not in what)
    lost += [
        name
        for name in sorted(inputs)
        if what.get(name) == "read" and not any(out.glob(f"{Path(name).stem}*.txt"))
    ]
    return Outcome(done.returncode, lost, faults, outcomes.count("read"), outcomes.count("failed"))


def _command(folder: Path, out: Path, formats: str) -> list[str]:
    start = [sys.executable, "-m", "gsaocr", "transcribe", str(folder), "-o", str(out)]
    return [*start, "--format", formats, *_OPTIONS]


def killed_and_resumed(folder: Path, out: Path, kills: int, seed: int) -> int:
    """Read a folder, killed while outputs appear; return how often it really was killed."""
    random_ = random.Random(seed)
    command = [*_command(folder, out, "txt,json,alto,hocr,pdf"), "--resume"]
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before, wanted = _count(out), random_.randint(1, 6)
        while process.poll() is None and _count(out) < before + wanted:
            time.sleep(0.01)
        time.sleep(random_.uniform(0, 0.2))
        process.kill()
        killed += process.wait() == -9
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return killed


def _count(out: Path) -> int:
    return len(list(out.iterdir())) if out.is_dir() else 0


def contents(out: Path) -> dict[str, bytes]:
    """All outputs, without the journal."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".gsaocr" not in path.parts
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.one_run", description=__doc__)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    wholes = whole_files()
    bad = 0
    with TemporaryDirectory() as place:
        inputs, out = Path(place) / "in", Path(place) / "out"
        inputs.mkdir()
        if options.mutants:
            for name, content in mutants(wholes, options.mutants, options.seed):
                (inputs / name).write_bytes(content)
            outcome = run_over(inputs, out)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"one run: {options.mutants} mutants of {len(wholes)} files, seed {options.seed}:"
                f" exit {outcome.code}, {outcome.read} read, {outcome.failed} failed,"
                f" {len(outcome.unaccounted)} unaccounted, {len(outcome.faults)} faults,"
                f" {peak:.0f} MB at most"
            )
            for line in [*outcome.unaccounted, *outcome.faults][:50]:
                print(f"  {line}")
            bad += not outcome.holds
        if options.kills:
            whole, kept = Path(place) / "whole", Path(place) / "files"
            kept.mkdir()
            for name, content in wholes.items():
                (kept / name).write_bytes(content)
            subprocess.run(_command(kept, whole, "txt,json,alto,hocr,pdf"), check=False)
            killed = killed_and_resumed(kept, Path(place) / "killed", options.kills, options.seed)
            expected, found = contents(whole), contents(Path(place) / "killed")
            differ = sorted(n for n in expected | found if expected.get(n) != found.get(n))
            print(
                f"killed {killed} times of {options.kills}: {len(expected)} outputs,"
                f" {len(differ)} differ {differ[:5] or ''}"
            )
            bad += bool(differ) or not expected
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
