"""Pages with what was read on them, for programs in which whole pages are corrected.

NAME.xml is PAGE and names its image, which lies beside it: the input itself where that is an image
of one page that every program shows alike, else a PNG of what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import cv2

from gsaocr.batch.replacing import put_new
from gsaocr.formats.page_xml import to_page_xml
from gsaocr.page.document import Document, Page, with_pages
from gsaocr.page.load import LoadSettings, PageImage, count_pages, load_pages
from gsaocr.whole_file import write_whole

_REPAIR = "choose another folder with -o"
_SHOWN_ALIKE = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}


class _Reads(Protocol):
    @property
    def provenance(self) -> dict[str, str]: ...

    def read_pages(self, pages: Iterable[PageImage]) -> Iterator[Page]: ...


def export_pages(reader: _Reads, path: Path, place: Path, max_megapixels: float) -> int:
    """Read an input, write ``place``.xml with its image, and return how many pages it has.

    Further pages of an input are called NAME-0002 and so on.

    Raises:
        InputError: the input can't be read.
        OutputError: a file is there already, or can't be written.
    """
    settings = LoadSettings(max_megapixels)
    several = count_pages(path, settings) > 1
    images: list[PageImage] = []

    def noted() -> Iterator[PageImage]:
        for image in load_pages(path, settings=settings):
            images.append(image)
            yield image

    count = 0
    for page in reader.read_pages(noted()):
        image = images.pop(0)
        name = place.name if image.number == 1 else f"{place.name}-{image.number:04d}"
        content, suffix = _image_content(path, image, several)
        named = replace(page, source=name + suffix)
        provenance = with_pages(reader.provenance, [named])
        xml = b"".join(to_page_xml(Document((named,), named.source, provenance)))
        for target, data in ((named.source, content), (f"{name}.xml", xml)):
            write_whole(place.with_name(target), data, _REPAIR, put_new)
        count += 1
    return count


def _image_content(path: Path, image: PageImage, several: bool) -> tuple[bytes, str]:
    """The content of a page's image file, and its suffix."""
    with path.open("rb") as stream:
        start = stream.read(8)
        suffix = next((s for sign, s in _SHOWN_ALIKE.items() if start.startswith(sign)), None)
        if suffix is not None and not several and image.exif_orientation == 1:
            return start + stream.read(), suffix
    return cv2.imencode(".png", image.grey)[1].tobytes(), ".png"
