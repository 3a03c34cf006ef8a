"""The command line, in this process or in its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli import fake_pipeline
from tests.conftest import ROOT

Program = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def calls() -> Iterator[list[dict[str, Any]]]:
    """Replace the pipeline; what it is asked for is noted in the list."""
    before = sys.modules.pop("gsaocr.pipeline", None)
    fake_pipeline.install()
    fake_pipeline.calls.clear()
    yield fake_pipeline.calls
    # Where the real one was not loaded yet, it must be loaded anew by whoever needs it.
    del sys.modules["gsaocr.pipeline"]
    if before is not None:
        sys.modules["gsaocr.pipeline"] = before


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Start the command line with the fake pipeline in a process of its own."""

    def start(
        *arguments: str, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.cli.fake_pipeline", *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**os.environ, **(env or {})}
        return subprocess.Popen(command, cwd=ROOT, env=environment, **{**pipes, **options})

    return start
