"""Real pages whose lines are outlined, as a finder learns from: zips of images and line truth.

A set is a zip, or a folder, of ``NAME.jpg`` (or ``.png``) and ``NAME.json``: ``lines``, each with
``polygon``, ``baseline`` (or null), ``text`` and ``kind``; ``x_height`` of the page; ``document``;
and ``complete``, which is true where all text is outlined. Elsewhere only the outlined lines and
the space between them are known.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gsaocr.errors import TrainingError
from gsaocr.page.page_truth import PageObject, PageSample, Points, TextLine
from gsaocr.synthesis.pages.held_out import is_held_out
from gsaocr.training.finder.line_ink import measured

HAND = "hand"
"""Kind of lines that are written by hand: neither text to be found nor its absence."""
USUAL = 10.0  # px: x-height of a page that states none
_KEPT = 64  # pages that are held decoded
_IMAGES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class _Source:
    """One page of a set."""

    archive: Path
    image: str
    truth: dict[str, Any]


class RealPages:
    """The pages of some sets; those of documents kept for measuring, or the others.

    Raises:
        TrainingError: a set is missing, broken or holds no page.
    """

    def __init__(self, sets: Sequence[Path], held_out: bool = False) -> None:
        found = [source for path in sets for source in _sources(path)]
        self._sources = [
            s for s in found if is_held_out(str(s.truth.get("document", s.image))) == held_out
        ]
        if not self._sources:
            raise TrainingError(
                ", ".join(map(str, sets)), "no page with line truth", "name sets of pages"
            )
        self._read = lru_cache(maxsize=_KEPT)(_page)

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._sources)

    def names(self) -> list[str]:
        """Return the names of the pages' images, in their order."""
        return [source.image for source in self._sources]

    def page(self, number: int) -> PageSample:
        """Return a page; raises ``TrainingError`` where its image can't be read."""
        source = self._sources[number]
        return self._read(source.archive, source.image, _Hashable(source.truth))

    def draw(self, rng: np.random.Generator) -> PageSample:
        """Return a page drawn at random."""
        return self.page(int(rng.integers(len(self))))


class _Hashable(dict[str, Any]):
    """A page's truth, told from others by identity of its lines."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self["lines"])


def _sources(path: Path) -> list[_Source]:
    try:
        if path.is_dir():
            names = {p.name: p.read_bytes for p in sorted(path.iterdir())}
            read = {n: reader() for n, reader in names.items() if n.endswith(".json")}
            present = set(names)
        else:
            with zipfile.ZipFile(path) as archive:
                present = set(archive.namelist())
                read = {n: archive.read(n) for n in sorted(present) if n.endswith(".json")}
        found = []
        for name, content in read.items():
            stem = name.removesuffix(".json")
            image = next((stem + s for s in _IMAGES if stem + s in present), None)
            if image is not None:
                found.append(_Source(path, image, _checked(json.loads(content))))
        return found
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            str(path), f"no set of pages can be read ({error})", "name a zip of pages"
        ) from error


def _checked(truth: dict[str, Any]) -> dict[str, Any]:
    """Return a page's truth; raises ``ValueError`` or its like where it lacks what is needed."""
    for line in truth["lines"]:
        if np.asarray(line["polygon"], np.float64).ndim != 2:
            raise ValueError("a polygon is no list of points")
        str(line["text"])
    return truth


def _page(archive: Path, image: str, truth: dict[str, Any]) -> PageSample:
    try:
        content = (
            (archive / image).read_bytes()
            if archive.is_dir()
            else zipfile.ZipFile(archive).read(image)
        )
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise TrainingError(f"{archive}: {image}", "can't be read", "get the set again") from error
    return page_sample(_decoded(content, f"{archive}: {image}"), truth)


def _decoded(content: bytes, name: str) -> NDArray[np.uint8]:
    """Return the RGB image of a file; its size is looked at before it is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content)) as image:
                return np.asarray(image.convert("RGB"), np.uint8)
    except Exception as error:
        cause = f"can't be read as an image ({error})"
        raise TrainingError(name, cause, "get the set again") from error


def page_sample(image: NDArray[np.uint8], truth: dict[str, Any]) -> PageSample:
    """Return an RGB image with the truth of its ``NAME.json``, lines measured on their ink."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    usual = float(truth.get("x_height") or USUAL)
    pitch = float(truth.get("line_pitch") or 3 * usual)
    lines: list[TextLine] = []
    ignore: list[Points] = []
    objects: list[PageObject] = []
    outlines: list[Points] = []
    for each in truth["lines"]:
        outline = np.asarray(each["polygon"], np.float64)
        if len(outline) < 3:
            continue
        outlines.append(outline)
        given = each.get("baseline")
        baseline = np.asarray(given, np.float64) if given and len(given) > 1 else None
        if each.get("kind") == HAND:
            objects.append(PageObject("handwriting", outline))
            ignore.append(outline)
            continue
        text = str(each["text"])
        found = measured(grey, outline, baseline, text, usual) if text else []
        lines += found
        if not found:
            ignore.append(outline)
    if not truth.get("complete"):
        ignore.append(_unknown(outlines, grey.shape[0], grey.shape[1], usual, pitch))
    return PageSample(image, tuple(lines), tuple(objects), tuple(ignore))


def _unknown(outlines: list[Points], height: int, width: int, usual: float, pitch: float) -> Points:
    """Return one outline around all that lies off the known lines and the gaps between them.

    It runs along the page's edge and from its corner to each known part, around it and back: by
    the even-odd rule the known parts lie outside of it.
    """
    known = np.zeros((height, width), np.uint8)
    for outline in outlines:
        cv2.fillPoly(known, [np.round(outline - 0.5).astype(np.int32)], 1)
    side = max(1, round(0.4 * usual))
    known = np.asarray(cv2.dilate(known, np.ones((side, 2 * side + 1), np.uint8)), np.uint8)
    gap = max(1, round(0.7 * pitch))  # what lies between two successive lines is seen to be empty
    known = np.asarray(
        cv2.morphologyEx(known, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8)), np.uint8
    )
    parts, _ = cv2.findContours(known, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    corner = np.zeros((1, 2))
    edge = np.array([(0, 0), (width, 0), (width, height), (0, height), (0, 0)], np.float64)
    course = [edge]
    for part in parts:
        points = part.reshape(-1, 2).astype(np.float64) + 0.5
        if len(points) > 2:
            course += [points, points[:1], corner]
    return np.concatenate(course)
