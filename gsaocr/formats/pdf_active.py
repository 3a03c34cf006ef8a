"""What of a PDF does more than show pages: scripts, actions, files within it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pikepdf

_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "launch actions",
    "/SubmitForm": "form submission",
    "/ImportData": "data import",
    "/GoToE": "links into embedded files",
    "/Movie": "media",
    "/Sound": "media",
    "/Rendition": "media",
    "/RichMediaExecute": "media",
    "/GoTo3DView": "media",
}
"""Actions that run, send or open something (ISO 32000-1, 12.6.4); links are none of them."""

_ANNOTATIONS = {
    "/FileAttachment": "embedded files",
    "/RichMedia": "media",
    "/Screen": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/3D": "media",
}
_NAMES = {"/JavaScript": "JavaScript", "/EmbeddedFiles": "embedded files"}
_ACTION_KEYS = ("/A", "/OpenAction", "/Next", "/PA")
_DEEPEST = 40  # dictionaries within each other, in one object

_Remove = Callable[[], None]


def active_content(pdf: pikepdf.Pdf) -> list[str]:
    """The kinds of active content that a PDF holds, as words for the user."""
    return list(dict.fromkeys(kind for kind, _ in _found(pdf)))


def drop_active_content(pdf: pikepdf.Pdf) -> list[str]:
    """Take active content out of a PDF; return the kinds that it held.

    Links to other pages and to the web stay, and so do the pages' looks and their form fields.
    """
    found = list(_found(pdf))
    for _, remove in found:
        remove()
    return list(dict.fromkeys(kind for kind, _ in found))


def _found(pdf: pikepdf.Pdf) -> Iterator[tuple[str, _Remove]]:
    """What is active, by its kind, and how to take it out."""
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key, kind in _NAMES.items():
            if key in names:
                yield kind, _without(names, key)
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        yield "an XFA form", _without(form, "/XFA")
    for each in pdf.objects:
        yield from _within(each, 0)


def _within(thing: Any, depth: int) -> Iterator[tuple[str, _Remove]]:
    """Of one object, without those that it refers to."""
    if depth > _DEEPEST:
        return
    if isinstance(thing, pikepdf.Array):
        for each in thing:
            if not getattr(each, "is_indirect", False):
                yield from _within(each, depth + 1)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    for key, value in thing.items():
        if key in _ACTION_KEYS or key == "/AA":
            yield from _actions(thing, key, value)
        elif key == "/AF":
            yield "embedded files", _without(thing, key)
        elif key == "/Annots" and isinstance(value, pikepdf.Array):
            yield from _annotations(value)
        if not getattr(value, "is_indirect", False):
            yield from _within(value, depth + 1)


def _actions(holder: Any, key: str, value: Any) -> Iterator[tuple[str, _Remove]]:
    if key == "/AA":
        triggers = value.values() if isinstance(value, pikepdf.Dictionary) else ()
        kinds = [kind for each in triggers if (kind := _action(each))]
        for kind in kinds:
            yield kind, _without(holder, key)
    elif isinstance(value, pikepdf.Array):  # a chain of actions in one
        for kind in [kind for each in value if (kind := _action(each))]:
            yield kind, _without(holder, key)
    elif kind := _action(value):
        yield kind, _without(holder, key)


def _action(value: Any) -> str | None:
    if not isinstance(value, pikepdf.Dictionary):
        return None
    return _ACTIONS.get(str(value.get("/S", "")))


def _annotations(annotations: pikepdf.Array) -> Iterator[tuple[str, _Remove]]:
    for each in annotations:
        if isinstance(each, pikepdf.Dictionary):
            kind = _ANNOTATIONS.get(str(each.get("/Subtype", "")))
            if kind:
                yield kind, lambda: _without_active(annotations)


def _without_active(annotations: pikepdf.Array) -> None:
    for index in range(len(annotations) - 1, -1, -1):
        each: Any = annotations[index]
        if isinstance(each, pikepdf.Dictionary) and str(each.get("/Subtype", "")) in _ANNOTATIONS:
            del annotations[index]


def _without(holder: Any, key: str) -> _Remove:
    def remove() -> None:
        if key in holder:
            del holder[key]

    return remove
