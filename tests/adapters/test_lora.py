"""Low-rank updates: the paper's counts, PEFT's scaling, frozen maps untouched."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gsaocr.adapters.lora import LoRALinear, low_rank_parameters, scaling


@pytest.mark.parametrize(
    ("side", "rank", "update", "frozen"), [(4, 2, 16, 16), (10, 2, 40, 100), (100, 4, 800, 10_000)]
)
def test_counts_of_the_paper(side: int, rank: int, update: int, frozen: int) -> None:
    layer = LoRALinear(nn.Linear(side, side, bias=False), rank, 1.0)
    counted = sum(p.numel() for n, p in layer.named_parameters() if "lora_" in n)
    assert counted == low_rank_parameters(side, side, rank) == update
    assert layer.base_layer.weight.numel() == frozen


def test_scaling_is_that_of_peft() -> None:
    assert scaling(4, 8.0) == 2.0
    assert scaling(4, 8.0, rslora=True) == 4.0


def test_a_new_update_changes_nothing() -> None:
    linear = nn.Linear(6, 5)
    x = torch.randn(3, 6)
    assert torch.equal(LoRALinear(linear, 2, 4.0)(x), linear(x))


@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.floats(0.1, 10), st.integers(0, 99)
)
def test_the_update_is_that_of_the_formula(
    inputs: int, outputs: int, rank: int, alpha: float, seed: int
) -> None:
    torch.manual_seed(seed)
    linear = nn.Linear(inputs, outputs).double()
    layer = LoRALinear(linear, rank, scaling(rank, alpha))
    nn.init.normal_(layer.lora_B.weight)
    x = torch.randn(4, inputs, dtype=torch.float64)
    product = layer.lora_B.weight @ layer.lora_A.weight
    expected = x @ (linear.weight + alpha / rank * product).T + linear.bias
    assert torch.allclose(layer(x), expected, rtol=1e-12, atol=1e-12)
    merged = linear.weight + layer.delta()
    assert torch.allclose(x @ merged.T + linear.bias, expected, rtol=1e-12, atol=1e-12)


def test_dropout_only_while_training() -> None:
    layer = LoRALinear(nn.Linear(200, 3), 2, 1.0, dropout=0.5)
    nn.init.normal_(layer.lora_B.weight)
    x = torch.ones(1, 200)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


def test_first_values_are_kaiming_uniform() -> None:
    layer = LoRALinear(nn.Linear(300, 10), 50, 1.0)
    bound = 1 / math.sqrt(300)  # a = sqrt(5) gives this bound
    largest = float(layer.lora_A.weight.detach().abs().max())
    assert 0.9 * bound < largest <= bound
