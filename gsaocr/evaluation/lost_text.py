"""Words of a truth that a reading lacks: not misread, but left out.

A page can have a low error rate and still lack a line, which is worse than the same number of
wrong letters: nobody who reads the text can see it.
"""

from __future__ import annotations

import re
from itertools import groupby

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

RUN = 5
"""Words in a row that count as lost text; fewer may be a word split or misread."""

_KEPT = 0.5  # a word is there if this share of its letters stands in the reading at its place
_ELSEWHERE = 75.0  # per cent of agreement with some part of the reading: moved, not lost


def lost_runs(truth: str, reading: str, run: int = RUN) -> list[str]:
    """Return the runs of ``run`` or more words that the reading has nowhere, case aside.

    Args:
        truth: a page's text, words separated by white space.
        reading: what was read, in the same spelling.
        run: the least number of words.
    """
    # Small capitals that were read as capitals are there.
    truth_folded, reading = _folded(truth), _folded(reading)
    kept = bytearray(len(truth))
    for block in Levenshtein.opcodes(truth_folded, reading):
        if block.tag == "equal":
            kept[block.src_start : block.src_end] = b"\x01" * (block.src_end - block.src_start)
    words = [m.span() for m in re.finditer(r"\S+", truth)]
    there = [sum(kept[start:end]) >= _KEPT * (end - start) for start, end in words]
    lost = []
    for is_there, group in groupby(range(len(words)), key=there.__getitem__):
        numbers = list(group)
        if not is_there and len(numbers) >= run:
            start, end = words[numbers[0]][0], words[numbers[-1]][1]
            if fuzz.partial_ratio(truth_folded[start:end], reading) < _ELSEWHERE:
                lost.append(truth[start:end])
    return lost


def _folded(text: str) -> str:
    """Lower case, letter by letter: the length stays."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
