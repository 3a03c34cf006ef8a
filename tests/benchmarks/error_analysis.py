"""What goes wrong, and why: errors by cause, confusions, and the worst as pictures.

    python -m tests.benchmarks.error_analysis --data DIR TASK... [--model FILE] [--adapter NAME]
        [--decode HOW] [--limit N] [--worst N] [--pictures DIR]

TASK is one of the scoreboard's, such as receipts-val, old-books or receipts-pages@turn90. Pictures
go to runs/errors, which git ignores: the scans may not be published.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from gsaocr.evaluation.metrics import confusions, count, score
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.page.document import Page
from gsaocr.page.load import PageImage
from gsaocr.pipeline import Reader
from tests.benchmarks.error_causes import Cause, causes
from tests.benchmarks.error_pictures import line_sheet, page_picture
from tests.benchmarks.score_tasks import TASKS, Grey, Task

ROOT = Path(__file__).resolve().parents[2]
_BATCH = 32


@dataclass(frozen=True)
class Read:
    """One item with what was read in it, as the scoring maps both."""

    name: str
    image: Grey
    truth: str
    reading: str
    errors: Counter[Cause]
    confirmed: bool | None  # by the decoder; None for pages
    page: Page | None = None

    @property
    def edits(self) -> int:
        """The edit distance."""
        return self.errors.total()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="+", choices=[t.name for t in TASKS], metavar="TASK")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--adapter")
    parser.add_argument("--decode")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--worst", type=int, default=20, help="shown as pictures (default: 20)")
    parser.add_argument("--pictures", type=Path, default=ROOT / "runs" / "errors")
    given = parser.parse_args()
    torch.set_num_threads(1)
    adapters = [given.adapter] if given.adapter else []
    reader = Reader.load(given.model, "cpu", given.decode, adapters=adapters)
    for task in (t for t in TASKS if t.name in given.tasks):
        items = list(read_all(reader, task, given.data, given.limit))
        print("\n".join(summary(task, items)), flush=True)
        show(task, items, given.worst, given.pictures)


def read_all(reader: Reader, task: Task, data: Path, limit: int | None) -> Iterator[Read]:
    """Read a task's items and find the cause of each error."""
    known = frozenset(reader.file.model.config.characters).__contains__
    rule = scoring_named(task.scorings[0])
    samples = task.samples(data, limit)
    for start in range(0, len(samples), 1 if task.pages else _BATCH):
        part = samples[start : start + (1 if task.pages else _BATCH)]
        images = [task.image(sample) for sample in part]
        if task.pages:
            page = next(iter(reader.read_pages([PageImage(images[0], "-")])))
            truth, reading = rule(part[0].truth), rule(page.text)
            wrong = bool(page.text) and page.orientation != task.turn
            found = causes(truth, reading, known=known, wrong_direction=wrong, page=True)
            yield Read(part[0].name, images[0], truth, reading, found, None, page)
            continue
        for sample, image, line in zip(part, images, reader.read_lines(images), strict=True):
            truth, reading = rule(sample.truth), rule(line.text)
            found = causes(truth, reading, known=known)
            yield Read(sample.name, image, truth, reading, found, line.confirmed)


def summary(task: Task, items: Sequence[Read]) -> list[str]:
    """Return the lines that are printed for a task."""
    counts = [count(item.truth, item.reading) for item in items]
    rates = score(counts)
    errors: Counter[Cause] = sum((item.errors for item in items), Counter())
    characters = max(sum(c.characters for c in counts), 1)
    lines = [
        f"## {task.name}, {task.scorings[0]}: {len(items)} read, CER {100 * rates.cer.value:.2f} "
        f"[{100 * rates.cer.low:.2f}, {100 * rates.cer.high:.2f}], "
        f"F1 {100 * rates.word_f1.value:.2f}",
        "",
        "| cause | errors | of all, % | part of the CER |",
        "|---|---|---|---|",
    ]
    for cause, number in errors.most_common():
        share = 100 * number / errors.total()
        lines.append(f"| {cause} | {number} | {share:.1f} | {100 * number / characters:.2f} |")
    lines += ["", *_concentration(items), *_by_confirmation(items)]
    pairs = [(item.truth, item.reading) for item in items]
    ranked = confusions(pairs).most_common(30)
    shown = ", ".join(f"{_quoted(w)} > {_quoted(g)} {n}" for (w, g), n in ranked)
    return [*lines, f"confused (truth > read, times): {shown}", ""]


def _concentration(items: Sequence[Read]) -> list[str]:
    edits = sorted((item.edits for item in items), reverse=True)
    tenth = max(1, len(edits) // 10)
    share = 100 * sum(edits[:tenth]) / max(sum(edits), 1)
    return [f"the worst tenth of items holds {share:.0f} % of the errors"]


def _by_confirmation(items: Sequence[Read]) -> list[str]:
    """Return how errors divide between lines that the decoder confirmed and others."""
    told = []
    for confirmed, name in ((True, "confirmed"), (False, "not confirmed")):
        chosen = [item for item in items if item.confirmed is confirmed]
        if chosen:
            characters = max(sum(len(item.truth) for item in chosen), 1)
            rate = 100 * sum(item.edits for item in chosen) / characters
            told.append(f"{len(chosen)} lines {name} by the decoder: CER {rate:.2f}")
    return ["; ".join(told)] if told else []


def show(task: Task, items: Sequence[Read], number: int, folder: Path) -> None:
    """Write pictures of the items with most errors, and of pages the reading beside the truth."""
    worst = sorted(items, key=lambda item: (-item.edits, item.name))[:number]
    worst = [item for item in worst if item.edits]
    place = folder / task.name
    if not task.pages:
        for start in range(0, len(worst), 10):
            sheet = [(i.image, i.truth, i.reading) for i in worst[start : start + 10]]
            line_sheet(sheet, place / f"worst-{start // 10 + 1}.png")
    for rank, item in enumerate(worst, 1):
        if item.page is not None:
            stem = f"{rank:02d}-{item.name.rpartition('/')[2]}"
            page_picture(item.image, item.page, place / f"{stem}.png")
            text = "\n".join(["truth", item.truth, "", "reading", item.reading, ""])
            (place / f"{stem}.txt").write_text(text, encoding="utf-8")
    if worst:
        print(f"pictures of the worst: {place}\n", flush=True)


def _quoted(letters: str) -> str:
    return f"'{letters}'" if letters else "nothing"


if __name__ == "__main__":
    main()
