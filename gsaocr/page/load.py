"""Image files as grey pages: what a viewer shows, one byte per pixel.

Coordinates everywhere in the program are those of the image as displayed, that is after the
rotation its EXIF (or TIFF) orientation asks for; ``PageImage.exif_orientation`` and
``stored_point`` lead back to the pixels as the file stores them.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gsaocr.errors import InputError
from gsaocr.page import tiff
from gsaocr.page.document import Point
from gsaocr.page.file_kinds import is_heif, kind_of
from gsaocr.page.grey import colour_pixels, grey_pixels
from gsaocr.page.pdf_bounds import PdfBounds, check_bound
from gsaocr.page.selection import PageSelection

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF")
"""Pillow's names of the formats that are opened, where it has them; others are refused."""

MAX_MEGAPIXELS = 200.0
"""Larger images are refused before they are decoded, unless the caller raises the limit."""

_ORIENTATION_TAG = 274
_CONVERT = "convert it to 8-bit grey or colour with LZW or deflate"
_BROKEN = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, EOFError)
_BROKEN_TOO = (AttributeError, OverflowError, ArithmeticError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page of an input file, grey, as displayed.

    ``grey`` is uint8 of shape (height, width), 255 white.
    """

    grey: NDArray[np.uint8]
    source: str = ""  # as the user named it; "-" is standard input
    number: int = 1  # counts from 1 within the file
    dpi: float | None = None  # None: the file doesn't say
    exif_orientation: int = 1  # 1 to 8, already applied to ``grey``
    colour: NDArray[np.uint8] | None = None  # (height, width, 3), RGB; None: it is grey

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.grey.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.grey.shape[0])

    def stored_point(self, point: Point) -> Point:
        """Where a point of the displayed image lies in the image as the file stores it."""
        x, y = point
        right, low = self.width - x, self.height - y
        return {
            1: (x, y),
            2: (right, y),
            3: (right, low),
            4: (x, low),
            5: (y, x),
            6: (y, right),
            7: (low, right),
            8: (low, x),
        }[self.exif_orientation]


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How files become pages; UsageError if ``max_megapixels`` bounds nothing."""

    max_megapixels: float = MAX_MEGAPIXELS  # larger images are refused, PDF pages are shrunk
    pages: PageSelection | None = None  # None: all
    dpi: float = 300.0  # at which PDF pages are rendered
    password: str | None = None  # of PDFs
    bounds: PdfBounds = field(default_factory=PdfBounds)  # of the work on a page of a PDF
    known: frozenset[int] = frozenset()  # wanted pages that are left out: they were read before
    broken: Callable[[int, InputError], None] | None = None
    """Told of pages of several that can't be loaded; the others follow. None: they are raised."""

    def __post_init__(self) -> None:
        check_bound("--max-megapixels", self.max_megapixels)

    def tell(self, number: int, count: int, error: InputError) -> None:
        """Tell of a broken page, or raise its error where nobody is to be told."""
        if self.broken is None or count < 2:
            raise error
        self.broken(number, error)


def load_pages(
    source: Path | BinaryIO,
    *,
    name: str | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    settings: LoadSettings | None = None,
) -> Iterator[PageImage]:
    """Yield the pages of an image or PDF file or of a binary stream one by one.

    Only TIFF and PDF files have several pages; of animations and phone pictures with side images
    the first is taken. ``name`` replaces the path in messages and in ``PageImage.source`` (a stream
    without one is "-"). Raises InputError, also between two pages, if the source is missing,
    unreadable, empty, broken, no image, a page has more than ``max_megapixels`` million pixels, or
    ``settings.pages`` leaves no page; single pages may be told to ``settings.broken`` instead.
    """
    settings = settings or LoadSettings(max_megapixels)
    if isinstance(source, Path):
        label = name if name is not None else str(source)
        with _open(source, label) as stream:
            yield from _pages(stream, label, settings)
    else:
        label = name if name is not None else "-"
        try:
            data = source.read()
        except OSError as error:
            raise InputError(label, f"can't be read ({_reason(error)})") from None
        yield from _pages(BytesIO(data), label, settings)


def _open(path: Path, label: str) -> BinaryIO:
    try:
        if path.is_dir():
            raise InputError(label, "is a folder, not an image", "name the files in it")
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(label, "there is no such file", "check the name") from None
    except PermissionError:
        raise InputError(label, "may not be read", "check its permissions") from None
    except (OSError, ValueError) as error:
        raise InputError(label, f"can't be opened ({_reason(error)})", "check the path") from None


def count_pages(path: Path, settings: LoadSettings) -> int:
    """How many pages a file has, wanted or not; InputError as from :func:`load_pages`."""
    label = str(path)
    with _open(path, label) as stream:
        start = stream.read(1024)
        stream.seek(0)
        if is_pdf(start):
            from gsaocr.page.load_pdf import PdfFile

            with PdfFile(stream, label, settings.password, settings.bounds) as pdf:
                return pdf.count
        with _no_limit_of_pillow(), _identify(stream, label, math.inf) as image, _told_of(label):
            if image.format != "TIFF":
                return 1
            return len(tiff.page_frames(image))


def displayed_pages(
    path: Path, *, name: str | None = None, max_megapixels: float = MAX_MEGAPIXELS
) -> Iterator[tuple[Image.Image, int, int]]:
    """Yield an image file's pages as Pillow images: image, page number, and EXIF orientation.

    The orientation is still to be applied. The pages are those of :func:`load_pages` that can be
    loaded, broken ones among several left out. Each image is loaded, and closed when the next is
    asked for. Raises InputError as :func:`load_pages` does.
    """
    label = name if name is not None else str(path)
    with _open(path, label) as stream:
        settings = LoadSettings(max_megapixels, broken=lambda number, error: None)
        for image, number, orientation in _images(stream, label, settings):
            # Pillow itself turns TIFFs while loading them, and then drops the tag.
            yield image, number, 1 if image.format == "TIFF" else orientation


def is_pdf(start: bytes) -> bool:
    """Whether a file that begins with these (at most 1024) bytes is a PDF."""
    return b"%PDF-" in start[:1024]


def _pages(stream: BinaryIO, label: str, settings: LoadSettings) -> Iterator[PageImage]:
    start = stream.read(1024)
    stream.seek(0)
    if is_pdf(start):
        yield from _pdf_pages(stream, label, settings)
        return
    for image, number, orientation in _images(stream, label, settings):
        try:
            with _told_of(_page_label(label, number)):
                grey, colour = grey_pixels(image), colour_pixels(image)
                if image.format != "TIFF":
                    grey = _displayed(grey, orientation)
                    colour = None if colour is None else _displayed(colour, orientation)
                grey = np.ascontiguousarray(grey)
        except InputError as error:
            settings.tell(number, getattr(image, "n_frames", 1), error)
            continue
        yield PageImage(grey, label, number, _dpi(image), orientation, colour)


def _pdf_pages(stream: BinaryIO, label: str, settings: LoadSettings) -> Iterator[PageImage]:
    from gsaocr.page.load_pdf import PdfFile

    with PdfFile(stream, label, settings.password, settings.bounds) as pdf:
        for number in wanted_pages(pdf.count, label, settings):
            if number in settings.known:
                continue
            try:
                page = pdf.render(number, settings.dpi, settings.max_megapixels)
            except InputError as error:
                settings.tell(number, pdf.count, error)
                continue
            yield PageImage(page.grey, label, number, round(page.dpi, 2))


def wanted_pages(count: int, label: str, settings: LoadSettings) -> list[int]:
    """The numbers of the wanted pages of a file that has ``count``; InputError if none is."""
    numbers = [n for n in range(1, count + 1) if settings.pages is None or n in settings.pages]
    if not numbers:
        counted = "1 page" if count == 1 else f"{count} pages"
        raise InputError(label, f"has {counted}", f"--pages {settings.pages} names none of them")
    return numbers


def _images(
    stream: BinaryIO, label: str, settings: LoadSettings
) -> Iterator[tuple[Image.Image, int, int]]:
    """The loaded image of each wanted page, the page's number and its EXIF orientation."""
    if not stream.read(1):
        raise InputError(label, "is empty", "scan or copy it again")
    stream.seek(0)
    with _no_limit_of_pillow():
        image = _identify(stream, label, settings.max_megapixels)
    with image:
        frames = tiff.page_frames(image) if image.format == "TIFF" else [0]
        for number, frame in enumerate(frames, 1):
            if settings.pages is not None and number not in settings.pages:
                continue
            if number in settings.known:
                continue
            page_label = _page_label(label, number)
            try:
                with _no_limit_of_pillow(), _told_of(page_label):
                    if image.format == "TIFF":
                        image.seek(frame)
                    loaded, orientation = _load(image, stream, page_label, settings.max_megapixels)
            except InputError as error:
                settings.tell(number, len(frames), error)
                continue
            yield loaded, number, orientation
    wanted_pages(len(frames), label, settings)


def _page_label(label: str, number: int) -> str:
    return label if number == 1 else f"{label}, page {number}"


def _identify(stream: BinaryIO, label: str, max_megapixels: float) -> Image.Image:
    """Open an image without decoding it; sizes are checked here for the first page."""
    start = stream.read(1024)
    stream.seek(0)
    try:
        image = Image.open(stream, formats=_known_formats(start))
        _check_size(image, label, max_megapixels)
        getattr(image, "n_frames", 1)  # walks through a TIFF's directories
    except UnidentifiedImageError:
        held = tiff.unread(stream) if tiff.is_tiff(start) else None
        if held is not None:
            raise InputError(label, f"is {held}, which can't be read", _CONVERT) from None
        kind, repair = kind_of(start)
        raise InputError(label, f"is {kind}", repair) from None
    except (*_BROKEN, *_BROKEN_TOO) as error:
        raise _broken(label, error) from None
    return image


def _known_formats(start: bytes) -> list[str]:
    """The formats that a file which begins so may be of, as far as Pillow has them."""
    Image.init()
    if is_heif(start):
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return ["AVIF"] if "AVIF" in Image.OPEN else ["PNG"]
        register_heif_opener()
    return [name for name in FORMATS if name in Image.OPEN]


def _load(
    image: Image.Image, stream: BinaryIO, label: str, max_megapixels: float
) -> tuple[Image.Image, int]:
    """Decode the frame that an image stands at; return it and its EXIF orientation."""
    _check_size(image, label, max_megapixels)
    orientation = int(image.getexif().get(_ORIENTATION_TAG, 1) or 1)
    held = tiff.compressed(getattr(image, "tag_v2", {}))
    loaded = image
    try:
        with tiff.libtiff_silenced(image):
            image.load()
    except OSError:
        apart = tiff.decoded_apart(image, stream, orientation)
        if apart is None and held is not None:
            raise InputError(label, f"is {held}, which can't be read", _CONVERT) from None
        if apart is None:
            raise
        loaded = apart
    samples = tiff.samples(loaded)
    if samples is not None:
        loaded = Image.fromarray(grey_pixels(samples))
        loaded.info.update(image.info)
        loaded.format = image.format
    return loaded, orientation if 1 <= orientation <= 8 else 1


@contextmanager
def _told_of(label: str) -> Iterator[None]:
    """Turn what goes wrong with a page into one line about it."""
    try:
        yield
    except (*_BROKEN, *_BROKEN_TOO) as error:
        raise _broken(label, error) from None
    except MemoryError:
        raise InputError(
            label, "doesn't fit in memory", "make the image smaller or cut it"
        ) from None


def _check_size(image: Image.Image, label: str, max_megapixels: float) -> None:
    width, height = image.size
    if width <= 0 or height <= 0:
        raise InputError(label, "has no pixels", "scan or copy it again")
    if width * height > max_megapixels * 1e6:
        raise InputError(
            label,
            f"is {width} x {height} pixels, more than {max_megapixels:g} megapixels",
            "make it smaller or raise the limit",
        )


def _displayed(grey: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation (1 to 8) to stored pixels."""
    if orientation in (5, 6, 7, 8):
        grey = grey.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        grey = grey[:, ::-1]
    if orientation in (3, 4, 7, 8):
        grey = grey[::-1]
    return grey


def _dpi(image: Image.Image) -> float | None:
    try:
        values = [float(value) for value in image.info.get("dpi", ())]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    mean = sum(values) / len(values) if values else 0.0
    return round(mean, 2) if 10 <= mean <= 10000 else None


@contextmanager
def _no_limit_of_pillow() -> Iterator[None]:
    """Leave the limit on pixels to ``max_megapixels``, and Pillow's remarks out of stderr."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _broken(label: str, error: BaseException) -> InputError:
    return InputError(label, f"is broken or cut short ({_reason(error)})", "scan or copy it again")


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
