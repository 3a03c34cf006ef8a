"""Manifests: a table of image files and their texts, as CSV, TSV or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.training.line_images import first_page

MANIFEST_SUFFIXES = (".csv", ".tsv", ".jsonl")
IMAGE_KEYS = ("image", "file", "file_name", "filename", "path")
TEXT_KEYS = ("text", "transcription", "truth", "label", "gt")

_LARGEST = 512 * 2**20  # bytes of a manifest
_LONGEST = 2**20  # bytes of one of its lines


def manifest_lines(path: Path, left_out: list[str]) -> Iterator[tuple[NDArray[Any], str, str]]:
    """Yield (grey image, text, name) of a manifest's rows; rows that can't be used are named.

    The first row of a table (or the keys of each JSON object) names an image column and a text
    column. Paths are relative to the manifest and stay inside its folder.

    Raises:
        InputError: the manifest can't be read, lacks a column, or not one of its rows can be read.
    """
    any_row, first = False, ""
    for number, row in _rows(path):
        name = f"{path}: row {number}"
        try:
            image, text = _image_and_text(name, row)
            any_row = True
            name = f"{path}: {image}"
            grey = first_page(_inside(path.parent, image, name), name)
        except InputError as error:
            first = first or str(error)
            left_out.append(str(error))
        else:
            yield grey, text, name
    if not any_row:
        cause = first.removeprefix(f"{path}: ") or "holds no rows"
        raise InputError(str(path), cause, "see docs/adapters.md")


Row = dict[Any, Any] | str
"""A row, or why it can't be read."""


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(str(path), "larger than 512 MiB", "split it")
        with path.open("rb") as stream:
            lines = _short_lines(stream)
            objects = path.suffix.lower() == ".jsonl"
            rows: Iterator[Row] = map(_object, lines) if objects else _table(path, lines)
            yield from ((number, row) for number, row in enumerate(rows, 1) if row)
    except OSError as error:
        cause = f"can't be read ({error.strerror or error})"
        raise InputError(str(path), cause, "see docs/adapters.md") from None


def _short_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one beyond all measure the beginning, which is more than may be read."""
    while line := stream.readline(_LONGEST + 1):
        yield line
        while len(line) > _LONGEST and not line.endswith(b"\n"):
            line = stream.readline(_LONGEST + 1)


def _object(line: bytes) -> Row:
    if len(line) > _LONGEST:
        return "is longer than 1 MiB"
    try:
        row = json.loads(line.decode("utf-8-sig")) if line.strip() else {}
    except (ValueError, RecursionError) as error:
        return f"can't be read ({error})"
    return row if isinstance(row, dict) else "is no object"


def _table(path: Path, lines: Iterator[bytes]) -> Iterator[Row]:
    def texts() -> Iterator[str]:
        for number, line in enumerate(lines):
            if len(line) > _LONGEST:
                raise InputError(str(path), "a line is longer than 1 MiB", "split it")
            # What is no UTF-8 is found out row by row.
            yield line.decode("utf-8" if number else "utf-8-sig", "surrogateescape")

    rows = csv.DictReader(texts(), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"can't be read ({error})"
            continue
        if any(isinstance(cell, str) and _is_no_utf8(cell) for cell in row.values()):
            yield "can't be read (not UTF-8)"
        else:
            yield row


def _is_no_utf8(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)


def _image_and_text(name: str, row: Row) -> tuple[str, str]:
    if isinstance(row, str):
        raise InputError(name, row)
    lowered = {str(k).strip().lower(): v for k, v in row.items()}
    values = []
    for keys in (IMAGE_KEYS, TEXT_KEYS):
        key = next((key for key in keys if key in lowered), None)
        if key is None:
            raise InputError(name, f"has no column {keys[0]}", f"name one of {', '.join(keys)}")
        values.append(lowered[key])
    image, text = values
    if not image or not isinstance(image, str) or not isinstance(text, str):
        raise InputError(name, "no image or no text in its row")
    return image, text


def _inside(folder: Path, image: str, name: str) -> Path:
    try:
        path = (folder / image).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a name with NUL, a link to itself
        raise InputError(name, f"no usable path ({error})") from None
    if not path.is_relative_to(folder.resolve()):
        raise InputError(name, "points outside the manifest's folder")
    return path
