"""From an image file to a document: the one path that the command line and Python share.

load -> even light and polarity -> layout (text axis, skew, lines, reading order) -> line images ->
group encoder -> the page's vote on its direction -> upper part and decoding -> document
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

import gsaocr
from gsaocr.adapters.adapted_lines import AdaptedLines, open_adapters
from gsaocr.assembly import line_of_cells, lone_line
from gsaocr.device import choose_device
from gsaocr.memory import give_back
from gsaocr.model_files import default_model
from gsaocr.page.deskew import Axis
from gsaocr.page.document import Box, Document, Line, Page, Quarter, Region
from gsaocr.page.layout import PageLayout, find_lines
from gsaocr.page.load import MAX_MEGAPIXELS, PageImage, load_pages
from gsaocr.page.prepare import prepare
from gsaocr.page.region_kinds import RegionLines, region_kinds
from gsaocr.recognizer.decoding import DEFAULT_DECODE, check_decode
from gsaocr.recognizer.line_reader import Sight
from gsaocr.recognizer.long_s import without_stray_long_s
from gsaocr.recognizer.reading import Reading
from gsaocr.recognizer.stray_marks import without_stray_marks
from gsaocr.recognizer.weights import ModelFile, load_model

PAGE_MARGIN = 2.0
"""Summed log-probability that the lines of a page must give for it to count as upside down."""

_LOUDEST_VOTE = 3.0  # log-probability: no single line decides for a page
_CLOSE_VOTE = 12.0  # log-probability: a smaller lead of a page's vote is looked into
_PAGES_TOGETHER = 4  # read at once, so that their lines fill batches of like width
_SAMPLE = 12  # lines of a page on which adapters, or directions, are compared


@dataclass(frozen=True)
class _Seen:
    """A page whose lines the group encoder has looked at."""

    image: PageImage
    layout: PageLayout
    sights: list[Sight]

    turned_vote: float
    """Log-probability for upside down, summed over lines."""

    @property
    def upside_down(self) -> bool:
        """Whether the text lies the other way up than the layout has it."""
        return self.turned_vote > PAGE_MARGIN

    @property
    def upright(self) -> PageLayout:
        """The layout the way up that is read."""
        return self.layout.turned() if self.upside_down else self.layout

    @property
    def chosen(self) -> list[tuple[Sight, int, float]]:
        """Each cell's sight in the order of :attr:`upright`, its quarter and its margin."""
        quarter = 2 if self.upside_down else 0
        sights = self.sights[::-1] if self.upside_down else self.sights
        return [(s, quarter, s.scores[quarter] - s.scores[2 - quarter]) for s in sights]

    @property
    def level(self) -> float:
        """Mean probability that a line runs along its image at all, the axis being right."""
        if not self.sights:
            return 0.0
        along = (math.exp(s.scores[0]) + math.exp(s.scores[2]) for s in self.sights)
        return sum(along) / len(self.sights)


