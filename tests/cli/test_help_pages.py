"""Help: in groups, with examples, as wide as the terminal, in words and not in types."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer

from gsaocr.cli.app import app, run

Capture = pytest.CaptureFixture[str]
ROOT_COMMAND: Any = typer.main.get_command(app)
COMMANDS = list(ROOT_COMMAND.commands)
GROUPS = [
    "Input", "Reading", "Output", "PDF", "Looking at what was read", "Messages", "Many machines",
]  # fmt: skip


@pytest.fixture(params=[60, 80, 120])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_wide_as_the_terminal(capsys: Capture, command: str, columns: int) -> None:
    assert run([command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    # Command lines are copied as a whole and therefore not broken.
    widths = [len(line) for line in lines if not line.startswith("  gsaocr ")]
    assert max(widths) <= columns
    if command == "transcribe":
        assert max(widths) > columns - 20


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_three_examples_that_can_be_parsed(capsys: Capture, command: str) -> None:
    assert run([command, "--help"] if command else ["--help"]) == 0
    out = capsys.readouterr().out
    examples = [line for line in out.splitlines() if line.startswith("  gsaocr ")]
    assert len(examples) >= 3
    for example in examples:
        _, name, *arguments = shlex.split(example)
        assert name == (command or "transcribe")
        # Parsed, not run: typer refuses what it doesn't know.
        ROOT_COMMAND.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_no_types_and_explains_every_option(capsys: Capture, command: str) -> None:
    assert run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert not re.search(r"<[a-z]|list\[|\bstr\b|\bx>=|<=x", out)
    for param in ROOT_COMMAND.commands[command].params:
        if param.hidden:
            continue
        assert param.help, param.name
        assert param.help[0].isupper() or param.name == "decode", param.help
        assert getattr(param, "is_flag", False) or param.metavar, param.name
        assert param.rich_help_panel, param.name


def test_transcribe_has_groups_in_this_order(capsys: Capture) -> None:
    assert run(["transcribe", "--help"]) == 0
    headings = re.findall(r"^([A-Z].*):$", capsys.readouterr().out, re.MULTILINE)
    assert headings == [*GROUPS, "Help", "Examples"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dpi", "9"], "gsaocr: --dpi 9: must be a number from 36 to 1200; see"),
        (["--jobs", "0"], "gsaocr: --jobs 0: must be a whole number of at least 1; see"),
        (["--dpi", "fine"], "gsaocr: --dpi fine: must be a number from 36 to 1200; see"),
        (["--jobs", "2.5"], "gsaocr: --jobs 2.5: must be a whole number of at least 1; see"),
        (["--fromat", "pdf"], "Possible options: --format"),
    ],
)
def test_wrong_values_are_refused_in_words(
    capsys: Capture, arguments: list[str], said: str
) -> None:
    assert run(["transcribe", "one.png", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert "Input should" not in err


@pytest.mark.parametrize("name", ["scan.png", "no-such.PDF", "my scan.jpg"])
def test_a_file_in_the_place_of_a_command(capsys: Capture, name: str) -> None:
    assert run([name, "-o", "out.txt"]) == 2
    err = capsys.readouterr().err
    assert "is a file, not a command" in err
    assert f"gsaocr transcribe {shlex.quote(name)} -o out.txt" in err


def test_an_option_of_a_command_in_front_of_it(capsys: Capture) -> None:
    assert run(["--format", "pdf", "scan.png"]) == 2
    assert "gsaocr transcribe FILE --format" in capsys.readouterr().err
    assert run(["-l", "deu", "scan.png"]) == 2
    assert "stands after the command transcribe" in capsys.readouterr().err
    assert run(["--nonsense"]) == 2
    assert "No such option" in capsys.readouterr().err
