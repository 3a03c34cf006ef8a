"""Adapters of others: a wrong one is refused in one harmless line, and costs next to nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, safe_open, save_file
from torch import Tensor

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.peft_config import LONGEST_RULE, MOST_RULES, path_rule, pattern_rule
from gsaocr.adapters.peft_format import (
    LARGEST_ALPHA,
    LARGEST_CONFIG,
    LARGEST_RANK,
    LARGEST_TENSORS,
    MOST_ADDED,
    read_adapter,
    read_summary,
    save_adapter,
)
from gsaocr.errors import AdapterError
from gsaocr.printable import is_unsafe
from gsaocr.recognizer.weights import ModelFile
from tests.adapters.conftest import outputs

Make = Callable[..., Adapter]

CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
ENDLESS = "((.|.|.)*)*!"


@pytest.fixture
def folder(make_adapter: Make, tmp_path: Path) -> Path:
    save_adapter(make_adapter(), tmp_path / "a", "card")
    return tmp_path / "a"


def change_config(folder: Path, changes: dict[str, Any]) -> None:
    path = folder / CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_own(folder: Path, changes: dict[str, Any]) -> None:
    mapping = json.loads((folder / CONFIG).read_text())["auto_mapping"]
    change_config(folder, {"auto_mapping": mapping | {"gsaocr": mapping["gsaocr"] | changes}})


def change_tensors(folder: Path, change: Callable[[str, Tensor], Tensor]) -> None:
    with safe_open(folder / TENSORS, "pt") as file:
        header = file.metadata()
    tensors = {name: change(name, t) for name, t in load_file(folder / TENSORS).items()}
    save_file(tensors, folder / TENSORS, header)


def refused(folder: Path, base: ModelFile) -> str:
    with pytest.raises(AdapterError) as caught:
        read_adapter(folder, base)
    message = str(caught.value)
    assert len(message) < 600 + len(str(folder))
    assert not any(is_unsafe(c) for c in message)
    assert caught.value.exit_code == 6
    return message


@pytest.mark.parametrize(
    "changes",
    [
        {"lora_alpha": 1e308},
        {"lora_alpha": -1e308},
        {"lora_alpha": 10**400},
        {"lora_alpha": LARGEST_ALPHA * 1.1},
        {"lora_alpha": "8"},
        {"lora_alpha": None},
        {"lora_alpha": True},
        {"r": 10**9},
        {"r": LARGEST_RANK + 1},
        {"r": True},
        {"r": 2.0},
        {"lora_dropout": -1},
        {"lora_dropout": "much"},
        {"use_rslora": 1},
        {"use_rslora": "yes"},
        {"target_modules": ENDLESS},
        {"exclude_modules": ENDLESS + "|.*phi_key"},
        {"rank_pattern": {ENDLESS: 2, "(": 1}},
        {"target_modules": "(?=.*)" + ".*"},
        {"target_modules": "(" * 1000 + "a" + ")" * 1000 + "{1000}" * 2},
        {"target_modules": "a" * (LONGEST_RULE + 1)},
        {"target_modules": ["phi_key"] * (MOST_RULES + 1)},
        {"target_modules": [1]},
        {"target_modules": 3},
        {"target_modules": {"a": 1}},
        {"exclude_modules": 3},
        {"rank_pattern": [1]},
        {"rank_pattern": {"phi_key": 1e9}},
        {"rank_pattern": {"phi_key": 10**9}},
        {"alpha_pattern": {"phi_key": 1e300}},
        {"alpha_pattern": {f"a{n}": 1 for n in range(MOST_RULES + 1)}},
        {"\x1b[2J\x1b]0;owned\x07": 1},
        {"something": "x" * 500_000},
        {"something": {"a": "\x1b[31m" * 100_000}},
        {"x" * 500_000: 1},
        {"peft_type": "\x1b" * 100_000},
        {"peft_type": ["LORA"]},
        {"auto_mapping": {"gsaocr": [1]}},
        {"auto_mapping": {"gsaocr": 1}},
    ],
    ids=range(39),
)
def test_settings_that_are_refused(base: ModelFile, folder: Path, changes: dict[str, Any]) -> None:
    change_config(folder, changes)
    refused(folder, base)


@pytest.mark.parametrize(
    "text",
    [
        '{"lora_alpha": NaN}',
        '{"lora_alpha": Infinity}',
        '{"lora_alpha": 1e999}',
        "[" * 5000 + "]" * 5000,
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"rank_pattern": ' + "[" * 100 + "]" * 100 + "}",
        "\udcff",
        '{"a": ' + "1" * 5000 + "}",
        "",
        " " * (LARGEST_CONFIG + 1),
    ],
    ids=range(10),
)
def test_what_is_no_configuration(base: ModelFile, folder: Path, text: str) -> None:
    (folder / CONFIG).write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(folder, base)
    with pytest.raises(AdapterError):
        read_summary(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"length": {"per_frame": 0.4, "extra": 10**12}},
        {"length": {"per_frame": 1e12, "extra": 3}},
        {"length": {"per_frame": "a", "extra": 3}},
        {"length": {"per_frame": 0.4}},
        {"length": 3},
        {"decode": "guess"},
        {"decode": ["joint"]},
        {"characters": "\x1b"},
        {"characters": "\u202e"},
        {"characters": "ßß"},
        {"characters": "a"},
        {"characters": "".join(map(chr, range(0x4E00, 0x4E01 + MOST_ADDED)))},
        {"characters": 5},
        {"group": "D4"},
        {"group": ["C4"]},
        {"charset": "\x1b" * 100_000},
    ],
    ids=range(16),
)
def test_own_settings_that_are_refused(
    base: ModelFile, folder: Path, changes: dict[str, Any]
) -> None:
    change_own(folder, changes)
    refused(folder, base)


@pytest.mark.parametrize("number", [3e38, 65504.0, torch.nan, torch.inf, -torch.inf, 1001.0])
def test_numbers_out_of_bounds_are_refused(base: ModelFile, folder: Path, number: float) -> None:
    change_tensors(folder, lambda name, t: torch.full_like(t, number))
    refused(folder, base)


def test_a_product_out_of_bounds_is_refused(base: ModelFile, folder: Path) -> None:
    """A and B and alpha are each within their bounds."""
    change_tensors(folder, lambda name, t: torch.full_like(t, 900.0))
    assert "the update of" in refused(folder, base)
    change_tensors(folder, lambda name, t: torch.full_like(t, 0.2))
    change_config(folder, {"lora_alpha": LARGEST_ALPHA})
    assert "the update of" in refused(folder, base)


def test_what_overflows_only_in_the_sums_is_refused(
    base: ModelFile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("gsaocr.adapters.soundness", "gsaocr.recognizer.tensor_file"):
        monkeypatch.setattr(f"{where}.LARGEST_ENTRY", 1e30)
    change_tensors(folder, lambda name, t: torch.full_like(t, 1e14))
    before = {name: t.clone() for name, t in base.model.state_dict().items()}
    assert "overflow" in refused(folder, base)
    after = base.model.state_dict()  # and the base is as it was
    assert list(before) == list(after)
    assert all(torch.equal(t, after[name]) for name, t in before.items())


@pytest.mark.parametrize(
    "kind",
    [torch.int32, torch.uint32, torch.bool, torch.float64, torch.float8_e4m3fn],
    ids=str,
)
def test_other_kinds_of_numbers_are_refused(
    base: ModelFile, folder: Path, kind: torch.dtype
) -> None:
    change_tensors(folder, lambda name, t: t.abs().to(kind))
    assert "holds" in refused(folder, base)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16], ids=str)
def test_these_kinds_are_read(base: ModelFile, folder: Path, kind: torch.dtype) -> None:
    change_tensors(folder, lambda name, t: t.to(kind))
    assert read_adapter(folder, base).config.rank == 2


def test_names_of_tensors_are_shown_without_escapes(base: ModelFile, folder: Path) -> None:
    tensors = load_file(folder / TENSORS)
    with safe_open(folder / TENSORS, "pt") as file:
        header = file.metadata()
    odd = tensors | {"\x1b]0;owned\x07" + "x" * 10_000: torch.zeros(1)}
    save_file(odd, folder / TENSORS, header)
    refused(folder, base)
    name = next(iter(tensors))
    twice = tensors | {name.removeprefix("base_model.model."): tensors[name].clone()}
    save_file(twice, folder / TENSORS, header)
    assert "twice" in refused(folder, base)


def test_a_file_larger_than_the_bound_is_not_read(base: ModelFile, folder: Path) -> None:
    with (folder / TENSORS).open("r+b") as stream:
        stream.truncate(LARGEST_TENSORS + 1)  # takes no room
    assert "larger than" in refused(folder, base)


def test_an_endless_rule_that_names_nothing_costs_nothing(base: ModelFile, folder: Path) -> None:
    """It matches no path, so a rank pattern of it changes nothing."""
    change_config(folder, {"rank_pattern": {ENDLESS: 5}, "exclude_modules": ENDLESS})
    assert read_adapter(folder, base).config.rank == 2


@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_reading_leaves_the_base_as_it_is(
    base: ModelFile,
    make_adapter: Make,
    tmp_path: Path,
    lines: tuple[Tensor, Tensor],
    characters: str,
) -> None:
    before = outputs(base.model, lines)
    save_adapter(make_adapter(characters=characters), tmp_path / "a", "card")
    read_adapter(tmp_path / "a", base)
    assert all(torch.equal(a, b) for a, b in zip(before, outputs(base.model, lines), strict=True))


PATHS = [
    "ctc_head",
    "encoder.lifting.phi_key",
    "encoder.blocks.0.fibre.phi_out",
    "decoder.layers.1.cross_attention.phi_qry",
]
PIECES = st.sampled_from(
    ["phi", ".*", r"\.", "(a|b)", "(?:phi)", "[a-z_]+", r"\d", "key", "$", "^", "e?", "{2}"]
)
RULES = st.lists(PIECES, max_size=6).map("".join)


@given(RULES, st.sampled_from(PATHS))
def test_rules_mean_what_they_mean_to_peft(rule: str, path: str) -> None:
    try:
        expected = re.fullmatch(rule, path) is not None
        by_end = re.match(rf"(.*\.)?({rule})$", path) is not None
        ours = path_rule(rule, "target_modules")(path)
        pattern = pattern_rule({rule: 7}, "rank_pattern")(path)
    except (re.error, ValueError):
        return  # what one of the two doesn't know
    assert ours == expected
    assert (pattern == 7) == by_end


@given(st.lists(st.sampled_from(["phi_key", "lifting.phi_key", "head", "ctc_head", "x"])))
def test_lists_hold_paths_or_their_ends(ends: list[str]) -> None:
    rule = path_rule(ends, "target_modules")
    for path in PATHS:
        assert rule(path) == any(path == end or path.endswith(f".{end}") for end in ends)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 9),
    st.sampled_from([2**62, -(2**62), 1e300, ENDLESS, "(", ".*phi_key", "ctc_head"]),
    st.text(max_size=6),
    st.lists(st.sampled_from(["phi_key", "phi_val", "", "."]), max_size=3),
    st.dictionaries(st.sampled_from(["phi_key", ENDLESS, "("]), st.integers(0, 5), max_size=2),
)
KEYS = st.sampled_from(
    """r lora_alpha lora_dropout use_rslora target_modules exclude_modules rank_pattern
    alpha_pattern auto_mapping revision bias peft_type new""".split()  # noqa: SIM905
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_mutated_configurations(base: ModelFile, folder: Path, changes: dict[str, Any]) -> None:
    whole = (folder / CONFIG).read_text()
    change_config(folder, changes)
    try:
        adapter = read_adapter(folder, base)
    except AdapterError as error:
        message = str(error)
        assert not any(is_unsafe(c) for c in message)
    else:
        assert replace(adapter.config).paths
    finally:
        (folder / CONFIG).write_text(whole)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_bytes(base: ModelFile, folder: Path, data: st.DataObject) -> None:
    path = folder / data.draw(st.sampled_from([CONFIG, TENSORS]))
    whole = path.read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_adapter(folder, base)
    except AdapterError as error:
        message = str(error)
        assert not any(is_unsafe(c) for c in message)
    finally:
        path.write_bytes(whole)


def test_the_bounds() -> None:
    assert (LARGEST_CONFIG, LARGEST_TENSORS) == (2**20, 2**28)
    assert (LARGEST_RANK, LARGEST_ALPHA, MOST_ADDED) == (4096, 1e6, 4096)
    assert (LONGEST_RULE, MOST_RULES) == (2000, 5000)
