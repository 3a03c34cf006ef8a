"""What a run has done so far, in a file that survives any end of the run.

``DIR/.gsaocr/journal.jsonl`` beside the outputs: one JSON object to a line, appended and synced
when an input is finished. The first line of each run says what it reads with. A line that was cut
by a crash is left out when the journal is read.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gsaocr.errors import OutputError, UsageError

FOLDER = ".gsaocr"
_JOURNAL = "journal.jsonl"
_PAGES = "pages"


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
        self.written: set[str] = set()
        """All outputs that earlier runs wrote, relative to the folder of outputs."""
        self._settings = dict(settings)
        path = self.folder / _JOURNAL
        try:
            (self.folder / _PAGES).mkdir(parents=True, exist_ok=True)
            self._stream: BinaryIO = path.open("ab+")
            self._lock()
            self._take_over(resume)
            self._append({"run": self._settings})
        except OSError as error:
            cause = f"can't be written ({error.strerror or error})"
            raise OutputError(str(path), cause, "choose another folder with -o") from None

    def close(self) -> None:
        """Leave the journal to other runs."""
        self._stream.close()

    def finish(self, name: str, fingerprint: Fingerprint, outputs: list[Path], pages: int) -> None:
        """Note that an input is read and all its outputs are in their places."""
        relative = [os.path.relpath(path, self.outputs) for path in outputs]
        record = {"size": fingerprint.size, "modified": fingerprint.modified}
        self._append({"input": name, **record, "outputs": relative, "pages": pages})
        self.finished[name] = Finished(fingerprint, self._settings, tuple(relative), pages)
        self.pages_file(name).unlink(missing_ok=True)

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

    def _lock(self) -> None:
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._stream.close()
            raise UsageError(
                str(self.outputs), "another run writes here", "wait for it, or choose another -o"
            ) from None

    def _take_over(self, resume: bool) -> None:
        self._stream.seek(0)
        settings: dict[str, str] = {}
        for line in self._stream:
            try:
                record = json.loads(line)
                if "run" in record:
                    settings = {str(k): str(v) for k, v in record["run"].items()}
                elif "input" not in record:
                    self.written.update(record.get("outputs", ()))
                else:
                    done = Finished(
                        Fingerprint(record["size"], record["modified"]),
                        settings,
                        tuple(record["outputs"]),
                        record["pages"],
                    )
                    self.finished[record["input"]] = done
                    self.written.update(done.outputs)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # cut short by a crash
        if not resume:
            self.finished.clear()
            self._stream.truncate(0)
            for path in (self.folder / _PAGES).iterdir():
                path.unlink(missing_ok=True)
            if self.written:  # still not to be taken for inputs
                self._append({"outputs": sorted(self.written)})
        self._stream.seek(0, os.SEEK_END)
        if self._stream.tell():
            self._stream.write(b"\n")  # ends a line that was cut

    def _append(self, record: dict[str, Any]) -> None:
        try:
            self._stream.write(json.dumps(record).encode() + b"\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            cause = f"can't be written ({error.strerror or error})"
            raise OutputError(str(self.folder / _JOURNAL), cause, "make room on the disk") from None


def outputs_of_earlier_runs(folder: Path) -> set[Path]:
    """All files that earlier runs wrote below a folder, as absolute paths."""
    written: set[str] = set()
    with contextlib.suppress(OSError), (folder / FOLDER / _JOURNAL).open("rb") as stream:
        for line in stream:
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                written.update(json.loads(line).get("outputs", ()))
    return {Path(os.path.abspath(folder / each)) for each in written}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What has changed between two sets of settings, in words; "" if nothing."""
    changes = [
        f"{name} was {before.get(name, 'not set')!r} and is {now.get(name, 'not set')!r}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    return ", ".join(changes)
