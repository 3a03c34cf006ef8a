"""The process that opens and draws a PDF for another one, within bounds of time and memory.

Requests come on standard input, a line of JSON each; answers go to standard output, a line of JSON
and as many bytes as it says. The password of a PDF comes that way too. A page that takes more than
it may ends the process, with an exit code that says why; so does the end of the asking process,
whose end closes standard input.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import Any, BinaryIO

from gsaocr.errors import InputError

OUT_OF_TIME, OUT_OF_MEMORY, NOT_STARTED = 11, 12, 13
"""Exit codes."""

_MEGABYTE = 1 << 20
_RESERVED = 1024  # megabytes of addresses beyond the bound of memory: reserved, but hardly used
_LOOK_EVERY = 0.02  # seconds


class _Watch(threading.Thread):
    """Ends the process when the work in hand has taken more than it may."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._until, self._most = float("inf"), float("inf")

    def allow(self, seconds: float, megabytes: float) -> None:
        """Begin a piece of work with bounds of processor time and resident memory."""
        self._most = megabytes * _MEGABYTE
        self._until = time.process_time() + seconds

    def run(self) -> None:
        """Look again and again; PDFium runs without Python's lock, so this gets its turn."""
        while True:
            time.sleep(_LOOK_EVERY)
            if time.process_time() > self._until:
                os._exit(OUT_OF_TIME)
            if resident() > self._most:
                os._exit(OUT_OF_MEMORY)


def resident() -> int:
    """The bytes of memory that this process has in use; 0 where the system doesn't tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _bound_addresses(megabytes: float) -> None:
    """A second bound, which the system keeps: what is taken at one stroke is refused."""
    try:
        import resource
    except ImportError:
        return
    most = int((megabytes + _RESERVED) * _MEGABYTE)
    for limit, value in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0)):
        try:
            _, hard = resource.getrlimit(limit)
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            resource.setrlimit(limit, (value, hard))
        except (OSError, ValueError):
            continue


def _requests(source: BinaryIO, waiting: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Take requests as they come; when there are no more, whatever is in work ends too."""
    while line := source.readline():
        request = json.loads(line)
        waiting.put((request, source.read(request.get("bytes", 0))))
    os._exit(0)


def _answer(target: BinaryIO, told: dict[str, Any], content: memoryview | bytes = b"") -> None:
    told["bytes"] = len(content)
    target.write(json.dumps(told).encode() + b"\n")
    target.write(content)
    target.flush()


def main() -> None:
    """Answer requests until there are no more."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    waiting: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=_requests, args=(source, waiting), daemon=True).start()
    watch = _Watch()
    watch.start()
    try:
        from gsaocr.page.pdf_document import PdfDocument
    except ImportError:
        os._exit(NOT_STARTED)
    document: PdfDocument | None = None
    told: dict[str, Any]
    while True:
        request, content = waiting.get()
        seconds, megabytes = request["seconds"], request["megabytes"]
        watch.allow(seconds, megabytes)
        try:
            match request["do"]:
                case "open":
                    _bound_addresses(megabytes)
                    file = content if "bytes" in request else _opened(request)
                    document = PdfDocument(file, request["password"])
                    _answer(target, {"count": document.count})
                case "draw" if document is not None:
                    drawn = document.draw(
                        request["number"],
                        request["dpi"],
                        request["max_megapixels"],
                        request.get("colours", False),
                    )
                    told = {
                        "width": drawn.width,
                        "height": drawn.height,
                        "stride": drawn.stride,
                        "dpi": drawn.dpi,
                    }
                    _answer(target, told, drawn.pixels)
                case "text" if document is not None:
                    characters = json.dumps(document.text(request["number"])).encode()
                    _answer(target, {}, characters)
                case "frame" if document is not None:
                    width, height, dpi, back = document.frame(request["number"], request["dpi"])
                    told = {"width": width, "height": height, "dpi": dpi, "back": back}
                    _answer(target, told)
        except InputError as error:
            _answer(target, {"cause": error.cause, "repair": error.repair})
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except OSError as error:
            _answer(target, {"cause": f"can't be read ({error.strerror})", "repair": ""})


def _opened(request: dict[str, Any]) -> BinaryIO:
    if "file" in request:
        return os.fdopen(request["file"], "rb")
    return open(request["path"], "rb")
