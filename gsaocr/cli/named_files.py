"""Files that options name, --show, --review and --log-file: none may be one of the user's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from gsaocr.batch.replacing import IsOwn, Replacing
from gsaocr.cli.watching import is_own_log
from gsaocr.errors import UsageError
from gsaocr.show.review import is_own_review
from gsaocr.show.shown import is_own_view
from gsaocr.whole_file import Put

_IS_OWN: Mapping[str, IsOwn] = {
    "--show": is_own_view,
    "--review": is_own_review,
    "--log-file": is_own_log,
}


class NamedFiles:
    """The files that options of a run name, each with how it may be put in its place."""

    def __init__(
        self,
        named: Mapping[str, Path | None],
        needed: Iterable[Path],
        layouts: bool,
        overwrite: bool,
    ) -> None:
        """Look at what is there; ``needed`` are files that the run reads.

        Raises WouldOverwrite if an option names a file that gsaocr didn't write, UsageError if two
        name the same.
        """
        needed = list(needed)
        self.paths = {option: path for option, path in named.items() if path is not None}
        places: dict[str, str] = {}
        self._put: dict[str, Put] = {}
        for option, path in self.paths.items():
            replacing = Replacing(needed, layouts, overwrite, f"name another with {option}")
            is_own = _IS_OWN[option]
            self._put[option] = partial(replacing.put, is_own=is_own)
            if _holds_nothing(path):  # a pipe, a terminal
                continue
            place = os.path.realpath(path)
            other = places.setdefault(place, option)
            if other != option:
                raise UsageError(f"{other} {option}", "name the same file", "name two")
            # A log is added to, through a link as well.
            there = Path(place) if option == "--log-file" else path
            refusal = replacing.refusal(there, is_own)
            if refusal is not None:
                raise refusal

    def put(self, option: str) -> Put:
        """How a file of this option is given its place."""
        return self._put[option]


def _holds_nothing(path: Path) -> bool:
    """Whether a path leads to what is neither a file nor a folder."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
