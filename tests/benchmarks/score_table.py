"""The scoreboard as Markdown, written from the readings that are kept."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gsaocr.evaluation.metrics import Rate, count, score
from gsaocr.evaluation.scoring import scoring_named
from tests.benchmarks.score_cells import Cell, kept_cells
from tests.benchmarks.score_tasks import Task

_INTRODUCTION = """\
# Scoreboard

Written by `make scoreboard DATA=DIR` (`tests/benchmarks/scoreboard.py`): every engine reads the
same images of real scans, none of which the base was trained on. CER and WER are micro-averages,
F1 compares bags of words, *exact* is the share of items without any error, all in %; brackets hold
95 % bootstrap intervals over the n items. Peers have the settings that favour them on each set.
Seconds are medians for one item, the engines taking turns on one machine: Tesseract starts anew
for each image, as its command line does; RapidOCR and gsaocr stay in memory, and gsaocr reads
lines in batches.
"""

Texts = Mapping[str, str]
"""Truth by item."""


def markdown(folder: Path, data: Path, tasks: Sequence[Task]) -> str:
    """Return the whole document.

    Args:
        folder: of the kept readings.
        data: with the truths.
        tasks: in the order in which they are to stand.
    """
    cells = {task.name: kept_cells(folder, task) for task in tasks}
    parts = [_INTRODUCTION]
    for title, pages in (("Lines", False), ("Pages", True)):
        chosen = [t for t in tasks if t.pages == pages and not t.moved and cells[t.name]]
        if chosen:
            parts.append(f"## {title}\n")
            parts += [_block(task, _truths(task, data), cells[task.name]) for task in chosen]
    moved = {t.upright for t in tasks if t.moved and cells[t.name]}
    if moved:
        parts.append("## Turned and skewed pages\n")
        parts.append(
            "The same pages upright, turned clockwise, and with lines that sink to the right by so "
            "many degrees.\n"
        )
    for task in tasks:
        if task.name in moved:
            family = [t for t in tasks if t.upright == task.name]
            parts.append(_moved_block(family, _truths(task, data), cells))
    parts.append(_settings(tasks, cells))
    return "\n".join(parts).rstrip() + "\n"


def _truths(task: Task, data: Path) -> Texts:
    return {sample.name: sample.truth for sample in task.samples(data, None)}


def _block(task: Task, truths: Texts, cells: Mapping[str, Cell]) -> str:
    unit = "page" if task.pages else "line"
    lines = [
        f"### {task.name}\n",
        f"| scoring | engine | n | CER | WER | F1 | exact | s / {unit} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    common = _common(cells.values())
    uneven = any(set(cell.outcomes) != common for cell in cells.values())
    for name in task.scorings:
        for engine, cell in cells.items():
            lines.append(f"| {name} | {engine} | {_row(cell, list(cell.outcomes), truths, name)} |")
        if uneven and common:
            for engine, cell in cells.items():
                row = _row(cell, sorted(common), truths, name)
                lines.append(f"| {name}, items read by all | {engine} | {row} |")
    failures = [
        f"{engine} failed on {failed} items, which count as empty readings."
        for engine, cell in cells.items()
        if (failed := sum(bool(o.error) for o in cell.outcomes.values()))
    ]
    return "\n".join([*lines, "", *failures, *([""] if failures else [])])


def _row(cell: Cell, names: Sequence[str], truths: Texts, scoring: str) -> str:
    rule = scoring_named(scoring)
    result = score([count(rule(truths[n]), rule(cell.outcomes[n].text)) for n in names])
    seconds = statistics.median(cell.outcomes[n].seconds for n in names)
    rates = (result.cer, result.wer, result.word_f1, result.exact)
    return " | ".join([str(len(names)), *map(_rate, rates), f"{seconds:.2f}"])


def _moved_block(
    family: Sequence[Task], truths: Texts, cells: Mapping[str, Mapping[str, Cell]]
) -> str:
    task = family[0]
    scoring = task.scorings[0]
    rule = scoring_named(scoring)
    present = [t for t in family if cells[t.name]]
    lines = [
        f"### {task.name}, {scoring}\n",
        "| engine | n | " + " | ".join(_movement(t) for t in present) + " |",
        "|---|---|" + "---|" * len(present),
    ]
    engines = dict.fromkeys(e for t in present if t.moved for e in cells[t.name])
    for engine in engines:
        own = [cells[t.name].get(engine) for t in present]
        names = sorted(_common(cell for cell in own if cell is not None))
        if not names:
            continue
        for measure in ("F1", "CER", "s"):
            values = []
            for cell in own:
                if cell is None:
                    values.append("")
                    continue
                read = [cell.outcomes[n] for n in names]
                result = score(
                    [count(rule(truths[n]), rule(o.text)) for n, o in zip(names, read, strict=True)]
                )
                seconds = f"{statistics.median(o.seconds for o in read):.2f}"
                values.append(
                    {"F1": _rate(result.word_f1), "CER": _rate(result.cer), "s": seconds}[measure]
                )
            lines.append(f"| {engine}, {measure} | {len(names)} | " + " | ".join(values) + " |")
    return "\n".join([*lines, ""])


def _movement(task: Task) -> str:
    if task.turn:
        return f"{task.turn}°"
    return f"skew {task.skew}°" if task.skew else "upright"


def _common(cells: Iterable[Cell]) -> set[str]:
    sets = [set(cell.outcomes) for cell in cells]
    return set.intersection(*sets) if sets else set()


def _rate(rate: Rate) -> str:
    return f"{100 * rate.value:.2f} [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"


def _settings(tasks: Sequence[Task], cells: Mapping[str, Mapping[str, Cell]]) -> str:
    return "\n".join(["## Engines and settings\n", *_engines(tasks, cells), ""])


def _engines(tasks: Sequence[Task], cells: Mapping[str, Mapping[str, Cell]]) -> Iterator[str]:
    yield f"Machine: {_processor()}.\n"
    for engine in dict.fromkeys(e for found in cells.values() for e in found):
        own = [(t, cells[t.name][engine]) for t in tasks if engine in cells[t.name]]
        versions = dict.fromkeys(cell.header.version for _, cell in own)
        threads = dict.fromkeys(str(cell.header.threads) for _, cell in own)
        days = sorted(set().union(*(cell.days for _, cell in own)))
        measured = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        yield (
            f"- **{engine}**: {'; '.join(versions)}; {' or '.join(threads)} threads; "
            f"measured {measured}."
        )
        by_settings: dict[str, list[str]] = {}
        for task, cell in own:
            by_settings.setdefault(cell.header.settings, []).append(task.name)
        for settings, names in by_settings.items():
            yield f"  - {', '.join(names)}: {settings}"


def _processor() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in facts if line.startswith("model n"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return name
