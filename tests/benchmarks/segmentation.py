"""How well lines are found, measured without reading them.

    python tests/benchmarks/segmentation.py RECEIPTS_FOLDER [--skew DEGREES] [--turn QUARTERS]

The folder holds NAME.jpg and NAME.boxes.json, a list of {"box": [x0, y0, x1, y1], "row": i}. A box
is found if one line covers at least 80 % of its area; it is a line that *mixes* if it holds boxes
of two rows that don't share a height. Prints one summary line, and with --verbose one per page.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gsaocr.page.document import Box
from gsaocr.page.layout import PageLayout, find_lines
from gsaocr.page.load import PageImage, load_pages
from gsaocr.page.prepare import prepare


@dataclass
class Count:
    """Sums over pages."""

    boxes: int = 0
    found: int = 0  # covered to 80 % by one line
    split: int = 0  # covered to 80 % by several lines only
    missed: int = 0
    lines: int = 0
    mixing: int = 0  # lines that hold boxes of rows one above the other
    empty: int = 0  # lines that touch no box: rules, stamps, handwriting, noise
    seconds: float = 0.0

    def add(self, other: Count) -> None:
        """Add another page's counts."""
        for name in vars(other):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        share = 100 / max(1, self.boxes)
        return (
            f"boxes {self.boxes} found {self.found * share:.1f}% split {self.split * share:.1f}% "
            f"missed {self.missed * share:.1f}% | lines {self.lines} mixing {self.mixing} "
            f"empty {self.empty} | {self.seconds:.2f} s CPU"
        )


def turned_page(image: PageImage, skew: float, quarters: int) -> tuple[PageImage, np.ndarray]:
    """A page with its lines sinking by ``skew`` degrees, then turned clockwise; and the map."""
    height, width = image.grey.shape
    angle = np.radians(skew)
    matrix = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0]])
    corners = matrix[:, :2] @ np.array([[0, width, 0, width], [0, 0, height, height]])
    size = np.ceil(corners.max(axis=1) - corners.min(axis=1)).astype(int)
    matrix[:, 2] = -corners.min(axis=1)
    grey = image.grey
    if skew:
        pixel = matrix.copy()
        pixel[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        grey = cv2.warpAffine(
            grey,
            pixel,
            (int(size[0]), int(size[1])),
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=255,
        )
    for _ in range(quarters % 4):
        matrix = np.array([[0, -1, grey.shape[0]], [1, 0, 0]]) @ np.vstack([matrix, (0, 0, 1)])
        grey = np.ascontiguousarray(np.rot90(grey, -1))
    return PageImage(grey, image.source), matrix


def covered(layout: PageLayout, to_page: np.ndarray, boxes: list[Box]) -> np.ndarray:
    """Share of each box's area that each line covers: (lines, boxes), measured on the true page."""
    inverse = cv2.invertAffineTransform(to_page)
    result = np.zeros((len(layout.lines), len(boxes)))
    for row, line in enumerate(layout.lines):
        for cell in line.cells:
            points = np.array(cell.polygon) @ inverse[:, :2].T + inverse[:, 2]
            polygon = points.astype(np.float32)
            x0, y0 = points.min(axis=0)
            x1, y1 = points.max(axis=0)
            around = Box(float(x0), float(y0), float(x1), float(y1))
            for column, box in enumerate(boxes):
                if around.overlap(box) > 0:
                    shape = np.array(box.polygon, np.float32)
                    area, _ = cv2.intersectConvexConvex(polygon, shape)
                    result[row, column] += area / max(1e-9, box.area)
    return result


def count_page(layout: PageLayout, to_page: np.ndarray, truth: list[dict]) -> tuple[Count, list]:
    """Counts of one page, and the boxes that no single line covers."""
    # Boxes of the truth are generous; their middle 80 % of height holds the ink.
    boxes = []
    for entry in truth:
        x0, y0, x1, y1 = entry["box"]
        rim = 0.1 * (y1 - y0)
        boxes.append(Box(x0, y0 + rim, x1, y1 - rim))
    share = covered(layout, to_page, boxes)
    count = Count(boxes=len(boxes), lines=len(layout.lines))
    bad = []
    for column, entry in enumerate(truth):
        best = share[:, column].max(initial=0)
        if best >= 0.8:
            count.found += 1
        else:
            bad.append((entry["text"], entry["box"], round(float(best), 2)))
            if share[:, column].sum() >= 0.8:
                count.split += 1
            else:
                count.missed += 1
    for row in range(len(layout.lines)):
        inside = [boxes[k] for k in np.flatnonzero(share[row] >= 0.7)]
        count.empty += bool(share[row].max(initial=0) < 0.1)
        count.mixing += any(
            min(a.y1, b.y1) - max(a.y0, b.y0) < 0.1 * min(a.height, b.height)
            for a in inside
            for b in inside
        )
    return count, bad


def main() -> None:
    """Measure a folder of receipts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--skew", type=float, default=0.0)
    parser.add_argument("--turn", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    total = Count()
    wrong_axis = 0
    for path in sorted(options.folder.glob("*.boxes.json")):
        source = path.with_name(path.name.replace(".boxes.json", ".jpg"))
        image, to_page = turned_page(next(load_pages(source)), options.skew, options.turn)
        start = time.process_time()
        layout = find_lines(prepare(image))
        for cell in layout.cells:
            layout.crop(cell)
        seconds = time.process_time() - start
        wrong_axis += (layout.orientation == 90) != bool(options.turn % 2)
        count, bad = count_page(layout, to_page, json.loads(path.read_text()))
        count.seconds = seconds
        total.add(count)
        if options.verbose:
            print(source.stem, count, *bad, sep="\n    ")
    print(f"skew {options.skew:g} turn {options.turn}: {total}; wrong axis {wrong_axis}")


if __name__ == "__main__":
    main()
