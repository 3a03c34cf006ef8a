"""Images of training data, decoded: whatever is wrong with one, it alone is left out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import GsaocrError, InputError
from gsaocr.page.load import load_pages


def first_page(source: Path | bytes, name: str) -> NDArray[np.uint8]:
    """Return the (first) page of an image as grey uint8, (height, width).

    Sizes are bounded before anything is decoded, as for pages that are read.

    Raises:
        InputError: it can't be read, for whatever reason.
    """
    stream = source if isinstance(source, Path) else BytesIO(source)
    try:
        return next(load_pages(stream, name=name)).grey
    except Exception as error:
        raise as_input_error(error, name) from None


def as_input_error(error: Exception, name: str) -> InputError:
    """Return an error as one of the entry of this name, also one that nobody foresaw."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, GsaocrError):
        return InputError(error.subject, error.cause, error.repair)
    if isinstance(error, MemoryError):
        return InputError(name, "takes more memory than there is")
    return InputError(name, f"can't be used ({type(error).__name__}: {error})")
