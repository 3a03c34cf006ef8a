"""A document into a file whose ending names the format, for programs that hold documents."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from gsaocr.errors import OutputError, UsageError
from gsaocr.formats.json_ import to_json
from gsaocr.formats.registry import FORMATS
from gsaocr.formats.settings import DEFAULT
from gsaocr.page.document import Document
from gsaocr.whole_file import write_whole


def as_dict(document: Document) -> dict[str, Any]:
    """Return what the JSON output of a document holds."""
    content: dict[str, Any] = json.loads(b"".join(to_json(document)))
    return content


def save(document: Document, path: Path, original: Path | None = None) -> Path:
    """Write a document, whole or not at all; see ``Document.save``."""
    found = [form for form in FORMATS.values() if path.name.lower().endswith(form.suffix)]
    if not found:
        endings = ", ".join(form.suffix for form in FORMATS.values())
        raise UsageError(str(path), "its ending names no format", f"known: {endings}")
    form = found[0]
    if form.page_per_file and len(document.pages) != 1:
        cause = f"holds one page, the document has {len(document.pages)}"
        raise UsageError(str(path), cause, "save a document of each page")
    source = original or Path(document.source)
    if form.name == "pdf" and not os.path.isfile(source):
        raise OutputError(str(path), "a PDF shows the original", "name it: save(path, original)")
    write_whole(path, form.write(document, replace(DEFAULT, original=source, folder=path.parent)))
    return path
