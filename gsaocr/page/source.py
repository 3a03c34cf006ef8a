"""Images as Python programs hold them, as pages: paths, bytes, streams, arrays, Pillow images."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gsaocr.errors import InputError
from gsaocr.page.grey import colour_pixels, grey_pixels
from gsaocr.page.load import LoadSettings, PageImage, load_pages

ImageSource = str | Path | bytes | bytearray | memoryview | BinaryIO | NDArray[Any] | Image.Image
"""What an image may be given as."""

_KINDS = (
    "a path (str or Path), bytes, a binary stream, a NumPy array (height, width[, 3 or 4]) of "
    "uint8, bool or floats from 0 to 1, or a Pillow image"
)


def open_source(
    source: ImageSource, name: str | None, settings: LoadSettings
) -> tuple[Iterator[PageImage], str]:
    """Return the pages of an image, loaded one by one, and how it is called.

    Args:
        source: a path, the content of a file, or pixels.
        name: how messages and documents call it; None: its path, or "-".
        settings: how files become pages.

    Raises:
        TypeError: the source is none of the kinds, or an array of another type or form.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        return load_pages(path, name=name, settings=settings), name or str(path)
    label = name or "-"
    if isinstance(source, bytes | bytearray | memoryview):
        return load_pages(BytesIO(bytes(source)), name=label, settings=settings), label
    if isinstance(source, np.ndarray):
        source = _pillow_image(source)
    if isinstance(source, Image.Image):
        return iter([_page(source, label, settings)]), label
    if callable(getattr(source, "read", None)):
        return load_pages(_binary(source), name=label, settings=settings), label
    raise TypeError(f"no image: {type(source).__name__}; give {_KINDS}")


def grey_array(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return an array of one of the kinds as grey uint8 (height, width), 255 white.

    Raises:
        TypeError: it is of another type or form, or its floats lie outside 0 to 1.
    """
    return grey_pixels(_pillow_image(image))


def _pillow_image(array: NDArray[Any]) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    flat = array.ndim == 2
    if not (flat or (array.ndim == 3 and array.shape[2] in (3, 4))) or 0 in array.shape:
        raise TypeError(f"no image: an array of shape {array.shape}; give {_KINDS}")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype.kind == "f":
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise TypeError(f"no image: floats outside 0 to 1; give {_KINDS}")
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise TypeError(f"no image: an array of {array.dtype}; give {_KINDS}")
    return Image.fromarray(np.ascontiguousarray(array))


def _page(image: Image.Image, label: str, settings: LoadSettings) -> PageImage:
    width, height = image.size
    if width * height > settings.max_megapixels * 1e6:
        cause = f"is {width} x {height} pixels, more than {settings.max_megapixels:g} megapixels"
        raise InputError(label, cause, "make it smaller or raise the limit")
    try:
        shown = ImageOps.exif_transpose(image)
        grey = np.ascontiguousarray(grey_pixels(shown))
        return PageImage(grey, label, colour=colour_pixels(shown))
    except (OSError, ValueError, SyntaxError) as error:
        cause = f"is broken or cut short ({error})"
        raise InputError(label, cause, "scan or copy it again") from None


def _binary(stream: Any) -> BinaryIO:
    """The stream, if what it gives is bytes."""
    if isinstance(stream.read(0), bytes):
        return stream  # type: ignore[no-any-return]
    raise TypeError(f"no image: a stream of text; give {_KINDS}")
