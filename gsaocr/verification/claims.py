"""One statement that was measured: what it says, what came out, whether that is as it must be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gsaocr.verification.measure import CONTROL_LIMIT, Error


class Expectation(StrEnum):
    """What must come out for the program to be trusted."""

    HOLDS = "holds"
    """The relative error is at most the limit."""
    FAILS = "fails"
    """A control: the relative error exceeds the limit, so the measurement can fail."""
    APPROXIMATE = "approximate"
    """Off the grid nothing is exact: the error is told, and neither passes nor fails."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    check: str
    """What is stated: ``equivariance``, ``fast = reference``, ``attached = merged`` and so on."""
    layer: str
    """The layer, or the part of the network."""
    group: str
    """C1, C2, C4, D4, or the rotations of a row off the grid."""
    element: str
    """The group element, the translation, or both."""
    lora: str
    """``none``, ``attached``, ``merged``, or the name of an adapter with either."""
    weights: str
    """``N(0,1)`` or ``model``."""
    precision: str
    """``float64`` or ``float32``."""
    error: Error
    """What was measured."""
    limit: float
    """The bound of the relative error that separates holding from failing."""
    expectation: Expectation = Expectation.HOLDS
    """What must come out."""
    note: str = ""
    """What else a reader should know, in a few words."""

    @property
    def holds(self) -> bool:
        """Whether the statement itself holds, as measured."""
        return self.error.relative <= self.limit

    @property
    def as_it_must(self) -> bool:
        """Whether the outcome is the one required; an approximate row requires none."""
        if self.expectation is Expectation.APPROXIMATE:
            return True
        if self.expectation is Expectation.HOLDS:
            return self.holds
        # A NaN would be no proof that the control fails.
        return not math.isnan(self.error.relative) and self.error.relative > self.limit

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        if self.expectation is Expectation.APPROXIMATE:
            return "approximate"
        if self.expectation is Expectation.HOLDS:
            return "holds" if self.as_it_must else "BROKEN"
        return "fails, as it must" if self.as_it_must else "CONTROL HOLDS"

    @property
    def key(self) -> tuple[str, ...]:
        """What rows that one line of a short table stands for have in common."""
        names = (self.check, self.layer, self.group, self.lora, self.weights, self.precision)
        apart = self.element if self.expectation is Expectation.APPROXIMATE else ""
        return (*names, str(self.expectation), apart)

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON values; an infinite error is written as null."""
        raw = asdict(self)
        del raw["error"]
        for name in ("absolute", "relative"):
            value = getattr(self.error, name)
            raw[name] = value if math.isfinite(value) else None
        raw["verdict"] = self.verdict
        raw["as_it_must"] = self.as_it_must
        return raw


def control_row(**fields: Any) -> Row:
    """Return a row that must fail, with the controls' limit."""
    return Row(limit=CONTROL_LIMIT, expectation=Expectation.FAILS, **fields)


def condense(rows: Iterable[Row]) -> list[tuple[Row, int]]:
    """Return the decisive row of each key with the number of rows it stands for.

    Decisive is the largest error where the statement must hold or is approximate, the smallest
    where it must fail.
    """
    chosen: dict[tuple[str, ...], tuple[Row, int]] = {}
    for row in rows:
        kept, count = chosen.get(row.key, (row, 0))
        harder = row.error.relative > kept.error.relative
        if row.expectation is Expectation.FAILS:
            harder = row.error.relative < kept.error.relative
        chosen[row.key] = (row if harder else kept, count + 1)
    return list(chosen.values())
