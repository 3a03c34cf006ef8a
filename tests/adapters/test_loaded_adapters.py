"""Reading with adapters: an argument of each reading, the base as it was, the surest one chosen."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gsaocr.adapters import catalogue
from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.adapter import Adapter, AdapterConfig
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.loaded_adapters import AdapterChoice, LoadedAdapter, LoadedAdapters
from gsaocr.adapters.peft_format import save_adapter
from gsaocr.errors import AdapterError, UsageError
from gsaocr.pipeline import Reader
from gsaocr.reading.choose_adapter import choose_adapter, mean_certainty
from gsaocr.recognizer.decoding import DEFAULT_DECODE, LengthRule
from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.weights import ModelFile, fingerprint
from tests.adapters.conftest import outputs

Make = Callable[..., Adapter]
Lines = tuple[Tensor, Tensor]


@pytest.fixture
def folder(make_adapter: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of named adapters: two that fit, one of another base, one that writes freely."""
    own = tmp_path / "adapters"
    monkeypatch.setattr(catalogue, "adapter_folders", lambda: (own,))
    for seed, name in enumerate(("first", "second")):
        save_adapter(make_adapter(seed), own / name, "card")
    adapter = make_adapter(2)
    foreign = replace(adapter, base=replace(adapter.base, fingerprint="0" * 64))
    save_adapter(foreign, own / "foreign", "card")
    config = replace(adapter.config, decode="attention", length=LengthRule(0.1, 3))
    save_adapter(replace(adapter, config=config), own / "free", "card")
    return own


@pytest.fixture
def images() -> list[Any]:
    draw = np.random.default_rng(0)
    return [draw.integers(0, 256, (32, width), dtype=np.uint8) for width in (90, 140)]


def loaded(base: ModelFile) -> LoadedAdapters:
    return LoadedAdapters(base, torch.device("cpu"), "ctc")


def same(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_the_base_stays_what_it_is_to_the_bit(
    base: ModelFile, make_adapter: Make, lines: Lines, characters: str
) -> None:
    before, config = outputs(base.model, lines), base.model.config
    names = list(base.model.state_dict())
    model = adapted_model(base, make_adapter(characters=characters))
    adapted = outputs(model, lines)
    assert all(
        not torch.allclose(x, y[..., : x.shape[-1]], atol=1e-3)
        for x, y in zip(before, adapted, strict=True)
    ), "frames, CTC and decoder all feel it"
    assert same(before, outputs(base.model, lines))
    assert base.model.config == config
    assert list(base.model.state_dict()) == names
    assert fingerprint(base.model.state_dict()) == base.fingerprint


def test_weights_are_in_memory_once(base: ModelFile, make_adapter: Make) -> None:
    own = {id(weight) for weight in base.model.parameters()}
    for seed in range(2):
        model = adapted_model(base, make_adapter(seed))
        more = [n for n, weight in model.named_parameters() if id(weight) not in own]
        assert more
        assert all(".lora_" in name for name in more)
        shared = {id(weight) for weight in model.parameters()} & own
        assert shared == own


def test_an_adapted_model_is_the_base_with_the_adapter_attached(
    base: ModelFile, make_adapter: Make, lines: Lines
) -> None:
    adapter = make_adapter(1)
    beside = outputs(adapted_model(base, adapter), lines)
    attachment = Attachment(base.model, adapter.config)
    attachment.load(adapter.tensors)
    attachment.attach()
    attached = outputs(base.model, lines)
    attachment.detach()
    assert same(beside, attached)


def test_the_extended_charset_reads(base: ModelFile, make_adapter: Make, lines: Lines) -> None:
    model = adapted_model(base, make_adapter(characters="ßſ"))
    charset = model.config.charset
    assert charset.decode(charset.encode("aßſ")) == "aßſ"
    _, ctc, decoder = outputs(model, lines)
    assert (ctc.shape[-1], decoder.shape[-1]) == (charset.ctc_size, charset.decoder_size)


def test_new_rows_leave_the_old_classes_alone(base: ModelFile, lines: Lines) -> None:
    """Without updates, known characters keep their logits; start and end move to the end."""
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
    for wrong in (
        replace(adapter.base, fingerprint="0" * 64),
        replace(adapter.base, group="D4"),
        replace(adapter.base, charset="0" * 64),
    ):
        with pytest.raises(AdapterError, match="made for"):
            adapted_model(base, replace(adapter, base=wrong))


def test_a_clash_of_characters_is_refused(base: ModelFile, make_adapter: Make) -> None:
    adapter = make_adapter(characters="ß")
    clash = replace(adapter, config=replace(adapter.config, characters="a"))
    with pytest.raises(AdapterError, match="in the base's charset"):
        adapted_model(base, clash)


def test_named_for_each_reading_by_name_and_by_folder(
    base: ModelFile, folder: Path, images: list[Any]
) -> None:
    reader = Reader(base)

    def read(adapter: str | None) -> list[Any]:
        return [r.letters for r in reader.read_lines(images, adapter=adapter)]

    plain, first, second = read(None), read("first"), read(str(folder / "second"))
    assert first != plain
    assert second not in (plain, first)
    assert read("first") == first
    assert read("none") == plain
    assert "adapter" not in reader.provenance
    with pytest.raises(AdapterError, match="did you mean second"):
        read("secnd")
    always = Reader(base, adapters=["first"])
    assert [r.letters for r in always.read_lines(images)] == first
    assert always.provenance["adapter"] == "first"
    assert [r.letters for r in always.read_lines(images, adapter="none")] == plain


def test_threads_read_with_different_adapters_at_once(
    base: ModelFile, folder: Path, images: list[Any]
) -> None:
    reader = Reader(base)
    names = ["none", "first", "second", "none"] * 5
    alone = {n: [r.text for r in Reader(base).read_lines(images, adapter=n)] for n in set(names)}
    assert len({tuple(texts) for texts in alone.values()}) == 3
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda name: reader.read_lines(images, adapter=name), names))
    for name, readings in zip(names, read, strict=True):
        assert [r.text for r in readings] == alone[name]


