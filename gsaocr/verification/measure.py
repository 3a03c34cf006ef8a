"""How far two results are apart, measured so that a broken layer can't look whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

DOUBLE_LIMIT = 1e-12
"""Relative error allowed in float64: a thousand times the rounding of one operation."""
SINGLE_LIMIT = 1e-4
"""Relative error allowed in float32, for a whole trained network (ten roundings are 1e-6)."""
CONTROL_LIMIT = 1e-2
"""Relative error that a control has to exceed; measured are 0.2 to 1.5."""


@dataclass(frozen=True)
class Error:
    """Largest absolute difference, and the same relative to the largest expected value."""

    absolute: float
    relative: float

    def worse(self, other: Error) -> Error:
        """Return whichever of the two has the larger relative error."""
        return self if _rank(self.relative) >= _rank(other.relative) else other


def compare(actual: Tensor, expected: Tensor, valid: Tensor | None = None) -> Error:
    """Return the error of ``actual`` against ``expected``, two tensors of one shape.

    ``valid`` broadcasts to that shape; where it is False nothing is compared. NaN, a difference in
    shape and an expectation that is zero everywhere count as an infinite error: none of them shows
    that a statement holds.
    """
    if actual.shape != expected.shape:
        return Error(math.inf, math.inf)
    if valid is not None:
        where = valid.expand(actual.shape)
        actual, expected = actual[where], expected[where]
    if actual.numel() == 0:
        return Error(math.inf, math.inf)
    absolute = float((actual.double() - expected.double()).abs().max())
    size = float(expected.double().abs().max())
    if not (math.isfinite(absolute) and math.isfinite(size)) or size == 0.0:
        return Error(math.inf, math.inf)
    return Error(absolute, absolute / size)


def limit(dtype: torch.dtype) -> float:
    """Return the largest relative error with which a statement holds in this precision."""
    return DOUBLE_LIMIT if dtype == torch.float64 else SINGLE_LIMIT


def _rank(value: float) -> float:
    return math.inf if math.isnan(value) else value
