"""The lines by which forgetting is measured: the same on every machine, and readable."""

from __future__ import annotations

import hashlib

import pytest

from gsaocr.errors import InputError
from gsaocr.evaluation.metrics import count, score
from gsaocr.model_files import default_model
from gsaocr.pipeline import Reader
from gsaocr.training import check_lines as module
from gsaocr.training.check_lines import check_lines


def test_they_are_the_ones_that_were_drawn() -> None:
    lines = check_lines()
    assert len(lines) == len({line.name for line in lines}) == 150
    digest = hashlib.sha256()
    for line in lines:
        digest.update(repr((line.image.shape, line.text)).encode())
        digest.update(line.image.tobytes())
    # Whoever draws them anew makes older figures of forgetting incomparable.
    assert digest.hexdigest() == "78aacb14015be0efa2459c66aa14a79a8ae48b0bac3e1d8cb3f60624134b97a6"
    assert [line.text for line in check_lines(3)] == [line.text for line in lines[:3]]


def test_the_base_reads_them() -> None:
    if not default_model().is_file():
        pytest.skip("no shipped model here")
    lines = check_lines(40)
    readings = Reader.load().read_lines([line.image for line in lines])
    counts = [count(line.text, got.text) for line, got in zip(lines, readings, strict=True)]
    assert score(counts).cer.value < 0.02


def test_a_missing_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "check_lines_file", lambda: default_model().with_name("none.zip"))
    with pytest.raises(InputError, match="install gsaocr again"):
        check_lines()