class Reader:
    """Reads pages and lines with one model, on one device.

    Args:
        file: the model.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        decode: ``ctc``, ``attention``, ``draft`` or ``joint``; None is the default.
        max_megapixels: larger images are refused.
        adapters: names or folders. One is used for everything; of several, and with ``auto`` of
            all that have a name, each page is read with the one that is surest, or with none.
    """

    def __init__(
        self,
        file: ModelFile,
        device: str = "auto",
        decode: str | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
        adapters: Sequence[str] = (),
    ) -> None:
        how = check_decode(decode or DEFAULT_DECODE)
        self.file = file
        self.lines = AdaptedLines(file, choose_device(device), how)
        self.max_megapixels = max_megapixels
        self.chooses = open_adapters(self.lines, adapters)
        self._chosen: list[str] = []

    @classmethod
    def load(
        cls,
        model: Path | None = None,
        device: str = "auto",
        decode: str | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
        adapters: Sequence[str] = (),
    ) -> Reader:
        """Return a reader with the model of a file, or the shipped one.

        Raises:
            ModelError: the model can't be used.
            AdapterError: an adapter can't be used.
            DeviceError: the device isn't there.
            UsageError: unknown device or way of decoding.
        """
        file = load_model(model or default_model())
        return cls(file, device, decode, max_megapixels, adapters)

    def attach(self, adapter: Path | str) -> str:
        """Read with an adapter, given by folder or name, from now on; return its name.

        Several stay in memory: attaching one again that was attached before takes no time.

        Raises:
            AdapterError: there is none of this name, or it doesn't belong to this model.
        """
        name = str(adapter)
        if name not in self.lines.switch.names:
            self.lines.add(name, name)
        self.lines.use(name)
        return name

    def detach(self) -> None:
        """Read with the base model alone again."""
        self.lines.use(None)

    @property
    def provenance(self) -> dict[str, str]:
        """What a document says it was read with."""
        told = {
            "program": "gsaocr",
            "version": gsaocr.__version__,
            "model": self.file.fingerprint[:16],
            "decode": self.lines.how,
        }
        if self.chooses:
            told["adapter"] = ", ".join(self._chosen) or "auto"
        elif self.lines.switch.active is not None:
            told["adapter"] = self.lines.switch.active
        return told

    def transcribe(
        self, source: Path | BinaryIO, *, line: bool = False, name: str | None = None
    ) -> Document:
        """Read all pages of an image file.

        Args:
            source: a file, or its content as a binary stream.
            line: the image holds one line of text, in any quarter turn.
            name: how messages and the document call a stream.

        Raises:
            InputError: the file can't be read.
        """
        self._chosen = []
        pages = load_pages(source, name=name, max_megapixels=self.max_megapixels)
        read = self.read_line_images(pages) if line else self.read_pages(pages)
        label = name or (str(source) if isinstance(source, Path) else "-")
        return Document(tuple(read), label, self.provenance)

    def read_lines(
        self, images: Sequence[NDArray[np.uint8]], any_turn: bool = False
    ) -> list[Reading]:
        """Read grey line images (height, width); upright ones, or in any quarter turn."""
        return self.lines.read_lines(images, any_turn)

    def read_pages(self, images: Iterable[PageImage]) -> Iterator[Page]:
        """Read pages one after another; a few are read together, so that batches are full."""
        waiting = iter(images)
        # Pages that each choose an adapter can't share a batch.
        while together := list(islice(waiting, 1 if self.chooses else _PAGES_TOGETHER)):
            yield from self._read_together(together)

    def find_lines(self, image: PageImage) -> PageLayout:
        """Return a page's lines and the quarter turn they lie in, without reading them."""
        return self._look(image).upright

    def read_crops(
        self, images: Iterable[PageImage]
    ) -> Iterator[list[tuple[NDArray[np.uint8], Reading]]]:
        """Read pages; yield for each the images of its lines, upright, with their readings."""
        for image in images:
            page = self._look(image)
            layout = page.upright
            crops = [layout.crop(cell) for cell in layout.cells]
            yield list(zip(crops, self.lines.read_carefully(page.chosen), strict=True))

    def read_line_images(self, images: Iterable[PageImage]) -> Iterator[Page]:
        """Read images of single lines, each in any quarter turn."""
        for image in images:
            if self.chooses:
                self._chosen.append(self.lines.choose([image.grey]) or "none")
            reading = self.lines.read_lines([image.grey], any_turn=True)[0]
            line = lone_line(reading, image.width, image.height)
            regions = [RegionLines([line], [1])] if line else []
            yield _page(image, regions, (90 * reading.quarter) % 360, reading.margin)

    def _read_together(self, images: Sequence[PageImage]) -> list[Page]:
        pages = [self._look(image) for image in images]
        chosen = [entry for page in pages for entry in page.chosen]
        readings = iter(self.lines.read_carefully(chosen))
        by_page = [list(islice(readings, len(page.sights))) for page in pages]
        return [
            _assembled(page, page.upright, without_stray_marks(without_stray_long_s(own)))
            for page, own in zip(pages, by_page, strict=True)
        ]

    def _look(self, image: PageImage) -> _Seen:
        """Find the lines and look at them, with the adapter that suits the page."""
        if not self.chooses:
            return self._find(image)
        self.lines.use(None)
        seen = self._find(image)
        layout = seen.upright
        sample = layout.cells[:: max(1, len(layout.cells) // _SAMPLE)][:_SAMPLE]
        best = self.lines.choose([layout.crop(cell) for cell in sample])
        self._chosen.append(best or "none")
        return seen if best is None else self._look_at(image, seen.layout)

    def _find(self, image: PageImage) -> _Seen:
        """Find the lines and look at them; where they seem to lie across, try the other axis."""
        prepared = prepare(image)
        seen = self._look_at(image, find_lines(prepared))
        if seen.sights and seen.level < 0.5:
            across: Axis = 0 if seen.layout.orientation == 90 else 90
            other = self._look_at(image, find_lines(prepared, axis=across))
            if other.level > seen.level:
                return other
        return seen

    def _look_at(self, image: PageImage, layout: PageLayout) -> _Seen:
        crops = [layout.crop(cell) for cell in layout.cells]
        sights = [candidates[0] for candidates in self.lines.look(crops)]
        seen = _Seen(image, layout, sights, self._turned_vote(sights))
        # Several pages wait to be read together: what the other readers saw would fill memory.
        quarter = 2 if seen.upside_down else 0
        seen = replace(seen, sights=[sight.only(quarter) for sight in sights])
        give_back()
        return seen

    def _turned_vote(self, sights: Sequence[Sight]) -> float:
        """Let the lines vote on their direction; a close vote is settled by reading some both ways.

        Text read upside down is made of letters that the recognizer doubts.
        """
        vote = sum(_bounded(sight.scores[2] - sight.scores[0]) for sight in sights)
        if abs(vote) >= _CLOSE_VOTE:
            return vote
        sample = sorted(sights, key=lambda sight: -sight.view.prepared.content)[:_SAMPLE]
        ways = [self.lines.read([(sight, quarter, 0.0) for sight in sample]) for quarter in (0, 2)]
        for upright, turned in zip(*ways, strict=True):
            vote += _bounded(turned.evidence - upright.evidence)
        return vote


def load(
    model: Path | None = None,
    *,
    device: str = "auto",
    decode: str | None = None,
    adapter: str | None = None,
) -> Reader:
    """Return a reader; without arguments with the shipped model on the best device."""
    return Reader.load(model, device, decode, adapters=[adapter] if adapter else [])


def transcribe(source: Path | str, *, line: bool = False, model: Path | None = None) -> Document:
    """Read one image file and return its document; ``.text`` is its text.

    For many files keep a reader: ``reader = load()``, ``reader.transcribe(path)``.
    """
    return load(model).transcribe(Path(source), line=line)


def _bounded(vote: float) -> float:
    return min(max(vote, -_LOUDEST_VOTE), _LOUDEST_VOTE)


def _assembled(page: _Seen, layout: PageLayout, readings: list[Reading]) -> Page:
    remaining = iter(readings)
    regions: list[RegionLines] = []
    for region in layout.regions:
        lines: list[Line] = []
        cells: list[int] = []
        for place in region.lines:
            own = list(islice(remaining, len(place.cells)))
            line = line_of_cells(place, own, layout.orientation)
            if line is not None:
                lines.append(line)
                cells.append(sum(bool(reading.letters) for reading in own))
        if lines:
            regions.append(RegionLines(lines, cells))
    return _page(
        page.image, regions, layout.orientation, abs(page.turned_vote), layout.direction.skew
    )


def _page(
    image: PageImage,
    regions: list[RegionLines],
    orientation: int,
    margin: float,
    skew: float = 0.0,
) -> Page:
    quarter: Quarter = orientation  # type: ignore[assignment]
    found = []
    kinds = region_kinds(regions, image.width, image.height, quarter)
    for region, kind in zip(regions, kinds, strict=True):
        box = Box.union(line.box for line in region.lines)
        found.append(Region(tuple(region.lines), box, box.polygon, kind))
    return Page(
        width=image.width,
        height=image.height,
        regions=tuple(found),
        source=image.source,
        number=image.number,
        orientation=quarter,
        orientation_margin=margin,
        skew=skew,
        dpi=image.dpi,
    )
