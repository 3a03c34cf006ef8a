"""What we write, read back by programs that others wrote; each test skips where its program lacks.

``pip install hocr-tools alto-tools ocrd`` (in an environment of their own) and a PATH that leads to
them run all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gsaocr.formats.alto import to_alto
from gsaocr.formats.hocr import to_hocr
from gsaocr.formats.page_xml import to_page_xml
from gsaocr.page.document import Document
from tests.formats.documents import PROVENANCE, drawn_page

TEXT = ["Read by others,", 'with "quotes" & <signs>', "in three lines."]


@pytest.fixture
def document() -> Document:
    return Document((drawn_page(TEXT)[1],), "drawn.png", PROVENANCE)


def told_by(program: str, *arguments: object, errors: bool = False) -> str:
    """What a program prints (on standard error, if ``errors``); it must not fail."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    found = shutil.which(program, path=path)
    if found is None:
        pytest.skip(f"{program} is not installed")
    run = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, timeout=200, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stderr if errors else run.stdout


def test_hocr_tools(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.hocr"
    path.write_bytes(b"".join(to_hocr(document)))
    checks = told_by("hocr-check", path, errors=True).splitlines()
    assert len(checks) > 8
    assert [line for line in checks if not line.startswith("ok")] == []
    assert told_by("hocr-lines", path).split("\n")[:3] == TEXT


def test_alto_tools(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"".join(to_alto(document)))
    text = told_by("alto-tools", "-t", path)
    assert [line.strip() for line in text.splitlines() if line.strip()] == TEXT
    assert "Confidence: 95.0" in told_by("alto-tools", "-c", path)


def test_ocrd(document: Document, tmp_path: Path) -> None:
    """OCR-D's validator: outlines within each other, texts of all levels the same."""
    path = tmp_path / "a.page.xml"
    path.write_bytes(b"".join(to_page_xml(document)))
    options = ["--check-coords", "--check-baseline", "--page-textequiv-consistency", "strict"]
    told_by("ocrd", "validate", "page", *options, path)
    broken = path.read_text().replace("Read by others,", "Not the same")
    path.write_text(broken.replace("Not the same", "Read by others,", 1))
    with pytest.raises(AssertionError, match=r"(?i)inconsisten"):
        told_by("ocrd", "validate", "page", *options, path)
