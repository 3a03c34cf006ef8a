"""What ``gsaocr transcribe`` was asked for, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gsaocr.errors import UsageError
from gsaocr.page.pdf_bounds import PAGE_MEMORY, PAGE_SECONDS

if TYPE_CHECKING:
    from gsaocr.batch.pages import PageSettings
    from gsaocr.cli.destination import Destination
    from gsaocr.formats.settings import Notes, WriterSettings


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run; the help of ``gsaocr transcribe`` explains each."""

    files: tuple[str, ...]
    listed: str | None
    destination: Destination
    line: bool
    resume: bool
    overwrite: bool
    jobs: int
    pages: str | None
    dpi: float
    password: str | None
    existing_text: Literal["redo", "skip", "keep"]
    active_content: Literal["keep", "drop"]
    title: str | None
    author: str | None
    language: str | None
    layout: bool
    region: str | None
    hyphens: Literal["keep", "join"]
    breaks: Literal["keep", "join"]
    show: Path | None
    review: Path | None
    review_below: float
    detail: Literal["quiet", "normal", "verbose"]
    log_file: Path | None
    engine: Literal["local", "ray"]
    address: str | None
    model: Path | None
    device: str
    decode: str | None
    adapters: tuple[str, ...]
    max_megapixels: float
    page_seconds: float = PAGE_SECONDS
    page_memory: float = PAGE_MEMORY

    @property
    def folder(self) -> Path | None:
        """The folder of outputs, in which a run can be resumed; None for a stream or one file."""
        return self.destination.folder if self.destination.name is None else None

    def page_settings(self) -> PageSettings:
        """How inputs become pages; UsageError if options contradict each other."""
        from gsaocr.batch.pages import PageSettings
        from gsaocr.page.load import LoadSettings
        from gsaocr.page.page_parts import PixelBox
        from gsaocr.page.pdf_bounds import PdfBounds
        from gsaocr.page.selection import PageSelection

        chosen = {"--line": self.line, "--layout": self.layout, "--region": self.region is not None}
        if sum(chosen.values()) > 1:
            names = " ".join(name for name, on in chosen.items() if on)
            raise UsageError(names, "contradict each other", "leave one")
        return PageSettings(
            LoadSettings(
                self.max_megapixels,
                None if self.pages is None else PageSelection.parse(self.pages),
                self.dpi,
                self.password,
                PdfBounds(self.page_seconds, self.page_memory),
            ),
            self.existing_text,
            None if self.region is None else PixelBox.parse(self.region),
            self.layout,
            self.line,
        )

    def writer_settings(self, notes: Notes) -> WriterSettings:
        """How documents are written; ``notes`` gets what the user should know of them."""
        from gsaocr.formats.pdf_information import check_said
        from gsaocr.formats.settings import WriterSettings

        check_said(self.title, self.author, self.language)
        return WriterSettings(
            self.hyphens,
            self.breaks,
            password=self.password,
            existing_text=self.existing_text,
            max_megapixels=self.max_megapixels,
            active_content=self.active_content,
            title=self.title,
            author=self.author,
            language=self.language,
            notes=notes,
        )

    def reader_arguments(self) -> dict[str, Any]:
        """What the reader is loaded with."""
        return {
            "model": self.model,
            "device": self.device,
            "decode": self.decode,
            "adapters": self.adapters,
            "max_megapixels": self.max_megapixels,
        }

    def read_with(self) -> dict[str, str]:
        """What a resumed run must have in common with the one before, beside the reader."""
        settings = self.page_settings()
        return {
            "--format": ",".join(each.name for each in self.destination.formats),
            "--hyphens": self.hyphens,
            "--breaks": self.breaks,
            "--line": str(self.line).lower(),
            "--pages": str(settings.load.pages or "all"),
            "--dpi": f"{self.dpi:g}",
            "--existing-text": self.existing_text,
            "--active-content": self.active_content,
            "--title": self.title or "",
            "--author": self.author or "",
            "--language": self.language or "",
            "--layout": str(self.layout).lower(),
            "--region": str(settings.region or "all"),
        }


def one_of(option: str, value: str, *known: str) -> Any:
    """Return an option's value if it is one of the known; UsageError if not."""
    if value not in known:
        raise UsageError(f"{option} {value}", "is unknown", f"known: {', '.join(known)}")
    return value
