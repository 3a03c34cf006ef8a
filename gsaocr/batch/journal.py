"""What a run has done so far, in a file that survives any end of the run.

``DIR/.gsaocr/journal.jsonl`` beside the outputs: one JSON object to a line. The first line of each
run says what it reads with; a line follows for each file that was written, and one, synced, when
an input is finished. A line that was cut by a crash, or that is none of these, is left out when the
journal is read. What lies in ``.gsaocr`` is reached through no link.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gsaocr.errors import OutputError, UsageError
from gsaocr.system import NO_LINKS, NO_WAITING, lock
from gsaocr.whole_file import partial_beside, remove_partials

FOLDER = ".gsaocr"
_JOURNAL = "journal.jsonl"
_PAGES = "pages"
_PAGES_FILE = re.compile(r"[0-9a-f]{32}\.jsonl")
_BUSY = "another run writes here", "wait for it, or choose another -o"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a changed input is noticed."""

    size: int  # bytes
    modified: int  # nanoseconds since 1970

    @classmethod
    def of(cls, path: Path) -> Fingerprint | None:
        """The fingerprint of a file; None if it can't be told."""
        try:
            status = path.stat()
        except (OSError, ValueError):
            return None
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Finished:
    """An input that a run has read."""

    fingerprint: Fingerprint
    settings: Mapping[str, str]  # what it was read with
    outputs: tuple[str, ...]  # relative to the folder of outputs
    pages: int


class Journal:
    """The journal of one folder of outputs, which one run at a time may use."""

    def __init__(self, outputs: Path, settings: Mapping[str, str], *, resume: bool) -> None:
        """Open the journal, taking over what earlier runs finished if ``resume``.

        Raises OutputError if it can't be written, UsageError if another run uses it.
        """
        self.outputs = outputs
        self.folder = outputs / FOLDER
        self.finished: dict[str, Finished] = {}
        self.written: dict[str, tuple[Fingerprint, ...]] = {}
        """What runs wrote, by its place below the folder: as it was left, or any way if unknown."""
        self._settings = dict(settings)
        path = self.folder / _JOURNAL
        try:
            for part in (self.folder, self.folder / _PAGES):
                part.mkdir(parents=True, exist_ok=True)
                if part.is_symlink():
                    raise OSError(errno.ELOOP, f"{part} is a link, which may lead anywhere")
            self._stream = opened_without_links(path)
            _lock(self._stream, path, self.outputs)
            self._take_over(path, resume)
            self._append({"run": self._settings})
        except OSError as error:
            cause = f"can't be written ({error.strerror or error})"
            raise OutputError(str(path), cause, "choose another folder with -o") from None

    def close(self) -> None:
        """Leave the journal to other runs."""
        self._stream.close()

    def will_write(self, path: Path, known_by: Iterable[Fingerprint]) -> None:
        """Note by what an output is known that is about to get its place.

        ``known_by`` is what the new file and, if it was a run's, the one that it replaces are known
        by: a run that is killed leaves one or the other.
        """
        name = os.path.relpath(path, self.outputs)
        self.written[name] = fingerprints = tuple(known_by)
        self._append({"wrote": {name: _numbers(fingerprints)}}, sync=False)

    def as_it_was_written(self, path: Path) -> bool | None:
        """Whether an output is still what a run left there; None if no run is known to have."""
        name = os.path.relpath(path, self.outputs)
        if name not in self.written:
            return None
        left = self.written[name]
        return not left or Fingerprint.of(path) in left

    def finish(
        self,
        name: str,
        fingerprint: Fingerprint,
        outputs: list[Path],
        pages: int,
        adapter: str = "",
    ) -> None:
        """Note that an input is read, with which adapter, and that all its outputs are written."""
        relative = [os.path.relpath(path, self.outputs) for path in outputs]
        record: dict[str, Any] = {"size": fingerprint.size, "modified": fingerprint.modified}
        if adapter:
            record["adapter"] = adapter
        self._append({"input": name, **record, "outputs": relative, "pages": pages})
        self.finished[name] = Finished(fingerprint, self._settings, tuple(relative), pages)
        _remove(self.pages_file(name))

    def pages_file(self, name: str) -> Path:
        """Where the pages of an unfinished input are kept."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return self.folder / _PAGES / f"{digest}.jsonl"

    def why_not_done(self, name: str, path: Path, outputs: list[Path]) -> str | None:
        """Why an input has to be read (again): "" if it never was; None if nothing is to do."""
        done = self.finished.get(name)
        if done is None:
            return ""
        if done.fingerprint != Fingerprint.of(path):
            return "it has changed"
        changed = differences(done.settings, self._settings)
        if changed:
            return changed
        wanted = {os.path.relpath(output, self.outputs) for output in outputs}
        # A format that writes a file to each page names only the first here.
        if not wanted <= set(done.outputs):
            return "its outputs have other names now"
        missing = [each for each in done.outputs if not (self.outputs / each).is_file()]
        return f"{missing[0]} is missing" if missing else None

    def _take_over(self, path: Path, resume: bool) -> None:
        """Read what is there; without ``resume`` only what was written is still known."""
        settings: dict[str, str] = {}
        for record in _records(self._stream):
            for name, wrote in _written_in(record):
                if wrote or name not in self.written:
                    self.written[name] = wrote
            if isinstance(run := record.get("run"), dict):
                settings = {str(name): str(value) for name, value in run.items()}
            elif (done := _finished_in(record, settings)) is not None:
                self.finished[str(record["input"])] = done
        remove_partials(self.folder)
        if not resume:
            self.finished.clear()
            for each in (self.folder / _PAGES).iterdir():
                if _PAGES_FILE.fullmatch(each.name):
                    _remove(each)
        if not resume or os.fstat(self._stream.fileno()).st_nlink > 1:
            self._begin_anew(path)
        self._stream.seek(0, os.SEEK_END)
        if self._stream.tell():
            self._stream.write(b"\n")  # ends a line that was cut

    def _begin_anew(self, path: Path) -> None:
        """Put a new file in the journal's place: a copy made by a link keeps what it was."""
        partial = partial_beside(path)
        stream = partial.open("xb+")
        try:
            lock(stream)
            wrote = {name: _numbers(each) for name, each in self.written.items()}
            records: list[dict[str, Any]] = [{"wrote": wrote}] if wrote else []
            for name, done in self.finished.items():
                print_of = {"size": done.fingerprint.size, "modified": done.fingerprint.modified}
                outputs = {"outputs": list(done.outputs), "pages": done.pages}
                records += [{"run": dict(done.settings)}, {"input": name, **print_of, **outputs}]
            for record in records:
                stream.write(json.dumps(record).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._stream.close()
        self._stream = stream

    def _append(self, record: dict[str, Any], sync: bool = True) -> None:
        try:
            self._stream.write(json.dumps(record).encode() + b"\n")
            self._stream.flush()
            if sync:
                os.fsync(self._stream.fileno())
        except OSError as error:
            cause = f"can't be written ({error.strerror or error})"
            raise OutputError(str(self.folder / _JOURNAL), cause, "make room on the disk") from None


def opened_without_links(path: Path) -> BinaryIO:
    """Open a file of one's own to be read and appended to, made if it is not there.

    OSError if a link, a folder or anything else but a file stands in its place.
    """
    # Opened without waiting for anyone, should a pipe stand there.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS | NO_WAITING
    descriptor = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file")
    return os.fdopen(descriptor, "ab+")


def outputs_of_earlier_runs(folder: Path) -> set[Path]:
    """All files that earlier runs wrote below a folder, as absolute paths."""
    written: set[str] = set()
    with contextlib.suppress(OSError), (folder / FOLDER / _JOURNAL).open("rb") as stream:
        for record in _records(stream):
            written.update(name for name, _ in _written_in(record))
    return {Path(os.path.abspath(folder / each)) for each in written}


def _lock(stream: BinaryIO, path: Path, outputs: Path) -> None:
    try:
        lock(stream)
        there, here = os.stat(path, follow_symlinks=False), os.fstat(stream.fileno())
    except (BlockingIOError, FileNotFoundError):
        stream.close()
        raise UsageError(str(outputs), *_BUSY) from None
    if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):  # begun anew in between
        stream.close()
        raise UsageError(str(outputs), *_BUSY)


