"""The Dockerfile copies what is there and installs what is tested; building it needs a daemon."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

DOCKERFILE = ROOT / "Dockerfile"


@pytest.fixture(scope="module")
def text() -> str:
    if not DOCKERFILE.is_file():
        pytest.skip("not in a checkout")
    return DOCKERFILE.read_text(encoding="utf-8")


def test_what_it_copies_is_there_and_not_ignored(text: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [
        word for line in re.findall(r"^COPY (.+)$", text, re.M) for word in line.split()[:-1]
    ]
    assert {"gsaocr", "models", "pyproject.toml", "hatch_build.py"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source


def test_it_installs_the_pytorch_that_is_tested(text: str) -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (tested,) = re.findall(r"^torch==([\d.]+)$", constraints, re.M)
    assert f'"torch=={tested}+cpu"' in text


def test_it_has_one_stage(text: str) -> None:
    assert len(re.findall(r"^FROM ", text, re.M)) == 1
