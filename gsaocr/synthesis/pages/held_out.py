"""What is kept out of training for measuring: a share of faces and paragraphs, told by a hash."""

from __future__ import annotations

import hashlib

HELD_SHARE = 0.12


def is_held_out(name: str) -> bool:
    """Return whether what has this name or text is for measuring alone, everywhere and always."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") < HELD_SHARE * 2**32
