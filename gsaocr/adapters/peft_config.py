"""adapter_config.json: the keys that PEFT 0.21 writes, and which values are understood here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.extension import EXTENSION_MODULES
from gsaocr.printable import SHORT, printable, short

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
LONGEST_RULE = 2000
"""Characters of a regular expression."""

MOST_RULES = 5000
"""Entries of a list of module paths or of a pattern's mapping."""

_RULE_MEMORY = 2**20  # bytes that a compiled regular expression may take
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
    revision = raw.get("revision")
    found = _FINGERPRINT.fullmatch(revision) if isinstance(revision, str) else None
    return found[1] if found else None


def check_understood(raw: dict[str, Any]) -> None:
    """Raise ValueError naming the first setting that would be computed wrongly here."""
    if raw.get("peft_type") != "LORA":
        raise ValueError(f"peft_type is {short(raw.get('peft_type'))}, not 'LORA'")
    for key, value in raw.items():
        if key in _ANY_VALUE or (key in _DEFAULTS and value == _DEFAULTS[key]):
            continue
        # Keys of later versions that are switched off change nothing.
        if value is None or value is False or value == {} or value == []:
            continue
        raise ValueError(f"{printable(key, SHORT)} = {short(value)} isn't supported")


def path_rule(rule: Any, what: str) -> Callable[[str], bool]:
    """Return whether PEFT's ``target_modules`` (or ``exclude_modules``) names a module path.

    A text is a regular expression for the whole path; a list holds whole paths or their ends.

    Args:
        rule: the value in the file.
        what: the key, for messages.

    Raises:
        ValueError: neither, too many, or a regular expression that isn't understood.
    """
    if rule is None:
        return lambda path: False
    if isinstance(rule, str):
        return _expression(rule, what)
    if not isinstance(rule, list) or not all(isinstance(end, str) for end in rule):
        raise ValueError(f"{what} is neither a text nor a list of texts")
    if len(rule) > MOST_RULES:
        raise ValueError(f"{what} has more than {MOST_RULES:,} entries")
    ends = frozenset(rule)

    def named(path: str) -> bool:
        parts = path.split(".")
        return any(".".join(parts[start:]) in ends for start in range(len(parts)))

    return named


def pattern_rule(pattern: Any, what: str) -> Callable[[str], Any]:
    """Return what ``rank_pattern`` or ``alpha_pattern`` gives a path, or None: keys are path ends.

    Raises:
        ValueError: no mapping, too many, or a key is no regular expression that is understood.
    """
    if pattern is None:
        pattern = {}
    if not isinstance(pattern, dict):
        raise ValueError(f"{what} is no mapping")
    if len(pattern) > MOST_RULES:
        raise ValueError(f"{what} has more than {MOST_RULES:,} entries")
    rules = [(_expression(rf"(.*\.)?({key})", what), value) for key, value in pattern.items()]
    return lambda path: next((value for rule, value in rules if rule(path)), None)


def _expression(text: str, what: str) -> Callable[[str], bool]:
    """Return a regular expression of another's as a rule for whole paths.

    RE2 takes time in proportion to the path, whatever the expression; Python's own module may take
    forever. What only the latter knows (looking ahead, back-references) is refused.
    """
    if len(text) > LONGEST_RULE:
        raise ValueError(f"{what} is a regular expression of more than {LONGEST_RULE} characters")
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _RULE_MEMORY
    try:
        compiled = re2.compile(text, options)
    except (re2.error, ValueError) as error:
        cause = error.args[0] if error.args else error
        cause = cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
        raise ValueError(
            f"{what} is no regular expression that RE2 knows ({printable(cause, SHORT)}); "
            "a list of module paths will do"
        ) from None
    return lambda path: compiled.fullmatch(path) is not None
