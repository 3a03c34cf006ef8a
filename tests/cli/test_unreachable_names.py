"""Names that can't even be asked for: told in one line, with the code of what they were for.

A name too long fails as one in a folder that may not be entered does, whoever runs the tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gsaocr.cli.app import run
from tests.cli.fake_pipeline import spelled

Capture = pytest.CaptureFixture[str]
LONG = "x" * 300


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (3, ["transcribe", LONG]),
        (3, ["transcribe", "--list", LONG]),
        (4, ["transcribe", "one.png", "-o", f"{LONG}/out"]),
        (4, ["transcribe", "one.png", "--show", f"{LONG}/view.html"]),
        (4, ["transcribe", "one.png", "--show", f"{LONG}.html"]),
        (4, ["transcribe", "one.png", "--review", f"{LONG}/lines.csv"]),
        (4, ["transcribe", "one.png", "--log-file", f"{LONG}/log"]),
        (5, ["info", "--model", LONG]),
        (6, ["adapters", LONG]),
        (6, ["adapters", "--install", LONG]),
        (3, ["evaluate", LONG]),
        (4, ["verify-equivariance", "--report", f"{LONG}/report.html"]),
        (4, ["train-adapter", "data", "-o", LONG]),
        (6, ["merge-adapter", LONG, "-o", "m.safetensors"]),
    ],
)
def test_they_are_no_fault_of_the_program(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[dict[str, Any]],
    capsys: Capture,
    code: int,
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(spelled("one")).save("one.png")
    assert run(arguments) == code
    err = capsys.readouterr().err
    assert "a fault of gsaocr itself" not in err
    assert err.count("\n") == 1
