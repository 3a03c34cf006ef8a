"""Damages files at random for as long as it is told, and keeps what the program did not survive.

    python -m tests.fuzz --minutes 60
    python -m tests.fuzz --replay build/fuzz/findings/pdf-1a2b3c.pdf

Every mutant is read in a process of its own kind that may be lost: one that crashes, takes more
memory than it may or more time than a file is worth is a finding like an unforeseen exception.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import mkdtemp
from types import FrameType

from tests.fuzz.targets import TARGETS, Target

SECONDS = 30.0
"""Processor time that a file may take."""

MEMORY = 8 << 30
"""Bytes of address space that the reading process may have; the libraries alone take three."""

_SHARE = 200  # mutants of one kind, then comes the next
_DETAILS = ": "  # what follows it doesn't make another finding
_PATIENCE = 20  # times SECONDS of the clock after which a process is taken for lost


class TooSlow(BaseException):
    """A file takes more processor time than it may; no handler of exceptions may stop this."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="of the damage; drawn if not given")
    parser.add_argument("--only", default=",".join(TARGETS), help="kinds: " + ", ".join(TARGETS))
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--replay", type=Path, nargs="*", help="findings to be read again")
    options = parser.parse_args()
    if options.replay:
        sys.exit(max(replay(path) for path in options.replay))
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    targets = [TARGETS[name] for name in options.only.split(",")]
    sys.exit(1 if fuzz(targets, options.minutes, seed, options.out / "findings") else 0)


def fuzz(targets: list[Target], minutes: float, seed: int, findings: Path) -> int:
    """Damage files for some minutes; return the number of different findings."""
    print(f"fuzz: seed {seed}, {minutes:g} minutes, {', '.join(t.name for t in targets)}")
    random_ = random.Random(seed)
    end = time.monotonic() + 60 * minutes
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    wholes = {target.name: target.make() for target in targets}  # loads what all will need
    while time.monotonic() < end:
        for target in targets:
            left = end - time.monotonic()
            if left <= 0:
                break
            seed = random_.randrange(2**32)
            for problem, content in _share(target, wholes[target.name], seed, end, counts):
                where = f"{target.name}: {problem.partition(_DETAILS)[0]}"
                if where not in seen:
                    seen.add(where)
                    _keep(findings, target, problem, content)
    told = ", ".join(f"{name} {counts[name]:,}" for name in sorted(counts))
    print(f"fuzz: {sum(counts.values()):,} files ({told}): {len(seen)} findings")
    return len(seen)


def replay(path: Path) -> int:
    """Read a finding again in this process; its kind is the beginning of its name."""
    name = max((n for n in TARGETS if path.name.startswith(f"{n}-")), key=len)
    folder = Path(mkdtemp())
    try:
        place = folder / f"file{TARGETS[name].suffix}"
        shutil.copy(path, place)
        problem = _read(TARGETS[name], place)
        print(f"{path}: {problem or 'survived'}")
        return 1 if problem else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _share(
    target: Target, wholes: list[bytes], seed: int, end: float, counts: Counter[str]
) -> list[tuple[str, bytes]]:
    """Let a process read some mutants; return what it did not survive."""
    folder = Path(mkdtemp(prefix="gsaocr-fuzz-"))
    ours, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(
        target=_work, args=(target, wholes, seed, end, folder, theirs)
    )
    worker.start()
    theirs.close()
    findings: list[tuple[str, bytes]] = []
    try:
        while True:
            if not ours.poll(_PATIENCE * SECONDS):
                worker.kill()
                findings.append(("does not come back", _current(folder, target)))
                return findings
            try:
                problem, content = ours.recv()
            except EOFError:
                break
            counts[target.name] += 1
            if problem:
                findings.append((problem, content))
        worker.join()
        if worker.exitcode:
            crash = f"crash, exit code {worker.exitcode}"
            findings.append((crash, _current(folder, target)))
    finally:
        worker.join()
        shutil.rmtree(folder, ignore_errors=True)
    return findings


def _current(folder: Path, target: Target) -> bytes:
    path = folder / f"current{target.suffix}"
    return path.read_bytes() if path.exists() else b""


def _work(
    target: Target, wholes: list[bytes], seed: int, end: float, folder: Path, told: Connection
) -> None:
    """Read mutants one after another; the one that is being read lies in the folder."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _too_slow)
    random_ = random.Random(seed)
    for _ in range(_SHARE):
        if time.monotonic() > end:
            break
        content = target.mutate(random_, wholes)
        (folder / f"current{target.suffix}").write_bytes(content)
        place = folder / "place"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        path = place / f"file{target.suffix}"
        path.write_bytes(content)
        problem = _read(target, path)
        told.send((problem, content if problem else b""))
    told.close()
    os._exit(0)


def _read(target: Target, path: Path) -> str:
    """Read a file; return what went wrong and where, then details, or nothing."""
    from gsaocr.errors import GsaocrError
    from gsaocr.printable import is_unsafe

    signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        target.read(path)
    except GsaocrError as error:
        message = str(error)
        if len(message) > 2000 or any(is_unsafe(c) for c in message):
            return f"a long or unsafe message{_DETAILS}{message[:200]!r}"
    except TooSlow as error:
        return f"more than {SECONDS:g} s at {_place(error)}"
    except Exception as error:
        return f"{type(error).__name__} at {_place(error)}{_DETAILS}{str(error)[:200]!r}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def _place(error: BaseException) -> str:
    """The deepest place within the program itself."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.name != _too_slow.__name__]
    own = [f for f in frames if "gsaocr/" in f.filename and "/fuzz/" not in f.filename]
    frame = (own or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _keep(findings: Path, target: Target, problem: str, content: bytes) -> None:
    findings.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(content).hexdigest()[:8]
    path = findings / f"{target.name}-{mark}{target.suffix}"
    path.write_bytes(content)
    path.with_name(f"{target.name}-{mark}.txt").write_text(problem + "\n", errors="replace")
    print(f"fuzz: {target.name}: {problem}\n      {path}", flush=True)


if __name__ == "__main__":
    main()
