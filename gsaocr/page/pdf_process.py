"""The other end of :mod:`gsaocr.page.pdf_worker`: starts it, asks it, ends it."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import weakref
from multiprocessing import spawn
from pathlib import Path
from typing import Any, BinaryIO

from gsaocr.errors import InputError
from gsaocr.page.pdf_bounds import PdfBounds
from gsaocr.page.pdf_worker import NOT_STARTED, OUT_OF_MEMORY, OUT_OF_TIME

_PATIENCE = 4.0  # seconds by the clock for one of processor time, on a machine with other work
_START = 30.0  # seconds by the clock for starting the process, likewise
_GIVEN_UP = 3  # pages one after another that ended the process: the rest isn't tried
_MOST_BROKEN = 100  # broken pages one after another: a count of pages may be made up
_LONGEST_LINE = 1 << 16  # bytes of an answer's first line
_MOST_TEXT = 256 << 20  # bytes of the text of a page


class PdfProcess:
    """A process that has a PDF open. It is started when first asked, and again after it ended.

    ``source`` is a file or what it holds. Safe to share between threads: one asks at a time.
    """

    def __init__(self, source: BinaryIO, password: str | None, bounds: PdfBounds) -> None:
        self._source = source
        self._password = password
        self._bounds = bounds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[Any, Any] | None = None
        self._ended = 0
        self._broken = 0
        self.count = 0

    def open(self) -> None:
        """Start and open the PDF; InputError without a subject if it can't be opened."""
        with self._lock:
            self._start()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._end is not None:
                self._end()
            self._process = None

    def ask(self, do: str, *, pixels: float = 0.0, **details: Any) -> tuple[dict[str, Any], bytes]:
        """Ask for something of a page; ``pixels`` are the megapixels that it may have.

        Raises InputError without a subject if the page is broken or takes more than it may.
        """
        with self._lock:
            if self._ended >= _GIVEN_UP or self._broken >= _MOST_BROKEN:
                before = _GIVEN_UP if self._ended >= _GIVEN_UP else _MOST_BROKEN
                raise InputError(
                    "",
                    f"was not tried: the {before} pages before it couldn't be drawn either",
                    "save the PDF anew, or choose pages with --pages",
                )
            if self._process is None or self._process.poll() is not None:
                self._start()
            try:
                answer = self._asked({"do": do, **details}, b"", pixels)
            except _EndedError as ended:
                self._ended += 1
                raise self._why(ended) from None
            except InputError:
                self._broken += 1
                raise
            self._ended = self._broken = 0
            return answer

    def _start(self) -> None:
        if self._end is not None:
            self._end()
        content = b""
        request: dict[str, Any] = {"do": "open", "password": self._password}
        passed: tuple[int, ...] = ()
        number = _file_number(self._source)
        if number is None:
            self._source.seek(0)
            content = self._source.read()
            request["bytes"] = len(content)
        elif os.name == "posix":
            request["file"], passed = number, (number,)
        else:
            request["path"] = os.path.abspath(self._source.name)
        try:
            self._process = subprocess.Popen(
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=passed,
                start_new_session=True,  # Ctrl-C is for the asking process, which ends this one
            )
        except OSError as error:
            raise _no_process(error.strerror or str(error)) from None
        self._end = weakref.finalize(self, _end, self._process, os.getpid())
        try:
            told, _ = self._asked(request, content, len(content) / 1e6, more=_START)
        except _EndedError as ended:
            if ended.code == NOT_STARTED:
                raise _no_process("PDFium is missing") from None
            raise self._why(ended) from None
        self.count = int(told["count"])

    def _asked(
        self, request: dict[str, Any], content: bytes, extra: float, more: float = 0.0
    ) -> tuple[dict[str, Any], bytes]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        request["seconds"] = self._bounds.seconds
        request["megabytes"] = self._bounds.memory + extra
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        # The process watches itself; this is for one that can't.
        timer = threading.Timer(self._bounds.seconds * _PATIENCE + more, end)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.write(content)
            process.stdin.flush()
            line = process.stdout.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise _EndedError(_code(process, late))
            told = json.loads(line)
            size = int(told["bytes"])
            most = max(_MOST_TEXT, int((extra + 1) * 2e6))
            answer = process.stdout.read(size) if 0 <= size <= most else b""
            if len(answer) != size:
                raise _EndedError(_code(process, late))
        except (OSError, ValueError, KeyError, TypeError):
            raise _EndedError(_code(process, late)) from None
        finally:
            timer.cancel()
        if "cause" in told:
            raise InputError("", str(told["cause"]), str(told["repair"]))
        return told, answer

    def _why(self, ended: _EndedError) -> InputError:
        if ended.code == OUT_OF_TIME:
            cause = f"takes more than {self._bounds.seconds:g} seconds to draw"
            return InputError("", cause, "save the PDF anew, or raise --page-seconds")
        if ended.code == OUT_OF_MEMORY:
            cause = f"takes more than {self._bounds.memory:g} MB of memory to draw"
            return InputError("", cause, "save the PDF anew, or raise --page-memory")
        return InputError("", "can't be drawn: PDFium broke down over it", "save the PDF anew")


class _EndedError(Exception):
    """The process has ended instead of answering."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _code(process: subprocess.Popen[bytes], late: threading.Event) -> int:
    """End a process for sure, and return its exit code."""
    try:
        code = process.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    return OUT_OF_TIME if late.is_set() else code


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """End a process of this one's; a fork of this one leaves it alone."""
    if os.getpid() != owner:
        return
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was still to be written has no reader any more
                continue


def _file_number(source: BinaryIO) -> int | None:
    """The descriptor of a file that can be read from any place; None for content in memory."""
    raw = source.raw if isinstance(source, io.BufferedReader) else source
    return raw.fileno() if isinstance(raw, io.FileIO) and raw.seekable() else None


def _command() -> list[str]:
    """Start Python without its site: what this process imports from is handed over instead."""
    places = [str(Path(__file__).resolve().parents[2])]
    for name in ("pypdfium2", "pikepdf"):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            places.append(str(Path(found.origin).parents[1]))
    places += [place for place in sys.path if place and place not in places]
    program = spawn.get_executable() or sys.executable
    code = f"import sys; sys.path[:] = {places!r}; from gsaocr.page.pdf_worker import main; main()"
    return [os.fsdecode(program), "-I", "-S", "-c", code]


def _no_process(reason: str) -> InputError:
    return InputError(
        "", f"can't be drawn: its process doesn't start ({reason})", "install gsaocr again"
    )
