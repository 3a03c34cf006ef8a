"""How many letters are read wrong on each image of this folder, and how many may be.

Bounds stand in ``recorded.json``: the errors of each image when it was recorded. An image may have
one and a half times as many, or one in 300 letters, whichever is more. Nothing writes that file
but a person who has looked at what changed; ``python -m tests.accuracy`` prints what is read now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from gsaocr.evaluation.metrics import count
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.pipeline import Reader

HERE = Path(__file__).parent
RECORDED = HERE / "recorded.json"
_MORE = 1.5  # times the recorded errors
_ONE_IN = 300  # letters
_RIGHT = 0.02  # of the letters: up to here a page that failed counts as read


@dataclass(frozen=True)
class Item:
    """An image with its text; ``name`` is ``lines/...`` or ``pages/...``."""

    name: str

    @property
    def image(self) -> Path:
        """The image's file."""
        return HERE / f"{self.name}.png"

    @property
    def truth(self) -> str:
        """What the image says."""
        return self.image.with_suffix(".gt.txt").read_text(encoding="utf-8")

    @property
    def letters(self) -> int:
        """Characters of the text, single spaces included."""
        return len(scoring_named("raw")(self.truth))

    def read(self, reader: Reader) -> str:
        """Return what the image is read as."""
        return reader.transcribe(self.image, line=self.name.startswith("lines/")).text

    def errors(self, reading: str, any_order: bool = False) -> int:
        """Return the edit distance of a reading; ``any_order`` lets blocks come in any."""
        rule = scoring_named("raw")
        blocks = self.truth.split("\n\n")
        orders = permutations(blocks) if any_order else [tuple(blocks)]
        got = rule(reading)
        return min(count(rule("\n".join(order)), got).character_errors for order in orders)


@dataclass(frozen=True)
class Recorded:
    """What ``recorded.json`` holds."""

    errors: Mapping[str, int]
    any_order: frozenset[str]  # items whose blocks of text have no order
    failures: Mapping[str, str]  # items that are not read yet, and why

    @classmethod
    def load(cls) -> Recorded:
        """Read the file."""
        content = json.loads(RECORDED.read_text(encoding="utf-8"))
        return cls(content["errors"], frozenset(content["any order"]), content["not read yet"])

    def bound(self, item: Item) -> float:
        """Return how many errors an item may have."""
        if item.name in self.failures:
            return _RIGHT * item.letters
        return max(_MORE * self.errors.get(item.name, 0), item.letters / _ONE_IN)


def items() -> list[Item]:
    """Return all images of this folder, lines first."""
    images = sorted(HERE.glob("lines/*.png")) + sorted(HERE.glob("pages/*.png"))
    return [Item(f"{path.parent.name}/{path.stem}") for path in images]
