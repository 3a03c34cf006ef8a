"""L_g[rho] = rho, the reason [RC] gives for equivariance: true only where h fixes the offset."""

from __future__ import annotations

from typing import Any

import torch

from gsaocr.groups import group
from gsaocr.layers import reference
from gsaocr.verification.claims import Row, control_row
from gsaocr.verification.measure import DOUBLE_LIMIT, Error, compare
from gsaocr.verification.subjects import RandomTable, draw


@torch.no_grad()
def encoding_rows(generator: torch.Generator) -> list[Row]:
    """Return how far rho(h^-1 Delta) is from rho(Delta), over D4 and a 5 x 5 square of offsets.

    One row tells the smallest change where h moves the offset (must not be nothing), the other the
    largest where h fixes it (must be nothing): paper, section 6, second half.
    """
    of = group("D4")
    rho = draw(RandomTable(8, 1), generator)
    side = torch.arange(-2, 3, dtype=torch.float64)
    delta = torch.cartesian_prod(side, side)
    moved: list[Error] = []
    fixed: list[Error] = []
    for h in range(1, of.order):
        local = reference.turned(of, of.inverse[h], delta)
        after, before = rho(local, 0), rho(delta, 0)
        for here, there, a, b in zip(delta, local, after, before, strict=True):
            (fixed if torch.equal(here, there) else moved).append(compare(a, b))
    common: dict[str, Any] = {
        "layer": "encoding",
        "group": of.name,
        "lora": "none",
        "weights": "N(0,1)",
        "precision": "float64",
    }
    return [
        control_row(
            check="control: L_g[rho] = rho",
            element="h moves the offset",
            error=min(moved, key=lambda e: e.relative),
            **common,
        ),
        Row(
            check="L_g[rho] = rho",
            element="h fixes the offset",
            error=max(fixed, key=lambda e: e.relative),
            limit=DOUBLE_LIMIT,
            **common,
        ),
    ]
