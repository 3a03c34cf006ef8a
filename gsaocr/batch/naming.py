"""Which files each input's outputs go to."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePath

from gsaocr.batch.journal import FOLDER
from gsaocr.errors import WouldOverwrite

_LONGEST_NAME = 255  # bytes, on the usual file systems
_ROOM = 32  # bytes for the longest ending: a page's number and ".alto.xml"


def output_places(
    places: Sequence[PurePath], several: Callable[[int], bool] = lambda index: False
) -> list[PurePath]:
    """Return one place without suffix for each input's place, all distinct and below one folder.

    Where inputs share one, the first in order keeps it and the others get -2, -3, ..., leaving out
    those that another input has by itself. Places that differ in case alone count as the same, as
    on many disks. Names too long for a suffix are cut and end in a hash.

    ``several`` tells whether the input of this index gets a file for each of several pages: those
    of NAME are NAME-0002 and so on, and an input of such a name then gives way.
    """
    own = [_below(place.with_name(_short(_stem(place.name)))) for place in places]
    by_itself = {_key(place) for place in own}
    numbered = {_key(base) for place in own if (base := _of_page(place)) is not None}
    bases = {
        _key(place) for index, place in enumerate(own) if _key(place) in numbered and several(index)
    }

    reserved = by_itself | numbered

    def is_free(place: PurePath, changed: bool) -> bool:
        if _key(place) in taken or (changed and _key(place) in reserved):
            return False
        base = _of_page(place)
        return base is None or _key(base) not in bases

    taken: set[str] = set()
    chosen_places = []
    for place in own:
        chosen, number = place, 1
        while not is_free(chosen, number > 1):
            number += 1
            chosen = place.with_name(f"{place.name}-{number}")
        taken.add(_key(chosen))
        chosen_places.append(chosen)
    return chosen_places


def page_place(place: PurePath, page: int) -> PurePath:
    """The place of a page's own file: NAME for the first page, NAME-0002 and so on for others."""
    return place if page == 1 else place.with_name(f"{place.name}-{page:04d}")


def refuse_overwriting(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Raise ``WouldOverwrite`` if an output file is one of the inputs, by whatever path or link."""
    # An output that isn't there yet overwrites nothing; most are not, so few files are looked at.
    there = {identity: path for path in outputs if (identity := _identity(path))}
    for path in inputs if there else ():
        output = there.get(_identity(path) or (-1, -1))
        if output is not None:
            raise WouldOverwrite(
                str(output), "would overwrite an input", "choose another place with -o"
            )


def _below(place: PurePath) -> PurePath:
    """A place that leads out of no folder, and not into the one of journals."""
    parts = PurePath(os.path.normpath(place.parent)).parts
    inside = [f"_{part}" if part.casefold() == FOLDER else part for part in parts]
    return PurePath(*(part for part in inside if part not in ("..", os.sep)), place.name)


def _of_page(place: PurePath) -> PurePath | None:
    """The place whose page would have this one; None if it can be no page's."""
    name, _, digits = place.name.rpartition("-")
    is_page = name and digits.isascii() and digits.isdigit() and int(digits) > 1
    return place.with_name(name) if is_page and digits == f"{int(digits):04d}" else None


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
