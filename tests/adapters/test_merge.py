"""Merging: the exact weighted sum of updates, in an ordinary model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.merge import merged, origin_of
from gsaocr.errors import AdapterError
from gsaocr.recognizer.weights import ModelFile, fingerprint
from tests.adapters.conftest import outputs

Lines = tuple[Tensor, Tensor]
Make = Callable[..., Adapter]


@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_merged_is_attached(
    base: ModelFile, make_adapter: Make, lines: Lines, characters: str
) -> None:
    adapter = make_adapter(characters=characters)
    whole = merged(base, [(adapter, 1.0)])
    assert fingerprint(base.model.state_dict()) == base.fingerprint
    beside = adapted_model(base, adapter)
    assert whole.config == beside.config
    for a, b in zip(outputs(whole, lines), outputs(beside, lines), strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-4)


def test_a_weighted_sum_of_updates(base: ModelFile, make_adapter: Make) -> None:
    """Not of A and B: that would add cross terms."""
    adapters = [(make_adapter(0, rank=2), 0.7), (make_adapter(1, rank=3), -0.4)]
    whole = merged(base, adapters)
    name = "encoder.lifting.phi_key"
    expected = base.model.encoder.lifting.phi_key.weight.double()
    for adapter, weight in adapters:
        a, b = (adapter.tensors[f"{name}.lora_{x}.weight"].double() for x in "AB")
        expected = expected + weight * adapter.config.alpha / adapter.config.rank * (b @ a)
    difference = (whole.encoder.lifting.phi_key.weight.double() - expected).abs().max()
    assert float(difference.detach()) < 1e-6


def test_two_extensions(base: ModelFile, make_adapter: Make, lines: Lines) -> None:
    whole = merged(
        base, [(make_adapter(0, characters="ß"), 1.0), (make_adapter(1, characters="ſæ"), 0.5)]
    )
    assert whole.config.characters.endswith("zßſæ")
    assert outputs(whole, lines)[1].shape[-1] == whole.config.charset.ctc_size
    with pytest.raises(AdapterError, match="is added by adapter0 too"):
        merged(
            base, [(make_adapter(0, characters="ß"), 1.0), (make_adapter(1, characters="ßæ"), 1.0)]
        )


def test_refused(base: ModelFile, make_adapter: Make) -> None:
    adapter = make_adapter()
    other = replace(adapter, base=replace(adapter.base, fingerprint="0" * 64))
    with pytest.raises(AdapterError, match="made for the base"):
        merged(base, [(adapter, 1.0), (other, 1.0)])
    with pytest.raises(AdapterError, match="not finite"):
        merged(base, [(adapter, 1e39)])


def test_the_file_says_where_it_comes_from(base: ModelFile, make_adapter: Make) -> None:
    told = origin_of(base, [(make_adapter(0), 0.5)])
    assert told["merged base"] == base.fingerprint
    assert told["merged adapter 1"].startswith("adapter0 ")
    assert told["merged adapter 1"].endswith(" x 0.5")
