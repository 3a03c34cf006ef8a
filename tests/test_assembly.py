"""What becomes of readings on their way to the document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.assembly import is_typed_rule, line_of_cells
from gsaocr.page.document import Box
from gsaocr.page.page_layout import LayoutCell, LayoutLine, WholeImage
from gsaocr.recognizer.reading import Letter, Reading


def cell(x: float, x_height: float = 10.0) -> LayoutCell:
    box = Box(x, 0.0, x + 50.0, 30.0)
    level = ((x, 22.0), (x + 50.0, 22.0)), ((x, 22.0 - x_height), (x + 50.0, 22.0 - x_height))
    return LayoutCell(box, box.polygon, *level, x_height, WholeImage(np.zeros((1, 1), np.uint8)))


def line_of(*cells: LayoutCell) -> LayoutLine:
    box = Box.union(c.box for c in cells)
    return LayoutLine(cells, box, box.polygon)


def reading(text: str, confidence: float) -> Reading:
    return Reading(tuple(Letter(c, n, n + 1.0, confidence) for n, c in enumerate(text)))


def texts(line: LayoutLine, *readings: Reading) -> str:
    found = line_of_cells(line, readings)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [(".", 0.5, ""), ("b b", 0.5, ""), ("No", 0.9, "No"), ("27", 0.5, "27"), ("27", 0.1, "")],
)
def test_few_doubtful_letters_are_dirt_but_numbers_are_easily_believed(
    text: str, confidence: float, kept: str
) -> None:
    assert texts(line_of(cell(0)), reading(text, confidence)) == kept
    row = line_of(cell(0), cell(100))
    assert texts(row, reading("Total", 0.1), reading(text, confidence)) == f"Total {kept}".strip()


def test_an_initial_is_kept_in_doubt_and_so_is_a_longer_text() -> None:
    row = line_of(cell(0, x_height=16.0), cell(100))
    assert texts(row, reading("T", 0.3), reading("HE", 0.9)) == "T HE"
    assert texts(line_of(cell(0)), reading("Teo Heng", 0.01)) == "Teo Heng"
    assert texts(line_of(cell(0)), reading("", 1.0)) == ""


def test_what_a_file_says_is_a_line_is_no_dirt() -> None:
    row = replace(line_of(cell(0)), given=True)
    assert texts(row, reading(".", 0.1)) == "."
    assert texts(row, reading("-" * 30, 0.99)) == "-" * 30


def test_a_typed_rule_gives_no_line() -> None:
    assert texts(line_of(cell(0)), reading("-" * 30, 0.99)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "--------",
        "=" * 40,
        "*" * 30,
        "P---.------------------.-.--------------‡",
        "¥" + "-" * 38,
        "*XX**K*KKX****XXX*****",
    ],
)
def test_a_row_of_one_sign_is_a_rule(text: str) -> None:
    assert is_typed_rule(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "***",
        "-------",
        "........",
        "TOTAL--------12.00",
        "----Seite----",
        "00000000",
        "--------abc",
    ],
)
def test_text_is_no_rule_nor_are_points_for_what_is_left_out(text: str) -> None:
    assert not is_typed_rule(text)


@given(st.text("abcXYZ019äé", min_size=3), st.integers(0, 10))
def test_words_are_not_lost_for_a_short_rule_beside_them(word: str, dashes: int) -> None:
    assert not is_typed_rule(word + "-" * dashes)
