"""Where texts go, by what ``-o`` and ``--format`` say: standard output, a folder, or one file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from gsaocr.errors import OutputError, UsageError
from gsaocr.formats.registry import FORMATS, OutputFormat, formats_named

STDOUT = "-"
_PLAIN = "txt"  # the format where nothing says another
_LIKE_A_FILE = re.compile(r"\.[a-z][a-z0-9]{1,4}", re.IGNORECASE)
_SUFFIXES = {each.suffix: each for each in FORMATS.values()}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where documents go, and in which formats."""

    formats: tuple[OutputFormat, ...]
    folder: Path | None = None
    """None: standard output."""
    name: str | None = None
    """The name, without its format's suffix, of the one file in the folder that is written."""

    @property
    def file(self) -> Path | None:
        """The one file that is written; None for a folder and for standard output."""
        if self.folder is None or self.name is None:
            return None
        return self.folder / (self.name + self.formats[0].suffix)


def destination(out: str | None, format_: str | None) -> Destination:
    """Read ``-o`` and ``--format``.

    A name that ends as files of a format do is a file of that format, unless a folder of that name
    is there or a slash follows.

    Raises:
        UsageError: the two contradict each other, or the name ends like a file that can't be
            written.
        OutputError: a file stands where a folder is wanted.
    """
    formats = None if format_ is None else formats_named(format_)
    if out in (None, STDOUT):
        return Destination(formats or formats_named(_PLAIN))
    path = Path(str(out))
    if str(out).endswith(("/", os.sep)) or os.path.isdir(path):
        return Destination(formats or formats_named(_PLAIN), path)
    named = _named(path, formats)
    if named is not None:
        file_format, suffix = named
        own = replace(file_format, suffix=path.name[len(path.name) - len(suffix) :])
        return Destination((own,), path.parent, path.name.removesuffix(own.suffix))
    if os.path.lexists(path):
        raise OutputError(
            str(path), "is not a folder", f"name a folder, or a file by its ending: {path}.txt"
        )
    return Destination(formats or formats_named(_PLAIN), path)


def _named(path: Path, formats: tuple[OutputFormat, ...] | None) -> tuple[OutputFormat, str] | None:
    """The format and the suffix of the file that a path names; None if it names a folder."""
    lower = path.name.lower()
    known = next((s for s in _SUFFIXES if lower.endswith(s) and lower != s), None)
    suffix = known or path.suffix.lower()
    if known is None and not _LIKE_A_FILE.fullmatch(path.suffix):
        return None
    if formats is None:
        if known is not None:
            return _SUFFIXES[known], suffix
        raise UsageError(f"-o {path}", _unknown(suffix), _repair(path, suffix))
    if len(formats) > 1:
        cause = f"names one file, and --format {','.join(f.name for f in formats)} asks for several"
        raise UsageError(f"-o {path}", cause, "name a folder, or one format")
    (asked,) = formats
    if known is not None and _SUFFIXES[known] is not asked and not asked.suffix.endswith(known):
        cause = f"ends like {_SUFFIXES[known].name}, and --format says {asked.name}"
        raise UsageError(f"-o {path}", cause, "leave out one of the two")
    return asked, suffix


def _unknown(suffix: str) -> str:
    if suffix == ".xml":
        return "is alto or page"
    return f"names a file, and {suffix} is none of the formats"


def _repair(path: Path, suffix: str) -> str:
    if suffix == ".xml":
        return f"name it {path.stem}.alto.xml or {path.stem}.page.xml, or add --format"
    return f"end it with {', '.join(_SUFFIXES)}, or add --format; a folder: {path}/"
