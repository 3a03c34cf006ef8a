"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gsaocr import __version__
from gsaocr.cli.app import run
from tests.conftest import ROOT

Capture = pytest.CaptureFixture[str]
COMMANDS = ["transcribe", "evaluate", "train-base", "info"]


def test_version(capsys: Capture) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"gsaocr {__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(capsys: Capture, arguments: list[str]) -> None:
    assert run(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for command in COMMANDS:
        assert f"\n  {command} " in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys: Capture, command: str) -> None:
    assert run([command, "--help"]) == 0
    assert f"gsaocr {command} [OPTIONS]" in capsys.readouterr().out


def test_unknown_command(capsys: Capture) -> None:
    assert run(["transcrbe"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    """What makes --help answer at once."""
    code = (
        "import sys; from gsaocr.cli.app import run; run(['--help'])\n"
        "print([n for n in ('torch', 'cv2', 'numpy', 'PIL', 'rich') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_runs_from_a_checkout() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gsaocr", "--version"], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.decode() == f"gsaocr {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "--model", "a\x1b]0;title\x07.safetensors"],
        ["adapters", "\x1b[2J\u202e"],
        ["evaluate", "no\x9bsuch"],
        ["\x1b[2J"],
        ["info", "--\x1b[2J"],
    ],
)
def test_messages_hold_no_escape_codes(capsys: Capture, arguments: list[str]) -> None:
    assert run(arguments) in (2, 3, 5, 6)
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert not any(c in err for c in "\x1b\x07\x9b\u202e")


def test_messages_are_short(capsys: Capture) -> None:
    from gsaocr.cli.streams import LONGEST, tell

    tell("x\x1b" * 10**6)
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert len(err) < 4 * LONGEST
    assert LONGEST == 2000
