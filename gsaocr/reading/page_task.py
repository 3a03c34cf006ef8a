"""What is to be read: a page, where its text is as far as that is known, and with which adapter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gsaocr.adapters.loaded_adapters import AdapterNames
from gsaocr.page.document import Page
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import KnownDirection, PageLayout, lone_line_layout


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to be read.

    ``layout`` None: its lines are found. A layout may leave open the lines of its regions or the
    cells of its lines. ``adapter`` None: the reader's own. ``notes``: what is to be said of it.
    """

    image: PageImage
    layout: PageLayout | None = None
    adapter: AdapterNames = None
    notes: tuple[str, ...] = ()

    def noted(self, page: Page) -> Page:
        """Return the page that was read, with the task's notes before its own."""
        return replace(page, notes=(*self.notes, *page.notes)) if self.notes else page

    @property
    def lone_line(self) -> bool:
        """Whether the page is an image of one line, which needs no search and costs little."""
        return self.layout is not None and self.layout.given and len(self.layout.cells) == 1


def line_task(
    image: PageImage, known: KnownDirection = "nothing", adapter: AdapterNames = None
) -> PageTask:
    """Return the task of reading an image that holds one line and nothing else."""
    return PageTask(image, lone_line_layout(image.grey, known), adapter)
