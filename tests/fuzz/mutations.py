"""Damage: bytes, numbers, words and lengths of a file changed in a few places."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable
from typing import Any

Mutation = Callable[[random.Random, bytes], bytes]

NUMBERS = [
    b"0", b"-1", b"1", b"2147483648", b"4294967295", b"9223372036854775807", b"1e39", b"1e999",
    b"-1e308", b"nan", b"inf", b"-inf", b"0.0000001", b"9" * 400, b"00", b"1e", b"0x10",
]  # fmt: skip
WORDS = [
    b"\x00", b"\xff\xfe", b"\x1b[2J", b"\xe2\x80\xae", b"../", b"null", b"true", b"[", b"{", b"<",
    b"&#0;", b"<!DOCTYPE a [<!ENTITY b 'c'>]>&b;", b"/Foo", b"<<", b">>", b"(" * 50, b"[" * 2000,
    b"(.|.)*", b"\xf0\x9f\x99\x82", b"%", b"\r", b"x" * 70_000,
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 0.5, 1e300, "", "a", "((.|.|.)*)*!", ".*",
    "\x1b]0;x\x07", "\u202e", "x" * 100_000, [], [[]], {}, {"a": {"b": []}}, ["a"] * 1000, [0],
]  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z_]{3,}")
_MOST = 2_000_000  # bytes: what has grown larger isn't mutated further


def mutated(random_: random.Random, content: bytes, other: bytes, as_text: bool) -> bytes:
    """Return a file with one to eight changes; ``other`` is a file to take parts from."""
    kinds = _BYTES + (_TEXT if as_text else [])
    for _ in range(random_.choice((1, 1, 1, 2, 3, 5, 8))):
        if len(content) > _MOST or not content:
            break
        kind = random_.choice(kinds)
        content = _spliced(random_, content, other) if kind is None else kind(random_, content)
    return content


def mutated_header(random_: random.Random, content: bytes) -> bytes:
    """Return a safetensors file with its header changed as JSON, or as bytes."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    whole = json.dumps(changed_json(random_, header)).encode()
    if random_.random() < 0.2:
        whole = mutated(random_, whole, whole, True)
    return struct.pack("<Q", len(whole)) + whole + content[8 + length :]


def changed_json(random_: random.Random, value: Any) -> Any:
    """Return a JSON value with something in it exchanged, dropped or doubled.

    Texts that hold JSON themselves are changed inside as well.
    """
    if isinstance(value, dict) and value and random_.random() < 0.9:
        key = random_.choice(list(value))
        changed = dict(value)
        what = random_.random()
        if what < 0.1:
            del changed[key]
        elif what < 0.2:
            changed[random_.choice(["", "new", "\x1b[2J", key.upper()])] = changed.pop(key)
        else:
            changed[key] = changed_json(random_, changed[key])
        return changed
    if isinstance(value, list) and value and random_.random() < 0.8:
        place = random_.randrange(len(value))
        changed_list = list(value)
        if random_.random() < 0.2:
            del changed_list[place]
        else:
            changed_list[place] = changed_json(random_, changed_list[place])
        return changed_list
    if isinstance(value, str) and value[:1] in ("{", "[") and random_.random() < 0.9:
        try:
            return json.dumps(changed_json(random_, json.loads(value)))
        except ValueError:
            pass
    return random_.choice(VALUES)


def _flipped(random_: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random_.choice((1, 1, 4, 32))):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed)


def _cut(random_: random.Random, content: bytes) -> bytes:
    return content[: random_.randrange(len(content) + 1)]


def _without(random_: random.Random, content: bytes) -> bytes:
    start, length = random_.randrange(len(content)), random_.choice((1, 2, 8, 64, 512))
    return content[:start] + content[start + length :]


def _doubled(random_: random.Random, content: bytes) -> bytes:
    start, length = random_.randrange(len(content)), random_.choice((1, 8, 64, 512, 4096))
    part = content[start : start + length] * random_.choice((1, 1, 10))
    return content[:start] + part + content[start:]


def _set_number(random_: random.Random, content: bytes) -> bytes:
    form = random_.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    if len(content) < size:
        return content
    start = random_.randrange(len(content) - size + 1)
    largest = 256**size - 1
    value = random_.choice((0, 1, largest, largest // 2, largest // 2 + 1, random_.randrange(300)))
    return content[:start] + struct.pack(form, min(value, largest)) + content[start + size :]


def _other_number(random_: random.Random, content: bytes) -> bytes:
    return _exchanged(random_, content, _NUMBER, NUMBERS)


def _other_word(random_: random.Random, content: bytes) -> bytes:
    found = _WORD.findall(content[:200_000])
    return _exchanged(random_, content, _WORD, [*WORDS, *random_.sample(found, min(len(found), 9))])


def _inserted(random_: random.Random, content: bytes) -> bytes:
    start = random_.randrange(len(content) + 1)
    return content[:start] + random_.choice(WORDS + NUMBERS) + content[start:]


def _exchanged(
    random_: random.Random, content: bytes, what: re.Pattern[bytes], by: list[bytes]
) -> bytes:
    found = list(what.finditer(content[:200_000]))
    if not found:
        return content
    place = random_.choice(found)
    return content[: place.start()] + random_.choice(by) + content[place.end() :]


def _spliced(random_: random.Random, content: bytes, other: bytes) -> bytes:
    start = random_.randrange(len(content) + 1)
    return content[:start] + other[random_.randrange(len(other) + 1) :]


_BYTES: list[Mutation | None] = [_flipped, _cut, _without, _doubled, _set_number, None]
_TEXT: list[Mutation | None] = [_other_number, _other_word, _inserted, _other_number, _other_word]
