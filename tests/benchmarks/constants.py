"""What each number in the reading of lines does: the errors at 0.7 and 1.4 times its value.

    python -m tests.benchmarks.constants [--data DATA] [--only PART] [--factors 0.7 1.4]

Every number that has a name in the modules of :data:`MODULES` is changed, one at a time, and the
images of ``tests/accuracy`` are read; with DATA 300 lines and 10 pages of its sets as well. Each
row tells how many images then read otherwise, the errors more or less, and how many images the
tests refuse (``caught``). A number that changes no reading in either direction is named at the
end: either nothing needs it, or nothing that is read here does.

The layout finder's numbers are not among them. What the network says of a line image is kept, so
that only images that a number changes are seen anew.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from gsaocr.evaluation.datasets import load_samples
from gsaocr.evaluation.metrics import count
from gsaocr.evaluation.scoring import Scoring, scoring_named
from gsaocr.page.document import Document
from gsaocr.page.load import PageImage, load_pages
from gsaocr.pipeline import Reader, load
from tests.accuracy.gate import Recorded, items
from tests.benchmarks.remembered import remembering

MODULES = (
    "gsaocr.assembly",
    "gsaocr.recognizer.long_s",
    "gsaocr.recognizer.stray_marks",
    "gsaocr.recognizer.second_look",
    "gsaocr.reading.encoded_lines",
    "gsaocr.reading.found_page",
    "gsaocr.reading.directions",
    "gsaocr.reading.short_lines",
    "gsaocr.page.line_cells",
    "gsaocr.page.strip_ink",
    "gsaocr.recognizer.line_reader",
    "gsaocr.recognizer.line_image",
    "gsaocr.recognizer.text_rows",
)
NOT_OF_THE_TEXT = {
    "WIDEST": "bounds the memory",
    "_ASCENDER": "of boxes",
    "_DESCENDER": "of boxes",
}
FACTORS = (0.7, 1.4)

_SETS = (  # path in DATA, scoring, images, whether they are pages
    ("lines/typewriter-val.zip", "raw", 100, False),
    ("lines/receipts-val.zip", "upper", 100, False),
    ("lines/oldfrench-val.zip", "normalised", 100, False),
    ("pages/receipts-val.zip", "upper", 5, True),
    ("pages/old-books.zip", "normalised-joined", 5, True),
)


@dataclass(frozen=True)
class Constant:
    """A named number, or one of a tuple's; ``users`` are the modules that hold it."""

    module: str
    name: str
    place: int | None
    value: float
    users: tuple[str, ...]

    def __str__(self) -> str:
        part = "" if self.place is None else f"[{self.place}]"
        return f"{self.module.removeprefix('gsaocr.')}.{self.name}{part}"

    def times(self, factor: float) -> float:
        """Return the changed value; whole numbers stay whole and change by one at least."""
        if isinstance(self.value, int):
            near = round(self.value * factor)
            return near if near != self.value else self.value + (1 if factor > 1 else -1)
        return self.value * factor

    @contextmanager
    def set_to(self, value: float) -> Iterator[None]:
        """Give it another value for a while."""
        own = vars(import_module(self.module))[self.name]
        changed: Any = value
        if self.place is not None:
            changed = (*own[: self.place], value, *own[self.place + 1 :])
        for user in self.users:
            setattr(import_module(user), self.name, changed)
        try:
            yield
        finally:
            for user in self.users:
                setattr(import_module(user), self.name, own)


def constants(modules: Sequence[str] = MODULES) -> list[Constant]:
    """Return the numbers with a name in capitals that are assigned in modules."""
    imports: dict[tuple[str, str], list[str]] = {}
    for user, module in list(sys.modules.items()):
        if user.startswith("gsaocr.") and getattr(module, "__file__", None):
            for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    for alias in node.names:
                        imports.setdefault((node.module, alias.name), []).append(user)
    found = []
    for path in modules:
        module = import_module(path)
        for node in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if not isinstance(target, ast.Name) or not target.id.isupper():
                    continue
                name, value = target.id, getattr(module, target.id)
                users = (path, *imports.get((path, name), []))
                if isinstance(value, (int, float)):
                    found.append(Constant(path, name, None, value, users))
                elif isinstance(value, tuple) and all(isinstance(v, float) for v in value):
                    found += [Constant(path, name, n, v, users) for n, v in enumerate(value)]
    return [constant for constant in found if constant.name not in NOT_OF_THE_TEXT]


