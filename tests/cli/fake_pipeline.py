"""A pipeline without a network: it says what it was given.

Pages say what their pixels spell: see :func:`spelled`.

``install`` puts it in the place of ``gsaocr.pipeline``; run as a script, this file is the command
line with it, for tests that need a process of their own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.document import Document, Page
from gsaocr.page.load import PageImage
from gsaocr.reading.page_task import PageTask
from gsaocr.recognizer.reading import Letter, Reading
from tests.formats.plain_documents import document, page, region

calls: list[dict[str, Any]] = []


def spelled(text: str, scale: int = 1) -> NDArray[np.uint8]:
    """A grey image whose pixels are the bytes of a text, read from left to right."""
    row = np.frombuffer(text.encode(), np.uint8)[None]
    return np.repeat(np.repeat(row, 4 * scale, axis=0), scale, axis=1)


class Reader:
    """Reads an input's own text; "blank", "bad", "fault" and "slow" are what they say."""

    provenance: ClassVar = {"version": "0", "model": "fake"}

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

    def read_pages(self, pages: Iterable[PageTask]) -> Iterator[Page]:
        """Yield pages that hold what their pixels spell, lines with a mark before it."""
        for task in pages:
            image = task.image
            if task.layout is not None and not task.lone_line:
                x0, y0, x1, y1 = (int(edge) for edge in task.layout.regions[0].box)
                image = replace(image, grey=image.grey[y0:y1, x0:x1])
            yield self._page(image, "L " if task.lone_line else "")

    def _page(self, image: PageImage, mark: str) -> Page:
        text = image.grey[0].tobytes().decode("utf-8", "replace")
        if text == "fault":
            raise ZeroDivisionError("a\nmishap")
        if text.startswith("slow"):
            print("started", file=sys.stderr, flush=True)
            time.sleep(float(text.removeprefix("slow") or 60))
        read = page() if text == "blank" else page(region(mark + text))
        size = {"width": image.width, "height": image.height, "number": image.number}
        return replace(read, source=image.source, dpi=image.dpi, **size)

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
