"""What a run reads: files, folders, globs, lists of names, standard input."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from gsaocr.batch.summary import told
from gsaocr.errors import GsaocrError, InputError
from gsaocr.page.load import is_pdf

STDIN = "-"
"""The name of standard input."""

_IMAGES = "png jpg jpeg jpe jfif tif tiff webp bmp gif ppm pgm pbm pnm jp2 avif heic heif"
SUFFIXES = frozenset(f".{name}" for name in (*_IMAGES.split(), "pdf"))
"""What is read of a folder or a glob with **; a file that is named is read whatever its name."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF's


@dataclass(frozen=True, slots=True)
class Input:
    """One file to be read."""

    name: str  # as the user sees it; "-" for standard input
    path: Path | None  # None for standard input
    place: PurePath  # where it lies in the tree that the outputs mirror, its suffix included


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that was named or found and can't be an input."""

    name: str
    error: GsaocrError


Found = Input | Unreadable


def find_inputs(
    names: Sequence[str], listed: Sequence[str] = (), ignore: Callable[[Path], bool] | None = None
) -> list[Found]:
    """Return all inputs in order, none twice: named ones first, then the listed.

    A folder is searched to any depth, through links but never in a circle; what is hidden, what
    ``ignore`` tells and what has none of :data:`SUFFIXES` is left out. A name with ``* ? [`` that
    is no file is a glob. Files of a folder or a glob keep their place below it, listed files
    theirs below the folder that all of them share; with several folders each one's own name comes
    first.
    """
    ignore = ignore or (lambda path: False)
    folders = [name for name in names if name != STDIN and os.path.isdir(name)]
    found: list[Found] = []
    for name in names:
        if name == STDIN:
            found.append(Input(STDIN, None, PurePath("stdin")))
        elif os.path.isdir(name):
            base = Path(Path(name).resolve().name) if len(folders) > 1 else Path()
            found += _below(name, base, ignore)
        elif glob.has_magic(name) and not os.path.lexists(name):
            found += _matching(name, ignore)
        else:
            found.append(Input(name, Path(name), PurePath(PurePath(name).name)))
    found += _listed(listed)
    return list(_once(found))


def may_have_pages(source: Input) -> bool:
    """Whether an input may have several pages: a PDF, a TIFF, and standard input, unseen."""
    if source.path is None:
        return True
    try:
        with source.path.open("rb") as stream:
            start = stream.read(1024)
    except (OSError, ValueError):
        return False
    return is_pdf(start) or start[:4] in _TIFF


def names_of_list(stream: BinaryIO) -> list[str]:
    """Return the names in a list: one to a line, or separated by NUL where the list holds any."""
    content = stream.read()
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(part) for part in parts if part.strip()]


def _below(name: str, base: Path, ignore: Callable[[Path], bool]) -> Iterator[Found]:
    """The inputs of a folder, sorted, depth last."""
    seen: set[tuple[int, int]] = set()

    def walk(folder: str, place: Path) -> Iterator[Found]:
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                return
            seen.add((status.st_dev, status.st_ino))
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            cause = f"can't be opened ({error.strerror or error})"
            yield Unreadable(folder, InputError(folder, cause, "check its permissions"))
            return
        deeper = []
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            try:
                wanted = not ignore(path)
                is_folder = wanted and _is_folder(entry)
                wanted = wanted and path.suffix.lower() in SUFFIXES and _is_readable_kind(path)
            except Exception as fault:
                yield Unreadable(entry.path, told(entry.path, fault))
                continue
            if is_folder:
                deeper.append(entry)
            elif wanted:
                yield Input(entry.path, path, place / entry.name)
        for entry in deeper:
            yield from walk(entry.path, place / entry.name)

    any_input = False
    for each in walk(name, base):
        any_input = True
        yield each
    if not any_input:
        error = InputError(name, "holds no image and no PDF", "name another folder")
        yield Unreadable(name, error)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link to itself; it is told of when it is opened


def _is_readable_kind(path: Path) -> bool:
    """A file, or a link that leads nowhere (which will be reported); no pipe, no device."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _matching(pattern: str, ignore: Callable[[Path], bool]) -> Iterator[Found]:
    parts = Path(pattern).parts
    plain = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:plain])
    matches = [Path(name) for name in sorted(glob.glob(pattern, recursive=True), key=os.fsencode)]
    any_file = False
    for path in matches:
        try:
            wanted = not path.is_dir() and not ignore(path)
        except Exception as fault:
            yield Unreadable(str(path), told(str(path), fault))
            wanted = False
            any_file = True
        if wanted and ("**" not in parts or path.suffix.lower() in SUFFIXES):
            any_file = True
            yield Input(str(path), path, path.relative_to(root))
    if not any_file:
        yield Unreadable(pattern, InputError(pattern, "matches no file", "check the pattern"))


def _listed(names: Sequence[str]) -> Iterator[Found]:
    if not names:
        return
    absolute = [os.path.abspath(name) for name in names]
    shared = os.path.commonpath([os.path.dirname(name) for name in absolute])
    for name, full in zip(names, absolute, strict=True):
        yield Input(name, Path(name), PurePath(os.path.relpath(full, shared)))


def _once(found: Sequence[Found]) -> Iterator[Found]:
    """Leave out what leads to the same file by the same way."""
    seen: set[str] = set()
    for each in found:
        if isinstance(each, Input) and each.path is not None:
            key = os.path.abspath(each.path)
            if key in seen:
                continue
            seen.add(key)
        yield each
