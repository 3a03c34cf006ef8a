"""Transcribed lines for an adapter: pairs, PAGE and ALTO files, manifests; split by document."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError, TrainingError
from gsaocr.evaluation.datasets import load_samples
from gsaocr.printable import is_unsafe, short
from gsaocr.recognizer.charset import Charset
from gsaocr.training.line_images import as_input_error, first_page
from gsaocr.training.manifest import MANIFEST_SUFFIXES, manifest_lines
from gsaocr.training.transcribed_pages import transcribed_page

MOST_PIXELS = 4_000_000_000
"""Pixels, which are bytes, that the line images of all data may take in memory."""

BASELINE_TOLERANCE = 0.25
"""x-heights by which the baselines of a set may miss those of its ink before that is told."""

_log = logging.getLogger(__name__)
_MOST_VALIDATION = 300  # lines: more make the training wait and the figure hardly surer
_FEWEST = 4  # lines below which nothing can be trained
_LONGEST_TEXT = 2000  # characters: more than a line of 80 times its height has CTC frames
_DROPPED = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00ad\u200b\ufeff"  # by the reading form
_MAX_HEIGHT = 96  # pixels: what is higher is reduced on loading, which bounds the memory


@dataclass(frozen=True)
class TruthLine:
    """One line with its transcription."""

    image: NDArray[Any]
    """(height, width) grey, uint8."""
    text: str
    """The target, in reading form."""
    document: str
    """Name of what the line was taken from: a book, a page, a folder."""
    name: str
    """How the line is named in messages."""


@dataclass(frozen=True)
class TruthLines:
    """What was found in the data."""

    lines: tuple[TruthLine, ...]
    left_out: tuple[str, ...]
    """One entry each: name and cause."""
    unknown: Counter[str]
    """Characters outside the charset, with the number of lines that hold them."""


def load_lines(
    sources: Sequence[Path], rule: Callable[[str], str], charset: Charset, extend: bool
) -> TruthLines:
    """Read all lines of the data.

    Args:
        sources: folders, zips, images, PAGE or ALTO files, manifests.
        rule: makes a target of a transcription.
        charset: of the base.
        extend: keep lines with characters outside the charset.

    Raises:
        InputError: a source is missing, is none of these, holds nothing usable, or too much.
        TrainingError: hardly any line is left.
    """
    left_out: list[str] = []
    lines: list[TruthLine] = []
    pixels = 0
    for line in _all_lines(sources, left_out):
        cause = _unusable(line.text, line.image)
        if not cause:
            target = replace(line, text=rule(line.text), image=_reduced(line.image))
            cause = "" if target.text else "no text"
        if cause:
            left_out.append(f"{line.name}: {cause}")
            continue
        lines.append(target)
        pixels += target.image.size
        if pixels > MOST_PIXELS:
            cause = f"its line images take more than {MOST_PIXELS / 1e9:g} GB"
            raise InputError(", ".join(map(str, sources)), cause, "give fewer of them")
    unknown: Counter[str] = Counter()
    for line in lines:
        unknown.update(charset.missing(line.text))
    if not extend and unknown:
        kept = [line for line in lines if not charset.missing(line.text)]
        left_out += [
            f"{line.name}: characters outside the charset"
            for line in lines
            if charset.missing(line.text)
        ]
        lines = kept
    if len(lines) < _FEWEST:
        cause = f"{len(lines)} usable lines, {len(left_out)} left out"
        if left_out:
            cause += f" (such as {left_out[0]})"
        raise TrainingError(
            ", ".join(map(str, sources)), cause, "give images with .gt.txt files beside them"
        )
    return TruthLines(tuple(lines), tuple(left_out), unknown)


def load_probe(sources: Sequence[Path], count: int) -> list[NDArray[Any]]:
    """Return the images of at most ``count`` lines of data sets, always the same ones.

    Raises:
        InputError: a source is missing or holds nothing, or an image can't be read.
    """
    samples = load_samples(sources).limited(count).samples
    return [first_page(sample.read(), sample.label) for sample in samples]


def split(
    lines: Sequence[TruthLine], share: float, seed: int
) -> tuple[list[TruthLine], list[TruthLine]]:
    """Return lines to train on and lines to validate on; a document is never on both sides.

    Where the documents are too few to be shared out, lines are. At most 300 lines validate; the
    others of their documents are left out, since they would make the validation too easy.
    """
    documents = sorted({line.document for line in lines})
    by_document = len(documents) >= max(4, round(1 / max(share, 1e-6)) // 2)

    def key(line: TruthLine) -> str:
        return line.document if by_document else line.name

    keys = sorted({key(line) for line in lines}, key=lambda k: _draw(k, seed))
    count = Counter(key(line) for line in lines)
    wanted = min(max(1, round(share * len(lines))), _MOST_VALIDATION)
    chosen: set[str] = set()
    found = 0
    for k in keys:
        if found >= wanted or len(chosen) + 1 >= len(keys):
            break
        chosen.add(k)
        found += count[k]
    train = [line for line in lines if key(line) not in chosen]
    apart = [line for line in lines if key(line) in chosen]
    return train, limited(apart, _MOST_VALIDATION)


def limited(lines: Sequence[TruthLine], limit: int | None) -> list[TruthLine]:
    """Return at most ``limit`` lines, drawn by name, in their order."""
    if limit is None or limit >= len(lines):
        return list(lines)
    drawn = {id(x) for x in sorted(lines, key=lambda line: _draw(line.name, 0))[:limit]}
    return [line for line in lines if id(line) in drawn]


def _draw(key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode("utf-8", "surrogatepass")).digest()


def _all_lines(sources: Sequence[Path], left_out: list[str]) -> Iterator[TruthLine]:
    """Yield the lines of all sources; one of several that can't be read is named."""
    for source in sources:
        try:
            yield from _raw_lines(source, left_out)
        except InputError as error:
            if len(sources) == 1 or not source.exists():
                raise
            left_out.append(str(error))


