"""What PDFium tells of a PDF: pages drawn, and the text that they hold.

This runs in a process of its own (:mod:`gsaocr.page.pdf_worker`): PDFium is not thread-safe, and
what a file makes it do has no bound. So it imports little, and gives plain numbers and strings.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from gsaocr.errors import InputError
from gsaocr.page.pdf_objects import mask_shares, user_unit

POINTS = 72.0
"""To an inch."""

_SCAN_SHARE = 0.85  # of a page: images that cover more are the page
_LEAST_DPI = 50.0  # below this a page that must be shrunk to the limit is refused
_USUAL_DPI = 300.0  # scans finer than twice this, on pages of a size that nobody would scan so
_OWN_PIXELS = 12e6  # are drawn at their own pixels, up to so many
_SMALL = 288.0  # units: pages that are no longer may count in larger units than points
_NOT_DRAWN = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)

_Character = tuple[str, float, float, float, float, float, float, bool]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page as drawn: rows of ``stride`` bytes, ``width`` pixels of one or three bytes each."""

    width: int
    height: int
    stride: int
    dpi: float
    pixels: memoryview


class PdfDocument:
    """An open PDF.

    All errors are InputErrors without a subject, which the asking process knows.
    """

    def __init__(self, file: BinaryIO | bytes, password: str | None) -> None:
        self._file, self._password = file, password
        self._masks: dict[int, dict[tuple[int, int], float]] = {}
        try:
            self._document = pypdfium2.PdfDocument(file, password)
            self.count = len(self._document)
        except pypdfium2.PdfiumError as error:
            # PDFium's last error may be that of another file: of one without pages it notes none.
            if "password" not in str(error).lower() or not _is_encrypted(file):
                raise InputError(
                    "", "is a broken PDF", "open it in a viewer and save it again"
                ) from None
            wrong = "has another password" if password else "is protected by a password"
            raise InputError("", wrong, "give it with --password") from None
        if self.count < 1:
            raise InputError("", "has no page", "scan or copy it again")
        if self._document.get_formtype() != pdfium.FORMTYPE_NONE:
            self._document.init_forms()  # without it the values of form fields are not drawn

    def close(self) -> None:
        """Forget the file."""
        self._document.close()

    def draw(self, number: int, dpi: float, max_megapixels: float, colours: bool = False) -> Drawn:
        """Draw a page as :meth:`gsaocr.page.load_pdf.PdfFile.render` says; grey, or in RGB."""
        with self._page(number) as page:
            width, height = _size(page)
            unit = self._unit(number, width, height)
            width, height = width * unit, height * unit
            dpi = self._useful_dpi(page, number, dpi, unit)
            pixels = width * height * (dpi / POINTS) ** 2
            if pixels > max_megapixels * 1e6:
                dpi *= math.sqrt(max_megapixels * 1e6 / pixels) * 0.999
                if dpi < _LEAST_DPI:
                    size = f"{width / POINTS:.0f} x {height / POINTS:.0f} inches"
                    raise InputError("", f"is {size} large", "cut the page or raise the limit")
            try:
                scale = dpi / POINTS * unit
                bitmap = page.render(scale=scale, grayscale=not colours, rev_byteorder=colours)
            except (pypdfium2.PdfiumError, ValueError, OSError) as error:
                raise InputError("", f"can't be drawn ({error})", "save the PDF anew") from None
        pixels_of_bitmap = memoryview(bitmap.buffer).cast("B")
        return Drawn(bitmap.width, bitmap.height, bitmap.stride, dpi, pixels_of_bitmap)

    def text(self, number: int) -> list[_Character]:
        """The characters of a page as (text, left, bottom, right, top, x and y, visible).

        All places are in the page's user space; x and y are those of the character's origin. A
        space or a line break has no place: zeros.
        """
        with self._page(number) as page:
            try:
                text = page.get_textpage()
            except pypdfium2.PdfiumError:
                return []
            try:
                return list(_characters(text.raw, text.count_chars()))
            finally:
                text.close()

    def frame(self, number: int, dpi: float) -> tuple[int, int, float, list[float]]:
        """Width and height of a page as drawn, its resolution, and the way back from its pixels.

        That way is a matrix of two rows, from pixels to the page's user space.
        """
        with self._page(number) as page:
            width, height = _size(page)
            unit = self._unit(number, width, height)
            dpi = self._useful_dpi(page, number, dpi, unit)
            columns, rows = (math.ceil(side * unit * dpi / POINTS) for side in (width, height))
            corners = []
            for px, py in ((0, 0), (columns, 0), (0, rows)):
                x, y = ctypes.c_double(), ctypes.c_double()
                pdfium.FPDF_DeviceToPage(page.raw, 0, 0, columns, rows, 0, px, py, x, y)
                corners.append((x.value, y.value))
        (x0, y0), (x1, y1), (x2, y2) = corners
        return (
            columns,
            rows,
            dpi,
            [(x1 - x0) / columns, (x2 - x0) / rows, x0, (y1 - y0) / columns, (y2 - y0) / rows, y0],
        )

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError:
            raise InputError("", "is broken", "save the PDF anew") from None
        try:
            yield page
        finally:
            page.close()

    def _unit(self, number: int, width: float, height: float) -> float:
        """The points of a page's unit, which PDFium takes to be 1.

        Larger ones are for pages that would be too large to be counted in points, and those are
        drawn as large as may be in any case: only small pages are looked up.
        """
        return user_unit(self._file, self._password, number) if max(width, height) < _SMALL else 1.0

    def _useful_dpi(self, page: Any, number: int, dpi: float, unit: float) -> float:
        """The resolution that a page is drawn at if ``dpi`` is asked for."""
        width, height = (side * unit for side in page.get_size())
        scanned = self._scanned_dpi(page, number, width * height / unit**2, dpi * unit) / unit
        if math.isfinite(scanned) and scanned > 2 * max(dpi, _USUAL_DPI):
            most = POINTS * math.sqrt(_OWN_PIXELS / (width * height))
            return max(dpi, min(scanned, most))
        return min(dpi, scanned)

    def _scanned_dpi(self, page: Any, number: int, area: float, wanted: float) -> float:
        """Return the resolution of a page's scan; infinite where more than a scan can be seen.

        ``area`` is the page's, in square points. Hidden text, as OCR programs add it, doesn't
        count; of several images (a background and letters apart) the finest one does. Letters may
        also be the mask of an image, which is finer than it: such pages are drawn as fine as that.
        """
        for index in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
            annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
            if not annotation:
                continue
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            pdfium.FPDFPage_CloseAnnot(annotation)
            if kind not in _NOT_DRAWN:
                return math.inf
        images: list[tuple[tuple[int, int], float]] = []
        covered = 0.0
        try:
            for thing in page.get_objects(max_depth=1):
                if thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
                    mode = pdfium.FPDFTextObj_GetTextRenderMode(thing.raw)
                    if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                        continue
                if thing.type != pdfium.FPDF_PAGEOBJ_IMAGE:
                    return math.inf
                pixels = thing.get_px_size()
                left, bottom, right, top = thing.get_bounds()
                size = max((right - left) * (top - bottom), 1e-6)
                covered += size
                images.append((pixels, POINTS * math.sqrt(pixels[0] * pixels[1] / size)))
        except pypdfium2.PdfiumError:
            return math.inf
        finest = max((own for _, own in images), default=0.0)
        if covered <= _SCAN_SHARE * area or finest <= 0:
            return math.inf
        if finest < 0.9 * wanted:
            finer = self._masks_of(number)
            finest = max(own * math.sqrt(finer.get(pixels, 1.0)) for pixels, own in images)
        # A hair less: sizes are rounded up, also what is too large only by a rounding error.
        return finest * 0.999999

    def _masks_of(self, number: int) -> dict[tuple[int, int], float]:
        if number not in self._masks:
            self._masks = {number: mask_shares(self._file, self._password, number)}
        return self._masks[number]


def _size(page: Any) -> tuple[float, float]:
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise InputError("", "has no area", "save the PDF anew")
    return width, height


def _is_encrypted(file: BinaryIO | bytes) -> bool:
    """Whether a PDF's trailer names an encryption; it stands there uncompressed."""
    if isinstance(file, bytes):
        return b"/Encrypt" in file
    file.seek(0)
    before = b""
    while chunk := file.read(1 << 20):
        if b"/Encrypt" in before + chunk:
            return True
        before = chunk[-8:]
    return False


def _characters(text: Any, count: int) -> Iterator[_Character]:
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
            yield ("\n" if character in "\r\n" else " ", 0, 0, 0, 0, 0, 0, False)
            continue
        if not pdfium.FPDFText_GetCharBox(text, index, *edges):
            continue
        left, right, bottom, top = (edge.value for edge in edges)
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        shown = pdfium.FPDFText_GetTextObject(text, index)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(shown) if shown else 3
        box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
        yield (character, *box, x.value, y.value, mode not in (3, 7))
        if hyphen:
            yield ("\n", 0, 0, 0, 0, 0, 0, False)
