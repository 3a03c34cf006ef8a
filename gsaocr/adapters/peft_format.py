"""Adapter folders as PEFT writes them, read more strictly than PEFT reads them.

PEFT never compares the base, drops tensors that match nothing and only warns of missing ones. Here
the tensors have to be exactly the expected ones and the base's fingerprint has to agree. The
fingerprint stands where PEFT keeps it too: in ``revision``. What PEFT has no key for stands in
``auto_mapping``, a free mapping that PEFT carries along, and in the header of the tensors' file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from safetensors.torch import save
from torch import nn

from gsaocr.adapters.adapter import (
    Adapter,
    AdapterConfig,
    BaseIdentity,
    check_base,
    identity,
)
from gsaocr.adapters.card import is_own_card
from gsaocr.adapters.catalogue import CONFIG_FILE
from gsaocr.adapters.peft_config import (
    check_understood,
    fingerprint_of,
    own_block,
    path_rule,
    pattern_rule,
    peft_config,
)
from gsaocr.adapters.soundness import check_sound
from gsaocr.errors import AdapterError, OutputError
from gsaocr.printable import SHORT, printable, short
from gsaocr.recognizer.bounds import check_characters
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.decoding import Decode, LengthRule
from gsaocr.recognizer.tensor_file import check_entries, read_tensors
from gsaocr.recognizer.tensor_header import TensorFile, read_header
from gsaocr.recognizer.weights import ModelFile
from gsaocr.strict_json import finite_number, strict_json, whole_number
from gsaocr.whole_file import write_whole

TENSOR_FILE = "adapter_model.safetensors"
CARD_FILE = "README.md"

LARGEST_CONFIG = 2**20
"""Bytes of adapter_config.json; a shipped one has 5 thousand."""

LARGEST_TENSORS = 256 * 2**20
"""Bytes of the tensors' file; a shipped one has 0.4 million."""

LARGEST_RANK = 4096
LARGEST_ALPHA = 1e6
MOST_ADDED = 4096
"""Characters that an adapter may add to the charset."""

_CARD_START = 4096  # bytes of a card that tell whose it is
_PREFIX = "base_model.model."
_OWN_KEYS = {"format", "fingerprint", "group", "charset"}
_REPAIR = "give a folder written by gsaocr train-adapter or by PEFT"


def save_adapter(adapter: Adapter, folder: Path, card: str) -> None:
    """Write an adapter folder; files of an older adapter in it are replaced.

    Raises:
        AdapterError: a tensor is not finite; nothing is written.
        OutputError: the folder can't be written, or a file in it was not written by gsaocr.
    """
    check_replaceable(folder)
    try:
        for name, tensor in adapter.tensors.items():
            check_entries(name, tensor)
    except ValueError as error:
        raise AdapterError(str(folder), str(error), "nothing was written") from None
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
    for name, content in contents.items():
        write_whole(folder / name, content)


def check_replaceable(folder: Path) -> None:
    """Raise OutputError if a file that an adapter would replace was not written by gsaocr."""
    for name, is_own in (
        (CONFIG_FILE, _own_config),
        (TENSOR_FILE, _own_tensors),
        (CARD_FILE, _own_card),
    ):
        path = folder / name
        try:
            own = not os.path.exists(path) or (os.path.isfile(path) and is_own(path))
        except (OSError, ValueError, AdapterError):
            own = False
        if not own:
            repair = "move it away, or choose another folder with -o"
            raise OutputError(str(path), "is there, and was not written by gsaocr", repair)


def _own_config(path: Path) -> bool:
    return "group" in own_block(_read_config(path.parent))


def _own_tensors(path: Path) -> bool:
    return "fingerprint" in _read_header(path.parent).metadata


