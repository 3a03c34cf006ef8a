"""What a PDF's information dictionary says of how its text came about."""

from __future__ import annotations

from collections.abc import Mapping

from gsaocr.formats.markup import settings_line


def information(provenance: Mapping[str, str]) -> dict[str, str]:
    """The entries of a file's information dictionary, as plain text."""
    version = provenance.get("version", "")
    return {
        "Producer": f"gsaocr {version}".strip(),
        "GsaocrProvenance": settings_line(dict(provenance)),
    }
