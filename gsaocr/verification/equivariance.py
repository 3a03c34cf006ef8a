"""f(L_y L_h x) against L_y L_h f(x), for every element, translation and product."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

from gsaocr.verification.actions import Motion, Shift, Space, act, motions, valid_in
from gsaocr.verification.claims import Row, control_row
from gsaocr.verification.measure import Error, compare, limit
from gsaocr.verification.subjects import Subject

SHIFTS: tuple[Shift, ...] = ((1, 0), (0, 1))


def equivariance_rows(
    subject: Subject,
    lora: str,
    dtype: torch.dtype,
    generator: torch.Generator,
    grid: tuple[int, int] = (3, 5),
    shifts: tuple[Shift, ...] = SHIFTS,
) -> list[Row]:
    """Return a row per motion for one layer in one precision.

    The content has ``grid`` = (height, width) points. For turns alone it fills the field; for
    translations a masked margin of one point surrounds it.
    """
    subject = subject.in_precision(dtype)
    height, width = grid
    full = subject.sample(generator, height, width, dtype)
    everywhere = torch.ones(1, height, width, dtype=torch.bool)
    wide = subject.sample(generator, height + 2, width + 2, dtype)
    inner = torch.zeros(1, height + 2, width + 2, dtype=torch.bool)
    inner[:, 1:-1, 1:-1] = True
    turns = motions(subject.group, ())
    moves = [m for m in motions(subject.group, shifts) if m.shift != (0, 0)]
    errors = measured(subject, full, everywhere, turns) | measured(subject, wide, inner, moves)
    return [
        Row(
            check="equivariance",
            layer=subject.name,
            group=subject.group.name,
            element=motion.label(subject.group),
            lora=lora,
            weights=subject.weights,
            precision=_name(dtype),
            error=error,
            limit=limit(dtype),
        )
        for motion, error in errors.items()
    ]


@torch.no_grad()
def measured(
    subject: Subject, x: Tensor, valid: Tensor, which: list[Motion]
) -> dict[Motion, Error]:
    """Return the error of every motion for one input."""
    of, result = subject.group, subject.apply(x, valid)
    # Motions that give inputs of one shape run as one batch.
    batches: dict[torch.Size, list[tuple[Motion, Tensor, Tensor]]] = defaultdict(list)
    for motion in which:
        moved = act(x, subject.source, of, motion, subject.step)
        where = act(valid[:, None], Space.PLANE, of, motion)[:, 0]
        batches[moved.shape].append((motion, moved, where))
    errors = {}
    for batch in batches.values():
        inputs = torch.cat([moved for _, moved, _ in batch])
        where = torch.cat([valid for _, _, valid in batch])
        outputs = subject.apply(inputs, where)
        for n, (motion, _, _) in enumerate(batch):
            expected = act(result, subject.target, of, motion)
            seen = valid_in(subject.target, where[n : n + 1])
            errors[motion] = compare(outputs[n : n + 1], expected, seen)
    return {motion: errors[motion] for motion in which}


@torch.no_grad()
def wrong_action_rows(
    subject: Subject, generator: torch.Generator, most: int | None = None
) -> list[Row]:
    """Return rows that must fail: the result of turning by h, held against every other element.

    With ``most`` only that many elements are applied, the last ones of the group.

    The grid is square, so that every element gives a result of the same shape. On C1 there is no
    other element; there the content is moved, and the result held against its unmoved self.
    """
    dtype, of = torch.float64, subject.group
    if of.order == 1:
        return [_unmoved_row(subject, generator)]
    x = subject.sample(generator, 4, 4, dtype)
    valid = torch.ones(1, 4, 4, dtype=torch.bool)
    result = _telling(subject, subject.apply(x, valid))
    rows = []
    for applied in range(of.order)[-(most or of.order) :]:
        moved = act(x, subject.source, of, Motion(applied), subject.step)
        output = _telling(subject, subject.apply(moved, valid))
        others = [Motion(h) for h in range(of.order) if h != applied]
        errors = [(compare(output, act(result, subject.target, of, m)), m) for m in others]
        error, closest = min(errors, key=lambda pair: pair[0].relative)
        element = f"{of.labels[applied]} taken for {closest.label(of)}"
        rows.append(_control(subject, element, error))
    return rows


def published_rows(subject: Subject, generator: torch.Generator) -> list[Row]:
    """Return rows that must fail: the published encoding, every element but the identity."""
    dtype = torch.float64
    x = subject.sample(generator, 3, 5, dtype)
    valid = torch.ones(1, 3, 5, dtype=torch.bool)
    errors = measured(subject, x, valid, motions(subject.group, ()))
    return [
        control_row(
            check="control: published encoding",
            layer=subject.name,
            group=subject.group.name,
            element=motion.label(subject.group),
            lora="none",
            weights=subject.weights,
            precision=_name(dtype),
            error=error,
        )
        for motion, error in errors.items()
    ]


def _telling(subject: Subject, output: Tensor) -> Tensor:
    """Take away what all frames' scores have in common: it tells no frame from another."""
    return output - output.mean(1, keepdim=True) if subject.target is Space.FRAMES else output


def _unmoved_row(subject: Subject, generator: torch.Generator) -> Row:
    x = subject.sample(generator, 6, 6, torch.float64)
    valid = torch.zeros(1, 6, 6, dtype=torch.bool)
    valid[:, 2:5, 2:5] = True
    moved = valid.roll(1, dims=-1)
    motion = Motion(shift=(1, 0))
    output = subject.apply(act(x, subject.source, subject.group, motion, subject.step), moved)
    both = valid_in(subject.target, valid & moved)
    error = compare(output, subject.apply(x, valid), both)
    return _control(subject, "(1, 0) taken for (0, 0)", error)


def _control(subject: Subject, element: str, error: Error) -> Row:
    return control_row(
        check="control: wrong action",
        layer=subject.name,
        group=subject.group.name,
        element=element,
        lora="none",
        weights=subject.weights,
        precision="float64",
        error=error,
    )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
