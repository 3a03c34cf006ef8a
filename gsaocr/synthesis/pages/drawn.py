"""Rendered pages to look at, with their truth drawn on them, and how fast they are made.

``python -m gsaocr.synthesis.pages.drawn --pack PACK OUT`` writes one picture for each kind of page.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gsaocr.errors import GsaocrError, OutputError, TrainingError
from gsaocr.page.page_truth import PageSample
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.synthesis.pages import mixture
from gsaocr.synthesis.pages.colours import Colour
from gsaocr.synthesis.pages.renderer import PageRenderer

# Upright, turned left, upside down, turned right.
DIRECTIONS: tuple[Colour, ...] = ((0, 150, 0), (220, 0, 0), (0, 60, 230), (190, 0, 190))
OBJECTS: Colour = (0, 190, 190)
RULES: Colour = (255, 150, 0)
LIGHT: Colour = (255, 230, 0)
_SHIFT = 4


def with_truth(sample: PageSample) -> NDArray[np.uint8]:
    """Return a page (height, width, 3) with its lines' x-height bands and its objects drawn on it.

    Bands have the colours of ``DIRECTIONS``; a dot at their start tells light letters.
    """
    picture = sample.image.copy()
    for each in sample.objects:
        colour = RULES if each.kind == "rule" else OBJECTS
        _outline(picture, each.points, each.kind != "rule", colour)
    for line in sample.lines:
        _outline(picture, line.band(line.x_height, 0), True, DIRECTIONS[line.quarter])
        if line.light:
            x, y = line.baseline[0]
            cv2.circle(picture, (int(x), int(y)), 2, LIGHT, -1)
    return picture


def _outline(
    picture: NDArray[np.uint8], points: NDArray[np.float64], closed: bool, colour: Colour
) -> None:
    whole = np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(picture, [whole], closed, colour, 1, cv2.LINE_AA, _SHIFT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Draw pages of every kind with their truth.")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that the pictures go to")
    parser.add_argument("--pack", type=Path, required=True, metavar="DIR", help="training pack")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", type=int, default=400, metavar="PX", help="of a view")
    parser.add_argument("--count", type=int, default=12, help="views of a kind")
    parser.add_argument("--held-out", action="store_true", help="faces and texts for measuring")
    given = parser.parse_args(arguments)
    try:
        _draw(given.out, given.pack, given.seed, given.side, given.count, given.held_out)
    except GsaocrError as error:
        print(f"drawn: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _draw(out: Path, pack: Path, seed: int, side: int, count: int, held_out: bool) -> None:
    try:
        renderer = PageRenderer(
            find_fonts([pack / "fonts"]), sorted((pack / "text").glob("*.txt.xz")), held_out
        )
    except ValueError as error:
        raise TrainingError(str(pack), str(error), "name a training pack") from error
    columns = max(1, min(4, count))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for kind in mixture.KINDS:
            begun = time.process_time()
            views = [
                renderer.sample(np.random.default_rng([seed, number]), side, side, kind)
                for number in range(count)
            ]
            rate = count / (time.process_time() - begun)
            pictures = [with_truth(view) for view in views]
            pictures += [np.zeros_like(pictures[0])] * (-count % columns)
            rows = [np.hstack(pictures[i : i + columns]) for i in range(0, len(pictures), columns)]
            path = out / f"{kind.replace(' ', '-')}.png"
            Image.fromarray(np.vstack(rows)).save(path)
            lines = sum(len(view.lines) for view in views)
            print(f"{kind}: {lines} lines in {count} views, {rate:.0f} views a second, {path}")
    except OSError as error:
        raise OutputError(str(out), error.strerror or "can't be written") from error


if __name__ == "__main__":
    raise SystemExit(main())
