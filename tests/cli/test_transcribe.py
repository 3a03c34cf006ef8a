"""gsaocr transcribe, apart from the reading itself."""

from __future__ import annotations

import json
import signal
import subprocess
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gsaocr.cli.app import run
from tests.cli.conftest import Program
from tests.cli.fake_pipeline import spelled

Calls = list[dict[str, Any]]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("one", "two", "blank", "fault", "slow"):
        scan(folder / f"{name}.png", name)
    (folder / "bad.png").write_text("no image")
    return folder


def scan(path: Path, text: str) -> Path:
    """An image that the fake reader reads as a text."""
    Image.fromarray(spelled(text)).save(path, "PNG")
    return path


def test_prints_text_and_nothing_else(scans: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["transcribe", str(scans / "one.png")]) == 0
    assert capsys.readouterr() == ("one\n", "")
    (options,) = calls
    assert options == {
        "model": None,
        "device": "auto",
        "decode": None,
        "adapters": (),
        "max_megapixels": 200.0,
    }


def test_options_reach_the_reader(scans: Path, calls: Calls, capsys: Capture) -> None:
    arguments = ["--model", "m.safetensors", "--device", "cuda:1", "--decode", "joint", "--line"]
    arguments += ["--adapter", "fraktur"]
    assert run(["transcribe", str(scans / "one.png"), *arguments, "--max-megapixels", "9"]) == 0
    assert capsys.readouterr().out == "L one\n"
    assert calls[0] == {
        "model": Path("m.safetensors"),
        "device": "cuda:1",
        "decode": "joint",
        "adapters": ("fraktur",),
        "max_megapixels": 9.0,
    }


def test_several_inputs_are_separated_by_form_feeds(
    scans: Path, calls: Calls, capsys: Capture
) -> None:
    names = [str(scans / f"{name}.png") for name in ("one", "blank", "two")]
    assert run(["transcribe", *names]) == 0
    assert capsys.readouterr().out == "one\n\f\ftwo\n"


def test_blank_is_empty_text(scans: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["transcribe", str(scans / "blank.png")]) == 0
    assert capsys.readouterr() == ("", "")


def test_json_on_standard_output(scans: Path, calls: Calls, capsys: Capture) -> None:
    names = [str(scans / "one.png"), str(scans / "two.png")]
    assert run(["transcribe", "--format", "json", *names]) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [found["pages"][0]["text"] for found in documents] == ["one", "two"]


def test_files_per_input_and_format(
    scans: Path, tmp_path: Path, calls: Calls, capsys: Capture
) -> None:
    other = tmp_path / "one.png"
    scan(other, "another")
    out = tmp_path / "out" / "deep"
    names = [str(scans / "one.png"), str(other)]
    assert run(["transcribe", *names, "-o", str(out), "--format", "txt,json"]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in out.iterdir() if path.name != ".gsaocr") == [
        "one-2.json",
        "one-2.txt",
        "one.json",
        "one.txt",
    ]
    assert (out / "one.txt").read_text() == "one\n"
    assert (out / "one-2.txt").read_text() == "another\n"