def _own_card(path: Path) -> bool:
    with path.open("rb") as stream:
        return is_own_card(stream.read(_CARD_START).decode("utf-8", "replace"))


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
    file = _read_header(folder)
    try:
        own_block(raw)
        size = (folder / TENSOR_FILE).stat().st_size
    except (ValueError, OSError) as error:
        raise AdapterError(str(folder), str(error), _REPAIR) from None
    told = fingerprint_of(raw) or file.metadata.get("fingerprint", "")
    return AdapterSummary(folder, raw, file.metadata, file.entries, size, told)


def read_adapter(folder: Path, base: ModelFile, same_weights: bool = True) -> Adapter:
    """Read an adapter for a base model; all that it says is checked before anything is built.

    Args:
        folder: as gsaocr or PEFT wrote it.
        base: the base, without any adapter attached.
        same_weights: it has to be the one that the adapter was made for; if not, any that it
            fits in shape.

    Raises:
        AdapterError: no such folder, unreadable or truncated files, settings that aren't
            understood, another base, missing or unexpected tensors, wrong shapes, numbers that are
            not finite or let the base's overflow.
    """
    raw = _read_config(folder)
    file = _read_header(folder)
    try:
        config = _config(raw, base)
        made_for = _made_for(raw, file, base)
    except ValueError as error:
        raise AdapterError(str(folder / CONFIG_FILE), str(error), _REPAIR) from None
    metadata = {k: v for k, v in file.metadata.items() if k not in _OWN_KEYS}
    adapter = Adapter(config, made_for, {}, folder.name, metadata)
    check_base(adapter, identity(base.model.config, base.fingerprint), same_weights)
    path = folder / TENSOR_FILE
    try:
        _check_shapes(_expected(base.model, config), file)
        tensors = read_tensors(path, list(file.shapes))
    except ValueError as error:
        raise AdapterError(str(path), str(error), _REPAIR) from None
    adapter = replace(
        adapter, tensors={n.removeprefix(_PREFIX): t.float() for n, t in tensors.items()}
    )
    try:
        check_sound(base.model, adapter)
    except ValueError as error:
        raise AdapterError(str(path), str(error), "train the adapter again") from None
    return adapter


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_FILE
    if not os.path.isdir(folder) or not os.path.isfile(path):
        cause = f"no {CONFIG_FILE} in it" if os.path.isdir(folder) else "there is no such folder"
        raise AdapterError(str(folder), cause, _REPAIR)
    try:
        with path.open("rb") as stream:
            raw = strict_json(stream.read(LARGEST_CONFIG + 1), LARGEST_CONFIG)
        if not isinstance(raw, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError) as error:
        raise AdapterError(str(path), f"can't be read ({error})", _REPAIR) from None
    return raw


def _read_header(folder: Path) -> TensorFile:
    path = folder / TENSOR_FILE
    if not os.path.isfile(path):
        raise AdapterError(str(folder), f"no {TENSOR_FILE} in it", _REPAIR)
    try:
        return read_header(path, LARGEST_TENSORS)
    except ValueError as error:
        raise AdapterError(str(path), str(error), _REPAIR) from None


def _made_for(raw: dict[str, Any], file: TensorFile, base: ModelFile) -> BaseIdentity:
    own, header = own_block(raw), file.metadata
    stated = {fingerprint_of(raw), header.get("fingerprint")} - {None}
    if len(stated) != 1:
        cause = "states two different bases" if stated else "doesn't state its base"
        repair = "if you know the base, write the hash that gsaocr info prints as its revision"
        raise ValueError(f"{cause}; {repair}")
    here = identity(base.model.config, base.fingerprint)
    return BaseIdentity(
        str(stated.pop()),
        _text(own, "group") or header.get("group") or here.group,
        _text(own, "charset") or header.get("charset") or here.charset,
    )


