"""Words broken at a line's end: which they are, and what they are when joined."""

from __future__ import annotations

HYPHENS = "-\u00ad\u2010\u00ac\u2e17"
"""What a broken word may end with: hyphen-minus, soft hyphen, hyphen, not sign, double hyphen."""


def joined(head: str, tail: str) -> str | None:
    """The word that ``head`` at a line's end and ``tail`` on the next make; None if they make none.

    Both must touch the break with a letter, and the tail's must be small: before a capital or a
    digit the hyphen is part of the word (Stratford-Upon, 1914-1918).
    """
    stem = head[:-1]
    if not stem or head[-1] not in HYPHENS or not stem[-1].isalpha():
        return None
    return stem + tail if tail[:1].islower() else None
