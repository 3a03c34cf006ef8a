"""PDF files as grey pages, and the text that their pages already hold.

Pages are rendered as a viewer shows them: crop box, rotation, annotations and form fields. PDFium
does the work; it is not thread-safe, so all of this belongs to one thread.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.document import Box, Character, Line, Page, Point, Quarter, Region, Word

LEAST_TEXT = 20
"""Letters and digits from which on a page counts as holding text, not just a stamp."""

_POINTS = 72.0  # to an inch
_SCAN_SHARE = 0.85  # of a page: images that cover more are the page
_LEAST_DPI = 50.0  # below this a page that must be shrunk to the limit is refused


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One rendered page."""

    grey: NDArray[np.uint8]  # (height, width), 255 white
    number: int
    dpi: float


class PdfFile:
    """An open PDF; use as a context manager.

    Raises InputError if it can't be opened: broken, without pages, or protected by another password
    than the one given.
    """

    def __init__(self, stream: BinaryIO, label: str, password: str | None = None) -> None:
        self.label = label
        try:
            self._document = pypdfium2.PdfDocument(stream, password)
            self.count = len(self._document)
        except pypdfium2.PdfiumError as error:
            # PDFium's last error may be that of another file: of one without pages it notes none.
            if "password" not in str(error).lower() or not _is_encrypted(stream):
                raise InputError(
                    label, "is a broken PDF", "open it in a viewer and save it again"
                ) from None
            wrong = "has another password" if password else "is protected by a password"
            raise InputError(label, wrong, "give it with --password") from None
        if self.count < 1:
            raise InputError(label, "has no page", "scan or copy it again")

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def render(self, number: int, dpi: float, max_megapixels: float) -> PdfPage:
        """Render a page; one too large for the limit is rendered at a lower resolution.

        A page that is nothing but a scan isn't drawn finer than the scan is: that adds no detail,
        and many PDFs give their scans a resolution, and so a paper size, out of thin air.

        Raises InputError if the page is broken, or so large that the limit leaves it unreadable.
        """
        label = self._label(number)
        with self._page(number) as page:
            width, height = self._size(page, label)
            dpi = min(dpi, _scanned_dpi(page, width * height))
            pixels = width * height * (dpi / _POINTS) ** 2
            if pixels > max_megapixels * 1e6:
                dpi *= math.sqrt(max_megapixels * 1e6 / pixels) * 0.999
                if dpi < _LEAST_DPI:
                    size = f"{width / _POINTS:.0f} x {height / _POINTS:.0f} inches"
                    raise InputError(label, f"is {size} large", "cut the page or raise the limit")
            try:
                bitmap = page.render(scale=dpi / _POINTS, grayscale=True)
                grey = np.array(bitmap.to_numpy(), np.uint8)
                bitmap.close()
            except (pypdfium2.PdfiumError, ValueError, OSError) as error:
                raise InputError(label, f"can't be drawn ({error})", "save the PDF anew") from None
            except MemoryError:
                raise InputError(label, "doesn't fit in memory", "lower --dpi") from None
        return PdfPage(np.ascontiguousarray(grey.reshape(grey.shape[:2])), number, dpi)

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
        with self._page(number) as page:
            width, height = self._size(page, self._label(number))
            dpi = min(dpi, _scanned_dpi(page, width * height))
            scale = dpi / _POINTS
            pixels = (math.ceil(width * scale), math.ceil(height * scale))
            to_pixels = _to_pixels(page, pixels)
        lines = tuple(_lines(self._characters(number), to_pixels))
        regions: tuple[Region, ...] = ()
        if lines:
            box = Box.union(line.box for line in lines)
            regions = (Region(lines, box, box.polygon),)
        return Page(*pixels, regions, self.label, number, dpi=round(dpi, 2))

    def _label(self, number: int) -> str:
        return f"{self.label}, page {number}" if self.count > 1 else self.label

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError:
            raise InputError(self._label(number), "is broken", "save the PDF anew") from None
        try:
            yield page
        finally:
            page.close()

    @staticmethod
    def _size(page: Any, label: str) -> tuple[float, float]:
        width, height = page.get_size()
        if not (0 < width < 1e6 and 0 < height < 1e6):
            raise InputError(label, "has no area", "save the PDF anew")
        return width, height

    def _characters(self, number: int) -> list[_PdfCharacter]:
        with self._page(number) as page:
            try:
                text = page.get_textpage()
            except pypdfium2.PdfiumError:
                return []
            try:
                return list(_characters(text.raw, text.count_chars()))
            finally:
                text.close()


