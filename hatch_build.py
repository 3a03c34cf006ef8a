"""What the wheel says of the project: its addresses, and a README that works on an index page.

An index shows the README alone. Links into the repository get its address there, where one is
known: ``GSAOCR_URL``, or the origin of a clone that lies on the web. Where none is, their text
stays.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]+)\]\((?![a-z]+:|#)([^)]+)\)")


class ProjectMetadata(MetadataHookInterface):
    """Sets ``readme`` and ``urls``, which pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, object]) -> None:
        """Add both to the metadata."""
        root = Path(self.root)
        url = os.environ.get("GSAOCR_URL") or origin(root)
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": for_index(text, url)}
        metadata["urls"] = urls(url)


def origin(root: Path) -> str:
    """The web address of the repository that a clone was made from; empty if there is none."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
    told = re.sub(r"^git@([^:]+):", r"https://\1/", told).removesuffix(".git")
    # What goes into a wheel holds no password of whoever builds it.
    return told if re.match(r"https://[^@]+$", told) else ""


def urls(url: str) -> dict[str, str]:
    """The addresses that an index page lists."""
    if not url:
        return {}
    return {
        "Source": url,
        "Documentation": f"{url}/tree/main/docs",
        "Changelog": f"{url}/blob/main/CHANGELOG.md",
        "Issues": f"{url}/issues",
    }


def for_index(text: str, url: str) -> str:
    """The README with links into the repository made absolute, or else made plain text."""

    def linked(match: re.Match[str]) -> str:
        mark, said, target = match.groups()
        kind = "raw" if mark else "blob"
        return f"{mark}[{said}]({url}/{kind}/main/{target})" if url else said

    return _LINK.sub(linked, text)
