"""How well the learned finder finds lines, beside the former finder by rules.

    python -m tests.benchmarks.finder_quality --data DATA [--model FILE ...] [--set NAME ...]
        [--fonts DIR --corpora DIR] [--made ZIP ...] [--limit N] [--only FINDER] [--pictures DIR]

Sets: ``receipts-val`` (boxes of receipts), ``hist-open`` (polygons of old pages), both in
DATA/pages, ``rendered``: pages in faces and texts kept out of training, and those that
``tests.benchmarks.finder_sets`` made. Several models are measured side by side. A line of the
truth is found if lines along its axis cover 70 % of its middle; a line that was found is right if
half of its middle lies on truth. Direction: of the truth's lines that were found and show an up,
those whose middle is mostly covered by lines in their own direction.
"""

from __future__ import annotations

import argparse
import json
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gsaocr.finder.finding import find_text
from gsaocr.finder.network import Finder
from gsaocr.finder.weights import default_finder, load_finder
from gsaocr.page.layout import find_lines
from gsaocr.page.load import PageImage
from gsaocr.page.page_truth import Points, TextLine
from gsaocr.page.prepare import prepare

COVERED = 0.7  # share of a truth line's middle that lines have to cover
RIGHT = 0.5  # share of a found line's middle that has to lie on truth
SMALLEST = 4.3  # px: smaller rendered letters are not asked for
STEP = 2.0  # px between the points of a middle
SETS = ("receipts-val", "hist-open", "rendered")
RULES = "by rules"
RENDERED_SEED = 20261128
RENDERED_SIZE = (1056, 744)


@dataclass(frozen=True)
class Line:
    """A line of the truth or one that was found."""

    outline: Points  # what counts as covered by it
    middle: Points  # points along the middle of its letters
    quarter: int  # counter-clockwise quarter turns of its text
    up_known: bool = True


@dataclass
class Count:
    """Sums over the pages of a set."""

    truth: int = 0
    found: int = 0
    said: int = 0
    right: int = 0
    directed: int = 0  # lines of the truth that were found, show an up, and got a direction
    direction_right: int = 0
    pages: int = 0
    seconds: float = 0.0  # of the processor

    def __str__(self) -> str:
        def share(part: int, of: int) -> str:
            return f"{100 * part / max(1, of):5.1f} % of {of}"

        return (
            f"recall {share(self.found, self.truth)}, precision {share(self.right, self.said)}, "
            + (f"direction {share(self.direction_right, self.directed)}, " if self.directed else "")
            + f"{self.seconds / max(1, self.pages):.2f} s a page"
        )


def of_truth(line: TextLine) -> Line:
    """A line as something to be found: its band from a little under to a little over."""
    x_height = line.x_height
    return Line(
        line.band(1.15 * x_height, 0.15 * x_height),
        _along(
            line.baseline + 0.5 * (line.band(x_height, 0)[: len(line.baseline)] - line.baseline)
        ),
        line.quarter,
        line.directed and line.upright_known,
    )


def of_box(box: Sequence[float]) -> Line:
    """An upright box about a line of text that reads to the right."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    return Line(
        np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64),
        _along(np.array([[left, middle], [right, middle]])),
        0,
    )


def by_rules(image: NDArray[np.uint8]) -> list[Line]:
    """Lines as the finder by rules finds them; which way up it doesn't say."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    layout = find_lines(prepare(PageImage(grey)))
    found = []
    for cell in layout.cells:
        baseline, top = (
            np.array(cell.baseline, np.float64),
            np.array(cell.topline, np.float64),
        )
        outline = np.concatenate([top, baseline[::-1]])
        quarter = 3 if layout.orientation == 90 else 0
        found.append(Line(outline, _along((baseline + top) / 2), quarter, up_known=False))
    return found


def by_network(finder: Finder, image: NDArray[np.uint8]) -> list[Line]:
    """Lines as the learned finder finds them."""
    return [of_truth(found.line) for found in find_text(finder, image).lines]


def compare(
    truth: Sequence[Line], found: Sequence[Line], shape: tuple[int, int], count: Count
) -> None:
    """Add a page to the counts."""
    count.pages += 1
    masks = [_mask([f for f in found if f.quarter % 2 == axis], shape) for axis in (0, 1)]
    own = [_mask([f for f in found if f.quarter == quarter], shape) for quarter in range(4)]
    true = [_mask([t for t in truth if t.quarter % 2 == axis], shape) for axis in (0, 1)]
    for line in truth:
        count.truth += 1
        covered = _share(masks[line.quarter % 2], line.middle) >= COVERED
        count.found += covered
        if covered and line.up_known and any(f.up_known for f in found):
            count.directed += 1
            count.direction_right += _share(own[line.quarter], line.middle) >= COVERED / 2
    for line in found:
        count.said += 1
        count.right += _share(true[line.quarter % 2], line.middle) >= RIGHT


def receipts(data: Path, limit: int) -> Iterator[tuple[str, NDArray[np.uint8], list[Line]]]:
    """Yield pages of receipts with the boxes of their texts."""
    with zipfile.ZipFile(data / "pages" / "receipts-val.zip") as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".boxes.json"))[:limit]:
            stem = name.removesuffix(".boxes.json")
            boxes = json.loads(archive.read(name))
            yield (
                stem,
                _image(archive.read(f"{stem}.jpg")),
                [of_box(b["box"]) for b in boxes],
            )


