"""What whoever uses a page should know of its reading: ink left unread, lines squeezed."""

from __future__ import annotations

import numpy as np

from gsaocr.page.load import PageImage
from gsaocr.page.page_ink import page_ink
from gsaocr.page.prepare import prepare
from gsaocr.reading.encoded_lines import EncodedPage

NO_TEXT = "has ink, but no text was found in it"
SQUEEZED = "has a line so wide that its letters were squeezed together: cut the image"

_LEAST_MARK = 250
"""Parts of the page's longer side: ink that is shorter than one of them is dust."""


def page_notes(page: EncodedPage, empty: bool) -> tuple[str, ...]:
    """Return the notes on a page that was read; ``empty``: nothing was."""
    notes = []
    if any(sight.view.prepared.squeezed for sight, _, _ in page.chosen):
        notes.append(SQUEEZED)
    if empty and has_ink(page.image):
        notes.append(NO_TEXT)
    return tuple(notes)


def has_ink(image: PageImage) -> bool:
    """Return whether there is more on a page than dust and what the scanner leaves at its edges."""
    pieces = page_ink(prepare(image)).pieces
    length = np.maximum(pieces.width, pieces.height)
    least = max(8.0, max(image.grey.shape) / _LEAST_MARK)
    return bool((length >= least).any())