def test_standard_input(
    tmp_path: Path, calls: Calls, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sys.stdin", TextIOWrapper(BytesIO(scan(tmp_path / "p", "piped").read_bytes()))
    )
    assert run(["transcribe", "-"]) == 0
    assert capsys.readouterr().out == "piped\n"
    monkeypatch.setattr(
        "sys.stdin", TextIOWrapper(BytesIO(scan(tmp_path / "p", "piped").read_bytes()))
    )
    assert run(["transcribe", "-", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "stdin.txt").read_text() == "piped\n"


def one_line(text: str, *parts: str) -> None:
    assert text.count("\n") == 1, text
    assert text.startswith("gsaocr: ")
    assert "Traceback" not in text
    for part in parts:
        assert part in text


def test_one_bad_input_has_its_own_exit_code(scans: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["transcribe", str(scans / "bad.png")]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    one_line(err, "bad.png", "no image")
    assert run(["transcribe", str(scans / "none.png")]) == 3
    one_line(capsys.readouterr().err, "none.png", "no such file", "check the name")


def test_a_bad_input_among_several_stops_nothing(
    scans: Path, calls: Calls, capsys: Capture
) -> None:
    (scans / "worse.png").write_text("no image")
    names = [str(scans / f"{name}.png") for name in ("bad", "one", "worse", "two")]
    assert run(["transcribe", *names]) == 10
    out, err = capsys.readouterr()
    assert out == "one\n\ftwo\n"
    assert [line.split(":")[0] for line in err.splitlines()] == ["gsaocr"] * 3
    assert "2 of 4 inputs" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        ([], 2, "no input is named"),
        (["one.png", "--format", "docx"], 2, "no format 'docx'"),
        (["one.png", "--format", "txt,json"], 2, "-o DIR"),
        (["-", "-"], 2, "only once"),
        (["one.png", "--nonsense"], 2, "--nonsense"),
        (["one.png", "--max-megapixels", "many"], 2, "--max-megapixels"),
        (["one.png", "-o", "one.png"], 2, ".png is none of the formats"),
        (["one.png", "-o", "plain"], 4, "is not a folder"),
    ],
)
def test_misuse(
    scans: Path,
    calls: Calls,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    part: str,
) -> None:
    monkeypatch.chdir(scans)
    Path("plain").write_text("somebody's")
    assert run(["transcribe", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    one_line(err, part)
    assert calls == [], "nothing is loaded for a command line that can't work"


@pytest.mark.parametrize("way", ["same", "symbolic", "hard", "dotted"])
def test_an_output_never_overwrites_an_input(
    tmp_path: Path, calls: Calls, capsys: Capture, way: str
) -> None:
    image = scan(tmp_path / "scan.txt", "one")  # an image by another name
    before = image.read_bytes()
    out = tmp_path
    if way in ("symbolic", "hard"):
        out = tmp_path / "out"
        out.mkdir()
        if way == "symbolic":
            (out / "scan.txt").symlink_to(image)
        else:
            (out / "scan.txt").hardlink_to(image)
    elif way == "dotted":
        (tmp_path / "sub").mkdir()
        out = tmp_path / "sub" / ".."
    assert run(["transcribe", str(image), "-o", str(out)]) == 4
    one_line(capsys.readouterr().err, "would overwrite an input", "-o")
    assert image.read_bytes() == before
    assert calls == []


def test_output_folder_that_cannot_be_made(scans: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["transcribe", str(scans / "one.png"), "-o", str(scans / "two.png" / "x")]) == 4
    one_line(capsys.readouterr().err, "two.png")
    assert calls == []


def test_a_fault_of_the_program(scans: Path, calls: Calls, capsys: Capture) -> None:
    assert run(["transcribe", str(scans / "fault.png")]) == 70
    one_line(capsys.readouterr().err, "ZeroDivisionError: a mishap", "--debug")
    assert run(["--debug", "transcribe", str(scans / "fault.png")]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_closed_pipe(scans: Path, program: Program) -> None:
    process = program("transcribe", str(scans / "one.png"))
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(60) == 4
    one_line(process.stderr.read().decode(), "standard output", "its reader has gone", "-o DIR")


def test_standard_output_that_lacks_a_letter(scans: Path, program: Program) -> None:
    image = scan(scans / "long-s.png", "ſo")
    out, err = program(
        "transcribe", str(image), env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ).communicate(timeout=60)
    assert out == b""
    one_line(err.decode(), "ascii", "\\u017f", "PYTHONIOENCODING=utf-8")
    process = program("transcribe", str(image), env={"PYTHONIOENCODING": "iso8859-15"})
    assert process.wait(60) == 4


def test_full_device(scans: Path, program: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program("transcribe", str(scans / "one.png"), stdout=full)
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 4
    one_line(err.decode(), "standard output", "No space left")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption(scans: Path, tmp_path: Path, program: Program, number: int) -> None:
    out = tmp_path / "out"
    process = program("transcribe", str(scans / "one.png"), str(scans / "slow.png"), "-o", str(out))
    assert process.stderr
    assert process.stderr.readline() == b"started\n"
    process.send_signal(number)
    assert process.stderr.readline() == (
        b"gsaocr: finishing the pages in hand; once more ends at once\n"
    )
    process.send_signal(number)
    assert process.wait(60) == 130
    assert process.stderr.read().decode().endswith("gsaocr: interrupted\n")
    assert [path.name for path in out.iterdir() if path.suffix] == ["one.txt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_pages_in_hand_are_finished(
    scans: Path, tmp_path: Path, program: Program, number: int
) -> None:
    out = tmp_path / "out"
    image = scan(scans / "last.png", "slow2")
    names = [str(scans / "one.png"), str(image), str(scans / "two.png")]
    process = program("transcribe", *names, "-o", str(out))
    assert process.stderr
    assert process.stderr.readline() == b"started\n"
    process.send_signal(number)
    assert process.wait(60) == 130
    assert process.stderr.read().decode().endswith("--resume goes on\ngsaocr: interrupted\n")
    assert sorted(path.name for path in out.iterdir() if path.suffix) == ["last.txt", "one.txt"]
    process = program("transcribe", *names, "-o", str(out), "--resume")
    assert process.wait(60) == 0
    assert process.stderr
    assert "1 read, 2 skipped, 0 failed" in process.stderr.read().decode()
    assert (out / "two.txt").read_text() == "two\n"


def test_standard_input_that_is_closed(program: Program) -> None:
    process = program("transcribe", "-", preexec_fn=lambda: __import__("os").close(0), stdin=None)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 3
    one_line(err.decode(), "standard input is closed")


def test_plain_process(scans: Path, program: Program) -> None:
    process = program("transcribe", "-", stdin=subprocess.PIPE)
    content = scan(scans / "long-s.png", "ſo").read_bytes()
    out, err = process.communicate(content, timeout=60)
    assert (out.decode(), err, process.returncode) == ("ſo\n", b"", 0)
