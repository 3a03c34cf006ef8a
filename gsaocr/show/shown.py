"""``--show FILE``: what a run reads, drawn as it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import OutputError, UsageError
from gsaocr.page.document import Document, Page
from gsaocr.page.load import LoadSettings, load_pages

Viewer = Callable[[Document, Path], None]
"""Gets a document and its input's file."""


@contextmanager
def shown_in(path: Path, loading: LoadSettings) -> Iterator[Viewer]:
    """Yield a viewer that draws all documents it gets.

    An ``.html`` file takes them all and stands in its place when the context ends; of pictures
    (``.png``) the first page has the file's own name, those that follow get -2, -3, and so on.
    Raises UsageError for other suffixes, OutputError where the file can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".html", ".htm", ".png"):
        raise UsageError(f"--show {path}", "is neither .png nor .html", "name such a file")
    try:
        if suffix == ".png":
            yield _pictures(path, loading)
            return
        partial = path.with_name(f".gsaocr-{path.name[:100]}.part")
        try:
            with partial.open("wb") as stream:
                yield _html(stream, path, loading)
                from gsaocr.show.page_html import tail

                stream.write(tail())
            partial.replace(path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
    except OSError as error:
        cause = f"can't be written ({error.strerror or error})"
        raise OutputError(str(path), cause, "name another with --show") from None


def _html(stream: BinaryIO, path: Path, loading: LoadSettings) -> Viewer:
    from gsaocr.show.page_html import head, section

    stream.write(head(path.stem))

    def view(document: Document, original: Path) -> None:
        for page, grey in _with_images(document, original, loading):
            for part in section(document, page, grey):
                stream.write(part)

    return view


def _pictures(path: Path, loading: LoadSettings) -> Viewer:
    from gsaocr.show.page_png import page_picture

    count = 0

    def view(document: Document, original: Path) -> None:
        nonlocal count
        for page, grey in _with_images(document, original, loading):
            count += 1
            target = path if count == 1 else path.with_stem(f"{path.stem}-{count}")
            page_picture(page, grey).save(target, "PNG")

    return view


def _with_images(
    document: Document, original: Path, loading: LoadSettings
) -> Iterator[tuple[Page, NDArray[np.uint8]]]:
    """The pages of a document, each with its image, loaded once more."""
    images = load_pages(
        original, name=document.source, settings=replace(loading, known=frozenset())
    )
    image = None
    for page in document.pages:
        while image is None or image.number < page.number:
            image = next(images)
        yield page, image.grey
