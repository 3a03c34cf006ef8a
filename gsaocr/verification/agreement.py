"""Two ways to compute one layer: fast and literal, adapter attached and adapter merged."""

from __future__ import annotations

import torch

from gsaocr.verification.claims import Row
from gsaocr.verification.measure import Error, compare, limit
from gsaocr.verification.subjects import Subject

FAST_LIMIT = 1e-10
"""Relative error allowed between a fast layer and its reference in float64."""


@torch.no_grad()
def reference_row(
    subject: Subject, lora: str, generator: torch.Generator, grid: tuple[int, int] = (3, 5)
) -> Row:
    """Return the row of a fast layer against its reference, part of the field being padding.

    Raises:
        ValueError: the subject has no reference.
    """
    if subject.reference is None:
        raise ValueError(f"{subject.name} has no reference")
    subject = subject.in_precision(torch.float64)
    x = subject.sample(generator, *grid, torch.float64)
    valid = torch.ones(1, *grid, dtype=torch.bool)
    valid[:, -1, -2:] = False
    assert subject.reference is not None
    expected = subject.reference(subject.module, x, valid)
    error = compare(subject.apply(x, valid), expected, valid[:, None, None])
    return _row("fast = reference", subject, lora, torch.float64, error, FAST_LIMIT)


@torch.no_grad()
def merged_row(
    beside: Subject,
    inside: Subject,
    dtype: torch.dtype,
    generator: torch.Generator,
    grid: tuple[int, int] = (3, 5),
) -> Row:
    """Return the row of a layer with an update attached against the same update merged."""
    beside, inside = beside.in_precision(dtype), inside.in_precision(dtype)
    x = beside.sample(generator, *grid, dtype)
    valid = torch.ones(1, *grid, dtype=torch.bool)
    error = compare(beside.apply(x, valid), inside.apply(x, valid))
    return _row("attached = merged", beside, "attached", dtype, error, limit(dtype))


def _row(
    check: str, subject: Subject, lora: str, dtype: torch.dtype, error: Error, bound: float
) -> Row:
    return Row(
        check=check,
        layer=subject.name,
        group=subject.group.name,
        element=subject.group.labels[0],
        lora=lora,
        weights=subject.weights,
        precision=str(dtype).removeprefix("torch."),
        error=error,
        limit=bound,
    )
