"""A reader without a network: each page says its own size, or does what its name says."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from PIL import Image

from gsaocr.page.document import Page
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import PageLayout
from gsaocr.reading.page_task import PageTask
from tests.formats.plain_documents import page, region


@dataclass
class FakeReader:
    """Reads "W x H" on each page; files named *fault*, *dies* or *huge* do that."""

    together: int = 3
    seconds: float = 0.0
    read: int = 0
    layouts: list[PageLayout | None] = field(default_factory=list)
    faulty_width: int | None = None  # faults happen on pages of this width; None: on all

    @property
    def provenance(self) -> Mapping[str, str]:
        return {"version": "0", "model": "fake"}

    def read_pages(self, pages: Iterable[PageTask]) -> Iterator[Page]:
        waiting = iter(pages)
        while group := list(islice(waiting, self.together)):
            read = [self._page(task.image, "line " if task.lone_line else "") for task in group]
            self.read += len(read)
            self.layouts += [task.layout for task in group]
            yield from read

    def _page(self, image: PageImage, mark: str) -> Page:
        name = Path(image.source).name
        if "fault" in name and self.faulty_width in (None, image.width):
            raise ZeroDivisionError("a mishap")
        if "huge" in name:
            raise MemoryError
        if "dies" in name:
            os._exit(9)
        time.sleep(self.seconds)
        read = page(region(f"{mark}{image.width} x {image.height}"))
        return replace(
            read, source=image.source, number=image.number, dpi=image.dpi,
            width=image.width, height=image.height,
        )  # fmt: skip


def make_reader() -> FakeReader:
    """For processes, which need a function that pickle can name."""
    return FakeReader()


def image(path: Path, width: int = 30, height: int = 20, pages: int = 1, **saving: object) -> Path:
    """An image file whose pages become wider by a pixel each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [Image.new("L", (width + n, height), 255) for n in range(pages)]
    more = {"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}
    kind = {".tif": "TIFF", ".pdf": "PDF", ".jpg": "JPEG"}.get(path.suffix, "PNG")
    sheets[0].save(path, kind, **more, **saving)
    return path
