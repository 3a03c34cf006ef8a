"""PDF files as grey pages, and the text that their pages already hold.

Pages are rendered as a viewer shows them: crop box, rotation, annotations and form fields. PDFium
does the work in a process of its own for each open file (:mod:`gsaocr.page.pdf_process`), so a page
that takes too much time or memory fails alone, and several threads may each have a file open.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.document import Box, Character, Line, Page, Point, Quarter, Region, Word
from gsaocr.page.grey import SAMPLE_PIXELS, Weights, by_colours, is_even, telling_colours
from gsaocr.page.pdf_bounds import PdfBounds
from gsaocr.page.pdf_process import PdfProcess

_BAND = 256  # rows of a page whose colours become grey at once

LEAST_TEXT = 20
"""Letters and digits from which on a page counts as holding text, not just a stamp."""


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One rendered page."""

    grey: NDArray[np.uint8]  # (height, width), 255 white
    number: int
    dpi: float


class PdfFile:
    """An open PDF; use as a context manager.

    Raises InputError if it can't be opened: broken, without pages, protected by another password
    than the one given, or too much work within ``bounds``. An ``owned`` stream is closed with it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        label: str,
        password: str | None = None,
        bounds: PdfBounds | None = None,
        *,
        owned: bool = False,
    ) -> None:
        self.label = label
        self._owned = stream if owned else None
        self._process = PdfProcess(stream, password, bounds or PdfBounds())
        try:
            self._process.open()
        except InputError as error:
            self._process.close()
            raise _about(label, error) from None
        self.count = self._process.count

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()
        if self._owned is not None:
            self._owned.close()

    def render(self, number: int, dpi: float, max_megapixels: float) -> PdfPage:
        """Render a page; one too large for the limit is rendered at a lower resolution.

        A page that is nothing but a scan isn't drawn finer than the scan is: that adds no detail,
        and many PDFs give their scans a resolution, and so a paper size, out of thin air. Where
        the paper is far too small for the scan, its own pixels count. Where letters differ from
        their ground by colour alone, which a small copy in colours tells, grey is made of that.

        Raises InputError if the page is broken, takes more time or memory than it may, or is so
        large that the limit leaves it unreadable.
        """
        try:
            grey, drawn_at = self._drawn(number, dpi, max_megapixels)
            if is_even(grey):
                share = min(1.0, SAMPLE_PIXELS / grey.size)
                few = share * grey.size / 1e6 * 1.01
                with suppress(InputError):  # then it stays as it is
                    small, _ = self._drawn(number, drawn_at * math.sqrt(share), few, colours=True)
                    weights = telling_colours(small.reshape(-1, 3))
                    if weights is not None:
                        coloured, _ = self._drawn(number, dpi, max_megapixels, colours=True)
                        grey = _by_colours(coloured, weights)
        except MemoryError:
            label = self._label(number)
            raise InputError(label, "doesn't fit in memory", "lower --dpi") from None
        return PdfPage(grey, number, drawn_at)

    def _drawn(
        self, number: int, dpi: float, max_megapixels: float, colours: bool = False
    ) -> tuple[NDArray[np.uint8], float]:
        """A page in grey (height, width) or colours (height, width, 3), and its resolution."""
        details = {"dpi": dpi, "max_megapixels": max_megapixels, "colours": colours}
        channels = 3 if colours else 1
        told, content = self._ask("draw", number, pixels=channels * max_megapixels, **details)
        width, height, stride = (int(told[name]) for name in ("width", "height", "stride"))
        rows = np.frombuffer(content, np.uint8).reshape(height, stride)[:, : channels * width]
        pixels = rows.reshape(height, width, 3) if colours else rows
        return np.ascontiguousarray(pixels), float(told["dpi"])

    def holds_text(self, number: int) -> bool:
        """Whether a page holds text already, visible or hidden: LEAST_TEXT letters or more."""
        return sum(c.text.isalnum() for c in self._characters(number)) >= LEAST_TEXT

    def visible_text(self, number: int) -> list[Box]:
        """Where visible text stands on a page: boxes in its user space, y upwards."""
        return [c.box for c in self._characters(number) if c.visible]

    def text_page(self, number: int, dpi: float) -> Page:
        """A page made of the text that the PDF holds; its pixels are those of ``render``.

        Confidences are 1: nothing was read.
        """
        told, _ = self._ask("frame", number, dpi=dpi)
        to_user = np.array([*told["back"], 0, 0, 1], np.float64).reshape(3, 3)
        to_pixels = np.asarray(np.linalg.inv(to_user)[:2])
        lines = tuple(_lines(self._characters(number), to_pixels))
        regions: tuple[Region, ...] = ()
        if lines:
            box = Box.union(line.box for line in lines)
            regions = (Region(lines, box, box.polygon),)
        size = int(told["width"]), int(told["height"])
        return Page(*size, regions, self.label, number, dpi=round(float(told["dpi"]), 2))

    def _label(self, number: int) -> str:
        return f"{self.label}, page {number}" if self.count > 1 else self.label

    def _ask(
        self, do: str, number: int, pixels: float = 0.0, **details: float
    ) -> tuple[dict[str, Any], bytes]:
        try:
            return self._process.ask(do, pixels=pixels, number=number, **details)
        except InputError as error:
            raise _about(self._label(number), error) from None

    def _characters(self, number: int) -> list[_PdfCharacter]:
        _, content = self._ask("text", number)
        return [
            _PdfCharacter(text, Box(left, bottom, right, top), (x, y), visible)
            for text, left, bottom, right, top, x, y, visible in json.loads(content)
        ]


def _by_colours(pixels: NDArray[np.uint8], weights: Weights) -> NDArray[np.uint8]:
    grey = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, len(grey), _BAND):
        grey[top : top + _BAND] = by_colours(pixels[top : top + _BAND], *weights)
    return grey


def _about(label: str, error: InputError) -> InputError:
    return InputError(label, error.cause, error.repair)


@dataclass(frozen=True, slots=True)
class _PdfCharacter:
    """A character of a PDF's text in user space; a space or a line break has no place."""

    text: str
    box: Box
    origin: Point
    visible: bool


