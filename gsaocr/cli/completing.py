"""What the shell offers after an option when Tab is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Complete = Callable[[str], list[str]]


def among(*values: str) -> Complete:
    """Complete one of these values."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return complete


def formats(incomplete: str) -> list[str]:
    """Complete the last of several output formats joined by commas."""
    from gsaocr.formats.registry import FORMATS

    return _last(incomplete, FORMATS)


def adapters(incomplete: str) -> list[str]:
    """Complete the last of several adapters joined by commas."""
    from gsaocr.adapters.catalogue import adapters_by_name

    return _last(incomplete, ["auto", "none", *adapters_by_name()])


def adapter(incomplete: str) -> list[str]:
    """Complete one adapter's name."""
    from gsaocr.adapters.catalogue import adapters_by_name

    return among(*adapters_by_name())(incomplete)


def _last(incomplete: str, values: Iterable[str]) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    return [
        before + comma + value for value in values if value.startswith(last) and value not in taken
    ]
