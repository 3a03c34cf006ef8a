"""Standard streams: input and output as files among others, and where messages go."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import BinaryIO

from gsaocr.errors import InputError, OutputError, StreamEnded
from gsaocr.printable import printable

LONGEST = 2000
"""Characters of a message; an error that nobody foresaw may hold a whole file."""

STDIN = "-"


def tell(message: str) -> None:
    """Print a message on standard error as one harmless line; with nowhere to say it, do nothing.

    Every message of the command line takes this way: names and texts of others may hold escape
    codes.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(f"gsaocr: {printable(message, LONGEST)}", file=sys.stderr, flush=True)


def standard_input() -> BinaryIO:
    """Return standard input as bytes; ``InputError`` if there is none or a person types into it."""
    if sys.stdin is None or sys.stdin.closed:
        raise InputError(STDIN, "standard input is closed", "pipe an image into it")
    if sys.stdin.isatty():
        raise InputError(STDIN, "standard input is a terminal", "pipe an image into it")
    return sys.stdin.buffer


def write_text(text: str) -> None:
    """Write text to standard output, all or nothing as far as its encoding goes.

    Raises ``OutputError`` where the encoding lacks a letter, or as ``write_bytes`` does.
    """
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise OutputError(
            "standard output",
            f"its encoding {encoding} has no {letter!a}",
            "set PYTHONIOENCODING=utf-8, or write files with -o DIR",
        ) from None
    write_bytes(content)


def write_bytes(content: bytes) -> None:
    """Write bytes to standard output; ``StreamEnded`` if it is closed, full, or no longer read."""
    try:
        if sys.stdout is None:
            raise OSError("it is closed")
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is still buffered has no reader; writing it at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise StreamEnded(
            "standard output", "its reader has gone", "write files with -o DIR"
        ) from None
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StreamEnded(
            "standard output", f"can't be written ({cause})", "write files with -o DIR"
        ) from None
