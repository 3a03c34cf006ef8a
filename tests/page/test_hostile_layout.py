"""PAGE and ALTO files of others: a wrong one is refused in one line, whatever is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsaocr.errors import InputError
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS

read, read_truth = TARGETS["layout"].read, TARGETS["truth"].read
LAYOUTS = TARGETS["layout"].make()
NUMBERS = ["inf", "-inf", "nan", "1e999", "9" * 400, "1e300", "-5", "0", "1e-300", "", "x", "1e8"]
ENCODINGS = ["foo", "UTF-16", "utf-7", "idna", "rot13", "UTF" + "9" * 300]


@pytest.mark.parametrize("reader", [read, read_truth])
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("old", ['="400"', '="200"', '="10"', "390,", '="380"', "10 40", '="40"'])
def test_numbers(tmp_path: Path, reader: object, number: str, old: str) -> None:
    assert callable(reader)
    path = tmp_path / "page.xml"
    for layout in LAYOUTS[-2:]:
        mark = old.strip('="')
        changed = layout.replace(old.encode(), old.replace(mark.strip(","), number).encode())
        path.write_bytes(changed)
        try:
            reader(path)
        except InputError as error:
            message = str(error)
            assert "page.xml" in message
            assert len(message) < 600


@pytest.mark.parametrize("reader", [read, read_truth])
@pytest.mark.parametrize("encoding", ENCODINGS, ids=range(len(ENCODINGS)))
def test_encodings(tmp_path: Path, reader: object, encoding: str) -> None:
    assert callable(reader)
    path = tmp_path / "page.xml"
    path.write_bytes(LAYOUTS[2].replace(b"UTF-8", encoding.encode()))
    with pytest.raises(InputError):
        reader(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_mutants(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    path = tmp_path / "page.xml"
    path.write_bytes(mutated(random_, random_.choice(LAYOUTS), random_.choice(LAYOUTS), True))
    for reader in (read, read_truth):
        try:
            reader(path)
        except InputError as error:
            message = str(error)
            assert len(message) < 1500
