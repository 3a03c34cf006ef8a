"""Adapter folders as PEFT writes them, read more strictly than PEFT reads them.

PEFT never compares the base, drops tensors that match nothing and only warns of missing ones. Here
the tensors have to be exactly the expected ones and the base's fingerprint has to agree. The
fingerprint stands where PEFT keeps it too: in ``revision``. What PEFT has no key for stands in
``auto_mapping``, a free mapping that PEFT carries along, and in the header of the tensors' file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from gsaocr.adapters.adapter import (
    Adapter,
    AdapterConfig,
    BaseIdentity,
    check_base,
    identity,
)
from gsaocr.adapters.peft_config import (
    check_understood,
    fingerprint_of,
    matches,
    of_pattern,
    own_block,
    peft_config,
)
from gsaocr.errors import AdapterError, OutputError
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.decoding import LengthRule
from gsaocr.recognizer.weights import ModelFile

CONFIG_FILE = "adapter_config.json"
TENSOR_FILE = "adapter_model.safetensors"
CARD_FILE = "README.md"

_PREFIX = "base_model.model."
_LARGEST = 256 * 2**20  # bytes of one file
_REPAIR = "give a folder written by gsaocr train-adapter or by PEFT"


def save_adapter(adapter: Adapter, folder: Path, card: str) -> None:
    """Write an adapter folder, all or nothing; files of an older adapter in it are replaced.

    Raises:
        AdapterError: a tensor is not finite; nothing is written.
        OutputError: the folder can't be written.
    """
    broken = [n for n, t in adapter.tensors.items() if not torch.isfinite(t).all()]
    if broken:
        raise AdapterError(str(folder), f"{broken[0]} is not finite", "nothing was written")
    header = {
        "format": "pt",
        "fingerprint": adapter.base.fingerprint,
        "group": adapter.base.group,
        "charset": adapter.base.charset,
        **adapter.metadata,
    }
    tensors = {_PREFIX + n: t.float().contiguous() for n, t in sorted(adapter.tensors.items())}
    config = json.dumps(peft_config(adapter), indent=2, sort_keys=True, ensure_ascii=False)
    # The configuration comes last: a folder without it is no adapter.
    contents = {
        TENSOR_FILE: save(tensors, header),
        CARD_FILE: card.encode("utf-8"),
        CONFIG_FILE: (config + "\n").encode("utf-8"),
    }
    partial = {name: folder / f"{name}.part" for name in contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            with partial[name].open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for name, path in partial.items():
            path.replace(folder / name)
    except OSError as error:
        for path in partial.values():
            with suppress(OSError):
                path.unlink()
        cause = error.strerror or "can't be written"
        raise OutputError(str(folder), cause, "choose another folder with -o") from None


@dataclass(frozen=True)
class AdapterSummary:
    """What an adapter folder says of itself, read without a base."""

    folder: Path
    config: dict[str, Any]
    header: dict[str, str]
    parameters: int
    """Entries of all tensors."""
    size: int
    """Bytes of the tensors' file."""
    fingerprint: str
    """Of its base; empty if it isn't stated."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def decode(self) -> str:
        """The way of decoding it was trained for; empty: any."""
        return str(own_block(self.config).get("decode") or "")


def read_summary(folder: Path) -> AdapterSummary:
    """Read what an adapter folder says of itself; whether it fits a base is not looked at.

    Raises:
        AdapterError: no adapter, or a broken one.
    """
    raw = _read_config(folder)
    header, tensors = _read_tensors(folder)
    try:
        own_block(raw)
    except ValueError as error:
        raise AdapterError(str(folder), str(error), _REPAIR) from None
    return AdapterSummary(
        folder,
        raw,
        header,
        sum(t.numel() for t in tensors.values()),
        (folder / TENSOR_FILE).stat().st_size,
        fingerprint_of(raw) or header.get("fingerprint", ""),
    )


def read_adapter(folder: Path, base: ModelFile, same_weights: bool = True) -> Adapter:
    """Read an adapter for a base model.

    Args:
        folder: as gsaocr or PEFT wrote it.
        base: the base, without any adapter attached.
        same_weights: it has to be the one that the adapter was made for; if not, any that it
            fits in shape.

    Raises:
        AdapterError: no such folder, unreadable or truncated files, settings that aren't
            understood, another base, missing or unexpected tensors, wrong shapes, a tensor that
            is not finite.
    """
    raw = _read_config(folder)
    header, tensors = _read_tensors(folder)
    try:
        adapter = _adapter(folder, raw, header, tensors, base)
    except (ValueError, TypeError, KeyError) as error:
        raise AdapterError(str(folder / CONFIG_FILE), str(error), _REPAIR) from None
    check_base(adapter, identity(base.model.config, base.fingerprint), same_weights)
    expected = _expected(base.model, raw, adapter.config)
    _check_tensors(folder, expected, adapter.tensors)
    return adapter


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_FILE
    if not folder.is_dir() or not path.is_file():
        cause = f"no {CONFIG_FILE} in it" if folder.is_dir() else "there is no such folder"
        raise AdapterError(str(folder), cause, _REPAIR)
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise AdapterError(str(path), f"can't be read ({error})", _REPAIR) from None
    return raw


def _read_tensors(folder: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    path = folder / TENSOR_FILE
    if not path.is_file():
        raise AdapterError(str(folder), f"no {TENSOR_FILE} in it", _REPAIR)
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        with safe_open(path, framework="pt") as file:
            header = {str(k): str(v) for k, v in (file.metadata() or {}).items()}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise AdapterError(str(path), f"damaged or truncated ({error})", _REPAIR) from None
    return header, tensors


def _adapter(
    folder: Path,
    raw: dict[str, Any],
    header: dict[str, str],
    tensors: Mapping[str, Tensor],
    base: ModelFile,
) -> Adapter:
    check_understood(raw)
    own = own_block(raw)
    stated = {fingerprint_of(raw), header.get("fingerprint")} - {None}
    if len(stated) != 1:
        cause = "states two different bases" if stated else "doesn't state its base"
        repair = "if you know the base, write the hash that gsaocr info prints as its revision"
        raise AdapterError(str(folder), cause, repair)
    here = identity(base.model.config, base.fingerprint)
    made_for = BaseIdentity(
        str(stated.pop()),
        str(own.get("group") or header.get("group") or here.group),
        str(own.get("charset") or header.get("charset") or here.charset),
    )
    characters = str(own.get("characters") or "")
    rank, alpha = _rank(raw.get("r", 8)), float(raw.get("lora_alpha", 8))
    patterns = [raw.get(k) or {} for k in ("rank_pattern", "alpha_pattern")]
    paths = tuple(_targeted(_maps(base.model, characters), raw))
    ranks = {p: _rank(of_pattern(patterns[0], p, rank)) for p in paths}
    alphas = {p: float(of_pattern(patterns[1], p, alpha)) for p in paths}
    length = own.get("length")
    config = AdapterConfig(
        rank,
        alpha,
        float(raw.get("lora_dropout") or 0.0),
        bool(raw.get("use_rslora", False)),
        paths,
        {p: r for p, r in ranks.items() if r != rank},
        {p: a for p, a in alphas.items() if a != alpha},
        characters,
        str(own.get("decode") or ""),
        LengthRule(float(length["per_frame"]), int(length["extra"])) if length else None,
    )
    known = {"format", "fingerprint", "group", "charset"}
    return Adapter(
        config,
        made_for,
        {n.removeprefix(_PREFIX): t.float() for n, t in tensors.items()},
        folder.name,
        {k: v for k, v in header.items() if k not in known},
    )


def _rank(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"rank {value!r} is no positive whole number")
    return value


def _maps(model: nn.Module, characters: str) -> dict[str, nn.Module]:
    """Return all modules by the paths they have once the charset is extended."""
    renamed = {"ctc_head": "ctc_head.known"} if characters else {}
    return {renamed.get(path, path): module for path, module in model.named_modules()}


def _targeted(modules: dict[str, nn.Module], raw: dict[str, Any]) -> list[str]:
    targets, excluded = raw.get("target_modules"), raw.get("exclude_modules")
    paths = []
    for path, module in modules.items():
        if matches(targets, path) and not matches(excluded, path):
            if not isinstance(module, nn.Linear):
                raise ValueError(f"{path} is no linear map")
            paths.append(path)
    if not paths:
        raise ValueError("target_modules names no map of the base")
    for target in targets if isinstance(targets, list) else ():
        if not any(matches([target], path) for path in paths):
            raise ValueError(f"the base has no map {target}")
    return paths


def _expected(
    model: nn.Module, raw: dict[str, Any], config: AdapterConfig
) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor that the folder has to hold, by name."""
    modules = _maps(model, config.characters)
    shapes: dict[str, tuple[int, ...]] = {}
    for path in config.paths:
        linear = modules[path]
        assert isinstance(linear, nn.Linear)
        rank = config.rank_of(path)
        shapes[f"{path}.lora_A.weight"] = (rank, linear.in_features)
        shapes[f"{path}.lora_B.weight"] = (linear.out_features, rank)
    if config.characters:
        base: Any = model
        recognizer: RecognizerConfig = base.config
        extra = len(config.characters)
        classes = recognizer.frames_per_step * extra
        shapes["ctc_head.extra.weight"] = (classes, recognizer.upper_width)
        shapes["ctc_head.extra.bias"] = (classes,)
        shapes["decoder.embedding.extra.weight"] = (extra, recognizer.decoder_width)
    return shapes


def _check_tensors(
    folder: Path, expected: dict[str, tuple[int, ...]], tensors: dict[str, Tensor]
) -> None:
    label = str(folder / TENSOR_FILE)
    missing, odd = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    if missing or odd:
        causes = [
            f"{len(names)} {kind}, such as {names[0]}"
            for kind, names in (("missing tensors", missing), ("unexpected tensors", odd))
            if names
        ]
        raise AdapterError(label, " and ".join(causes), _REPAIR)
    for name, shape in expected.items():
        if tuple(tensors[name].shape) != shape:
            found = tuple(tensors[name].shape)
            raise AdapterError(label, f"{name} has the shape {found}, not {shape}", _REPAIR)
        if not torch.isfinite(tensors[name]).all():
            raise AdapterError(label, f"{name} is not finite", "train the adapter again")
