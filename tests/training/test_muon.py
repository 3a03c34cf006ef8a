"""Muon's updates are orthogonal, and it trains."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsaocr.training.muon import Muon, orthogonalised


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 50))
def test_singular_values_are_near_one(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(2, rows, columns, generator=torch.Generator().manual_seed(seed))
    values = torch.linalg.svdvals(orthogonalised(matrix))
    # Newton-Schulz with these coefficients settles between 0.7 and 1.2, except near zero.
    assert values.max() < 1.35
    assert values.median() > 0.5


def test_it_finds_a_linear_map() -> None:
    generator = torch.Generator().manual_seed(0)
    wanted = torch.randn(6, 4, generator=generator)
    weight = torch.nn.Parameter(torch.zeros(6, 4))
    optimizer = Muon([weight], 0.1)
    losses = []
    for step in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 0.3 * (1 - step / 300)
        x = torch.randn(32, 4, generator=generator)
        loss = (x @ (weight - wanted).T).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 1e-2 * losses[0]
