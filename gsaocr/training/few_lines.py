"""What to expect of few lines, and of more: measured once, on a script that the base can't read."""

from __future__ import annotations

import itertools
import math

FEW = 50
"""Lines below which more are asked for."""

_FEW_TO_VALIDATE = 10
_ENOUGH = 100  # lines that are told to be worth the work

# Lines trained on, and the share of the base's character errors that was left: German Fraktur,
# docs/adapters.md has the figures and how they were measured.
LEFT = ((12, 0.30), (25, 0.22), (100, 0.16))


def warnings(train: int, validation: int) -> list[str]:
    """Return what to say of so many lines to train and to validate on."""
    told = []
    if train < FEW:
        told.append(
            f"{train} lines are few: on Fraktur, which the base had never seen, so many left about "
            f"{100 * errors_left(train):.0f} % of its errors, {_ENOUGH} lines "
            f"{100 * errors_left(_ENOUGH):.0f} %"
        )
    if validation < _FEW_TO_VALIDATE:
        told.append(
            f"{validation} lines to validate on say little of what the adapter reads; "
            "--validation takes others"
        )
    return told


def errors_left(lines: int) -> float:
    """Return the share of the base's errors that so many lines may leave, 0 to 1.

    Between measured numbers of lines it follows a power law, as learning curves do; outside them
    the nearest is taken, but that without a line nothing is learnt.
    """
    if lines <= 0:
        return 1.0
    points = [(1, 1.0), *LEFT]
    for (few, more_left), (many, less_left) in itertools.pairwise(points):
        if lines <= many:
            along = math.log(lines / few) / math.log(many / few)
            return float(more_left * (less_left / more_left) ** along)
    return LEFT[-1][1]
