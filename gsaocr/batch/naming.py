"""Which files each input's outputs go to."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from gsaocr.errors import OutputError

_LONGEST_NAME = 255  # bytes, on the usual file systems
_ROOM = 32  # bytes for the longest ending: a page's number and ".alto.xml"


def output_places(places: Sequence[PurePath]) -> list[PurePath]:
    """Return one place without suffix for each input's place, all distinct.

    Where inputs share one, the first in order keeps it and the others get -2, -3, ..., leaving out
    those that another input has by itself. Places that differ in case alone count as the same, as
    on many disks. Names too long for a suffix are cut and end in a hash.
    """
    own = [place.with_name(_short(_stem(place.name))) for place in places]
    by_itself = {_key(place) for place in own}
    taken: set[str] = set()
    chosen_places = []
    for place in own:
        chosen, number = place, 1
        while _key(chosen) in taken or (number > 1 and _key(chosen) in by_itself):
            number += 1
            chosen = place.with_name(f"{place.name}-{number}")
        taken.add(_key(chosen))
        chosen_places.append(chosen)
    return chosen_places


def refuse_overwriting(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Raise ``OutputError`` if an output file is one of the inputs, by whatever path or link."""
    # An output that isn't there yet overwrites nothing; most are not, so few files are looked at.
    there = {identity: path for path in outputs if (identity := _identity(path))}
    for path in inputs if there else ():
        output = there.get(_identity(path) or (-1, -1))
        if output is not None:
            raise OutputError(
                str(output), "would overwrite an input", "choose another folder with -o"
            )


def _stem(name: str) -> str:
    stem = PurePath(name).stem
    return stem if stem.strip(".") else name.strip(".") or "unnamed"


def _short(name: str) -> str:
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_NAME - _ROOM:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    kept = encoded[: _LONGEST_NAME - _ROOM - 9].decode("utf-8", "ignore")
    return f"{kept}-{digest}"


def _key(place: PurePath) -> str:
    return unicodedata.normalize("NFC", str(place)).casefold()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
