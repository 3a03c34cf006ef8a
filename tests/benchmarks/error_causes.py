"""Why a reading differs from its truth: every edit gets one cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

LONG = 8  # characters in a row that are missing or added on a page: no misread letters any more


class Cause(StrEnum):
    """What an edit is put down to, in the order in which they are tried."""

    ORIENTATION = "read in a wrong direction"
    ORDER = "reading order"
    MISSED = "text missed"
    ADDED = "text added"
    OUT_OF_CHARSET = "not in the charset"
    SPACE_MISSING = "space missing"
    SPACE_EXTRA = "space too many"
    CASE = "case"
    LEFT_OUT = "letter left out"
    EXTRA = "letter too many"
    WRONG = "wrong letter"


def causes(
    truth: str,
    reading: str,
    *,
    known: Callable[[str], bool] = lambda character: True,
    wrong_direction: bool = False,
    page: bool = False,
) -> Counter[Cause]:
    """Count the edits of a reading by cause; their sum is the edit distance.

    Args:
        truth: as the scoring maps it.
        reading: likewise.
        known: whether the charset has a character.
        wrong_direction: the image was read in a wrong quarter turn: all edits come from that.
        page: long runs of missing or added characters are the segmentation's; what is missing in
            one place and added in another is out of order (as far as the shortest way from text to
            text moves it whole: neighbours of the same length count as wrong letters).
    """
    steps = Levenshtein.editops(truth, reading)
    if wrong_direction:
        return Counter({Cause.ORIENTATION: len(steps)} if steps else {})
    edits = [
        (
            step.tag,
            "" if step.tag == "insert" else truth[step.src_pos],
            "" if step.tag == "delete" else reading[step.dest_pos],
        )
        for step in steps
    ]
    counted: Counter[Cause] = Counter()
    if page:
        missed, added, edits = _long_runs(truth, reading)
        moved = sum((_bag(missed) & _bag(added)).values())
        counted[Cause.ORDER] = 2 * moved
        counted[Cause.MISSED] = sum(map(len, missed)) - moved
        counted[Cause.ADDED] = sum(map(len, added)) - moved
    counted.update(_cause(wanted, got, known) for _, wanted, got in edits)
    return +counted


Edit = tuple[str, str, str]
"""Kind, character of the truth, character of the reading; one of the two may be empty."""


def _long_runs(truth: str, reading: str) -> tuple[list[str], list[str], list[Edit]]:
    """Return long runs that are missing, long runs that are added, and all other edits."""
    missed: list[str] = []
    added: list[str] = []
    edits: list[Edit] = []
    for step in Levenshtein.opcodes(truth, reading):
        wanted = truth[step.src_start : step.src_end]
        got = reading[step.dest_start : step.dest_end]
        if step.tag == "delete" and len(wanted) >= LONG:
            missed.append(wanted)
        elif step.tag == "insert" and len(got) >= LONG:
            added.append(got)
        elif step.tag == "delete":
            edits += [("delete", letter, "") for letter in wanted]
        elif step.tag == "insert":
            edits += [("insert", "", letter) for letter in got]
        elif step.tag == "replace":
            edits += [("replace", a, b) for a, b in zip(wanted, got, strict=True)]
    return missed, added, edits


def _bag(runs: list[str]) -> Counter[str]:
    """Return the letters of all words, each with its word and place, as a bag."""
    bag: Counter[str] = Counter()
    for run in runs:
        for word in run.split():
            for place, letter in enumerate(word):
                bag[f"{word}:{place}:{letter}"] += 1
    return bag


def _cause(wanted: str, got: str, known: Callable[[str], bool]) -> Cause:
    if wanted and not known(wanted):
        return Cause.OUT_OF_CHARSET
    if wanted == " ":
        return Cause.SPACE_MISSING
    if got == " ":
        return Cause.SPACE_EXTRA
    if not wanted:
        return Cause.EXTRA
    if not got:
        return Cause.LEFT_OUT
    return Cause.CASE if wanted.lower() == got.lower() else Cause.WRONG
