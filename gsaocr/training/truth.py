"""Conventions of transcriptions that training undoes or makes, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gsaocr.errors import UsageError
from gsaocr.evaluation.fraktur_truth import modernise, restore_hyphen, restore_i
from gsaocr.recognizer.charset import to_reading_form

CAPITALS = "capitals"
"""The convention of truths in capitals throughout: losses ignore case."""

_CHANGES: dict[str, Callable[[str], str]] = {
    "restore-i": restore_i,
    "restore-hyphen": restore_hyphen,
    "modern": modernise,
}


def truth_rule(names: Iterable[str]) -> Callable[[str], str]:
    """Return what makes a target of a transcription: the named changes in order, reading form.

    Raises:
        UsageError: an unknown name.
    """
    changes = []
    for name in names:
        if name in _CHANGES:
            changes.append(_CHANGES[name])
        elif name != CAPITALS:
            known = ", ".join([*_CHANGES, CAPITALS])
            raise UsageError(f"--truth {name}", "unknown", f"use {known}")

    def rule(text: str) -> str:
        text = to_reading_form(text)
        for change in changes:
            text = change(text)
        return to_reading_form(text)

    return rule


def printed_hyphen(text: str) -> str:
    """Return a text with the hyphen that is printed at its end, for which many editions put a ¬."""
    return f"{text[:-1]}-" if text.endswith("¬") else text
