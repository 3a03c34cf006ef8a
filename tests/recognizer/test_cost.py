"""Costs against sums made by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.cost import encoder_flops, parameter_count
from gsaocr.recognizer.model import Recognizer


def test_operations_of_the_encoder_are_counted_attention_included() -> None:
    """A model whose work is known: one matrix product and one attention."""

    class Known(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config = RecognizerConfig()
            self.linear = nn.Linear(8, 16, bias=False)

        def forward(self, images: Tensor, valid: Tensor, readers: object) -> Tensor:
            x = self.linear(torch.zeros(1, 3, 8))  # 2 * 3 * 8 * 16 operations
            return nn.functional.scaled_dot_product_attention(x, x, x)  # 2 * 2 * 3 * 3 * 16

    known: nn.Module = Known()
    assert encoder_flops(known) == 2 * 3 * 8 * 16 + 4 * 3 * 3 * 16  # type: ignore[arg-type]
    assert parameter_count(known) == 8 * 16  # type: ignore[arg-type]


def test_default_model_is_within_its_budget() -> None:
    model = Recognizer(RecognizerConfig()).eval()
    assert encoder_flops(model) <= 3e9
    assert parameter_count(model) <= 8e6
    assert encoder_flops(model, characters=45) < 0.6 * encoder_flops(model)
    assert encoder_flops(model, readers=(0, 2)) < 0.8 * encoder_flops(model)
