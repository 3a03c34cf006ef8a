"""How a run is told of: a live bar on a terminal, plain lines elsewhere, a log file if wanted."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from gsaocr.batch.summary import Summary, one_line
from gsaocr.cli.streams import LONGEST, tell
from gsaocr.errors import OutputError
from gsaocr.formats.authorship import head_of
from gsaocr.printable import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Detail = Literal["quiet", "normal", "verbose"]

_LOG = re.compile(rb"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} run of \d+ inputs\n")
_EVERY = 30.0  # seconds between two plain lines of progress
_MOST_NAMED = 50  # failures in the table at the end; the log file has all


class RunWatcher:
    """Tells of a run on standard error.

    ``quiet`` leaves errors only, ``verbose`` tells of every input. Single errors are told at once;
    the one of a lone input is left to the command line.
    """

    def __init__(self, detail: Detail, log: TextIO | None, progress: Progress | None) -> None:
        self._detail = detail
        self._log = log
        self._progress = progress
        self._summary = Summary()
        self._begun = False
        self._task: TaskID | None = None
        self._told = time.monotonic()

    def begun(self, summary: Summary) -> None:
        """Note the counts that are told from now on."""
        self._summary = summary
        self._begun = True
        self._told = time.monotonic()
        if self._progress is not None:
            self._task = self._progress.add_task("reading", total=summary.inputs)
        self._write_log(f"run of {summary.inputs} inputs")

    def page(self, name: str, number: int) -> None:
        """Tell now and then how far the run is."""
        now = time.monotonic()
        if self._progress is None and self._detail != "quiet" and now - self._told > _EVERY:
            self._told = now
            self._say(self._how_far())
        self._update()

    def finished(self, name: str, adapter: str) -> None:
        """Tell of an input that is written, and with which adapter it was read."""
        with_it = f", adapter {adapter}" if adapter else ""
        if self._detail == "verbose":
            self._say(f"{name}: read{with_it}")
        self._write_log(f"read {name!r}{with_it}")
        self._update()

    def skipped(self, name: str) -> None:
        """Tell of an input that an earlier run has done."""
        if self._detail == "verbose":
            self._say(f"{name}: done before")
        self._write_log(f"skipped {name!r}")
        self._update()

    def failed(self, name: str, error: Exception) -> None:
        """Tell why an input is not read."""
        if self._summary.inputs > 1:
            self._say(one_line(error))
        self._write_log(f"failed {name!r}: {one_line(error)}")
        self._update()

    def note(self, message: str) -> None:
        """Tell of something in passing."""
        if self._detail != "quiet":
            self._say(message)
        self._write_log(message)

    def ended(self, where: str, with_table: bool = True) -> None:
        """Tell what the run came to: ``where`` the files are, after what failed if ``with_table``.

        An empty ``where`` says that there are no files. A run that never began came to nothing.
        """
        if not self._begun:
            return
        summary = self._summary
        came_to = _came_to(summary)
        self._write_log(came_to)
        if self._detail == "quiet":
            return
        if with_table and summary.inputs > 1:
            for name, error in summary.failures[:_MOST_NAMED]:
                shown = printable(name)
                self._say(f"failed: {shown}: {one_line(error).removeprefix(shown + ': ')}")
            more = len(summary.failures) - _MOST_NAMED
            if more > 0:
                self._say(f"failed: and {more} more")
            self._say(f"{came_to}; {where}" if where else came_to)
        elif where:
            self._say(f"{came_to}; {where}" if with_table else where)

    def _how_far(self) -> str:
        summary = self._summary
        done = summary.settled
        seconds = time.monotonic() - summary.started
        text = f"{done} of {summary.inputs} files, {summary.pages} pages"
        text += f", {summary.lines / max(seconds, 0.1):.1f} lines/s"
        own = done - summary.skipped
        if own:
            minutes = (summary.inputs - done) * seconds / own / 60
            text += f", about {minutes:.0f} min left"
        return text

    def _update(self) -> None:
        if self._progress is not None and self._task is not None:
            summary = self._summary
            seconds = max(time.monotonic() - summary.started, 0.1)
            done = summary.settled
            text = f"{summary.pages} pages, {summary.lines / seconds:.1f} lines/s"
            self._progress.update(self._task, completed=done, description=text)

    def _say(self, message: str) -> None:
        if self._progress is None:
            tell(message)
            return
        with contextlib.suppress(OSError, ValueError):  # nowhere to say it
            text = f"gsaocr: {printable(message, LONGEST)}"
            self._progress.console.print(text, markup=False, highlight=False)

    def _write_log(self, message: str) -> None:
        if self._log is not None:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
            with contextlib.suppress(OSError, ValueError):  # a full disk must not end the run
                self._log.write(f"{stamp} {printable(message, LONGEST)}\n")
                self._log.flush()


def _came_to(summary: Summary) -> str:
    """The counts of a run, and how long it took."""
    counts = f"{summary.read} read, {summary.skipped} skipped, {summary.failed} failed"
    if unsettled := summary.inputs - summary.settled:
        counts += f", {unsettled} not reached"
    speed = f"{_counted(summary.pages, 'page')} in {summary.seconds:.1f} s"
    if summary.pages > 1:
        speed += f", {summary.pages_per_minute:.1f} pages/min"
    return f"{counts}; {speed}" if summary.inputs != 1 or not summary.read else speed


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def is_own_log(path: Path) -> bool:
    """Whether a file begins as a log of a run does; an empty one is nobody's."""
    head = head_of(path)
    return not head or _LOG.match(head) is not None


@contextmanager
def watching(detail: Detail, log_file: Path | None) -> Iterator[RunWatcher]:
    """Yield a watcher; OutputError if the log file can't be opened."""
    with contextlib.ExitStack() as stack:
        log: TextIO | None = None
        if log_file is not None:
            try:
                log = log_file.open("a", encoding="utf-8", errors="replace")
            except OSError as error:
                cause = f"can't be written ({error.strerror})"
                raise OutputError(str(log_file), cause, "name another with --log-file") from None
            stack.enter_context(log)
        progress = stack.enter_context(_bar()) if detail != "quiet" and _is_terminal() else None
        yield RunWatcher(detail, log, progress)


def _is_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("files, {task.description}"))
    return Progress(*columns, TimeLeft(), console=Console(stderr=True), transient=True)
