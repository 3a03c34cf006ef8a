"""What writers are told beside the document itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Hyphens = Literal["keep", "join"]
Breaks = Literal["keep", "join"]
ExistingText = Literal["redo", "skip", "keep"]
ActiveContent = Literal["keep", "drop"]


class Notes:
    """Where writers tell what the user should know: nowhere, until ``tell`` is set."""

    def __init__(self) -> None:
        self.tell: Callable[[str], None] = lambda message: None


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """How documents are written; each writer heeds what concerns it."""

    hyphens: Hyphens = "keep"  # plain text: whether words broken at a line's end are joined
    breaks: Breaks = "keep"  # plain text: whether each region becomes one line
    original: Path | None = None  # the input's file, whose page images a PDF shows
    folder: Path | None = None  # that the file will lie in; None: nobody knows
    password: str | None = None  # of the original, if it is a PDF
    existing_text: ExistingText = "redo"  # what becomes of text that an original PDF holds
    max_megapixels: float = 200.0  # of the original's images, as they were read
    active_content: ActiveContent = "keep"  # of an original PDF: scripts, actions, embedded files
    title: str | None = None  # of a PDF; None: that of the original, or its name
    author: str | None = None
    language: str | None = None  # of a PDF's text, as BCP 47 says it: de, en-GB
    notes: Notes = field(default_factory=Notes, compare=False)


def image_named(source: str, settings: WriterSettings) -> str:
    """Return how PAGE and ALTO name an image: from the folder that they lie in, if it is known.

    Readers of these files look for the image there.
    """
    if settings.folder is None or not os.path.isfile(source):
        return source
    try:
        return Path(os.path.relpath(source, settings.folder)).as_posix()
    except ValueError:  # on another drive
        return source


DEFAULT = WriterSettings()
