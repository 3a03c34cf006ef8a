"""JSON out of files of others: bounded in size and depth, its numbers finite and of usual size."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from gsaocr.printable import short

DEEPEST = 16
"""Levels of nesting; what is read here has three."""

LARGEST = 4 * 2**20
"""Bytes (or characters) of a text, unless its reader says otherwise."""


def strict_json(text: str | bytes, largest: int = LARGEST) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: no JSON, NaN or an infinite number, nested too deeply, or too large; the
            message is short.
    """
    if len(text) > largest:
        raise ValueError(f"larger than {largest / 2**20:g} MiB")
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _deeper(value, DEEPEST):
        raise ValueError("nested too deeply")
    return value


def fields_like(default: Any, text: str) -> dict[str, Any]:
    """Return the fields of a dataclass that a JSON object sets, of the kinds of their defaults.

    Args:
        default: an instance of the dataclass; its tuples hold numbers and keep their length.
        text: the JSON object, written of such an instance.

    Raises:
        ValueError: no JSON object, an unknown key, or a value of the wrong type.
    """
    raw = strict_json(text)
    if not isinstance(raw, dict):
        raise ValueError("the configuration is not a JSON object")
    known = {f.name for f in dataclasses.fields(default)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"{len(unknown)} unknown keys, such as {short(unknown[0])}")
    values: dict[str, Any] = {}
    for name, value in raw.items():
        expected = getattr(default, name)
        if isinstance(expected, tuple):
            if not isinstance(value, list) or len(value) != len(expected):
                raise ValueError(f"configuration key {name} is not a list of {len(expected)}")
            value = tuple(_like(e, v, name) for e, v in zip(expected, value, strict=True))
        elif type(value) is not type(expected):
            raise ValueError(f"configuration key {name} is not a {type(expected).__name__}")
        values[name] = value
    return values


def _like(example: int | float, value: Any, name: str) -> int | float:
    """Return an entry of a list as the number it stands for."""
    kinds = (int,) if isinstance(example, int) else (int, float)
    if type(value) not in kinds:
        raise ValueError(f"configuration key {name} is not a list of numbers")
    return type(example)(value)


def finite_number(value: Any, what: str, low: float, high: float) -> float:
    """Return a number of a file as float; ValueError unless it is one from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is no number")
    if not low <= value <= high:  # NaN as well
        raise ValueError(f"{what} is not from {low:g} to {high:g}")
    return float(value)


def whole_number(value: Any, what: str, low: int, high: int) -> int:
    """Return a whole number of a file; ValueError unless it is one from ``low`` to ``high``."""
    if type(value) is not int:
        raise ValueError(f"{what} is no whole number")
    if not low <= value <= high:
        raise ValueError(f"{what} is not from {low} to {high}")
    return value


def _whole(text: str) -> int:
    if len(text) > 20:  # as far as 64 bits go; longer ones are no sizes and no counts
        raise ValueError("a whole number is too large")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no finite number")


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    parts = value.values() if isinstance(value, dict) else value
    return any(_deeper(part, levels - 1) for part in parts)