def _remove(path: Path) -> None:
    """Remove a file of one's own; what is no file is left alone."""
    with contextlib.suppress(OSError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()


def _records(stream: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The records of a journal, whatever else may stand between them."""
    if isinstance(stream, io.IOBase):
        stream.seek(0)
    for line in stream:
        with contextlib.suppress(ValueError, RecursionError):
            record = json.loads(line)
            if isinstance(record, dict):
                yield record


def _written_in(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Fingerprint, ...]]]:
    """The outputs that a record names, those outside the folder left out."""
    if isinstance(names := record.get("outputs"), list):
        yield from ((name, ()) for name in names if _is_inside(name))
    if isinstance(wrote := record.get("wrote"), dict):
        for name, numbers in wrote.items():
            if _is_inside(name) and isinstance(numbers, list):
                known = map(_fingerprint, numbers)
                yield name, tuple(each for each in known if each is not None)


def _finished_in(record: Mapping[str, Any], settings: Mapping[str, str]) -> Finished | None:
    fingerprint = _fingerprint([record.get("size"), record.get("modified")])
    names, pages = record.get("outputs"), record.get("pages")
    if fingerprint is None or not isinstance(record.get("input"), str):
        return None
    if not isinstance(names, list) or not all(map(_is_inside, names)) or not isinstance(pages, int):
        return None
    return Finished(fingerprint, settings, tuple(names), pages)


def _fingerprint(numbers: object) -> Fingerprint | None:
    match numbers:
        case [int(size), int(modified)]:
            return Fingerprint(size, modified)
    return None


def _numbers(fingerprints: Iterable[Fingerprint]) -> list[list[int]]:
    return [[each.size, each.modified] for each in fingerprints]


def _is_inside(name: object) -> bool:
    """Whether a name is one of a file below the folder of outputs."""
    if not isinstance(name, str) or "\0" in name or os.path.isabs(name):
        return False
    return name not in ("", ".") and name == os.path.normpath(name) and not name.startswith("..")


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What has changed between two sets of settings, in words; "" if nothing."""
    changes = [
        f"{name} was {before.get(name, 'not set')!r} and is {now.get(name, 'not set')!r}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    return ", ".join(changes)
