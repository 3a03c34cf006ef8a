"""The folder's format: round trips, with PEFT too, and everything that has to be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, safe_open, save_file
from torch import Tensor

from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.card import CardFacts, card_text
from gsaocr.adapters.peft_format import read_adapter, read_summary, save_adapter
from gsaocr.errors import AdapterError, OutputError
from gsaocr.recognizer.decoding import LengthRule
from gsaocr.recognizer.weights import ModelFile, load_model
from tests.adapters.conftest import outputs

Lines = tuple[Tensor, Tensor]
Make = Callable[..., Adapter]

CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_tensors(folder: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    with safe_open(folder / TENSORS, "pt") as file:
        header = file.metadata()
    tensors = load_file(folder / TENSORS)
    change(tensors)
    save_file(tensors, folder / TENSORS, header)


@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_round_trip(base: ModelFile, make_adapter: Make, tmp_path: Path, characters: str) -> None:
    adapter = make_adapter(characters=characters)
    config = replace(
        adapter.config,
        decode="attention",
        length=LengthRule(0.4, 6),
        dropout=0.1,
        rslora=True,
        alphas={adapter.config.paths[0]: 3.0},
    )
    adapter = replace(adapter, config=config, metadata={"steps": "12"})
    save_adapter(adapter, tmp_path / "a", "card")
    read = read_adapter(tmp_path / "a", base)
    assert read.config == config
    assert (read.base, read.name, read.metadata) == (adapter.base, "a", {"steps": "12"})
    assert set(read.tensors) == set(adapter.tensors)
    assert all(torch.equal(t, adapter.tensors[n]) for n, t in read.tensors.items())
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["README.md", CONFIG, TENSORS]
    summary = read_summary(tmp_path / "a")
    assert summary.fingerprint == base.fingerprint
    assert summary.decode == "attention"
    assert summary.parameters == adapter.low_rank_parameters + adapter.added_rows


def test_what_the_folder_holds(make_adapter: Make, tmp_path: Path) -> None:
    adapter = make_adapter()
    save_adapter(adapter, tmp_path / "a", "card")
    config = json.loads((tmp_path / "a" / CONFIG).read_text())
    assert list(config) == sorted(config)
    assert len(config) == 41
    assert config["target_modules"] == sorted(config["target_modules"])
    assert config["revision"] == f"sha256:{adapter.base.fingerprint}"
    with safe_open(tmp_path / "a" / TENSORS, "pt") as file:
        header, keys = file.metadata(), set(file.keys())
    assert (header["format"], header["fingerprint"]) == ("pt", adapter.base.fingerprint)
    assert (header["group"], header["charset"]) == (adapter.base.group, adapter.base.charset)
    assert "base_model.model.encoder.lifting.phi_key.lora_A.weight" in keys


def peft() -> Any:
    return pytest.importorskip("peft", reason="the peft package isn't installed")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("characters", ["", "ßſ"])
def test_peft_loads_ours_and_we_load_what_it_saves(
    base_path: Path, make_adapter: Make, lines: Lines, tmp_path: Path, characters: str
) -> None:
    from_pretrained = peft().PeftModel.from_pretrained
    base = load_model(base_path)
    adapter = make_adapter(characters=characters)
    save_adapter(adapter, tmp_path / "ours", "card")
    ours = outputs(adapted_model(base, read_adapter(tmp_path / "ours", base)), lines)

    theirs = load_model(base_path).model
    if characters:  # PEFT needs the module to have the rows that it fills
        Attachment(theirs, replace(adapter.config, paths=())).attach()
    model = from_pretrained(theirs, tmp_path / "ours")
    for a, b in zip(ours, outputs(model.base_model.model, lines), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-5)

    model.save_pretrained(tmp_path / "theirs")
    if not characters:  # PEFT forgets which characters were added
        again = adapted_model(base, read_adapter(tmp_path / "theirs", base))
        for a, b in zip(ours, outputs(again, lines), strict=True):
            assert torch.equal(a, b)


def test_an_adapter_made_by_peft_loads_here(base_path: Path, lines: Lines, tmp_path: Path) -> None:
    library = peft()
    base = load_model(base_path)
    config = library.LoraConfig(
        r=3,
        lora_alpha=5,
        target_modules=["phi_key", "phi_val", "ctc_head"],
        rank_pattern={"ctc_head": 2},
        alpha_pattern={"lifting.phi_key": 9},
        use_rslora=True,
        init_lora_weights=False,
        revision=f"sha256:{base.fingerprint}",
    )
    model = library.get_peft_model(load_model(base_path).model.eval(), config)
    model.save_pretrained(tmp_path / "a")
    ours = adapted_model(base, read_adapter(tmp_path / "a", base))
    pairs = zip(outputs(model.base_model.model, lines), outputs(ours, lines), strict=True)
    assert all(torch.allclose(a, b, rtol=0, atol=1e-5) for a, b in pairs)
    edit_config(tmp_path / "a", revision=None)
    with pytest.raises(AdapterError, match="doesn't state its base"):
        read_adapter(tmp_path / "a", base)


def _drop(tensors: dict[str, Tensor]) -> None:
    tensors.pop(sorted(tensors)[0])


def _add(tensors: dict[str, Tensor]) -> None:
    tensors["base_model.model.nothing.lora_A.weight"] = torch.zeros(2, 2)


def _spoil(tensors: dict[str, Tensor]) -> None:
    tensors[sorted(tensors)[0]][0, 0] = torch.nan


def _reshape(tensors: dict[str, Tensor]) -> None:
    name = sorted(tensors)[0]
    tensors[name] = tensors[name].T.contiguous()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (_drop, "missing tensors"),
        (_add, "unexpected tensors"),
        (_spoil, "not finite"),
        (_reshape, "has the shape"),
    ],
)
def test_wrong_tensors_are_refused(
    base: ModelFile,
    make_adapter: Make,
    tmp_path: Path,
    change: Callable[[dict[str, Tensor]], None],
    cause: str,
) -> None:
    save_adapter(make_adapter(), tmp_path / "a", "card")
    edit_tensors(tmp_path / "a", change)
    with pytest.raises(AdapterError, match=cause) as caught:
        read_adapter(tmp_path / "a", base)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"peft_type": "LOHA"}, "peft_type"),
        ({"use_dora": True}, "use_dora"),
        ({"bias": "all"}, "bias"),
        ({"something_new": 3}, "something_new"),
        ({"r": 0}, "the rank in r is not from 1"),
        ({"r": "2"}, "the rank in r is no whole number"),
        ({"r": 3}, "shape"),
        ({"revision": "sha256:" + "0" * 64}, "two different bases"),
        ({"target_modules": ["nothing"]}, "no map"),
        ({"target_modules": ["phi_key", "nothing"]}, "no map nothing"),
        ({"target_modules": "("}, "no regular expression"),
        ({"target_modules": ["embedding"]}, "no linear map"),
        ({"target_modules": ["phi_key"]}, "unexpected tensors"),
        ({"auto_mapping": 3}, "auto_mapping"),
    ],
)
def test_wrong_settings_are_refused(
    base: ModelFile, make_adapter: Make, tmp_path: Path, changes: dict[str, Any], cause: str
) -> None:
    save_adapter(make_adapter(), tmp_path / "a", "card")
    edit_config(tmp_path / "a", **changes)
    with pytest.raises(AdapterError, match=cause):
        read_adapter(tmp_path / "a", base)


def test_harmless_settings_are_not(base: ModelFile, make_adapter: Make, tmp_path: Path) -> None:
    save_adapter(make_adapter(), tmp_path / "a", "card")
    edit_config(
        tmp_path / "a", peft_version="0.30.0", use_something_new=False, inference_mode=False
    )
    assert read_adapter(tmp_path / "a", base).config.rank == 2


def test_broken_folders_are_refused(base: ModelFile, make_adapter: Make, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="no such folder"):
        read_adapter(tmp_path / "a", base)
    (tmp_path / "a").mkdir()
    with pytest.raises(AdapterError, match=CONFIG):
        read_adapter(tmp_path / "a", base)
    save_adapter(make_adapter(), tmp_path / "a", "card")
    whole = (tmp_path / "a" / TENSORS).read_bytes()
    for content in (b"", whole[:4], whole[: len(whole) // 2], b"no tensors at all"):
        (tmp_path / "a" / TENSORS).write_bytes(content)
        with pytest.raises(AdapterError, match="damaged or truncated"):
            read_adapter(tmp_path / "a", base)
    (tmp_path / "a" / TENSORS).unlink()
    with pytest.raises(AdapterError, match=TENSORS):
        read_adapter(tmp_path / "a", base)
    (tmp_path / "a" / CONFIG).write_text("[" * 100_000)
    with pytest.raises(AdapterError, match="can't be read"):
        read_adapter(tmp_path / "a", base)


def test_nothing_half_written(make_adapter: Make, tmp_path: Path) -> None:
    adapter = make_adapter()
    broken = replace(adapter, tensors=adapter.tensors | {"x": torch.tensor([torch.inf])})
    with pytest.raises(AdapterError, match="not finite"):
        save_adapter(broken, tmp_path / "a", "card")
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_adapter(adapter, tmp_path / "file" / "a", "card")


def test_a_full_disk_leaves_the_old_adapter(
    base: ModelFile, make_adapter: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = card_text(make_adapter(0), CardFacts(("lines",), 10, 2))
    save_adapter(make_adapter(0), tmp_path / "a", card)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        save_adapter(make_adapter(1), tmp_path / "a", card)
    monkeypatch.undo()
    read = read_adapter(tmp_path / "a", base)
    assert all(torch.equal(t, make_adapter(0).tensors[n]) for n, t in read.tensors.items())
    assert not list((tmp_path / "a").glob("*.part"))