def old_pages(data: Path, limit: int) -> Iterator[tuple[str, NDArray[np.uint8], list[Line]]]:
    """Yield old pages with the polygons of their lines."""
    with zipfile.ZipFile(data / "pages" / "hist-open.zip") as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".truth.json"))[:limit]:
            stem = name.removesuffix(".truth.json")
            truth = json.loads(archive.read(name))
            lines = [_of_polygon(line) for line in truth["lines"]]
            yield stem, _image(archive.read(f"{stem}.jpg")), lines


def rendered(
    fonts: Path, corpora: Path, limit: int
) -> Iterator[tuple[str, NDArray[np.uint8], list[Line]]]:
    """Yield rendered pages in faces and of texts that no training has seen."""
    from gsaocr.training.finder.sources import RenderedPages

    renderer = RenderedPages([fonts], [corpora], held_out=True).renderer
    for number in range(limit):
        rng = np.random.default_rng([RENDERED_SEED, number])
        page = renderer.sample(rng, *RENDERED_SIZE).turned(
            int(rng.choice(4, p=(0.7, 0.1, 0.1, 0.1)))
        )
        lines = [of_truth(line) for line in page.lines if line.x_height >= SMALLEST]
        yield f"rendered {number}", page.image, lines


def made(path: Path, limit: int) -> Iterator[tuple[str, NDArray[np.uint8], list[Line]]]:
    """Yield pages of a set that ``tests.benchmarks.finder_sets`` wrote."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".truth.json"))[:limit]:
            stem = name.removesuffix(".truth.json")
            lines = [_of_polygon(line) for line in json.loads(archive.read(name))["lines"]]
            yield stem, _image(archive.read(f"{stem}.png")), lines


def _of_polygon(line: dict[str, Any]) -> Line:
    polygon = np.array(line["polygon"], np.float64)
    baseline = np.array(line.get("baseline") or [], np.float64)
    if len(baseline) < 2:
        return of_box((*polygon.min(axis=0), *polygon.max(axis=0)))
    # The letters' middle: a quarter of the polygon's height above the baseline.
    dx, dy = baseline[-1] - baseline[0]
    length = max(float(np.hypot(dx, dy)), 1e-6)
    across = np.array([dy, -dx]) / length
    reach = (polygon @ across).max() - float(np.median(baseline @ across))
    quarter = round(float(np.arctan2(-dy, dx)) / (np.pi / 2)) % 4
    middle = _along(baseline + 0.3 * reach * across)
    return Line(polygon, middle, quarter, bool(line.get("shows_up", True)))


def _along(points: Points) -> Points:
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], max(2, int(along[-1] / STEP)))
    return np.stack([np.interp(at, along, points[:, n]) for n in (0, 1)], axis=1)


def _mask(lines: Sequence[Line], shape: tuple[int, int]) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    for line in lines:
        cv2.fillPoly(mask, [np.round(line.outline).astype(np.int32)], 1)
    return mask


def _share(mask: NDArray[np.uint8], points: Points) -> float:
    x = np.clip(points[:, 0].astype(int), 0, mask.shape[1] - 1)
    y = np.clip(points[:, 1].astype(int), 0, mask.shape[0] - 1)
    return float(mask[y, x].mean())


def _image(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


COLOURS = (
    (0, 0, 255),
    (0, 150, 0),
    (255, 0, 0),
    (200, 0, 200),
)  # BGR, by quarter turns


def picture(image: NDArray[np.uint8], lines: Sequence[Line], path: Path) -> None:
    """Draw the lines that were found, in a colour for each direction."""
    drawn = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    for line in lines:
        outline = np.round(line.outline).astype(np.int32)
        cv2.polylines(drawn, [outline], True, COLOURS[line.quarter], max(1, drawn.shape[0] // 900))
    scale = min(1.0, 1400 / max(drawn.shape[:2]))
    cv2.imwrite(
        str(path),
        cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each set and finder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, action="append", help="again for another")
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--made", type=Path, action="append", default=[], metavar="ZIP")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--only", choices=("learned", RULES), help="one of the two finders")
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args(arguments)
    finders: dict[str, Finder | None] = {}
    if options.only != RULES:
        for path in options.model or [default_finder()]:
            finders[f"learned ({path})" if options.model else "learned"] = load_finder(path).finder
    if options.only != "learned":
        finders[RULES] = None
    names = options.set or ([] if options.made else SETS)
    for name in (*names, *map(str, options.made)):
        if name == "rendered" and not (options.fonts and options.corpora):
            print("rendered: needs --fonts and --corpora, left out")
            continue
        counts = {label: Count() for label in finders}
        for page, image, truth in _pages(name, options):
            for number, (label, finder) in enumerate(finders.items()):
                begun = time.process_time()
                found = by_network(finder, image) if finder else by_rules(image)
                counts[label].seconds += time.process_time() - begun
                compare(truth, found, image.shape[:2], counts[label])
                if options.pictures and number == 0:
                    options.pictures.mkdir(parents=True, exist_ok=True)
                    picture(image, found, options.pictures / f"{page.replace(' ', '-')}.png")
        for label, count in counts.items():
            if count.pages:
                print(f"{Path(name).stem}, {label}: {count.pages} pages, {count}", flush=True)


def _pages(
    name: str, options: argparse.Namespace
) -> Iterator[tuple[str, NDArray[np.uint8], list[Line]]]:
    if name == "rendered":
        return rendered(options.fonts, options.corpora, min(options.limit, 40))
    if name in SETS:
        return (receipts if name == "receipts-val" else old_pages)(options.data, options.limit)
    return made(Path(name), options.limit)


if __name__ == "__main__":
    main()
