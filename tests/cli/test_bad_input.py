"""Bad files through the whole program: one line, the right exit code, no traceback, no network."""

from __future__ import annotations

import socket
import struct
import zlib
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest
import torch

from gsaocr.cli.app import run
from gsaocr.recognizer.weights import save_model
from tests.recognizer.conftest import tiny

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that reads nonsense."""
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save_model(tiny(spread=0.2), path)
    return path


def png(grey: np.ndarray) -> bytes:
    return cv2.imencode(".png", grey)[1].tobytes()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises a size and whose pixels never come."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    data = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


SCAN = png(np.tile(np.uint8([255, 255, 0, 255]), (40, 50)))
BAD = {
    "empty": b"",
    "text": b"no image at all",
    "half": SCAN[: len(SCAN) // 2],
    "cut header": SCAN[:20],
    "no pixels": png_of_size(0, 10),
    "too large": png_of_size(30_000, 30_000),
}


def one_line(text: str, *parts: str) -> None:
    assert text.count("\n") == 1, text
    assert text.startswith("gsaocr: ")
    for part in parts:
        assert part in text


@pytest.mark.parametrize("kind", BAD)
def test_bad_image(tmp_path: Path, model: Path, capsys: Capture, kind: str) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(BAD[kind])
    for options in ([], ["--line"]):
        assert run(["transcribe", str(path), "--model", str(model), *options]) == 3
        out, err = capsys.readouterr()
        assert out == ""
        one_line(err, str(path), "; ")


def test_larger_images_on_request(tmp_path: Path, model: Path, capsys: Capture) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(png(np.full((1000, 1100), 255, np.uint8)))
    command = ["transcribe", str(path), "--model", str(model), "--max-megapixels"]
    assert run([*command, "1"]) == 3
    one_line(capsys.readouterr().err, "megapixel")
    assert run([*command, "2"]) == 0
    assert capsys.readouterr() == ("", "")


def test_folder_and_missing_file(tmp_path: Path, model: Path, capsys: Capture) -> None:
    assert run(["transcribe", str(tmp_path / "none.png"), "--model", str(model)]) == 3
    one_line(capsys.readouterr().err, "none.png")


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (200, 150)])
def test_nothing_on_the_page_is_empty_text(
    tmp_path: Path, model: Path, capsys: Capture, level: int, shape: tuple[int, int]
) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(png(np.full(shape, level, np.uint8)))
    assert run(["transcribe", str(path), "--model", str(model)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["missing", "empty", "half", "text", "folder"])
def test_bad_model(tmp_path: Path, model: Path, capsys: Capture, kind: str) -> None:
    scan, bad = tmp_path / "scan.png", tmp_path / "bad.safetensors"
    scan.write_bytes(SCAN)
    whole = model.read_bytes()
    content = {"empty": b"", "half": whole[: len(whole) // 2], "text": b"not a model"}
    if kind in content:
        bad.write_bytes(content[kind])
    elif kind == "folder":
        bad.mkdir()
    assert run(["transcribe", str(scan), "--model", str(bad)]) == 5
    one_line(capsys.readouterr().err, "bad.safetensors", "--model")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_cuda_that_is_not_there(tmp_path: Path, model: Path, capsys: Capture) -> None:
    scan = tmp_path / "scan.png"
    scan.write_bytes(SCAN)
    for command in (["transcribe", str(scan)], ["evaluate", str(scan)]):
        (tmp_path / "scan.gt.txt").write_text("a")
        assert run([*command, "--model", str(model), "--device", "cuda"]) == 7
        one_line(capsys.readouterr().err, "cuda", "--device cpu")


def test_unknown_device_and_decoding(tmp_path: Path, model: Path, capsys: Capture) -> None:
    scan = tmp_path / "scan.png"
    scan.write_bytes(SCAN)
    for option in (["--device", "gpu"], ["--decode", "guess"]):
        assert run(["transcribe", str(scan), "--model", str(model), *option]) == 2
        one_line(capsys.readouterr().err, option[0])


def test_opens_no_network_connection(
    sample_scan: Path,
    tmp_path: Path,
    model: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*arguments: object, **options: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = cv2.imread(str(sample_scan), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    part = tmp_path / "part.png"
    part.write_bytes(png(page[150:320]))
    (tmp_path / "part.gt.txt").write_text("a")
    options = ["--model", str(model)]
    assert run(["transcribe", str(part), *options, "-o", str(tmp_path), "--format", "json"]) == 0
    assert run(["evaluate", "--pages", str(part), *options]) == 0
    assert run(["info", *options]) == 0