def _lines(characters: list[_PdfCharacter], to_pixels: NDArray[np.float64]) -> Iterator[Line]:
    words: list[list[_PdfCharacter]] = [[]]
    for character in [*characters, _PdfCharacter("\n", Box(0, 0, 0, 0), (0, 0), False)]:
        if character.text in " \n":
            if words[-1]:
                words.append([])
            if character.text == "\n" and words[0]:
                yield _line([word for word in words if word], to_pixels)
                words = [[]]
        else:
            words[-1].append(character)


def _line(words: list[list[_PdfCharacter]], to_pixels: NDArray[np.float64]) -> Line:
    made = []
    for word in words:
        letters = tuple(Character(c.text, _pixel_box(c.box, to_pixels), 1.0) for c in word)
        made.append(Word(letters, Box.union(c.box for c in letters), 1.0))
    box = Box.union(word.box for word in made)
    first, last = (_pixel_point(word.origin, to_pixels) for word in (words[0][0], words[-1][-1]))
    dx, dy = last[0] - first[0], last[1] - first[1]
    orientation: Quarter = 0
    if math.hypot(dx, dy) > 1:
        orientation = (round(math.degrees(math.atan2(dy, dx)) / 90) * 90) % 360  # type: ignore[assignment]
    ends = {
        0: (box.x1, first[1]), 90: (first[0], box.y1), 180: (box.x0, first[1]),
        270: (first[0], box.y0),
    }  # fmt: skip
    end = last if math.hypot(dx, dy) > 1 else ends[orientation]
    return Line(tuple(made), box, box.polygon, (first, end), orientation, 0.0, 1.0)


def _pixel_point(point: Point, to_pixels: NDArray[np.float64]) -> Point:
    x, y = to_pixels @ (point[0], point[1], 1.0)
    return float(x), float(y)


def _pixel_box(box: Box, to_pixels: NDArray[np.float64]) -> Box:
    return Box.around(_pixel_point(corner, to_pixels) for corner in box.polygon)


def open_pdf(path: Path, password: str | None = None) -> PdfFile:
    """Open a PDF by its path; InputError as from :class:`PdfFile`."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(
            str(path), f"can't be opened ({error.strerror})", "check the path"
        ) from None
    try:
        return PdfFile(stream, str(path), password, owned=True)
    except InputError:
        stream.close()
        raise
