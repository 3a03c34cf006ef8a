"""Inputs never share an output."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.batch.naming import output_places


def names_of(inputs: list[str]) -> list[str]:
    return [str(place) for place in output_places([PurePath(name) for name in inputs])]


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["a.png", "b.jpg"], ["a", "b"]),
        (["x/page.png", "y/page.png"], ["x/page", "y/page"]),
        (["page.png", "page.jpg", "page.tif"], ["page", "page-2", "page-3"]),
        (["p.png", "p.jpg", "p-2.png"], ["p", "p-3", "p-2"]),
        (["p-2.png", "p.png", "p.jpg"], ["p-2", "p", "p-3"]),
        (["A.png", "a.png"], ["A", "a-2"]),
        (["archive.tar.png"], ["archive.tar"]),
        (["e\u0301.png", "é.png"], ["e\u0301", "é-2"]),
        (["new\nline 🙂.png"], ["new\nline 🙂"]),
        (["..."], ["unnamed"]),
    ],
)
def test_places(inputs: list[str], names: list[str]) -> None:
    assert names_of(inputs) == names


@given(st.lists(st.sampled_from(["a.png", "A.png", "a.jpg", "a-2.png", "a-3.png", "b.png"])))
def test_distinct_and_unique_names_are_kept(inputs: list[str]) -> None:
    names = names_of(inputs)
    assert len({name.casefold() for name in names}) == len(inputs)
    assert names == names_of(inputs)
    if inputs.count("b.png") == 1:
        assert names[inputs.index("b.png")] == "b"
    if inputs.count("a-3.png") == 1:
        assert names[inputs.index("a-3.png")] == "a-3"


def test_long_names_leave_room_for_a_suffix() -> None:
    long, other = "é" * 125 + "1.png", "é" * 125 + "2.png"
    names = names_of([long, other])
    assert len(set(names)) == 2
    assert all(len((name + "-0002.page.xml").encode()) <= 255 for name in names)
