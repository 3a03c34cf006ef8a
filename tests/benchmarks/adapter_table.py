"""Base and adapters, each on every validation set: what specializes, and what is not forgotten.

    python tests/benchmarks/adapter_table.py DATA [ADAPTER...]

reads DATA/lines/*-val.zip with the base and with each adapter (default: all that have a name), once
attached and once chosen by --adapter auto, ten lines at a time. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gsaocr.adapters.catalogue import adapters_by_name
from gsaocr.evaluation.datasets import load_samples
from gsaocr.evaluation.readers import PageReading, reads_lines
from gsaocr.evaluation.runner import evaluate
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.model_files import default_model
from gsaocr.page.load import PageImage
from gsaocr.pipeline import Reader
from gsaocr.reading.page_task import line_task

SCORING = {
    "fraktur": "normalised-ij",
    "oldfrench": "normalised",
    "receipts": "upper",
    "typewriter": "raw",
}


def read(reader: Reader, chosen: Counter[str], images: list[Any]) -> Sequence[PageReading]:
    """Read line images; ``chosen`` counts the lines that each adapter has read."""
    tasks = (line_task(PageImage(image), "upright") for image in images)
    pages = list(reader.read_pages(tasks))
    chosen.update(page.adapter or "base" for page in pages)
    return [PageReading(page.text, 1.0) for page in pages]


def main() -> None:
    """Print the table of error rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("adapters", nargs="*")
    parser.add_argument("--model", type=Path, default=default_model())
    parser.add_argument("--limit", type=int, default=None)
    given = parser.parse_args()

    sets = {
        name: load_samples([given.data / "lines" / f"{name}-val.zip"]).limited(given.limit).samples
        for name in SCORING
    }
    names = given.adapters or list(adapters_by_name())
    print("| read with | " + " | ".join(f"{n} ({len(s)})" for n, s in sets.items()) + " |")
    print("|---" * (len(sets) + 1) + "|")
    for name in ["base", *names]:
        reader = Reader.load(given.model, adapters=[] if name == "base" else [name])
        cells = []
        for kind, samples in sets.items():
            rule = scoring_named("modern" if name == "fraktur-modern" else SCORING[kind])
            report = evaluate(reads_lines(partial(read, reader, Counter())), samples, rule)
            cells.append(f"{report.score.cer.value:.2%}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    letter_by_letter = [n for n in names if not n.endswith("-modern")]
    if len(letter_by_letter) > 1:
        reader = Reader.load(given.model, adapters=letter_by_letter)
        cells = []
        for kind, samples in sets.items():
            chosen: Counter[str] = Counter()
            rule = scoring_named(SCORING[kind])
            report = evaluate(reads_lines(partial(read, reader, chosen)), samples, rule)
            told = ", ".join(f"{n} {c}" for n, c in chosen.most_common(3))
            cells.append(f"{report.score.cer.value:.2%} ({told})")
        print("| auto | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