def _config(raw: dict[str, Any], base: ModelFile) -> AdapterConfig:
    check_understood(raw)
    own = own_block(raw)
    characters = _text(own, "characters")
    check_characters(characters, "characters")
    if len(characters) > MOST_ADDED:
        raise ValueError(f"characters adds more than {MOST_ADDED:,}")
    if known := base.model.config.charset.missing(characters) ^ set(characters):
        raise ValueError(f"{short(min(known))}, which it adds, is in the base's charset")
    decode = _text(own, "decode")
    if decode not in ("", *get_args(Decode)):
        raise ValueError(f"{short(decode)} is no way of decoding")
    if type(raw.get("use_rslora", False)) is not bool:
        raise ValueError("use_rslora is neither true nor false")
    rank, alpha = _rank(raw.get("r", 8), "r"), _alpha(raw.get("lora_alpha", 8), "lora_alpha")
    paths = tuple(_targeted(_maps(base.model, characters), raw))
    ranks = pattern_rule(raw.get("rank_pattern"), "rank_pattern")
    alphas = pattern_rule(raw.get("alpha_pattern"), "alpha_pattern")
    own_ranks = {p: _rank(r, "rank_pattern") for p in paths if (r := ranks(p)) is not None}
    own_alphas = {p: _alpha(a, "alpha_pattern") for p in paths if (a := alphas(p)) is not None}
    return AdapterConfig(
        rank,
        alpha,
        finite_number(raw.get("lora_dropout") or 0.0, "lora_dropout", 0, 1),
        raw.get("use_rslora", False),
        paths,
        {p: r for p, r in own_ranks.items() if r != rank},
        {p: a for p, a in own_alphas.items() if a != alpha},
        characters,
        decode,
        _length(own.get("length")),
    )


def _text(own: dict[str, Any], key: str) -> str:
    value = own.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is no text")
    return value or ""


def _length(value: Any) -> LengthRule | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"per_frame", "extra"}:
        raise ValueError("length is no pair of per_frame and extra")
    return LengthRule(
        finite_number(value["per_frame"], "length.per_frame", 0, 100),
        whole_number(value["extra"], "length.extra", 0, 1000),
    )


def _rank(value: Any, what: str) -> int:
    return whole_number(value, f"the rank in {what}", 1, LARGEST_RANK)


def _alpha(value: Any, what: str) -> float:
    return finite_number(value, f"the alpha in {what}", -LARGEST_ALPHA, LARGEST_ALPHA)


def _maps(model: nn.Module, characters: str) -> dict[str, nn.Module]:
    """Return all modules by the paths they have once the charset is extended."""
    renamed = {"ctc_head": "ctc_head.known"} if characters else {}
    return {renamed.get(path, path): module for path, module in model.named_modules()}


def _targeted(modules: dict[str, nn.Module], raw: dict[str, Any]) -> list[str]:
    targets, excluded = raw.get("target_modules"), raw.get("exclude_modules")
    named, left_out = path_rule(targets, "target_modules"), path_rule(excluded, "exclude_modules")
    paths = []
    for path, module in modules.items():
        if named(path) and not left_out(path):
            if not isinstance(module, nn.Linear):
                raise ValueError(f"{short(path)} is no linear map")
            paths.append(path)
    if not paths:
        raise ValueError("target_modules names no map of the base")
    for target in targets if isinstance(targets, list) else ():
        if not any(path == target or path.endswith(f".{target}") for path in paths):
            raise ValueError(f"the base has no map {printable(target, SHORT)}")
    return paths


def _expected(model: nn.Module, config: AdapterConfig) -> dict[str, tuple[int, ...]]:
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


def _check_shapes(expected: dict[str, tuple[int, ...]], file: TensorFile) -> None:
    found = {name.removeprefix(_PREFIX): shape for name, shape in file.shapes.items()}
    if len(found) != len(file.shapes):
        raise ValueError("a tensor stands twice in it")
    missing, odd = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or odd:
        causes = [
            f"{len(names)} {kind}, such as {printable(names[0], SHORT)}"
            for kind, names in (("missing tensors", missing), ("unexpected tensors", odd))
            if names
        ]
        raise ValueError(" and ".join(causes))
    for name, shape in expected.items():
        if found[name] != shape:
            raise ValueError(f"{name} has the shape {short(found[name])}, not {shape}")
