"""Programs as processes of their own: what a run takes, and what runs in turns took."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Cost(NamedTuple):
    """What one run of a program took."""

    seconds: float  # wall clock
    processor: float  # seconds of all cores
    memory: float  # MiB at the peak of the largest process


class Program(NamedTuple):
    """What is timed: one command, or several that run at the same time."""

    commands: Sequence[Sequence[str]]
    environment: Mapping[str, str] = {}  # beside that of this process


def run_once(program: Program) -> Cost:
    """Return what one run took; stop if it fails."""
    begun = time.perf_counter()
    started = [
        subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | program.environment,
        )
        for command in program.commands
    ]
    processor, memory = 0.0, 0.0
    for process, command in zip(started, program.commands, strict=True):
        assert process.stderr is not None
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            shown = " ".join(command[:4])
            raise SystemExit(f"{shown} ...: failed with status {status}: {told[-300:].decode()}")
        processor += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / 1024)
    return Cost(time.perf_counter() - begun, processor, memory)


def in_turns(
    programs: Mapping[str, Program], runs: int, warm: bool = True
) -> dict[str, list[Cost]]:
    """Run all programs in turns; ``warm``: once before, to fill the file cache."""
    measured: dict[str, list[Cost]] = {name: [] for name in programs}
    for number in range(-1 if warm else 0, runs):
        for name, program in programs.items():
            cost = run_once(program)
            if number >= 0:
                measured[name].append(cost)
    return measured


def table(measured: Mapping[str, Sequence[Cost]], own: str) -> list[str]:
    """Return a line for each program: medians and ranges, and ``own`` in ratio to it."""
    lines = []
    for name, runs in measured.items():
        seconds = [run.seconds for run in runs]
        processor = statistics.median(run.processor for run in runs)
        line = (
            f"{name:<22} {statistics.median(seconds):7.2f} s  "
            f"[{min(seconds):.2f}, {max(seconds):.2f}]  "
            f"processor {processor:7.2f} s  {max(run.memory for run in runs):6.0f} MiB"
        )
        if name != own:
            turns = list(zip(measured[own], runs, strict=True))
            wall = statistics.median(a.seconds / b.seconds for a, b in turns)
            cores = statistics.median(a.processor / b.processor for a, b in turns)
            line += f"  {own} takes {wall:.2f} times as long, {cores:.2f} times the processor"
        lines.append(line)
    return lines