def test_an_adapter_brings_its_way_of_decoding(
    base: ModelFile, folder: Path, images: list[Any]
) -> None:
    reader = Reader(base, adapters=["free"])
    free = reader.adapters.load("free").lines
    assert (free.how, free.length) == ("attention", LengthRule(0.1, 3))
    assert reader.provenance["decode"] == "attention"
    frames = 140 / base.model.config.frame_pixels + 4
    assert all(len(r.letters) <= 0.1 * frames + 3 for r in reader.read_lines(images))
    plain = reader.adapters.base.lines
    assert (plain.how, plain.length) == (DEFAULT_DECODE, None)


def test_auto_takes_what_fits(base: ModelFile, folder: Path) -> None:
    def names(*asked: str) -> list[str]:
        return [each.name for each in loaded(base).choice(asked).candidates]

    assert names("auto") == ["", "first", "second"]
    assert names() == [""]
    assert names("none") == [""]
    assert names("first") == ["first"]
    assert names("first", "second") == ["", "first", "second"]
    with pytest.raises(UsageError, match="twice"):
        names("first", "first")
    with pytest.raises(UsageError, match="alone"):
        names("first", "none")
    with pytest.raises(AdapterError, match="made for the base"):
        names("foreign")


class Sure:
    """A line reader that is equally sure of everything."""

    def __init__(self, certainty: float) -> None:
        self.certainty = certainty

    def read(self, lines: Any) -> list[Reading]:
        letters = (Letter("a", 0, 1, 0.5),)
        return [Reading(letters, evidence=math.log(self.certainty)) for _ in lines]


@pytest.mark.parametrize(
    ("sure", "chosen"),
    [
        ({"": 0.9, "first": 0.8, "second": 0.7}, ""),
        ({"": 0.6, "first": 0.8, "second": 0.7}, "first"),
        ({"": 0.6, "first": 0.7, "second": 0.8}, "second"),
        ({"": 0.80, "first": 0.81, "second": 0.2}, ""),
    ],
)
def test_the_surest_is_chosen(sure: dict[str, float], chosen: str) -> None:
    candidates = tuple(
        LoadedAdapter(name, Sure(certainty))  # type: ignore[arg-type]
        for name, certainty in sure.items()
    )
    line: Any = (None, 0, 0.0)
    assert choose_adapter([line] * 3, AdapterChoice(candidates)).name == chosen
    assert choose_adapter([], AdapterChoice(candidates)).name == ""


def test_certainty_of_nothing_is_nothing() -> None:
    assert mean_certainty([Reading(())]) == 0.0
    letters = (Letter("a", 0, 1, 0.99), Letter("b", 1, 2, 0.99))
    reading = Reading(letters, evidence=math.log(0.9 * 0.4))
    assert mean_certainty([reading]) == pytest.approx(0.6)
