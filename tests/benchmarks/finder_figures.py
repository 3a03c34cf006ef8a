"""Pictures of what the finder sees, for docs/finder.md.

    python -m tests.benchmarks.finder_figures [--model FILE] [--out docs/figures]

The page is cut together from the sample of docs/sample: upright, turned by quarters, upside down,
light on dark, with drawn rules.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gsaocr.finder.config import PART
from gsaocr.finder.field import AxisField, field_of
from gsaocr.finder.finding import find_text
from gsaocr.finder.found import FoundPage
from gsaocr.finder.network import Finder
from gsaocr.finder.pyramid import padded
from gsaocr.finder.weights import default_finder, load_finder

Pixels = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "docs" / "sample" / "seat-weaving.png"
SHRUNK = 0.5  # of the sample, whose letters then have an x-height of 8 px
PARTS = ((40, 70), (81, 283), (284, 467), (467, 650), (650, 731))
"""Rows, from and to, of the head and of paragraphs in the shrunk sample."""
PAPER = 255
DIRECTIONS = ((0, 140, 0), (210, 0, 0), (0, 60, 220), (170, 0, 170))  # by quarter turns
RULE = (230, 140, 0)


def page() -> Pixels:
    """Return the page, (height, width, 3)."""
    sample = cv2.imread(str(SAMPLE), cv2.IMREAD_GRAYSCALE)
    if sample is None:
        raise SystemExit(f"{SAMPLE} can't be read")
    small = np.asarray(
        cv2.resize(sample, None, fx=SHRUNK, fy=SHRUNK, interpolation=cv2.INTER_AREA), np.uint8
    )
    head, *paragraphs = (small[top:end, 40:512] for top, end in PARTS)
    canvas = np.full((552, 750), PAPER, np.uint8)
    canvas[14:44, 30:502] = head
    canvas[48:50, 30:726] = 0  # a rule across, another one down
    canvas[60:536, 512:514] = 0
    canvas[60:532, 524:726] = np.rot90(paragraphs[0])
    canvas[60:243, 30:502] = paragraphs[1]
    canvas[258:441, 30:502] = np.maximum(255 - paragraphs[2], 20)
    canvas[455:536, 30:502] = np.rot90(paragraphs[3], 2)
    return np.repeat(canvas[..., None], 3, axis=2)


def with_lines(image: Pixels, found: FoundPage) -> Pixels:
    """Return a page with the lines that were found, coloured by direction, and the rules."""
    drawn = image.copy()
    for rule in found.rules:
        cv2.polylines(drawn, [_points(rule.points)], False, RULE, 2, cv2.LINE_AA)
    for each in found.lines:
        line = each.line
        colour = DIRECTIONS[line.quarter]
        band = _points(line.band(line.x_height, 0.0))
        tinted = cv2.fillPoly(drawn.copy(), [band], colour)
        drawn = np.asarray(cv2.addWeighted(drawn, 0.7, tinted, 0.3, 0), np.uint8)
        cv2.polylines(drawn, [_points(line.baseline)], False, colour, 1, cv2.LINE_AA)
        cv2.circle(drawn, tuple(_points(line.baseline)[0].tolist()), 3, colour, -1, cv2.LINE_AA)
    return drawn


def field_panels(finder: Finder, image: Pixels) -> list[Pixels]:
    """Return pictures of the field: text along each axis, and what is said where it is.

    The colour of text tells which way up it is said to stand; then ends, lower edges and rules.
    """
    whole = padded(image)
    field = field_of(finder, whole)
    left, top = (round(n) for n in whole.offset)
    height, width = image.shape[:2]

    def shown(grid: NDArray[np.float32], quarters: int) -> NDArray[np.float32]:
        grid = np.rot90(grid, quarters)
        large = np.repeat(np.repeat(grid, PART, 0), PART, 1)
        return np.asarray(large[top : top + height, left : left + width], np.float32)

    pale = 255 - (255 - image.astype(np.float32)) * 0.25
    panels = []
    for axis in field.axes:
        upright, head = DIRECTIONS[axis.quarters], DIRECTIONS[axis.quarters + 2]
        level = shown(axis.level, axis.quarters)
        up = 1 / (1 + np.exp(-shown(axis.up, axis.quarters)))
        colour = up[..., None] * np.array(upright) + (1 - up[..., None]) * np.array(head)
        panels.append(_over(pale, colour, level))
    ends = pale
    for axis in field.axes:
        level = shown(axis.level, axis.quarters)
        for name, colour in (("left", (0, 130, 200)), ("right", (220, 90, 0))):
            said = shown(getattr(axis, name), axis.quarters) * level
            ends = _over(ends, np.array(colour), said).astype(np.float32)
        lower = shown(_lower_edge(axis), axis.quarters)
        ends = _over(ends, np.array((60, 60, 60)), 0.8 * lower).astype(np.float32)
        rule = shown(axis.rule, axis.quarters)
        ends = _over(ends, np.array(RULE), rule).astype(np.float32)
    panels.append(ends.astype(np.uint8))
    return panels


def _lower_edge(axis: AxisField) -> NDArray[np.float32]:
    """Return the parts in which the lower edge that text names lies."""
    edge = np.zeros_like(axis.level)
    rows, columns = np.nonzero(axis.level > 0.5)
    at = np.floor((rows + 0.5) + axis.lower[rows, columns] / PART).astype(int)
    edge[np.clip(at, 0, len(edge) - 1), columns] = 1
    return edge


def _over(
    under: NDArray[np.float32], colour: NDArray[np.float64] | NDArray[np.int64], share: object
) -> Pixels:
    weight = np.asarray(share, np.float32)[..., None] * 0.85
    return np.asarray(under * (1 - weight) + colour * weight, np.uint8)


def _points(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(points - 0.5).astype(np.int32)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", type=Path, default=default_finder())
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    options = parser.parse_args(arguments)
    finder = load_finder(options.model).finder
    image = page()
    panels = field_panels(finder, image)
    _save(options.out / "finder-field.png", np.hstack([_edged(panel) for panel in panels]))
    found = find_text(finder, image)
    pair = [_edged(image), _edged(with_lines(image, found))]
    _save(options.out / "finder-lines.png", np.hstack(pair))
    print(f"{len(found.lines)} lines, {len(found.rules)} rules")


def _edged(panel: Pixels) -> Pixels:
    return np.asarray(cv2.copyMakeBorder(panel, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=(210,) * 3))


def _save(path: Path, picture: Pixels) -> None:
    small = cv2.resize(picture, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    image = Image.fromarray(np.asarray(small, np.uint8)).quantize(64, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
