"""From an image file to a document: the one path that the command line and Python share.

load -> even light and polarity -> layout (text axis, skew, lines, reading order; or as given) ->
line images -> group encoder -> the lines' vote on their direction -> upper part and decoding ->
the page's corrections -> document
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr._version import __version__
from gsaocr.adapters.loaded_adapters import AdapterNames, LoadedAdapter, LoadedAdapters
from gsaocr.device import choose_device
from gsaocr.errors import InputError
from gsaocr.finder.text_finder import TextFinder
from gsaocr.model_files import default_model
from gsaocr.page.document import Document, Page, with_pages
from gsaocr.page.load import MAX_MEGAPIXELS, LoadSettings, PageImage
from gsaocr.page.page_layout import KnownDirection, PageLayout, TooManyCells
from gsaocr.page.source import ImageSource, grey_array, open_source
from gsaocr.reading.choose_adapter import LINES_TOGETHER, choose_adapter, encoded_for
from gsaocr.reading.corrections import corrected
from gsaocr.reading.encoded_lines import EncodedPage
from gsaocr.reading.encoded_page import encode_page
from gsaocr.reading.lone_lines import read_lone_lines
from gsaocr.reading.page_assembly import assembled
from gsaocr.reading.page_task import PageTask, line_task
from gsaocr.recognizer.decoding import DEFAULT_DECODE, check_decode
from gsaocr.recognizer.reading import Reading
from gsaocr.recognizer.weights import ModelFile, load_model

PAGES_TOGETHER = 4
"""Pages read at once, so that their lines fill batches of like width."""

LONE_LINES_TOGETHER = 60
"""Images of single lines read at once."""

_Read = tuple[EncodedPage, LoadedAdapter, list[Reading]]


class Reader:
    """Reads pages and lines with one model, on one device; several threads may share it.

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
        self.max_megapixels = max_megapixels
        self.finder = TextFinder()
        self.adapters = LoadedAdapters(file, choose_device(device), how)
        self._default = tuple(adapters)
        self.adapters.choice(self._default)  # what can't be used is told at once

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

    @property
    def provenance(self) -> dict[str, str]:
        """What a document says it was read with; its pages name their adapters."""
        choice = self.adapters.choice(self._default)
        told = {
            "program": "gsaocr",
            "version": __version__,
            "model": self.file.fingerprint[:16],
            "decode": choice.candidates[0].lines.how,
        }
        if self._default:
            told["adapter"] = ", ".join(
                self._default if choice.open else [choice.candidates[0].name]
            )
        return told

    def transcribe(
        self,
        source: ImageSource,
        *,
        line: bool = False,
        name: str | None = None,
        adapter: AdapterNames = None,
        on_page: Callable[[Page], object] | None = None,
    ) -> Document:
        """Read all pages of an image.

        Args:
            source: a file's path, its content as bytes or as a binary stream, an array (grey, RGB
                or RGBA; uint8, bool, or float from 0 to 1) or a Pillow image.
            line: the image holds one line of text, in any quarter turn.
            name: how messages and the document call what has no name of its own.
            adapter: a name or folder, several to choose from, ``auto``, or ``none``; None: as the
                reader was loaded.
            on_page: called with each page as it is read. An exception that it raises goes through
                and ends the reading.

        Raises:
            InputError: the image can't be read.
            AdapterError: the adapter can't be used.
            TypeError: the source is none of these.
        """
        pages, label = open_source(source, name, LoadSettings(self.max_megapixels))
        tasks = (
            line_task(page, adapter=adapter) if line else PageTask(page, adapter=adapter)
            for page in pages
        )
        read = []
        for page in self.read_pages(tasks):
            read.append(page)
            if on_page is not None:
                on_page(page)
        return Document(tuple(read), label, with_pages(self.provenance, read))

    def read(
        self,
        image: PageImage | NDArray[Any],
        layout: PageLayout | None = None,
        adapter: AdapterNames = None,
    ) -> Page:
        """Read one page, an array as :meth:`transcribe` takes, along a layout; None: it is found.

        Raises:
            AdapterError: the adapter can't be used.
        """
        page = image if isinstance(image, PageImage) else PageImage(grey_array(image))
        return next(self.read_pages([PageTask(page, layout, adapter)]))

    def read_pages(self, pages: Iterable[PageTask | PageImage]) -> Iterator[Page]:
        """Read pages one after another; a few are read together, so that batches are full."""
        for encoded, adapter, readings in self._read(pages):
            yield assembled(encoded, readings, adapter.name)

    def read_cells(
        self, pages: Iterable[PageTask | PageImage]
    ) -> Iterator[list[tuple[NDArray[np.uint8], Reading]]]:
        """Read pages; yield for each the images of its cells, upright, with their readings."""
        for encoded, _, readings in self._read(pages):
            crops = [cell.crop() for cell in encoded.layout.cells]
            yield list(zip(crops, readings, strict=True))

    def read_lines(
        self,
        images: Sequence[NDArray[Any]],
        any_turn: bool = False,
        adapter: AdapterNames = None,
    ) -> list[Reading]:
        """Read line images, arrays as :meth:`transcribe` takes; upright, or in any quarter turn.

        Where an adapter is to be chosen, it is chosen for ten lines at a time.
        """
        known: KnownDirection = "nothing" if any_turn else "upright"
        tasks = (line_task(PageImage(grey_array(image)), known, adapter) for image in images)
        return [readings[0] for _, _, readings in self._read(tasks)]

    def find_lines(self, image: PageImage) -> PageLayout:
        """Return a page's lines and the quarter turn they lie in, without reading them."""
        return encode_page(image, None, self.adapters.base.lines, self.finder).layout

    def _read(self, pages: Iterable[PageTask | PageImage]) -> Iterator[_Read]:
        tasks = (page if isinstance(page, PageTask) else PageTask(page) for page in pages)
        for together in _grouped(tasks):
            yield from self._read_together(together)

    def _read_together(self, tasks: Sequence[PageTask]) -> list[_Read]:
        """Encode a few pages, then read the lines of all that have an adapter in common at once."""
        if tasks[0].lone_line:
            return list(self._lone_lines(tasks))
        encoded = [self._encoded(task) for task in tasks]
        readings: dict[int, list[Reading]] = {}
        for adapter in {id(own): own for _, own in encoded}.values():
            mine = [n for n, (_, own) in enumerate(encoded) if own is adapter]
            lines = [entry for n in mine for entry in encoded[n][0].chosen]
            read = iter(adapter.lines.read_carefully(lines))
            for n in mine:
                readings[n] = corrected(list(islice(read, len(encoded[n][0].chosen))))
        return [(page, adapter, readings[n]) for n, (page, adapter) in enumerate(encoded)]

    def _encoded(self, task: PageTask) -> tuple[EncodedPage, LoadedAdapter]:
        """A page whose lines are encoded, and what reads them best."""
        choice = self.adapters.choice(self._names(task))
        first = choice.candidates[0]
        try:
            page = encode_page(task.image, task.layout, first.lines, self.finder)
        except TooManyCells as error:
            name = task.image.source or "the page"
            raise InputError(name, str(error), "cut it into parts") from None
        adapter = choose_adapter(page.chosen, choice)
        if adapter is not first:
            page = replace(page, chosen=list(encoded_for(adapter, page.chosen)))
        return page, adapter

    def _lone_lines(self, tasks: Sequence[PageTask]) -> Iterator[_Read]:
        for (names, upright), like in groupby(tasks, key=self._kind):
            choice = self.adapters.choice(names)
            images = [task.image for task in like]
            size = LINES_TOGETHER if choice.open else len(images)
            for start in range(0, len(images), size):
                for page, adapter, reading in read_lone_lines(
                    images[start : start + size], upright, choice
                ):
                    yield page, adapter, [reading]

    def _kind(self, task: PageTask) -> tuple[AdapterNames, bool]:
        upright = task.layout is not None and task.layout.known == "upright"
        return self._names(task), upright

    def _names(self, task: PageTask) -> AdapterNames:
        return self._default if task.adapter is None else task.adapter


def load(
    model: str | Path | None = None,
    *,
    device: str = "auto",
    decode: str | None = None,
    adapter: AdapterNames = None,
) -> Reader:
    """Return a reader; without arguments with the shipped model on the best device."""
    names = (adapter,) if isinstance(adapter, str) else tuple(adapter or ())
    return Reader.load(Path(model) if model else None, device, decode, adapters=names)


def transcribe(
    source: ImageSource,
    *,
    line: bool = False,
    model: str | Path | None = None,
    adapter: AdapterNames = None,
) -> Document:
    """Read one image and return its document; ``.text`` is its text.

    For many files keep a reader: ``reader = load()``, ``reader.transcribe(path)``.
    """
    return load(model, adapter=adapter).transcribe(source, line=line)


def _grouped(tasks: Iterable[PageTask]) -> Iterator[list[PageTask]]:
    """Yield tasks that are read together: a few pages, or many images of single lines."""
    for lone, like in groupby(tasks, key=lambda task: task.lone_line):
        size = LONE_LINES_TOGETHER if lone else PAGES_TOGETHER
        while together := list(islice(like, size)):
            yield together
