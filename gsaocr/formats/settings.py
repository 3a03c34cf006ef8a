"""What writers are told beside the document itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Hyphens = Literal["keep", "join"]
Breaks = Literal["keep", "join"]
ExistingText = Literal["redo", "skip", "keep"]


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """How documents are written; each writer heeds what concerns it."""

    hyphens: Hyphens = "keep"  # plain text: whether words broken at a line's end are joined
    breaks: Breaks = "keep"  # plain text: whether each region becomes one line
    original: Path | None = None  # the input's file, whose page images a PDF shows
    password: str | None = None  # of the original, if it is a PDF
    existing_text: ExistingText = "redo"  # what becomes of text that an original PDF holds
    max_megapixels: float = 200.0  # of the original's images, as they were read


DEFAULT = WriterSettings()
