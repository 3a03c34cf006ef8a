"""Names and texts of others made safe to show: no control characters, no endless messages.

File names, keys of configurations and texts of documents may hold escape codes that a terminal or
a reader of logs obeys, and signs that turn the order of letters round. What is written for people
to look at goes through :func:`printable` first; files that hold a text itself keep it as it is.
"""

from __future__ import annotations

import unicodedata

SHORT = 80
"""Characters of another's value that a message shows."""

_BREAKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
_UNSAFE = frozenset(("Cc", "Cf", "Cs"))  # control, format (such as turns of direction), surrogate
_CUT = " ... "


def printable(text: str, at_most: int | None = None) -> str:
    """Return a text in one line that does nothing but show itself.

    Line breaks and tabs become spaces; other control characters, invisible format characters and
    bytes of file names that are no UTF-8 are written as escapes (``\\x1b``). With ``at_most`` a
    longer text loses its middle.
    """
    if at_most is not None and len(text) > at_most:
        kept = max(at_most - len(_CUT), 2)
        text = text[: kept - kept // 3] + _CUT + text[len(text) - kept // 3 :]
    text = text.translate(_BREAKS)
    if text.isprintable():
        return text
    return "".join(_escaped(c) if is_unsafe(c) else c for c in text)


def short(value: object) -> str:
    """Return the beginning and end of a value that stands in another's file, fit for a message."""
    return printable(_written(value), SHORT)


def is_unsafe(character: str) -> bool:
    """Whether a character may do something else than show itself."""
    return unicodedata.category(character) in _UNSAFE


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _written(value: object) -> str:
    if isinstance(value, str):
        # Cut first: the representation of a text may be four times as long as itself.
        return repr(value if len(value) <= 4 * SHORT else value[: 2 * SHORT] + value[-2 * SHORT :])
    if isinstance(value, int) and value.bit_length() > 4 * SHORT:
        return f"a number of {value.bit_length()} bits"  # writing it out may be refused
    if isinstance(value, list | dict):
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"
    return repr(value)
