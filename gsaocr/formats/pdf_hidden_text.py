"""Hidden text taken out of a page: an older text layer, made by whatever program.

Hidden is what is shown in text rendering mode 3, neither filled nor stroked (ISO 32000-1, 9.3.6).
"""

from __future__ import annotations

from typing import Any

import pikepdf

from gsaocr.formats.pdf_content import instructions
from gsaocr.formats.pdf_faults import FAULTS

_SHOWS = {"Tj", "TJ", "'", '"'}
_INVISIBLE = 3
_DEEPEST = 8  # form within form


def remove_hidden_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Drop what shows hidden text from a page's content and from the forms that it draws.

    A content stream that can't be parsed stays as it is.
    """
    content = _without_hidden(page)
    if content is not None:
        page.obj["/Contents"] = pdf.make_stream(content)
    _clean_forms(page.obj.get("/Resources"), set(), 0)


def _clean_forms(resources: Any, seen: set[tuple[int, int]], depth: int) -> None:
    forms = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(forms, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    for form in list(forms.values()):
        if not isinstance(form, pikepdf.Stream) or form.get("/Subtype") != pikepdf.Name.Form:
            continue
        if form.objgen in seen:
            continue
        seen.add(form.objgen)
        content = _without_hidden(form)
        if content is not None:
            form.write(content)
        _clean_forms(form.get("/Resources"), seen, depth + 1)


def _without_hidden(source: pikepdf.Page | pikepdf.Stream) -> bytes | None:
    """The content without its hidden text; None if it holds none or can't be parsed."""
    found = instructions(source)
    if found is None:
        return None
    mode, dropped = 0, False
    saved: list[int] = []
    kept: list[Any] = []
    for instruction in found:
        operator = str(instruction.operator)
        if operator == "q":
            saved.append(mode)
        elif operator == "Q" and saved:
            mode = saved.pop()
        elif operator == "Tr" and instruction.operands:
            mode = _mode(instruction.operands[-1])
        elif operator in _SHOWS and mode == _INVISIBLE:
            dropped = True
            if operator in ("'", '"'):  # they also go to the next line
                kept.append(pikepdf.ContentStreamInstruction([], pikepdf.Operator("T*")))
            continue
        kept.append(instruction)
    return pikepdf.unparse_content_stream(kept) if dropped else None


def _mode(operand: Any) -> int:
    try:
        return int(operand)
    except FAULTS:
        return 0  # what is no number is 0 to viewers
