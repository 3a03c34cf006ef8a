"""What a page of a PDF draws, and something drawn after it whatever state it ends in."""

from __future__ import annotations

import warnings
from typing import Any

import pikepdf

from gsaocr.formats.pdf_faults import FAULTS
from gsaocr.formats.pdf_page_box import inherited, visible_box

Instructions = list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]

_MARK = ["q", "gs", "Q"]


def instructions(source: pikepdf.Page | pikepdf.Object) -> Instructions | None:
    """The instructions of a page's or form's content; None if it can't be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pikepdf's remarks on broken content
            return list(pikepdf.parse_content_stream(source))
    except FAULTS:
        return None


def draw_after(pdf: pikepdf.Pdf, page: pikepdf.Page, content: bytes) -> None:
    """Add to what a page draws, on the coordinates that the page begins with."""
    _close(pdf, page)
    # What the page itself draws may leave its coordinates changed.
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\nq\n" + content + b"Q\n")


def copied(dictionary: Any) -> Any:
    """A copy of a dictionary, which may be shared with other pages; empty for anything else."""
    copy: Any = pikepdf.Dictionary()
    for name, value in dictionary.items() if isinstance(dictionary, pikepdf.Dictionary) else ():
        copy[name] = value
    return copy


def _close(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Put content into a form of its own if it would swallow what is drawn after it.

    An open string, array, dictionary or inline image ends with the form.
    """
    try:
        content = _content(page)
    except FAULTS:
        return
    read = instructions(pdf.make_stream(content + b"\nq /Mark gs Q\n"))
    if read is not None and [str(each.operator) for each in read[-3:]] == _MARK:
        return
    form = pdf.make_stream(content)
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"] = pikepdf.Array(visible_box(page))
    form["/Resources"] = copied(inherited(page, "/Resources"))
    page.obj["/Contents"] = pdf.make_stream(b"/GsaocrOpen Do\n")
    page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(GsaocrOpen=form))


def _content(page: pikepdf.Page) -> bytes:
    found = page.obj.get("/Contents")
    parts: Any = [found] if isinstance(found, pikepdf.Stream) else found
    parts = parts if isinstance(parts, list | pikepdf.Array) else []
    return b"\n".join(part.read_bytes() for part in parts if isinstance(part, pikepdf.Stream))
