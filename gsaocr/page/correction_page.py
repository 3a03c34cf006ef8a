"""One HTML page, needing nothing beside it, in which a person corrects drafts and saves them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("correction_page.html")


@dataclass(frozen=True)
class PageLine:
    """One line of the page."""

    name: str
    """Path without suffix, within the folder: where its image and its text belong."""
    png: bytes
    text: str
    confidence: float


def correction_page(lines: Sequence[PageLine], title: str) -> str:
    """Return the page; it opens no connection, and keeps unsaved work in the browser's store."""
    entries = [
        {
            "name": line.name,
            "png": base64.b64encode(line.png).decode("ascii"),
            "text": line.text,
            "confidence": round(line.confidence, 3),
        }
        for line in lines
    ]
    content = json.dumps(entries, ensure_ascii=False)
    key = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    page = _TEMPLATE.read_text(encoding="utf-8")
    # Inside a script, "</" would end it; "<" may stand in JSON in another way.
    page = page.replace("{{TITLE}}", _escaped(title)).replace("{{KEY}}", key)
    return page.replace("{{LINES}}", content.replace("<", "\\u003c"))


def _escaped(text: str) -> str:
    # Braces too: a title must not be taken for a place to fill.
    signs = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "{": "&#123;"}
    return "".join(signs.get(c, c) for c in text)
