"""Model files of others: a wrong one is refused in one harmless line, and costs next to nothing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from torch import Tensor

from gsaocr.errors import ModelError
from gsaocr.printable import is_unsafe
from gsaocr.recognizer.bounds import BOUNDS, MOST_CHARACTERS, check_bounds, least_parameters
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.probe import unsound
from gsaocr.recognizer.tensor_file import LARGEST_ENTRY
from gsaocr.recognizer.weights import LARGEST_MODEL, load_model
from tests.recognizer.conftest import TINY, tiny

STATE = {name: tensor.half() for name, tensor in tiny(seed=3).state_dict().items()}
CONFIG: dict[str, Any] = json.loads(RecognizerConfig(**TINY).to_json())
DEEP = "[" * 5000 + "]" * 5000


def write(
    path: Path,
    tensors: dict[str, Tensor] | None = None,
    config: str | None = None,
    origin: str = "{}",
) -> Path:
    header = {"format": "gsaocr-recognizer-1", "origin": origin}
    header["config"] = json.dumps(CONFIG) if config is None else config
    path.write_bytes(save(STATE if tensors is None else tensors, header))
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    message = str(caught.value)
    assert len(message) < 600 + len(str(path))
    assert not any(is_unsafe(c) for c in message)
    assert caught.value.exit_code == 5
    return message


def test_the_untouched_file_loads(tmp_path: Path) -> None:
    assert load_model(write(tmp_path / "m")).model.config == RecognizerConfig(**TINY)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("upper_blocks", 10**9),
        ("upper_width", 10**9),
        ("upper_width", -4),
        ("upper_heads", 0),
        ("upper_heads", 5),
        ("line_height", 33),
        ("line_height", 8_000_000),
        ("upper_width", 2048),
        ("decoder_width", 13),
        ("upper_kernel", 4),
        ("window", [-1, 5]),
        ("window", [1.5, 5]),
        ("stem_channels", [True, 6]),
        ("group", "C3"),
        ("group", "\x1b]0;title\x07" * 10_000),
        ("group_attention", "other"),
        ("characters", "aa"),
        ("characters", "a\x1b"),
        ("characters", "a\u202e"),
        ("characters", "".join(map(chr, range(0xA1, 0xA1 + MOST_CHARACTERS + 1)))),
        ("calibration", [1, 2, 10**400]),
        ("calibration", [1, 2, 1e30]),
        ("calibration", [1, 2]),
        ("\x1b[2J" * 10_000, 1),
    ],
    ids=range(24),
)
def test_configurations_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    refused(write(tmp_path / "m", config=json.dumps(CONFIG | {key: value})))


@pytest.mark.parametrize(
    "config", ["", "[]", "{", DEEP, '{"line_height": NaN}', '{"calibration": [1, 1, 1e999]}']
)
def test_what_is_no_configuration(tmp_path: Path, config: str) -> None:
    refused(write(tmp_path / "m", config=config))


@pytest.mark.parametrize("origin", ["[1]", "1", DEEP, '{"a": ' + DEEP + "}", '{"a": [1]}', "{"])
def test_what_is_no_origin(tmp_path: Path, origin: str) -> None:
    refused(write(tmp_path / "m", origin=origin))


@pytest.mark.parametrize(
    "kind",
    [torch.int32, torch.int8, torch.uint8, torch.bool, torch.float64, torch.float8_e4m3fn],
    ids=str,
)
def test_other_kinds_of_numbers_are_refused(tmp_path: Path, kind: torch.dtype) -> None:
    tensors = {name: tensor.to(kind) for name, tensor in STATE.items()}
    assert "holds" in refused(write(tmp_path / "m", tensors))
    one = STATE | {"ctc_head.bias": STATE["ctc_head.bias"].to(kind)}
    assert "ctc_head.bias" in refused(write(tmp_path / "m", one))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_these_kinds_are_read(tmp_path: Path, kind: torch.dtype) -> None:
    load_model(write(tmp_path / "m", {name: tensor.to(kind) for name, tensor in STATE.items()}))


@pytest.mark.parametrize("number", [65504.0, -65504.0, torch.inf, torch.nan, LARGEST_ENTRY + 1])
def test_numbers_out_of_bounds_are_refused(tmp_path: Path, number: float) -> None:
    everywhere = {name: torch.full_like(tensor, number) for name, tensor in STATE.items()}
    refused(write(tmp_path / "m", everywhere))
    once = STATE | {"ctc_head.bias": STATE["ctc_head.bias"].clone()}
    once["ctc_head.bias"][0] = number
    assert "ctc_head.bias" in refused(write(tmp_path / "m", once))


def test_a_network_that_tells_nothing_apart_is_refused(tmp_path: Path) -> None:
    ones = {name: torch.ones_like(tensor) for name, tensor in STATE.items()}
    assert "no character from another" in refused(write(tmp_path / "m", ones))


def test_overflow_that_shows_only_in_the_sums() -> None:
    model = tiny(seed=5)
    assert unsound(model) == ""
    with torch.no_grad():
        for parameter in model.upper.parameters():
            parameter.mul_(1e20)
    assert "overflow" in unsound(model)


@pytest.mark.parametrize("change", ["lacking", "more", "shape", "name"])
def test_other_tensors_are_refused(tmp_path: Path, change: str) -> None:
    tensors = dict(STATE)
    if change == "lacking":
        del tensors["ctc_head.bias"]
    elif change == "more":
        tensors["more"] = torch.zeros(2)
    elif change == "shape":
        tensors["ctc_head.bias"] = torch.zeros(3)
    else:
        tensors["\x1b[31m" + "x" * 10_000] = tensors.pop("ctc_head.bias")
    refused(write(tmp_path / "m", tensors))


def test_a_file_larger_than_the_bound_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_MODEL + 1)  # takes no room
    assert "larger than" in refused(path)


NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.sampled_from([2**31, 2**63, -(2**63), 10**30, 0.5, 1e300]),
    st.floats(allow_nan=True),
    st.text(max_size=8),
    st.lists(st.integers(-3, 300), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(CONFIG)), NASTY, min_size=1, max_size=3))
def test_mutated_configurations(tmp_path_factory: pytest.TempPathFactory, changes: Any) -> None:
    path = write(tmp_path_factory.mktemp("m") / "m", config=json.dumps(CONFIG | changes))
    try:
        loaded = load_model(path)
    except ModelError as error:
        message = str(error)
        assert not any(is_unsafe(c) for c in message)
    else:
        assert unsound(loaded.model) == ""
        check_bounds(loaded.model.config)


@settings(max_examples=60)
@given(st.data())
def test_mutated_bytes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = write(tmp_path_factory.mktemp("m") / "m")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        loaded = load_model(path)
    except ModelError as error:
        message = str(error)
        assert not any(is_unsafe(c) for c in message)
    else:
        assert unsound(loaded.model) == ""


SMALL_CONFIGS = st.builds(
    lambda heads, lower, upper, decoder, rows, **rest: dataclasses.replace(
        RecognizerConfig(characters=" abc"),
        line_height=8 * rows,
        lower_heads=heads,
        upper_heads=heads,
        decoder_heads=heads,
        lower_width=heads * lower,
        upper_width=2 * heads * upper,
        decoder_width=2 * heads * decoder,
        **rest,
    ),
    heads=st.integers(1, 3),
    lower=st.integers(1, 5),
    upper=st.integers(1, 5),
    decoder=st.integers(1, 5),
    rows=st.integers(1, 5),
    stem_channels=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    lower_blocks=st.integers(0, 3),
    lower_mlp=st.integers(1, 3),
    frequencies=st.integers(1, 9),
    window=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    steps_per_column=st.integers(1, 3),
    upper_blocks=st.integers(0, 3),
    upper_mlp=st.integers(1, 3),
    upper_kernel=st.integers(0, 4).map(lambda n: 2 * n + 1),
    frames_per_step=st.integers(1, 3),
    decoder_layers=st.integers(0, 3),
    decoder_mlp=st.integers(1, 3),
    group=st.sampled_from(["C1", "C2", "C4", "D4"]),
    group_attention=st.sampled_from(["factorised", "own", "paper", "rc"]),
)


@settings(max_examples=60)
@given(SMALL_CONFIGS)
def test_what_is_within_the_bounds_can_be_built(config: RecognizerConfig) -> None:
    check_bounds(config)
    model = Recognizer(config).eval()
    assert least_parameters(config) <= sum(p.numel() for p in model.parameters())
    unsound(model)  # runs through all its parts


def test_the_least_is_not_far_from_the_whole() -> None:
    config = RecognizerConfig()
    whole = sum(p.numel() for p in Recognizer(config).parameters())
    assert 0.9 * whole < least_parameters(config) <= whole


def test_every_number_of_a_configuration_has_bounds() -> None:
    numbers = {
        field.name
        for field in dataclasses.fields(RecognizerConfig)
        if isinstance(getattr(RecognizerConfig(), field.name), int | tuple)
    }
    assert numbers == {*BOUNDS, "calibration"}
    assert LARGEST_ENTRY == 1000


def test_a_line_on_which_the_numbers_overflow_is_no_blank_line() -> None:
    """Whatever the probe's line did not show, shows where it happens."""
    import numpy as np

    from gsaocr.recognizer.line_reader import LineReader

    model = tiny(seed=6)
    image = np.full((32, 120), 230, np.uint8)
    image[8:24, 10:110:4] = 20
    LineReader(model, torch.device("cpu"), "ctc").read_lines([image])
    with torch.no_grad():
        model.upper.norm.weight.fill_(3e38)
    with pytest.raises(ModelError, match="overflow"):
        LineReader(model, torch.device("cpu"), "ctc").read_lines([image])
