"""Inputs never share an output."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.cli.output_names import output_names


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["a.png", "b.jpg", "-"], ["a", "b", "stdin"]),
        (["x/page.png", "y/page.png", "z/page.tif"], ["page", "page-2", "page-3"]),
        (["x/p.png", "y/p.png", "p-2.png"], ["p", "p-3", "p-2"]),
        (["p-2.png", "x/p.png", "y/p.png"], ["p-2", "p", "p-3"]),
        (["A.png", "a.png"], ["A", "a-2"]),
        (["archive.tar.png"], ["archive.tar"]),
        (["e\u0301.png", "é.png"], ["e\u0301", "é-2"]),
    ],
)
def test_names(inputs: list[str], names: list[str]) -> None:
    assert output_names(inputs) == names


@given(st.lists(st.sampled_from(["a.png", "A.png", "x/a.png", "a-2.png", "a-3.png", "b.png", "-"])))
def test_distinct_and_unique_names_are_kept(inputs: list[str]) -> None:
    names = output_names(inputs)
    assert len({name.casefold() for name in names}) == len(inputs)
    assert names == output_names(inputs)
    if "b.png" in inputs:
        assert names[inputs.index("b.png")] == "b"
    if "a-3.png" in inputs:
        assert names[inputs.index("a-3.png")] == "a-3"
