"""What typer can't parse, said in this program's words."""

from __future__ import annotations

from typing import Any


def refusal(error: Any) -> str:
    """The one line for a command line that can't be parsed, without a full stop."""
    param = getattr(error, "param", None)
    expected = _expected(param)
    if param is not None and expected and type(error).__name__ == "BadParameter":
        return f"{max(param.opts, key=len)} {_given(error)}must be {expected}"
    return " ".join(str(error.format_message()).split()).rstrip(".")


def _given(error: Any) -> str:
    """The value that was given, with a colon, as far as it is known."""
    told = getattr(error.__cause__, "errors", None)
    given = told()[0].get("input") if callable(told) else None
    return f"{given}: " if isinstance(given, str | int | float) else ""


def _expected(param: Any) -> str:
    """``a number from 36 to 1200`` for an option of such a range; empty for what is no number."""
    annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    kind = {int: "a whole number", float: "a number"}.get(annotation) if annotation else None
    if kind is None:
        return ""
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None and high is not None:
        return f"{kind} from {low:g} to {high:g}"
    if low is not None:
        return f"{kind} of at least {low:g}"
    return kind
