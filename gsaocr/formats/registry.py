"""The output formats by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gsaocr.errors import UsageError
from gsaocr.formats.json_ import to_json
from gsaocr.formats.text import to_text
from gsaocr.page.document import Document


@dataclass(frozen=True)
class OutputFormat:
    """One way of writing a document."""

    name: str  # as given to --format
    suffix: str  # of its files, with the dot
    write: Callable[[Document], bytes]


FORMATS = {
    format_.name: format_
    for format_ in (OutputFormat("txt", ".txt", to_text), OutputFormat("json", ".json", to_json))
}


def formats_named(names: str) -> tuple[OutputFormat, ...]:
    """Return the formats of a comma-separated list, each once; ``UsageError`` for unknown ones."""
    wanted = dict.fromkeys(name.strip().lower() for name in names.split(","))
    for name in wanted:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format {names}", f"there is no format {name!r}", f"known: {known}")
    return tuple(FORMATS[name] for name in wanted)