@dataclass(frozen=True)
class Part:
    """Images that are read together, with what they say and how many errors each may have."""

    name: str
    images: tuple[PageImage, ...]
    truths: tuple[str, ...]
    rule: Scoring
    read: Callable[[Reader, Sequence[PageImage]], list[str]]
    bounds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a part was read."""

    readings: tuple[str, ...]
    errors: int
    letters: int
    caught: int

    @property
    def cer(self) -> float:
        """Errors in per cent."""
        return 100 * self.errors / self.letters


def any_lines(reader: Reader, images: Sequence[PageImage]) -> list[str]:
    """Read lines that may lie in any quarter turn."""
    return [r.text for r in reader.read_lines([image.grey for image in images], any_turn=True)]


def upright_lines(reader: Reader, images: Sequence[PageImage]) -> list[str]:
    """Read upright lines."""
    return [r.text for r in reader.read_lines([image.grey for image in images])]


def pages(reader: Reader, images: Sequence[PageImage]) -> list[str]:
    """Read pages."""
    return [Document((page,), "", {}).text for page in reader.read_pages(images)]


def accuracy_set() -> list[Part]:
    """Return the lines and pages of ``tests/accuracy`` that are read today."""
    recorded = Recorded.load()
    parts = []
    for kind, read in (("lines", any_lines), ("pages", pages)):
        own = [
            item
            for item in items()
            if item.name.startswith(kind)
            and item.name not in recorded.failures
            and item.name not in recorded.any_order
        ]
        parts.append(
            Part(
                kind,
                tuple(next(load_pages(item.image)) for item in own),
                tuple(item.truth for item in own),
                scoring_named("raw"),
                read,
                tuple(recorded.bound(item) for item in own),
            )
        )
    return parts


def validation_sets(data: Path) -> list[Part]:
    """Return a part of each set of scans."""
    parts = []
    for path, rule, number, whole in _SETS:
        samples = load_samples([data / path]).limited(number).samples
        parts.append(
            Part(
                Path(path).stem + (" pages" if whole else ""),
                tuple(next(load_pages(BytesIO(s.read()), name=s.name)) for s in samples),
                tuple(sample.truth for sample in samples),
                scoring_named(rule),
                pages if whole else upright_lines,
            )
        )
    return parts


def outcome(reader: Reader, part: Part) -> Outcome:
    """Read a part."""
    readings = part.read(reader, part.images)
    counts = [
        count(part.rule(truth), part.rule(reading))
        for truth, reading in zip(part.truths, readings, strict=True)
    ]
    over = [c.character_errors > most for c, most in zip(counts, part.bounds, strict=False)]
    return Outcome(
        tuple(readings),
        sum(c.character_errors for c in counts),
        sum(c.characters for c in counts),
        sum(over),
    )


def compared(part: Part, before: Outcome, after: Outcome) -> str:
    """Tell what became of a part."""
    others = sum(a != b for a, b in zip(before.readings, after.readings, strict=True))
    if not others:
        return f"{part.name} as before"
    caught = f", {after.caught} caught" if part.bounds else ""
    return f"{part.name} {others} otherwise, {after.errors - before.errors:+d} errors{caught}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with lines/ and pages/ of scans")
    parser.add_argument("--only", default="", help="numbers whose name has this in it")
    parser.add_argument("--factors", type=float, nargs="+", default=FACTORS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    reader = load(device="cpu")
    parts = accuracy_set() + (validation_sets(given.data) if given.data else [])
    idle, caught, changed = [], 0, 0
    with remembering() as memory:
        before = [outcome(reader, part) for part in parts]
        memory.full()
        for part, was in zip(parts, before, strict=True):
            print(f"{part.name}: {len(part.images)} images, {was.errors} errors, {was.cer:.2f} %")
        for constant in (c for c in constants() if given.only in str(c)):
            same = True
            for factor in given.factors:
                value = constant.times(factor)
                with constant.set_to(value):
                    after = [outcome(reader, part) for part in parts]
                told = map(compared, parts, before, after)
                same &= all(a.readings == b.readings for a, b in zip(before, after, strict=True))
                refused = any(o.caught > b.caught for b, o in zip(before, after, strict=True))
                caught, changed = caught + refused, changed + 1
                print(
                    f"{constant} = {constant.value:g} -> {value:g}: {'; '.join(told)}", flush=True
                )
            if same:
                idle.append(str(constant))
    print(f"caught by the tests: {caught} of {changed} changes")
    print(f"without effect here: {', '.join(idle) or 'none'}")


if __name__ == "__main__":
    main()
