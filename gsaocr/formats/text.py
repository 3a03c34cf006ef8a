"""Plain text: the reading alone."""

from __future__ import annotations

from gsaocr.page.document import Document


def to_text(document: Document) -> bytes:
    """Return the text as UTF-8: lines as on the page, an empty line between regions.

    Pages are separated by a form feed. The text ends with a line break unless it is empty.
    """
    text = document.text
    return (text + "\n" if text else "").encode()
