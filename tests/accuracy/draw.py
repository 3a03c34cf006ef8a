"""Draw the images of this folder again: the same ones, every time.

    apt-get install PACKAGES (as README.md lists them)
    python -m tests.accuracy.draw --fonts /usr/share/fonts [--into tests/accuracy]

Writes ``lines/*.png`` and ``pages/*.png``, each with its text beside it. The scan of a book that
is among them is cut out of ``docs/sample``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.accuracy.draw_failures import FAILURES
from tests.accuracy.draw_lines import draw_line
from tests.accuracy.draw_pages import PAGES
from tests.accuracy.faces import Faces
from tests.accuracy.line_texts import LINES

HERE = Path(__file__).parent
SAMPLE = HERE.parent.parent / "docs" / "sample" / "seat-weaving.png"


def store(grey: NDArray[np.uint8], truth: str, path: Path) -> None:
    """Write an image, as small as it can be, and its text."""
    image = Image.fromarray(grey)
    if set(np.unique(grey).tolist()) <= {0, 255}:
        image = image.convert("1")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)
    path.with_suffix(".gt.txt").write_text(truth.strip() + "\n", encoding="utf-8")


def half_of_the_sample() -> tuple[NDArray[np.uint8], str]:
    """Return the last two paragraphs of the sample scan, in grey at half its resolution."""
    page = Image.open(SAMPLE).convert("L")
    half = page.crop((0, 926, page.width, 1560)).reduce(2)
    grey = np.rint(np.asarray(half, np.float32) / 17).astype(np.uint8) * np.uint8(17)
    truth = SAMPLE.with_suffix(".gt.txt").read_text(encoding="utf-8")
    return grey, "\n".join(line for line in truth.splitlines()[-3:] if line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=HERE)
    given = parser.parse_args()
    faces = Faces(given.fonts)
    for number, (kind, line) in enumerate(LINES):
        if missing := faces.lacking(line.face, line.text):
            raise SystemExit(f"{kind}-{line.name}: {line.face} lacks {missing}")
        grey = draw_line(line, faces, np.random.default_rng([7, number]))
        store(grey, line.text, given.into / "lines" / f"{kind}-{line.name}.png")
    store(*half_of_the_sample(), given.into / "pages" / "seat-weaving.png")
    for name, draw in (PAGES | FAILURES).items():
        drawn = draw(faces)
        store(drawn.grey, drawn.truth, given.into / "pages" / f"{name}.png")


if __name__ == "__main__":
    main()
