"""Shell completion: of commands, options, formats and adapters."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gsaocr.adapters.catalogue import adapters_by_name
from gsaocr.cli import completing
from gsaocr.formats.registry import FORMATS
from tests.conftest import ROOT

SHIPPED = [name for name in adapters_by_name() if name == "fraktur"]


def completed(line: str) -> list[str]:
    """What bash is offered at the end of a command line."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_GSAOCR_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "gsaocr"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_commands_options_and_values() -> None:
    assert completed("gsaocr tr") == ["transcribe", "train-adapter", "train-base", "train-finder"]
    assert completed("gsaocr transcribe --exist") == ["--existing-text"]
    assert completed("gsaocr transcribe --existing-text ") == ["redo", "skip", "keep"]


def test_formats_and_adapters_joined_by_commas() -> None:
    assert completing.formats("") == list(FORMATS)
    assert completing.formats("p") == ["page", "pdf"]
    assert completing.formats("pdf,p") == ["pdf,page"]
    assert completing.formats("txt,js") == ["txt,json"]
    assert {"auto", "none", *SHIPPED} <= set(completing.adapters(""))
    if SHIPPED:
        assert "none,fraktur" in completing.adapters("none,frak")


def test_adapters_are_completed_without_torch() -> None:
    code = "import sys; from gsaocr.cli import completing as c; c.adapters(''); c.formats('')\n"
    code += "print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_can_be_printed(shell: str) -> None:
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "gsaocr", "--show-completion", shell],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "_GSAOCR_COMPLETE" in done.stdout
    assert done.stderr == ""
