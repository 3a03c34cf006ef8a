"""The tables of docs/hypothesis.md, written from the results between its markers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.benchmarks.hypothesis_runs.jobs import Job, fingerprint
from tests.benchmarks.hypothesis_runs.reading import TURNS

Result = dict[str, Any]

NOT_YET = "(no run of this part is done yet)"


def write_tables(page: Path, results: Path, jobs: Sequence[Job]) -> None:
    """Put the tables of the results that are there between the page's markers.

    Results of other settings than those of ``jobs`` are left out.
    """
    found = load(results, jobs)
    text = page.read_text(encoding="utf-8")
    for name, lines in {
        "done": done(found, jobs),
        "readers": readers(_part(found, 1)),
        "sets": by_set(_part(found, 1)),
        "differences": differences(_part(found, 1)),
        "adapters": adapters(_part(found, 2)),
        "more": readers(_part(found, 1, first_seed=True) + _part(found, 3), seeds=False)
        if _part(found, 3)
        else [NOT_YET],
    }.items():
        text = between_markers(text, name, lines)
    page.write_text(text, encoding="utf-8")


def between_markers(text: str, name: str, lines: Sequence[str]) -> str:
    """Return a page with the lines between its markers of this name; it has to have them."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    body = "\n".join([begin, "", *lines, "", end])
    changed, times = pattern.subn(lambda _: body, text)
    if times != 1:
        raise ValueError(f"{begin} is there {times} times")
    return changed


def load(results: Path, jobs: Sequence[Job]) -> list[Result]:
    """Return the results of the jobs that are done, in the order of the jobs."""
    found = []
    for job in jobs:
        path = results / f"{job.name}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            if result["settings"] == fingerprint(job):
                found.append(result)
    return found


def done(found: Sequence[Result], jobs: Sequence[Job]) -> list[str]:
    """Return how many runs are done, and which are not."""
    names = {result["name"] for result in found}
    left = [job.name for job in jobs if job.name not in names]
    lines = [f"{len(found)} of {len(jobs)} runs are done."]
    if left:
        lines.append(f"Not yet: {', '.join(left)}.")
    return lines


def readers(found: Sequence[Result], seeds: bool = True) -> list[str]:
    """Return the main table of readers: cost, and rendered lines in all turns."""
    if not found:
        return [NOT_YET]
    lines = [
        "| arm | " + ("seeds | " if seeds else "") + "lines | parameters | GFLOP a line "
        "| core minutes | CER upright | 90° | 180° | 270° | right direction |",
        "|---|" + ("---|" if seeds else "") + "---|" * 9,
    ]
    for arm, own in _by_arm(found).items():
        cells = [arm, *([str(len(own))] if seeds else [])]
        cells += [f"{own[0]['lines']:,}", f"{own[0]['parameters']:,}", f"{own[0]['gflop']:.3f}"]
        cells.append(_spread([r["training"]["processor seconds"] / 60 for r in own], 1))
        cells += [_spread([_cer(r, "rendered", turn, "head") for r in own]) for turn in TURNS]
        cells.append(_spread([_right(r, "rendered", "head") for r in own]))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def by_set(found: Sequence[Result]) -> list[str]:
    """Return a table of all sets: directions given, chosen by the head, by the surer reading."""
    if not found:
        return [NOT_YET]
    lines = [
        "| set | arm | CER, direction given | all turns, by the head | right by the head "
        "| all turns, surer reading | right by it |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in found[0]["sets"]:
        for arm, own in _by_arm(found).items():
            cells = [f"{name} ({own[0]['sets'][name]['lines']})", arm]
            cells.append(_spread([_all_turns(r, name, "known") for r in own]))
            for way in ("head", "surer"):
                known = [r for r in own if r["sets"][name]["0"][way] is not None]
                cells.append(_spread([_all_turns(r, name, way) for r in known]))
                cells.append(_spread([_right(r, name, way) for r in known]))
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def differences(found: Sequence[Result]) -> list[str]:
    """Return the pairs of arms whose seeds lie wholly apart; one seed tells nothing."""
    lines = []
    measures: dict[str, Callable[[Result, str], float]] = {
        "CER, direction given": lambda r, name: _all_turns(r, name, "known"),
        "CER over all turns, direction by the head": lambda r, name: _all_turns(r, name, "head"),
    }
    arms = {arm: own for arm, own in _by_arm(found).items() if len(own) > 1}
    for title, measure in measures.items():
        for name in found[0]["sets"] if found else ():
            apart = []
            for (a, first), (b, second) in combinations(arms.items(), 2):
                x, y = ([measure(r, name) for r in own] for own in (first, second))
                if max(x) < min(y):
                    apart.append(f"{a} below {b}")
                elif max(y) < min(x):
                    apart.append(f"{b} below {a}")
            if arms:
                lines.append(f"- {title}, {name}: {'; '.join(apart) or 'none'}.")
    return lines or ["(no arm has two seeds yet)"]


def adapters(found: Sequence[Result]) -> list[str]:
    """Return the table of part 2."""
    if not found:
        return [NOT_YET]
    upright = list(found[0]["upright"])
    lines = [
        "| case | seeds | trained | share | core minutes | "
        + " | ".join(f"{name}, CER" for name in upright)
        + " | "
        + " | ".join(f"{upright[0]} at {turn}°" for turn in TURNS)
        + " | right direction |",
        "|---|---|---|---|---|" + "---|" * (len(upright) + len(TURNS) + 1),
    ]
    by_case: dict[str, list[Result]] = {}
    for result in found:
        by_case.setdefault(result["case"], []).append(result)
    for case, own in by_case.items():
        cells = [case, str(len(own)), f"{own[0].get('trained', 0):,}"]
        cells.append(f"{own[0].get('share', 0):.1%}")
        cells.append(_spread([r.get("core minutes", 0) for r in own], 1))
        cells += [_spread([100 * r["upright"][name] for r in own]) for name in upright]
        cells += [_spread([100 * r["turned"][str(t)]["cer"] for r in own]) for t in TURNS]
        rights = [[100 * r["turned"][str(t)]["right"] for t in TURNS] for r in own]
        cells.append(_spread([sum(each) / len(each) for each in rights]))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _part(found: Iterable[Result], part: int, first_seed: bool = False) -> list[Result]:
    return [r for r in found if r["part"] == part and (not first_seed or r["seed"] == 1)]


def _by_arm(found: Iterable[Result]) -> dict[str, list[Result]]:
    arms: dict[str, list[Result]] = {}
    for result in found:
        arms.setdefault(result["arm"], []).append(result)
    return arms


def _cer(result: Result, name: str, turn: int, way: str) -> float:
    return 100.0 * float(result["sets"][name][str(turn)][way])


def _all_turns(result: Result, name: str, way: str) -> float:
    return sum(_cer(result, name, turn, way) for turn in TURNS) / len(TURNS)


def _right(result: Result, name: str, way: str) -> float:
    turns = [float(result["sets"][name][str(turn)][f"{way} right"]) for turn in TURNS]
    return 100 * sum(turns) / len(turns)


def _spread(values: Sequence[float], digits: int = 1) -> str:
    """Return the mean, and the lowest and the highest of several seeds."""
    if not values:
        return ""
    mean = f"{sum(values) / len(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} [{min(values):.{digits}f}, {max(values):.{digits}f}]"
