"""Where the annotations of a PDF page (notes, stamps, form fields) show text.

PDFium's text of a page leaves them out, while poppler and viewers show it; words that were read
there would stand twice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf

from gsaocr.errors import InputError
from gsaocr.formats.pdf_content import instructions
from gsaocr.formats.pdf_faults import FAULTS
from gsaocr.formats.pdf_file import Matrix
from gsaocr.formats.pdf_page_box import visible_box
from gsaocr.page.document import Box

_UNSEEN = 2 | 32  # flags: hidden, not for viewing (ISO 32000-1, 12.5.3)
_DEEPEST = 8  # fields above a widget, forms within an appearance


def annotation_text(page: pikepdf.Page) -> list[Box]:
    """Boxes of the text that a page's annotations show, in its user space.

    Of what viewers set themselves, for want of an appearance in the file, the whole field.
    """
    boxes, appearances = [], []
    for annotation in _shown(page):
        with suppress(*FAULTS):  # one that holds nonsense shows nothing
            x0, y0, x1, y1 = _numbers(annotation.get("/Rect"), 4) or (0.0, 0.0, 0.0, 0.0)
            box = Box.around(((x0, y0), (x1, y1)))
            appearance = _appearance(annotation)
            if appearance is None:
                if _text_without_appearance(annotation):
                    boxes.append(box)
            elif _shows_text(appearance, _DEEPEST):
                appearances.append((appearance, _placed(appearance, box)))
    if appearances:
        with suppress(InputError, *FAULTS):
            boxes += _text_of(appearances, page)
    return boxes


def _shown(page: pikepdf.Page) -> Iterator[pikepdf.Dictionary]:
    found = page.obj.get("/Annots")
    for annotation in found if isinstance(found, pikepdf.Array) else ():
        if not isinstance(annotation, pikepdf.Dictionary):
            continue
        flags = annotation.get("/F", 0)
        unseen = isinstance(flags, int) and flags & _UNSEEN
        if not unseen and annotation.get("/Subtype") not in (
            pikepdf.Name.Link,
            pikepdf.Name.Popup,
        ):
            yield annotation


def _appearance(annotation: pikepdf.Dictionary) -> pikepdf.Stream | None:
    """The stream that draws an annotation as it stands, of several states the one it is in."""
    found: Any = annotation.get("/AP")
    found = found.get("/N") if isinstance(found, pikepdf.Dictionary) else None
    if isinstance(found, pikepdf.Dictionary) and not isinstance(found, pikepdf.Stream):
        state = annotation.get("/AS")
        found = found.get(str(state)) if isinstance(state, pikepdf.Name) else None
    return found if isinstance(found, pikepdf.Stream) else None


def _text_without_appearance(annotation: pikepdf.Dictionary) -> bool:
    """Whether viewers set text of a note or a form field themselves."""
    if annotation.get("/Subtype") == pikepdf.Name.FreeText:
        return bool(str(annotation.get("/Contents", "")).strip())
    field: Any = annotation
    kind = value = None
    for _ in range(_DEEPEST):
        if not isinstance(field, pikepdf.Dictionary):
            break
        kind = field.get("/FT") if kind is None else kind
        value = field.get("/V") if value is None else value
        field = field.get("/Parent")
    return (
        annotation.get("/Subtype") == pikepdf.Name.Widget
        and kind in (pikepdf.Name.Tx, pikepdf.Name.Ch)
        and isinstance(value, pikepdf.String)
        and bool(str(value).strip())
    )


def _shows_text(stream: pikepdf.Stream, depth: int) -> bool:
    if any(str(each.operator) in ("Tj", "TJ", "'", '"') for each in instructions(stream) or ()):
        return True
    resources = stream.get("/Resources")
    forms = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    return (
        depth > 0
        and isinstance(forms, pikepdf.Dictionary)
        and any(
            _shows_text(form, depth - 1)
            for form in forms.values()
            if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == pikepdf.Name.Form
        )
    )


def _placed(appearance: pikepdf.Stream, box: Box) -> Matrix:
    """What takes an appearance into its annotation's rectangle (ISO 32000-1, 12.5.5)."""
    bounds = _numbers(appearance.get("/BBox"), 4) or [0.0, 0.0, 1.0, 1.0]
    a, b, c, d, e, f = _numbers(appearance.get("/Matrix"), 6) or [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    own = Box.around(
        (a * x + c * y + e, b * x + d * y + f)
        for x in (bounds[0], bounds[2])
        for y in (bounds[1], bounds[3])
    )
    sx = box.width / own.width if own.width else 1.0
    sy = box.height / own.height if own.height else 1.0
    return (sx, 0, 0, sy, box.x0 - sx * own.x0, box.y0 - sy * own.y0)


def _text_of(appearances: list[tuple[pikepdf.Stream, Matrix]], page: pikepdf.Page) -> list[Box]:
    """Boxes of the text in appearances, which are drawn on a page of a file of their own."""
    from gsaocr.page.load_pdf import open_pdf

    with pikepdf.new() as alone, tempfile.TemporaryDirectory(prefix="gsaocr-") as folder:
        left, bottom, right, top = visible_box(page)
        target = alone.add_blank_page(page_size=(200, 200))
        target.obj["/MediaBox"] = pikepdf.Array([left, bottom, right, top])
        drawn, shown = pikepdf.Dictionary(), []
        for index, (appearance, matrix) in enumerate(appearances):
            form = alone.copy_foreign(appearance)
            form["/Subtype"] = pikepdf.Name.Form
            drawn[f"/A{index}"] = form
            numbers = " ".join(f"{value:.5f}" for value in matrix)
            shown.append(f"q {numbers} cm /A{index} Do Q")
        target.obj["/Resources"] = pikepdf.Dictionary(XObject=drawn)
        target.contents_add("\n".join(shown).encode())
        path = Path(folder) / "annotations.pdf"
        alone.save(path)
        with open_pdf(path) as own:
            return own.visible_text(1)


def _numbers(value: Any, count: int) -> list[float] | None:
    if not isinstance(value, pikepdf.Array) or len(value) != count:
        return None
    return [float(each) for each in value]
