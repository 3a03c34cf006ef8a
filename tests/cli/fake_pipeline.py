"""A pipeline without a network: it says what it was given.

``install`` puts it in the place of ``gsaocr.pipeline``; run as a script, this file is the command
line with it, for tests that need a process of their own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.document import Document
from gsaocr.recognizer.reading import Letter, Reading
from tests.formats.plain_documents import document, page, region

calls: list[dict[str, Any]] = []


class Reader:
    """Reads an input's own text; "blank", "bad", "fault" and "slow" are what they say."""

    @classmethod
    def load(cls, **options: Any) -> Reader:
        """Note the options."""
        calls.append(options)
        return cls()

    def transcribe(self, source: Path | BinaryIO, line: bool = False) -> Document:
        """Return the content of the input as its text."""
        if isinstance(source, Path):
            if not source.exists():
                raise InputError(str(source), "there is no such file", "check the name")
            content = source.read_bytes()
        else:
            content = source.read()
        text = content.decode()
        if text == "bad":
            raise InputError(str(source), "broken")
        if text == "fault":
            raise ZeroDivisionError("a\nmishap")
        if text == "slow":
            print("started", file=sys.stderr, flush=True)
            time.sleep(60)
        return document(page() if text == "blank" else page(region(("L " if line else "") + text)))

    def read_lines(self, images: list[NDArray[np.uint8]], any_turn: bool = False) -> list[Reading]:
        """Read nothing but an a."""
        calls.append({"lines": len(images), "any_turn": any_turn})
        return [Reading((Letter("a", 0, 1, 0.5),)) for _ in images]


def install() -> ModuleType:
    """Put the fake in the place of the real pipeline and return it."""
    module = ModuleType("gsaocr.pipeline")
    module.Reader = Reader  # type: ignore[attr-defined]
    sys.modules["gsaocr.pipeline"] = module
    return module


if __name__ == "__main__":
    install()
    from gsaocr.cli.app import main

    main()
