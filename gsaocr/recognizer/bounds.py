"""What a model file may ask for: each key of its configuration has bounds, so has the whole."""

from __future__ import annotations

import unicodedata
from typing import Any

from gsaocr.printable import is_unsafe, short
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.strict_json import finite_number, whole_number

BOUNDS: dict[str, tuple[int, int]] = {
    "line_height": (8, 256),
    "stem_channels": (1, 1024),
    "lower_width": (1, 2048),
    "lower_heads": (1, 64),
    "lower_blocks": (0, 64),
    "lower_mlp": (1, 16),
    "frequencies": (1, 256),
    "window": (0, 64),
    "steps_per_column": (1, 8),
    "upper_width": (2, 4096),
    "upper_heads": (1, 64),
    "upper_blocks": (0, 64),
    "upper_mlp": (1, 16),
    "upper_kernel": (1, 255),
    "frames_per_step": (1, 8),
    "decoder_width": (2, 4096),
    "decoder_heads": (1, 64),
    "decoder_layers": (0, 64),
    "decoder_mlp": (1, 16),
}
"""Smallest and largest value of each number in a model's configuration."""

MOST_CHARACTERS = 65_536
"""Characters of a charset."""

_LARGEST_CALIBRATION = 1000.0
_MULTIPLES = (
    ("line_height", "stride"),
    ("lower_width", "lower_heads"),
    ("upper_width", "upper_heads"),
    ("decoder_width", "decoder_heads"),
)
_GROUPS = ("C1", "C2", "C4", "D4")
_FORMS = ("factorised", "own", "paper", "rc")


def check_bounds(config: RecognizerConfig) -> None:
    """See that a network can be built from a configuration, and that it is of a sane size.

    Raises:
        ValueError: one that names the key.
    """
    for key, (low, high) in BOUNDS.items():
        value: Any = getattr(config, key)
        for number in value if isinstance(value, tuple) else (value,):
            whole_number(number, key, low, high)
    for number in config.calibration:
        finite_number(number, "calibration", -_LARGEST_CALIBRATION, _LARGEST_CALIBRATION)
    for whole, part in _MULTIPLES:
        if getattr(config, whole) % getattr(config, part):
            raise ValueError(f"{whole} is no multiple of {part}, {getattr(config, part)}")
    for key in ("upper_width", "decoder_width"):
        if getattr(config, key) % 2:
            raise ValueError(f"{key} is odd")
    if config.upper_kernel % 2 == 0:
        raise ValueError("upper_kernel is even")
    for key, known in (("group", _GROUPS), ("group_attention", _FORMS)):
        if getattr(config, key) not in known:
            raise ValueError(f"{key} is {short(getattr(config, key))}, not {', '.join(known)}")
    check_characters(config.characters, "characters")


def check_characters(characters: Any, what: str) -> None:
    """See that a charset holds each character once, and none that isn't a sign on paper.

    Raises:
        ValueError: no text, too long, doubles, control characters.
    """
    if not isinstance(characters, str) or len(characters) > MOST_CHARACTERS:
        raise ValueError(f"{what} is no text of at most {MOST_CHARACTERS:,} characters")
    if len(set(characters)) != len(characters):
        raise ValueError(f"{what}: each stands once")
    for character in characters:
        if is_unsafe(character) or unicodedata.category(character) in ("Zl", "Zp"):
            raise ValueError(f"{what} holds the control character {short(character)}")


def least_parameters(config: RecognizerConfig) -> int:
    """Return a number of parameters that the network has at least: its larger maps.

    It costs nothing, while building the network takes the memory that the file asks for.
    """
    lower, upper, decoder = config.lower_width, config.upper_width, config.decoder_width
    first, second = config.stem_channels
    rows = config.line_height // config.stride
    attention = 4  # maps of width x width: queries, keys, values, outputs
    waves = 2 * config.frequencies * lower
    return (
        16 * first * second
        + 9 * second * second
        + attention * lower * lower
        + waves
        + config.lower_blocks * ((2 * attention + 2 * config.lower_mlp) * lower * lower + waves)
        + rows * lower * config.steps_per_column * upper
        + config.upper_blocks
        * ((attention + 2 * config.upper_mlp) * upper + config.upper_kernel) * upper
        + upper * config.frames_per_step * config.charset.ctc_size
        + decoder * config.charset.decoder_size
        + config.decoder_layers
        * ((6 + 2 * config.decoder_mlp) * decoder + 2 * upper) * decoder
    )  # fmt: skip
