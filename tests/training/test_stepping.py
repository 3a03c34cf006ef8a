"""A step of a run from scratch: what the learning rate, the clipping and the average come to."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gsaocr.training.stepping import (
    average_follows,
    clipped_step,
    learning_rate,
    optimizers_of,
    tensors_under,
)


def test_the_rate_warms_up_stays_and_falls() -> None:
    def rate(steps: int, done: float) -> float:
        return learning_rate(0.002, steps, 100, done, 0.4)

    assert rate(0, 0.0) == pytest.approx(0.002 / 100)
    assert rate(49, 0.0) == pytest.approx(0.001)
    assert rate(99, 0.5) == rate(10_000, 0.6) == pytest.approx(0.002)
    assert rate(10_000, 0.8) == pytest.approx(0.001)
    assert rate(10_000, 1.0) == rate(10_000, 3.0) == pytest.approx(0.002 / 50)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1))
def test_the_rate_never_rises_after_the_warm_up(one: float, other: float, cooldown: float) -> None:
    early, late = sorted((one, other))
    rates = [learning_rate(1.0, 500, 10, share, cooldown) for share in (early, late)]
    assert 0.02 <= rates[1] <= rates[0] <= 1.0


def run(factor: float) -> tuple[nn.Linear, nn.Linear]:
    torch.manual_seed(1)
    network = nn.Linear(3, 2)
    before = nn.Linear(3, 2)
    before.load_state_dict(network.state_dict())
    optimizers = optimizers_of([network.weight], [network.bias], 0.5, 0.0)
    loss = factor * network(torch.ones(1, 3)).sum()
    clipped_step(loss, network.parameters(), optimizers, 0.25)
    assert all(group["lr"] == 0.25 for o in optimizers for group in o.param_groups)
    return before, network


def test_a_step_goes_against_the_gradient_however_long_that_is() -> None:
    for factor in (1e-3, 1.0, 1e6):
        before, after = run(factor)
        assert (after.bias < before.bias).all()
        assert (before.bias - after.bias).max() < 0.3


def test_no_step_is_taken_against_what_is_not_finite() -> None:
    before, after = run(float("inf"))
    assert torch.equal(before.weight, after.weight)
    assert torch.equal(before.bias, after.bias)


def test_the_average_follows_faster_at_first() -> None:
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(1.0)
    for steps, most, expected in ((0, 0.99, 0.9), (90, 0.99, 0.09), (10**6, 0.99, 0.01)):
        average = {"weight": torch.zeros(1, 1)}
        average_follows(average, network, most, steps)
        assert float(average["weight"]) == pytest.approx(expected)


def test_tensors_of_a_state_by_their_part() -> None:
    one, two = torch.ones(1), torch.zeros(2)
    assert tensors_under("a/", {"a/x": one, "b/a/x": two}) == {"x": one}
