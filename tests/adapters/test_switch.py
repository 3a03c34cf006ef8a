"""Attach, detach, switch: the base stays what it is, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.switch import AdapterSwitch
from gsaocr.errors import AdapterError
from gsaocr.recognizer.weights import ModelFile, fingerprint
from tests.adapters.conftest import outputs

Lines = tuple[Tensor, Tensor]
Make = Callable[..., Adapter]


def same(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_detached_is_bit_identical(
    base: ModelFile, make_adapter: Make, lines: Lines, characters: str
) -> None:
    before, config = outputs(base.model, lines), base.model.config
    names = list(base.model.state_dict())
    switch = AdapterSwitch(base)
    switch.add("a", make_adapter(characters=characters))
    assert same(before, outputs(base.model, lines)), "adding alone changes nothing"
    switch.use("a")
    attached = outputs(base.model, lines)
    assert all(
        not torch.allclose(x, y[..., : x.shape[-1]], atol=1e-3)
        for x, y in zip(before, attached, strict=True)
    ), "frames, CTC and decoder all feel it"
    switch.use(None)
    assert same(before, outputs(base.model, lines))
    assert base.model.config == config
    assert list(base.model.state_dict()) == names
    assert fingerprint(base.model.state_dict()) == base.fingerprint


def test_several_at_once(base: ModelFile, make_adapter: Make, lines: Lines) -> None:
    switch = AdapterSwitch(base)
    alone = {}
    for seed in range(3):
        lonely = AdapterSwitch(base)
        lonely.add("x", make_adapter(seed))
        lonely.use("x")
        alone[f"a{seed}"] = outputs(base.model, lines)
        lonely.use(None)
        switch.add(f"a{seed}", make_adapter(seed))
    assert switch.names == ("a0", "a1", "a2")
    for name in ("a1", "a0", "a2", "a2", "a1"):
        switch.use(name)
        assert switch.active == name
        assert same(alone[name], outputs(base.model, lines))


def test_adding_keeps_the_one_in_use(base: ModelFile, make_adapter: Make, lines: Lines) -> None:
    switch = AdapterSwitch(base)
    first, second = make_adapter(0), make_adapter(1)
    switch.add("a", first)
    switch.use("a")
    attached = outputs(base.model, lines)
    switch.add("b", second)
    assert same(attached, outputs(base.model, lines))
    switch.remove("a")
    assert switch.active is None


def test_the_extended_charset_reads(base: ModelFile, make_adapter: Make, lines: Lines) -> None:
    switch = AdapterSwitch(base)
    switch.add("a", make_adapter(characters="ßſ"))
    switch.use("a")
    charset = base.model.config.charset
    assert charset.decode(charset.encode("aßſ")) == "aßſ"
    _, ctc, decoder = outputs(base.model, lines)
    assert (ctc.shape[-1], decoder.shape[-1]) == (charset.ctc_size, charset.decoder_size)


def test_new_rows_leave_the_old_classes_alone(base: ModelFile, lines: Lines) -> None:
    """Without updates, known characters keep their logits; start and end move to the end."""
    from gsaocr.adapters.adapter import AdapterConfig

    before = outputs(base.model, lines)
    attachment = Attachment(base.model, AdapterConfig(characters="ßſ"))
    attachment.attach()
    after = outputs(base.model, lines)
    attachment.detach()
    size = before[1].shape[-1]
    assert torch.equal(before[1], after[1][..., :size])
    assert torch.allclose(before[2][..., :size], after[2][..., :size], atol=1e-5)
    assert torch.allclose(before[2][..., -2:], after[2][..., -2:], atol=1e-5)


def test_another_base_is_refused(base: ModelFile, make_adapter: Make) -> None:
    adapter = make_adapter()
    switch = AdapterSwitch(base)
    for wrong in (
        replace(adapter.base, fingerprint="0" * 64),
        replace(adapter.base, group="D4"),
        replace(adapter.base, charset="0" * 64),
    ):
        with pytest.raises(AdapterError, match="made for"):
            switch.add("a", replace(adapter, base=wrong))
    assert switch.names == ()


def test_unknown_and_taken_names(base: ModelFile, make_adapter: Make) -> None:
    switch = AdapterSwitch(base)
    switch.add("a", make_adapter())
    with pytest.raises(AdapterError, match="there are: a"):
        switch.use("b")
    with pytest.raises(AdapterError, match="already"):
        switch.add("a", make_adapter(1))


def test_a_clash_of_characters_is_refused(base: ModelFile, make_adapter: Make) -> None:
    adapter = make_adapter(characters="ß")
    clash = replace(adapter, config=replace(adapter.config, characters="a"))
    with pytest.raises(AdapterError, match="in the base's charset"):
        AdapterSwitch(base).add("a", clash)
