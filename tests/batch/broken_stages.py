"""Faults at every stage of an input's way, each for files that are named after the stage.

``hit-loading.png`` raises while it is loaded, ``hit-reading.png`` while it is read, and so on, in
this process or, by :func:`broken_reader`, in one that an engine starts.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from tests.batch.fake_reader import FakeReader

Patch = tuple[Any, str, Callable[..., Any]]

FORMATS = ("text", "json_", "tsv", "hocr", "alto", "page_xml", "pdf")
IN_WORKERS = ("loading", "second-page", "layout", "reading")
HERE = ("finding", "counting", "begun", "kept", "journal", "shown", *FORMATS)


class InjectedError(RuntimeError):
    """What is raised; nobody foresees it."""


def hit(stage: str, *arguments: object, **more: object) -> bool:
    """Whether what is being worked on is the file that is to fail at this stage."""
    return f"hit-{stage}." in " ".join(map(str, (*arguments, *more.values())))


def patches(stage: str) -> Iterator[Patch]:
    """What to put where, so that this stage raises for its file."""
    if stage == "loading":
        yield _before("gsaocr.batch.pages", "load_pages", stage)
    elif stage == "second-page":
        yield _second_page()
    elif stage == "layout":
        yield _before("gsaocr.batch.engine", "read_layout", stage)
    elif stage == "reading":
        yield (*_before("tests.batch.fake_reader", "FakeReader._page", stage),)
    elif stage == "finding":
        yield _before("gsaocr.batch.inputs", "_is_readable_kind", stage)
    elif stage == "counting":
        yield _before("gsaocr.batch.jobs", "count_pages", stage)
    elif stage == "begun":
        yield _before("gsaocr.batch.journal", "Fingerprint.of", stage)
    elif stage == "kept":
        yield _before("gsaocr.batch.page_store", "page_content", stage)
    elif stage == "journal":
        yield _before("gsaocr.batch.journal", "Journal.finish", stage)
    elif stage in FORMATS:
        names = {"text": "to_text", "json_": "to_json"}
        yield _before(f"gsaocr.formats.{stage}", names.get(stage, f"to_{stage}"), stage)


def broken_reader() -> FakeReader:
    """A reader for another process, where all stages that run there are broken."""
    for stage in IN_WORKERS:
        for owner, name, broken in patches(stage):
            setattr(owner, name, broken)
    return FakeReader()


def _owner(module: str, name: str) -> tuple[Any, str]:
    owner: Any = importlib.import_module(module)
    *inner, last = name.split(".")
    for each in inner:
        owner = getattr(owner, each)
    return owner, last


def _before(module: str, name: str, stage: str) -> Patch:
    owner, last = _owner(module, name)
    whole = getattr(owner, last)

    def broken(*arguments: Any, **more: Any) -> Any:
        if hit(stage, *arguments, **more):
            raise InjectedError(stage)
        return whole(*arguments, **more)

    return owner, last, broken


def _second_page() -> Patch:
    owner, last = _owner("gsaocr.batch.pages", "load_pages")
    whole = getattr(owner, last)

    def broken(*arguments: Any, **more: Any) -> Iterator[Any]:
        for number, page in enumerate(whole(*arguments, **more), start=1):
            if number == 2 and hit("second-page", *arguments, **more):
                raise InjectedError("second-page")
            yield page

    return owner, last, broken
