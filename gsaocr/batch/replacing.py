"""What an output may take the place of: nothing, or a file that gsaocr wrote.

Its own it knows by the journal, where the file is still as it was left, or by the provenance that
the file carries. An input, a layout beside one, and an output of this very run are never replaced;
all else only if the user says so.
"""

from __future__ import annotations

import errno
import filecmp
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from gsaocr.batch.journal import Fingerprint, Journal
from gsaocr.errors import WouldOverwrite

ANOTHER_FOLDER = "choose another folder with -o"
ANOTHER_NAME = "choose another name with -o"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)

IsOwn = Callable[[Path], bool]
"""Whether a file says of itself that gsaocr wrote it."""

Identity = tuple[int, int]


class Replacing:
    """Says which files may be replaced, and puts new ones in their places."""

    def __init__(
        self,
        inputs: Iterable[Path],
        layouts: bool,
        overwrite: bool,
        advice: str = ANOTHER_FOLDER,
    ) -> None:
        """``layouts``: whether PAGE and ALTO files beside the inputs are read."""
        self.journal: Journal | None = None
        self._advice = advice
        self._inputs = list(inputs)
        self._layouts = layouts
        self._overwrite = overwrite
        self._input_identities: set[Identity] | None = None
        self._input_stems: set[tuple[str, str]] | None = None
        self._made: set[Identity] = set()

    def refusal(
        self, path: Path, is_own: IsOwn | None, *, unread: bool = False
    ) -> WouldOverwrite | None:
        """Why a file may not be replaced; None if it may, or if there is none.

        ``is_own`` is None for formats that carry no provenance. ``unread``: what is to be written
        isn't known yet; it could be what the file holds already.
        """
        try:
            status = path.lstat()
        except (OSError, ValueError):
            return None  # nothing there, or it is told of when it is written
        for held, cause in (
            (self._is_input, "is one of the inputs"),
            (self._is_layout, "is a layout beside an input"),
            (self._is_made, "was written for another input of this run"),
        ):
            if held(path):
                return WouldOverwrite(str(path), cause, self._advice)
        repair = f"{self._advice}, or replace it with --overwrite"
        if self._overwrite and not stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            return WouldOverwrite(str(path), "is there already and no plain file", self._advice)
        known = self.journal.as_it_was_written(path) if self.journal is not None else None
        if known or (known is None and is_own is not None and is_own(path)):
            return None
        if known is None and is_own is None and unread:
            return None
        cause = "has been changed since gsaocr wrote it"
        if known is None:
            # Without a journal nobody knows who wrote a text.
            told = is_own is not None or self.journal is not None
            cause = "is there already" + (", and gsaocr did not write it" if told else "")
        return WouldOverwrite(str(path), cause, repair)

    def put(self, partial: Path, path: Path, is_own: IsOwn | None) -> None:
        """Give a whole new file its place; WouldOverwrite if another's file has it.

        A file that holds the same is left as it is.
        """
        if not os.path.lexists(path):
            self._note(path, Fingerprint.of(partial))
        try:
            put_new(partial, path)
        except FileExistsError:
            before, there = _state(path), Fingerprint.of(path)
            refusal = self.refusal(path, is_own)
            if refusal is None:
                if _state(path) != before:
                    raise WouldOverwrite(str(path), "is being changed", "try again") from None
                self._note(path, Fingerprint.of(partial), None if self._overwrite else there)
                partial.replace(path)
            elif self._is_foreign_and_same(path, partial):
                self._note(path, there)
            else:
                raise refusal from None
        self._made.add(_identity(path) or (-1, -1))

    def _note(self, path: Path, *known_by: Fingerprint | None) -> None:
        if self.journal is not None:
            self.journal.will_write(path, [each for each in known_by if each is not None])

    def _is_foreign_and_same(self, path: Path, partial: Path) -> bool:
        if self._is_input(path) or self._is_layout(path) or self._is_made(path):
            return False
        return stat.S_ISREG(path.lstat().st_mode) and filecmp.cmp(path, partial, shallow=False)

    def _is_input(self, path: Path) -> bool:
        if self._input_identities is None:  # most outputs aren't there yet, so few runs ask
            found = map(_identity, self._inputs)
            self._input_identities = {identity for identity in found if identity is not None}
        return _identity(path) in self._input_identities

    def _is_layout(self, path: Path) -> bool:
        """Whether a file has a name that a layout of an input may have, and its place."""
        if not self._layouts or path.suffix.lower() != ".xml":
            return False
        if self._input_stems is None:
            folders: dict[Path, str] = {}
            for each in self._inputs:
                folders.setdefault(each.parent, os.path.realpath(each.parent))
            self._input_stems = {(folders[each.parent], each.stem) for each in self._inputs}
        folder = Path(os.path.realpath(path.parent))
        places = [folder, folder.parent] if folder.name in ("page", "alto") else [folder]
        stem = path.name.removesuffix(".xml").removesuffix(".page").removesuffix(".alto")
        stems = {stem, stem.rpartition("-")[0], path.stem}
        return any((str(p), s) in self._input_stems for p in places for s in stems)

    def _is_made(self, path: Path) -> bool:
        return _identity(path) in self._made


def put_new(partial: Path, path: Path) -> None:
    """Give a file its place if nothing has it; FileExistsError if something has, whatever it is."""
    try:
        os.link(partial, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A disk without links: the place is taken by an empty file first.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        partial.replace(path)


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _state(path: Path) -> tuple[int, int, int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
