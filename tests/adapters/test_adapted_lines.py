"""Reading with adapters: by name, by folder, exchanged in use, the surest one chosen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gsaocr.adapters import adapted_lines, catalogue
from gsaocr.adapters.adapted_lines import AdaptedLines, open_adapters
from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.peft_format import save_adapter
from gsaocr.errors import AdapterError, UsageError
from gsaocr.pipeline import Reader
from gsaocr.recognizer.decoding import DEFAULT_DECODE, LengthRule
from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.weights import ModelFile, load_model

Make = Callable[..., Adapter]


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


def lines_of(base: ModelFile) -> AdaptedLines:
    return AdaptedLines(base, torch.device("cpu"), "ctc")


def test_attached_by_name_and_by_folder(base: ModelFile, folder: Path, images: list[Any]) -> None:
    reader = Reader(base)
    plain = [r.letters for r in reader.read_lines(images)]
    assert reader.attach("first") == "first"
    first = [r.letters for r in reader.read_lines(images)]
    assert first != plain
    assert reader.provenance["adapter"] == "first"
    reader.attach(folder / "second")
    assert [r.letters for r in reader.read_lines(images)] not in (plain, first)
    reader.attach("first")
    assert [r.letters for r in reader.read_lines(images)] == first
    reader.detach()
    assert [r.letters for r in reader.read_lines(images)] == plain
    assert "adapter" not in reader.provenance
    with pytest.raises(AdapterError, match="did you mean second"):
        reader.attach("secnd")


def test_an_adapter_brings_its_way_of_decoding(
    base: ModelFile, folder: Path, images: list[Any]
) -> None:
    reader = Reader(base, adapters=["free"])
    assert (reader.lines.how, reader.lines.length) == ("attention", LengthRule(0.1, 3))
    frames = 140 / base.model.config.frame_pixels + 4
    assert all(len(r.letters) <= 0.1 * frames + 3 for r in reader.read_lines(images))
    reader.detach()
    assert (reader.lines.how, reader.lines.length) == (DEFAULT_DECODE, None)


def test_auto_takes_what_fits(base_path: Path, folder: Path) -> None:
    def fresh() -> AdaptedLines:
        return lines_of(load_model(base_path))

    lines = fresh()
    assert open_adapters(lines, ["auto"])
    assert lines.switch.names == ("first", "second")
    assert not open_adapters(fresh(), [])
    assert not open_adapters(fresh(), ["first"])
    assert open_adapters(fresh(), ["first", "second"])
    with pytest.raises(UsageError, match="twice"):
        open_adapters(fresh(), ["first", "first"])
    with pytest.raises(AdapterError, match="made for the base"):
        open_adapters(fresh(), ["foreign"])


@pytest.mark.parametrize(
    ("sure", "chosen"),
    [
        ({None: 0.9, "first": 0.8, "second": 0.7}, None),
        ({None: 0.6, "first": 0.8, "second": 0.7}, "first"),
        ({None: 0.6, "first": 0.7, "second": 0.8}, "second"),
        ({None: 0.80, "first": 0.81, "second": 0.2}, None),
    ],
)
def test_the_surest_is_chosen(
    base: ModelFile,
    folder: Path,
    images: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    sure: dict[str | None, float],
    chosen: str | None,
) -> None:
    lines = lines_of(base)
    open_adapters(lines, ["first", "second"])

    def read(_: Any) -> list[Reading]:
        evidence = math.log(sure[lines.switch.active])
        return [Reading((Letter("a", 0, 1, 0.5),), evidence=evidence)]

    monkeypatch.setattr(lines, "read", read)
    assert lines.choose(images) == chosen
    assert lines.switch.active == chosen
    assert lines.choose([]) is None


def test_certainty_of_nothing_is_nothing() -> None:
    assert adapted_lines.mean_certainty([Reading(())]) == 0.0
    letters = (Letter("a", 0, 1, 0.99), Letter("b", 1, 2, 0.99))
    reading = Reading(letters, evidence=math.log(0.9 * 0.4))
    assert adapted_lines.mean_certainty([reading]) == pytest.approx(0.6)
