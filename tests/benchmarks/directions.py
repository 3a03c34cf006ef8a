"""How often the direction of a page is found, by the vote of its lines' frames.

    python -m tests.benchmarks.directions --data DATA [--model FILE] [--sets old-books:30,...]

Every page is looked at upright and turned by 90, 180 and 270 degrees; the pages whose direction is
wrong are named.
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path

import torch

from gsaocr.evaluation.datasets import load_samples
from gsaocr.evaluation.readers import turned
from gsaocr.page.load import PageImage, load_pages
from gsaocr.pipeline import Reader


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--sets", default="receipts-val:50,old-books:30")
    given = parser.parse_args()
    torch.set_num_threads(1)
    reader = Reader.load(given.model, "cpu")
    for entry in given.sets.split(","):
        name, _, limit = entry.partition(":")
        samples = load_samples([given.data / "pages" / f"{name}.zip"]).limited(int(limit)).samples
        wrong: dict[int, list[str]] = {turn: [] for turn in (0, 90, 180, 270)}
        for sample in samples:
            grey = next(load_pages(BytesIO(sample.read()), name=sample.label)).grey
            for turn, missed in wrong.items():
                if reader.find_lines(PageImage(turned(turn)(grey))).orientation != turn:
                    missed.append(sample.label)
        for turn, missed in wrong.items():
            right = len(samples) - len(missed)
            print(f"{name} turned by {turn:3d}: {right} of {len(samples)} right", *missed)


if __name__ == "__main__":
    main()
