"""gsaocr train-base: what the options make of a training run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gsaocr.cli.app import run
from gsaocr.errors import TrainingError

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Replace the training; what it is asked for is noted in the list."""
    from gsaocr.training import loop

    asked: list[tuple[Any, ...]] = []

    def train(training: Any, resume: bool, start: Path | None, report: Any) -> Path:
        asked.append((training, resume, start))
        if training.minutes == 0:
            raise TrainingError("fonts", "no usable font found", "give --fonts DIR")
        report(loop.Report(25, 1234, 0.5, 2e-3, {"ctc": 3.5}, 40.4, 88.8, 0.25))
        return Path(training.out) / "model.safetensors"

    monkeypatch.setattr(loop, "train", train)
    return asked


def test_options(trained: list[tuple[Any, ...]], capsys: Capture) -> None:
    options = (
        "--out o --minutes 2 --pack p --fonts f1 --fonts f2 --corpora c --lines l --real-share 0.5 "
        "--folded-lines u --frames 0.5 --decoder --decoder-gradient 0.1 --learning-rate 1e-3 "
        "--batch-pixels 99 --seed 7 --workers 3 --threads 2 --device cpu --precision bfloat16 "
        "--start s"
    )
    assert run(["train-base", *options.split()]) == 0
    ((training, resume, start),) = trained
    assert (resume, start) == (False, Path("s"))
    assert training.out == Path("o")
    assert training.fonts == (Path("f1"), Path("f2"), Path("p/fonts"))
    assert training.corpora == (Path("c"), Path("p/text"))
    assert (training.lines, training.folded_lines) == ((Path("l"),), (Path("u"),))
    assert (training.real_share, training.minutes, training.learning_rate) == (0.5, 2, 1e-3)
    assert (training.frames_share, training.decoder, training.decoder_gradient) == (0.5, True, 0.1)
    assert (training.batch_pixels, training.seed, training.workers) == (99, 7, 3)
    assert (training.threads, training.device, training.precision) == (2, "cpu", "bfloat16")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "1,234 lines, 40/s (rendering 89/s, 25 % waiting), ctc 3.500",
        "gsaocr: wrote o/model.safetensors",
    ]


def test_defaults_are_those_of_the_configuration(trained: list[tuple[Any, ...]]) -> None:
    from gsaocr.training.config import TrainingConfig

    assert run(["train-base"]) == 0
    assert trained[0][0] == TrainingConfig(out=Path("runs/base"))


def test_resume(trained: list[tuple[Any, ...]]) -> None:
    assert run(["train-base", "--resume"]) == 0
    assert trained[0][1:] == (True, None)


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["--precision", "float8"], 2, "float32"),
        (["--resume", "--start", "s"], 2, "--resume"),
        (["--minutes", "0"], 8, "give --fonts DIR"),
        (["--workers", "-1"], 2, "--workers"),
    ],
)
def test_misuse(
    trained: list[tuple[Any, ...]], capsys: Capture, arguments: list[str], code: int, part: str
) -> None:
    assert run(["train-base", *arguments]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert part in err
