"""What a broken PDF makes pikepdf raise, told as a fault of that file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf

from gsaocr.errors import InputError

_LONGEST = 200  # characters of another library's message

FAULTS = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    pikepdf.DeletedObjectError,
    pikepdf.ForeignObjectError,
    # Names where numbers are expected, numbers beyond any page, trees that are circles, text in no
    # encoding: pikepdf lets Python's own exceptions through for them.
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Anything that objects of a PDF may raise when they are not what the standard says."""


@contextmanager
def faults_of(source: str) -> Iterator[None]:
    """Raise InputError for whatever the file ``source`` makes pikepdf raise.

    To be put around work on objects of a file that others wrote, and nothing else: a fault of
    gsaocr itself must not be told as one of the file.
    """
    try:
        yield
    except pikepdf.PasswordError:
        raise InputError(source, "is protected by a password", "give it with --password") from None
    except FAULTS as error:
        cause = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            source, f"is a broken PDF ({cause[:_LONGEST]})", "open it in a viewer and save it again"
        ) from None
    except MemoryError:
        raise InputError(source, "doesn't fit in memory", "split the PDF") from None
