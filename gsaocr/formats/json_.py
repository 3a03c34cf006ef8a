"""JSON: everything that is known of a reading, down to the single character.

One object on one line, so that several documents make a JSON Lines stream. Coordinates are pixels
of the image as displayed, boxes [x0, y0, x1, y1], confidences 0 to 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any, get_args

from gsaocr.page.document import (
    Box,
    Character,
    Document,
    Line,
    Page,
    Point,
    Region,
    RegionKind,
    Word,
)

FORMAT = "gsaocr-document"
VERSION = 1
"""Rises when a key changes its meaning or goes; new keys leave it as it is."""


def to_json(document: Document) -> Iterator[bytes]:
    """Yield the document as one line of JSON, UTF-8, page by page.

    Its form is published in ``document.schema.json`` beside this module.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "source": document.source,
        "provenance": document.provenance,
        "pages": [],
    }
    yield _encoded(head).removesuffix(b"]}")
    for index, page in enumerate(document.pages):
        yield (b", " if index else b"") + _encoded(page_content(page))
    yield b"]}\n"


def schema() -> bytes:
    """The JSON schema of what :func:`to_json` writes."""
    return files("gsaocr.formats").joinpath("document.schema.json").read_bytes()


def _encoded(content: dict[str, Any]) -> bytes:
    # File names that are not UTF-8 arrive as lone surrogates, which JSON can't carry.
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def page_content(page: Page) -> dict[str, Any]:
    """A page as what JSON can hold; :func:`page_from` is its inverse."""
    return {
        "source": page.source,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "orientation": page.orientation,
        "orientation_margin": _share(page.orientation_margin),
        "skew": round(page.skew, 3),
        "adapter": page.adapter,
        "notes": list(page.notes),
        "text": page.text,
        "regions": [_region(region) for region in page.regions],
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "kind": region.kind,
        "box": _box(region.box),
        "polygon": _points(region.polygon),
        "lines": [_line(line) for line in region.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "confidence": _share(line.confidence),
        "confirmed": line.confirmed,
        "box": _box(line.box),
        "polygon": _points(line.polygon),
        "baseline": _points(line.baseline),
        "x_height": _pixel(line.x_height),
        "orientation": line.orientation,
        "orientation_margin": _share(line.orientation_margin),
        "words": [_word(word) for word in line.words],
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "confidence": _share(word.confidence),
        "box": _box(word.box),
        "characters": [_character(character) for character in word.characters],
    }


def _character(character: Character) -> dict[str, Any]:
    return {
        "text": character.text,
        "confidence": _share(character.confidence),
        "box": _box(character.box),
    }


def _box(box: Box) -> list[float]:
    return [_pixel(edge) for edge in (box.x0, box.y0, box.x1, box.y1)]


def _points(points: Iterable[Point]) -> list[list[float]]:
    return [[_pixel(x), _pixel(y)] for x, y in points]


def _pixel(value: float) -> float:
    return round(value, 2)


def _share(value: float) -> float:
    return round(value, 4)


def page_from(content: dict[str, Any]) -> Page:
    """Return the page of :func:`page_content`; KeyError, TypeError or ValueError if it is none."""
    return Page(
        content["width"],
        content["height"],
        tuple(_region_from(region) for region in content["regions"]),
        content["source"],
        content["number"],
        content["orientation"],
        content["orientation_margin"],
        content["skew"],
        content["dpi"],
        content.get("adapter", ""),  # pages kept by an older version have none
        tuple(map(str, content.get("notes", ()))),
    )


def _region_from(content: dict[str, Any]) -> Region:
    lines = tuple(_line_from(line) for line in content["lines"])
    if content["kind"] not in get_args(RegionKind):
        raise ValueError("no kind of region")
    return Region(lines, Box(*content["box"]), _points_from(content["polygon"]), content["kind"])


def _line_from(content: dict[str, Any]) -> Line:
    return Line(
        tuple(_word_from(word) for word in content["words"]),
        Box(*content["box"]),
        _points_from(content["polygon"]),
        _points_from(content["baseline"]),
        content["orientation"],
        content["orientation_margin"],
        content["confidence"],
        content["x_height"],
        content["confirmed"],
    )


def _word_from(content: dict[str, Any]) -> Word:
    characters = tuple(
        Character(each["text"], Box(*each["box"]), each["confidence"])
        for each in content["characters"]
    )
    return Word(characters, Box(*content["box"]), content["confidence"])


def _points_from(content: list[list[float]]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in content)
