"""``--show FILE``: what a run reads, drawn as it goes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError, OutputError, UsageError
from gsaocr.formats.authorship import head_of
from gsaocr.page.document import Document, Page
from gsaocr.page.load import LoadSettings, PageImage, load_pages
from gsaocr.whole_file import Put, whole_file

Viewer = Callable[[Document, Path], None]
"""Gets a document and its input's file."""

_REPAIR = "name another with --show"
_BY = "gsaocr"
_HTML = re.compile(
    rb'\A<!DOCTYPE html>\n<html [^>]*><head>[^\n]*\n<meta name="generator" content="gsaocr">'
)
_PICTURE = re.compile(rb"\A\x89PNG\r\n\x1a\n.{25}.{0,64}tEXtSoftware\0gsaocr", re.DOTALL)


def is_own_view(path: Path) -> bool:
    """Whether a page or a picture is one that gsaocr drew; an empty file is nobody's."""
    head = head_of(path)
    return not head or any(kind.match(head) for kind in (_HTML, _PICTURE))


@contextmanager
def shown_in(path: Path, loading: LoadSettings, put: Put = Path.replace) -> Iterator[Viewer]:
    """Yield a viewer that draws all documents it gets.

    An ``.html`` file takes them all and stands in its place when the context ends; of pictures
    (``.png``) the first page has the file's own name, those that follow get -2, -3, and so on.
    ``put`` may refuse to replace what is there. Raises UsageError for other suffixes, OutputError
    where the file can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".html", ".htm", ".png"):
        raise UsageError(f"--show {path}", "is neither .png nor .html", "name such a file")
    if not os.path.isdir(path.parent):
        raise OutputError(str(path), "can't be written (there is no such folder)", _REPAIR)
    if suffix == ".png":
        yield _pictures(path, loading, put)
        return
    try:
        with whole_file(path, _REPAIR, put) as stream:
            from gsaocr.show.page_html import tail

            view = _html(stream, path, loading)
            try:
                yield view
            except (OSError, ValueError) as error:
                raise _NotOurs(error) from None
            stream.write(tail())
    except _NotOurs as passed:
        raise passed.error from None


class _NotOurs(Exception):
    """What ended the run, and is not this file's fault."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _html(stream: BinaryIO, path: Path, loading: LoadSettings) -> Viewer:
    from gsaocr.show.page_html import head, section

    stream.write(head(path.stem))

    def view(document: Document, original: Path) -> None:
        for page, grey in _with_images(document, original, loading):
            whole = b"".join(section(document, page, grey))
            try:
                stream.write(whole)
            except OSError as error:
                cause = f"can't be written ({error.strerror or error})"
                raise OutputError(str(path), cause, _REPAIR) from None

    return view


def _pictures(path: Path, loading: LoadSettings, put: Put) -> Viewer:
    from PIL.PngImagePlugin import PngInfo

    from gsaocr.show.page_png import page_picture

    count = 0
    made_by = PngInfo()
    made_by.add_text("Software", _BY)

    def view(document: Document, original: Path) -> None:
        nonlocal count
        for page, grey in _with_images(document, original, loading):
            count += 1
            target = path if count == 1 else path.with_stem(f"{path.stem}-{count}")
            picture = page_picture(page, grey)
            with whole_file(target, _REPAIR, put) as stream:
                picture.save(stream, "PNG", pnginfo=made_by)

    return view


def _with_images(
    document: Document, original: Path, loading: LoadSettings
) -> Iterator[tuple[Page, NDArray[np.uint8]]]:
    """The pages of a document, each with its image, loaded once more."""
    # What could not be loaded has been told of, and is no page of the document.
    settings = replace(loading, known=frozenset(), broken=lambda number, error: None)
    images = load_pages(original, name=document.source, settings=settings)
    image: PageImage | None = None
    for page in document.pages:
        while image is None or image.number < page.number:
            image = next(images, None)
            if image is None:
                raise InputError(document.source, "has fewer pages than were read", "read it again")
        yield page, image.grey
