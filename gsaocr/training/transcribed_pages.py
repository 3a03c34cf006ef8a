"""Lines cut out of transcribed pages: PAGE and ALTO files with the images that they name."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.errors import InputError
from gsaocr.page.load import load_pages

_LARGEST = 64 * 2**20  # bytes of one file
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
_MARGIN = 0.08  # of a line's height, added around its polygon

Points = NDArray[Any]  # float32 (n, 2), x and y


@dataclass(frozen=True)
class OutlinedLine:
    """A line as a file describes it."""

    polygon: Points
    baseline: Points
    """At least two points, or none."""
    text: str
    name: str


def page_lines(path: Path, left_out: list[str]) -> Iterator[tuple[NDArray[Any], str, str]]:
    """Yield (grey image, text, name) of the lines of a PAGE or ALTO file.

    The line is levelled along its baseline; outside its polygon there is paper.

    Raises:
        InputError: the file is no such file, holds a document type or entities, or its image is
            missing or can't be read.
    """
    root = parsed(path)
    image_name, lines = (_alto if _local(root) == "alto" else _page)(root, path)
    page = next(iter(load_pages(_image_beside(path, image_name))))
    for line in lines:
        if not line.text.strip():
            left_out.append(f"{line.name}: no text")
        elif len(line.polygon) < 3:
            left_out.append(f"{line.name}: no outline")
        else:
            crop = cut(page.grey, line)
            if crop is None:
                left_out.append(f"{line.name}: lies outside the image")
            else:
                yield crop, line.text, line.name


def parsed(path: Path) -> ElementTree.Element:
    """Return the root of an XML file that declares no document type, hence no entities.

    Raises:
        InputError: it can't be read, is too large, not well-formed, or declares one.
    """
    repair = "give PAGE or ALTO files as transcription programs export them"
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(str(path), "larger than 64 MiB", repair)
        content = path.read_bytes()

        def refuse(*_: Any) -> None:
            raise InputError(str(path), "declares a document type, which may hold entities", repair)

        checker = expat.ParserCreate()
        checker.StartDoctypeDeclHandler = refuse
        checker.Parse(content, True)
        return ElementTree.fromstring(content)
    except (OSError, expat.ExpatError, ElementTree.ParseError, ValueError) as error:
        raise InputError(str(path), f"no readable XML ({error})", repair) from None


def cut(grey: NDArray[Any], line: OutlinedLine) -> NDArray[Any] | None:
    """Cut a line out of its page: level, with paper outside its polygon; None if it isn't there."""
    angle = _angle(line.baseline)
    turn = cv2.getRotationMatrix2D((0.0, 0.0), float(np.degrees(angle)), 1.0)
    level = line.polygon @ turn[:, :2].T
    x0, y0 = level.min(0)
    x1, y1 = level.max(0)
    margin = _MARGIN * (y1 - y0)
    width, height = int(np.ceil(x1 - x0 + 2 * margin)), int(np.ceil(y1 - y0 + 2 * margin))
    inside = (line.polygon >= 0) & (line.polygon <= np.array(grey.shape[::-1]))
    if width < 4 or height < 6 or width * height > 4e7 or not inside.all(1).any():
        return None
    turn[:, 2] = (margin - x0, margin - y0)
    size = (width, height)
    crop = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask: Any = np.zeros((height, width), np.uint8)
    shifted = level + turn[:, 2]
    cv2.fillPoly(mask, [np.round(shifted).astype(np.int32)], 255)
    reach = max(1, round(0.5 * margin))
    mask = cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    paper = int(np.percentile(crop[mask > 0], 80)) if (mask > 0).any() else 255
    return np.where(mask > 0, crop, np.uint8(paper)).astype(np.uint8)


def _angle(baseline: Points) -> float:
    """Return the angle in radians by which a baseline falls from left to right."""
    if len(baseline) < 2:
        return 0.0
    dx, dy = baseline[-1] - baseline[0]
    return float(np.arctan2(dy, dx)) if dx or dy else 0.0


def _page(root: ElementTree.Element, path: Path) -> tuple[str, list[OutlinedLine]]:
    page = next((e for e in root.iter() if _local(e) == "Page"), None)
    if _local(root) != "PcGts" or page is None:
        raise InputError(str(path), "neither PAGE nor ALTO", "give one of these")
    lines = []
    for element in page.iter():
        if _local(element) != "TextLine":
            continue
        children = {_local(c): c for c in reversed(element)}
        unicode_ = next((e for e in children.get("TextEquiv", ()) if _local(e) == "Unicode"), None)
        lines.append(
            OutlinedLine(
                _points(children.get("Coords")),
                _points(children.get("Baseline")),
                (unicode_.text or "") if unicode_ is not None else "",
                f"{path}: {element.get('id', 'line')}",
            )
        )
    return page.get("imageFilename", ""), lines


def _alto(root: ElementTree.Element, path: Path) -> tuple[str, list[OutlinedLine]]:
    named = next((e.text or "" for e in root.iter() if _local(e) == "fileName"), "")
    unit = next((e.text or "" for e in root.iter() if _local(e) == "MeasurementUnit"), "pixel")
    if unit.strip() != "pixel":
        raise InputError(str(path), f"measures in {unit.strip()}", "export it in pixels")
    lines = []
    for element in root.iter():
        if _local(element) != "TextLine":
            continue
        polygon = next((e for e in element.iter() if _local(e) == "Polygon"), None)
        outline = _points(polygon)
        if len(outline) < 3:
            outline = _box(element)
        baseline = np.zeros((0, 2), np.float32)
        if " " in (element.get("BASELINE") or "").strip():
            baseline = _numbers(element.get("BASELINE", ""))
        text = "".join(_alto_text(part) for part in element)
        lines.append(OutlinedLine(outline, baseline, text, f"{path}: {element.get('ID', 'line')}"))
    return named.strip(), lines


def _alto_text(part: ElementTree.Element) -> str:
    kind = _local(part)
    if kind in ("String", "HYP"):
        return part.get("CONTENT", "")
    return " " if kind == "SP" else ""


def _box(element: ElementTree.Element) -> Points:
    try:
        x, y, w, h = (float(element.get(k, "")) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    except ValueError:
        return np.zeros((0, 2), np.float32)
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def _points(element: ElementTree.Element | None) -> Points:
    if element is None:
        return np.zeros((0, 2), np.float32)
    return _numbers(element.get("points") or element.get("POINTS") or "")


def _numbers(text: str) -> Points:
    try:
        flat = [float(n) for n in text.replace(",", " ").split()]
    except ValueError:
        flat = []
    if len(flat) % 2 or not np.isfinite(flat).all():
        flat = []
    return np.array(flat, np.float32).reshape(-1, 2)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _image_beside(path: Path, named: str) -> Path:
    """Return the image beside an XML file: the one that it names, or one of its own name."""
    base = named.replace("\\", "/").rpartition("/")[2]
    candidates = [path.with_name(base)] if base else []
    candidates += [path.with_name(path.name.split(".")[0] + s) for s in _SUFFIXES]
    candidates += [path.with_suffix(s) for s in _SUFFIXES]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise InputError(str(path), f"its image {base or 'file'} isn't beside it", "put it there")
