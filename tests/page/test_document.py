"""The document tree: its texts and boxes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word

BOX = Box(0, 0, 10, 5)


def word(text: str) -> Word:
    return Word(tuple(Character(c, BOX, 0.9) for c in text), BOX, 0.8)


def line(text: str) -> Line:
    words = tuple(word(part) for part in text.split())
    return Line(words, BOX, BOX.polygon, ((0, 4), (10, 4)), 0, 1.0, 0.7)


def test_texts() -> None:
    first = Region((line("one two"), line("three")), BOX, BOX.polygon)
    empty = Region((line(""),), BOX, BOX.polygon)
    second = Region((line("four"), line("")), BOX, BOX.polygon)
    page = Page(10, 5, (first, empty, second))
    assert page.text == "one two\nthree\n\nfour"
    assert [w.text for w in page.words] == ["one", "two", "three", "four"]
    assert Document((page, Page(1, 1, ()))).text == page.text + "\f"


finite = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(finite, finite), min_size=1))
def test_box_around_points_holds_them(points: list[tuple[float, float]]) -> None:
    box = Box.around(points)
    assert all(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for x, y in points)
    assert Box.around(box.polygon) == box
    assert Box.union([box, box]) == box
    assert box.overlap(box) == pytest.approx(box.area)


def test_boxes_apart_do_not_overlap() -> None:
    assert BOX.overlap(Box(10, 0, 20, 5)) == 0
    assert BOX.overlap(Box(5, 2, 20, 9)) == 15


def test_importing_the_tree_loads_nothing_heavy() -> None:
    code = (
        "import sys, gsaocr.page.document; "
        "assert not {'torch', 'numpy', 'cv2', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