def _raw_lines(source: Path, left_out: list[str]) -> Iterator[TruthLine]:
    """Yield the lines of one source as transcribed; what can't be read is named."""
    suffix = source.suffix.lower()
    if source.is_file() and suffix in MANIFEST_SUFFIXES:
        for image, text, name in manifest_lines(source, left_out):
            yield TruthLine(image, text, name.rpartition("/")[0] or source.name, name)
        return
    pages = [source] if suffix == ".xml" and source.is_file() else _xml_files(source)
    gaps: list[float] = []
    for page in pages:
        try:
            transcribed = transcribed_page(page)
        except Exception as error:  # in whatever way a file of others may be wrong
            wrong = as_input_error(error, str(page))
            if source.is_file():
                raise wrong from None
            left_out.append(str(wrong))
            continue
        left_out += transcribed.left_out
        if transcribed.baseline_gap is not None:
            gaps.append(transcribed.baseline_gap)
        for cut in transcribed.lines:
            yield TruthLine(cut.image, cut.text, str(page), cut.name)
    if gaps and abs(gap := float(np.median(gaps))) > BASELINE_TOLERANCE:
        where = "above" if gap > 0 else "below"
        _log.warning(
            "%s: its baselines lie %.1f x-heights %s those of the ink; lines are cut by their ink",
            *(source, abs(gap), where),
        )
    if pages and not _has_pairs(source):
        return
    samples = load_samples([source])
    left_out += samples.left_out
    documents = document_names([s.name for s in samples.samples])
    for sample, document in zip(samples.samples, documents, strict=True):
        try:
            image = first_page(sample.read(), sample.label)
        except InputError as error:
            left_out.append(str(error))
            continue
        yield TruthLine(image, sample.truth, f"{sample.origin}/{document}", sample.label)


def document_names(names: Sequence[str]) -> list[str]:
    """Return the document of each line: its folder where there are several, else from its name.

    A name's last number counts the lines: ``b007-12`` belongs to ``b007``.
    """
    folders = [name.rpartition("/")[0] for name in names]
    if len(set(folders)) > 1:
        return folders
    return [re.sub(r"[-_. ]?\d+$", "", name) or name for name in names]


def _xml_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.xml")) if folder.is_dir() else []


def _has_pairs(folder: Path) -> bool:
    return folder.is_dir() and next(folder.rglob("*.gt.txt"), None) is not None


def _reduced(image: NDArray[Any]) -> NDArray[Any]:
    height, width = image.shape
    if height <= _MAX_HEIGHT:
        return image
    size = (max(1, round(width * _MAX_HEIGHT / height)), _MAX_HEIGHT)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _unusable(text: str, image: NDArray[Any]) -> str:
    height, width = image.shape
    if not text.strip():
        return "no text"
    if len(text) > _LONGEST_TEXT:
        return f"its text has more than {_LONGEST_TEXT:,} characters"
    strange = next((c for c in text if is_unsafe(c) and c not in _DROPPED), None)
    if strange is not None:
        return f"the control character {short(strange)} in its text"
    if height < 6 or width < 2:
        return f"the image is {width} x {height} pixels"
    if width > 80 * height:
        return "the image is more than 80 times as wide as high"
    return ""