def _scanned_dpi(page: Any, area: float) -> float:
    """Return the resolution of a page's scan; infinite where more than a scan can be seen.

    ``area`` is the page's, in square points. Hidden text, as OCR programs add it, doesn't count; of
    several images (a background and letters apart) the finest one does.
    """
    finest, covered = 0.0, 0.0
    try:
        for thing in page.get_objects(max_depth=1):
            if thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
                mode = pdfium.FPDFTextObj_GetTextRenderMode(thing.raw)
                if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                    continue
            if thing.type != pdfium.FPDF_PAGEOBJ_IMAGE:
                return math.inf
            columns, rows = thing.get_px_size()
            left, bottom, right, top = thing.get_bounds()
            size = max((right - left) * (top - bottom), 1e-6)
            covered += size
            finest = max(finest, _POINTS * math.sqrt(columns * rows / size))
    except pypdfium2.PdfiumError:
        return math.inf
    # A hair less: sizes are rounded up, also what is too large only by a rounding error.
    return finest * 0.999999 if covered > _SCAN_SHARE * area and finest > 0 else math.inf


def _is_encrypted(stream: BinaryIO) -> bool:
    """Whether a PDF's trailer names an encryption; it stands there uncompressed."""
    stream.seek(0)
    before = b""
    while chunk := stream.read(1 << 20):
        if b"/Encrypt" in before + chunk:
            return True
        before = chunk[-8:]
    return False


@dataclass(frozen=True, slots=True)
class _PdfCharacter:
    """A character of a PDF's text in user space; a space or a line break has no place."""

    text: str
    box: Box
    origin: Point
    visible: bool


def _characters(text: Any, count: int) -> Iterator[_PdfCharacter]:
    edges = [ctypes.c_double() for _ in range(4)]
    x, y = ctypes.c_double(), ctypes.c_double()
    pending = ""
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text, index)
        # Characters beyond U+FFFF come as two surrogates.
        pending += chr(code)
        if 0xD800 <= code < 0xDC00:
            continue
        character = pending.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        pending = ""
        # U+0002 and U+FFFE stand for a hyphen at a line's end, together with the break after it.
        hyphen = character in "\x02\ufffe"
        if hyphen:
            character = "-"
        elif character.isspace() or not character.isprintable() or character == "\uffff":
            kind = "\n" if character in "\r\n" else " "
            yield _PdfCharacter(kind, Box(0, 0, 0, 0), (0, 0), False)
            continue
        if not pdfium.FPDFText_GetCharBox(text, index, *edges):
            continue
        left, right, bottom, top = (edge.value for edge in edges)
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        shown = pdfium.FPDFText_GetTextObject(text, index)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(shown) if shown else 3
        box = Box(min(left, right), min(bottom, top), max(left, right), max(bottom, top))
        yield _PdfCharacter(character, box, (x.value, y.value), mode not in (3, 7))
        if hyphen:
            yield _PdfCharacter("\n", Box(0, 0, 0, 0), (0, 0), False)


def _to_pixels(page: Any, pixels: tuple[int, int]) -> NDArray[np.float64]:
    """The matrix (2, 3) from a page's user space to the pixels of its rendering."""
    corners = []
    for px, py in ((0, 0), (pixels[0], 0), (0, pixels[1])):
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDF_DeviceToPage(page.raw, 0, 0, *pixels, 0, px, py, x, y)
        corners.append((x.value, y.value))
    (x0, y0), (x1, y1), (x2, y2) = corners
    to_user = np.array(
        [
            [(x1 - x0) / pixels[0], (x2 - x0) / pixels[1], x0],
            [(y1 - y0) / pixels[0], (y2 - y0) / pixels[1], y0],
            [0, 0, 1],
        ]
    )
    return np.asarray(np.linalg.inv(to_user)[:2])


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
    # As a stream: PDFium takes paths as UTF-8, which they need not be.
    try:
        return PdfFile(path.open("rb"), str(path), password)
    except OSError as error:
        raise InputError(
            str(path), f"can't be opened ({error.strerror})", "check the path"
        ) from None
