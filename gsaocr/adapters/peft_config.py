"""adapter_config.json: the keys that PEFT 0.21 writes, and which values are understood here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.extension import EXTENSION_MODULES

PEFT_VERSION = "0.21.2"
"""The version whose files are written here."""

_DEFAULTS: dict[str, Any] = {
    "alora_invocation_tokens": None,
    "alpha_pattern": {},
    "arrow_config": None,
    "auto_mapping": None,
    "base_model_name_or_path": None,
    "bias": "none",
    "corda_config": None,
    "ensure_weight_tying": False,
    "eva_config": None,
    "exclude_modules": None,
    "fan_in_fan_out": False,
    "inference_mode": True,
    "init_lora_weights": True,
    "kasa_config": None,
    "layer_replication": None,
    "layers_pattern": None,
    "layers_to_transform": None,
    "loftq_config": {},
    "lora_alpha": 8,
    "lora_bias": False,
    "lora_dropout": 0.0,
    "lora_ga_config": None,
    "megatron_config": None,
    "megatron_core": "megatron.core",
    "modules_to_save": None,
    "monteclora_config": None,
    "peft_type": "LORA",
    "peft_version": PEFT_VERSION,
    "qalora_group_size": 16,
    "r": 8,
    "rank_pattern": {},
    "revision": None,
    "target_modules": None,
    "target_parameters": None,
    "task_type": None,
    "trainable_token_indices": None,
    "use_bdlora": None,
    "use_dora": False,
    "use_qalora": False,
    "use_rslora": False,
    "velora_config": None,
}
# Values that say nothing of how the update is computed: any of them will do.
_ANY_VALUE = {
    "alpha_pattern",
    "auto_mapping",
    "base_model_name_or_path",
    "ensure_weight_tying",
    "exclude_modules",
    "inference_mode",
    "init_lora_weights",
    "lora_alpha",
    "lora_dropout",
    "megatron_core",
    "modules_to_save",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "rank_pattern",
    "revision",
    "target_modules",
    "task_type",
    "use_rslora",
}
_FINGERPRINT = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_OWN = "gsaocr"


def peft_config(adapter: Adapter) -> dict[str, Any]:
    """Return the content of adapter_config.json, keys sorted."""
    config = adapter.config
    own: dict[str, Any] = {
        "group": adapter.base.group,
        "charset": adapter.base.charset,
        "characters": config.characters,
        "decode": config.decode,
        "length": asdict(config.length) if config.length else None,
    }
    return _DEFAULTS | {
        "auto_mapping": {
            "base_model_class": "Recognizer",
            "parent_library": "gsaocr.recognizer.model",
            _OWN: own,
        },
        # No name: PEFT would look it up on a hub. The fingerprint says which base it is.
        "revision": f"sha256:{adapter.base.fingerprint}",
        "r": config.rank,
        "lora_alpha": config.alpha,
        "lora_dropout": config.dropout,
        "use_rslora": config.rslora,
        "target_modules": sorted(config.paths),
        "rank_pattern": dict(sorted(config.ranks.items())),
        "alpha_pattern": dict(sorted(config.alphas.items())),
        "modules_to_save": list(EXTENSION_MODULES) if config.characters else None,
    }


def own_block(raw: dict[str, Any]) -> dict[str, Any]:
    """Return what gsaocr keeps in ``auto_mapping``; empty for a file that PEFT wrote anew.

    Raises:
        ValueError: it isn't what it should be.
    """
    mapping = raw.get("auto_mapping") or {}
    own = mapping.get(_OWN, {}) if isinstance(mapping, dict) else None
    if not isinstance(own, dict):
        raise ValueError("auto_mapping is no mapping")
    return own


def fingerprint_of(raw: dict[str, Any]) -> str | None:
    """Return the base's fingerprint as ``revision`` states it, if it does."""
    found = _FINGERPRINT.fullmatch(str(raw.get("revision") or ""))
    return found[1] if found else None


def check_understood(raw: dict[str, Any]) -> None:
    """Raise ValueError naming the first setting that would be computed wrongly here."""
    if raw.get("peft_type") != "LORA":
        raise ValueError(f"peft_type is {raw.get('peft_type')!r}, not 'LORA'")
    for key, value in raw.items():
        if key in _ANY_VALUE or (key in _DEFAULTS and value == _DEFAULTS[key]):
            continue
        # Keys of later versions that are switched off change nothing.
        if value is None or value is False or value == {} or value == []:
            continue
        raise ValueError(f"{key} = {value!r} isn't supported")


def matches(rule: str | Sequence[str] | None, path: str) -> bool:
    """Return whether PEFT's ``target_modules`` (or ``exclude_modules``) names a module path.

    A string is a regular expression for the whole path; a list holds whole paths or their ends.

    Raises:
        ValueError: the string is no regular expression.
    """
    if rule is None:
        return False
    if isinstance(rule, str):
        try:
            return re.fullmatch(rule, path) is not None
        except re.error as error:
            raise ValueError(f"target_modules is no regular expression ({error})") from None
    return any(path == end or path.endswith(f".{end}") for end in rule)


def of_pattern(pattern: dict[str, Any], path: str, otherwise: Any) -> Any:
    """Return what ``rank_pattern`` or ``alpha_pattern`` gives a path: keys are path ends.

    Raises:
        ValueError: a key is no regular expression.
    """
    try:
        found = (key for key in pattern if re.match(rf"(.*\.)?({key})$", path))
        key = next(found, None)
    except re.error as error:
        raise ValueError(f"a pattern is no regular expression ({error})") from None
    return otherwise if key is None else pattern[key]
