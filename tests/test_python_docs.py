"""The examples of docs/python.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

DOCS = Path(__file__).parent.parent / "docs"


def test_every_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert len(examples) == 4
    with Image.open(DOCS / "sample" / "seat-weaving.png") as page:  # a part of it is read faster
        page.crop((0, 0, page.width, page.height * 3 // 20)).save(tmp_path / "seat-weaving.png")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"Path": Path, "np": np, "Image": Image}
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), space)
    out = capsys.readouterr().out
    assert out.splitlines()[-2] == "fraktur"
    assert [line.text for line in space["page"].lines] == [
        line.text for line in space["document"].pages[0].lines
    ]
    assert Path("page.alto.xml").is_file()
