"""Sets of pages to measure finding with: several directions, photographs and their flat twins.

    python -m tests.benchmarks.finder_sets --fonts DIR --corpora DIR --pages ZIP... --out DIR
        [--count 40]

Writes ``directions.zip`` (half rendered, half cut together from real pages), ``photos.zip`` and
``photos-flat.zip``, which show the same pages, each of ``NAME.png``, ``NAME.gt.txt`` (a line of
text each) and ``NAME.truth.json``: ``lines``, each with ``text``, ``polygon``, ``baseline``,
``quarter`` (counter-clockwise quarter turns from upright) and ``shows_up`` (false where its
letters do not tell which side of them is up, as those of 8 or HIS). Faces, paragraphs,
arrangements and documents are those kept out of training, and the same in every run.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from gsaocr.page.page_truth import PageSample
from gsaocr.synthesis.pages.renderer import PageRenderer
from gsaocr.synthesis.pages.trials import photograph_and_flat, several_directions
from gsaocr.training.finder.real_pages import RealPages
from gsaocr.training.finder.sources import RenderedPages
from gsaocr.training.finder.together import cut_together

SEED = 40  # of the sets
RENDERED = (1056, 816)  # pixels: height and width of letter paper at 96 dpi
TOGETHER = (1400, 1400)  # of pages cut together: blocks of real ones at their own size

Named = tuple[str, PageSample]


def directions(renderer: PageRenderer, pages: RealPages, count: int) -> Iterator[Named]:
    """Yield pages with text in two to four directions, rendered and real ones in turn."""
    for number in range(count):
        rng = np.random.default_rng([SEED, number])
        if number % 2:
            yield f"real-{number:02d}", cut_together(pages, rng, *TOGETHER)
        else:
            yield f"rendered-{number:02d}", several_directions(renderer, rng, *RENDERED)


def photographs(renderer: PageRenderer, count: int) -> Iterator[tuple[Named, Named]]:
    """Yield pages as a camera sees them and the same pages flat."""
    for number in range(count):
        rng = np.random.default_rng([SEED + 1, number])
        seen, flat = photograph_and_flat(renderer, rng, *RENDERED)
        yield (f"photo-{number:02d}", seen), (f"photo-{number:02d}", flat)


def write(path: Path, pages: Iterable[Named]) -> None:
    """Write a set."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, page in pages:
            _add(archive, name, page)


def _add(archive: zipfile.ZipFile, name: str, page: PageSample) -> None:
    done, content = cv2.imencode(".png", cv2.cvtColor(page.image, cv2.COLOR_RGB2BGR))
    assert done
    lines = [
        {
            "text": line.text,
            "polygon": line.polygon.round(1).tolist(),
            "baseline": line.baseline.round(1).tolist(),
            "quarter": line.quarter,
            "shows_up": line.directed and line.upright_known,
        }
        for line in page.lines
    ]
    archive.writestr(f"{name}.png", content.tobytes())
    archive.writestr(f"{name}.gt.txt", "".join(f"{line.text}\n" for line in page.lines))
    archive.writestr(f"{name}.truth.json", json.dumps({"lines": lines}, ensure_ascii=False))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sets."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fonts", type=Path, required=True, metavar="DIR")
    parser.add_argument("--corpora", type=Path, required=True, metavar="DIR")
    parser.add_argument("--pages", type=Path, nargs="+", required=True, metavar="ZIP")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=40, help="pages of a set")
    given = parser.parse_args(arguments)
    renderer = RenderedPages([given.fonts], [given.corpora], held_out=True).renderer
    real = RealPages(given.pages, held_out=True)
    given.out.mkdir(parents=True, exist_ok=True)
    write(given.out / "directions.zip", directions(renderer, real, given.count))
    pairs = list(photographs(renderer, given.count))
    write(given.out / "photos.zip", (seen for seen, _ in pairs))
    write(given.out / "photos-flat.zip", (flat for _, flat in pairs))


if __name__ == "__main__":
    main()
