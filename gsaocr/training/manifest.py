"""Manifests: a table of image files and their texts, as CSV, TSV or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.load import load_pages

MANIFEST_SUFFIXES = (".csv", ".tsv", ".jsonl")
IMAGE_KEYS = ("image", "file", "file_name", "filename", "path")
TEXT_KEYS = ("text", "transcription", "truth", "label", "gt")

_LARGEST = 512 * 2**20  # bytes of a manifest


def manifest_lines(path: Path, left_out: list[str]) -> Iterator[tuple[NDArray[Any], str, str]]:
    """Yield (grey image, text, name) of a manifest's rows.

    The first row of a table (or the keys of each JSON object) names an image column and a text
    column. Paths are relative to the manifest and stay inside its folder.

    Raises:
        InputError: the manifest can't be read or lacks a column.
    """
    for number, image, text in _rows(path):
        name = f"{path}: {image or f'row {number}'}"
        try:
            if not image or not isinstance(text, str):
                raise InputError(name, "no image or no text in its row")
            yield next(iter(load_pages(_inside(path.parent, image, name)))).grey, text, name
        except InputError as error:
            left_out.append(str(error))


def _rows(path: Path) -> Iterator[tuple[int, str, Any]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(str(path), "larger than 512 MiB", "split it")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if path.suffix.lower() == ".jsonl":
                rows: Iterator[Any] = (json.loads(line) for line in stream if line.strip())
            else:
                tabs = path.suffix.lower() == ".tsv"
                rows = csv.DictReader(stream, delimiter="\t" if tabs else ",")
            for number, row in enumerate(rows, 1):
                if not isinstance(row, dict):
                    raise InputError(str(path), f"row {number} is no object")
                yield number, str(_value(path, row, IMAGE_KEYS) or ""), _value(path, row, TEXT_KEYS)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise InputError(str(path), f"can't be read ({error})", "see docs/adapters.md") from None


def _value(path: Path, row: dict[Any, Any], keys: tuple[str, ...]) -> Any:
    lowered = {str(k).strip().lower(): v for k, v in row.items()}
    for key in keys:
        if key in lowered:
            return lowered[key]
    raise InputError(str(path), f"has no column {keys[0]}", f"name one of {', '.join(keys)}")


def _inside(folder: Path, image: str, name: str) -> Path:
    path = (folder / image).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(name, "points outside the manifest's folder")
    return path
