"""What regions are, told from size, place and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.page.document import Box, Character, Line, Quarter, RegionKind, Word
from gsaocr.page.region_kinds import RegionLines, region_kinds

WIDTH, HEIGHT = 1000.0, 1400.0
_TEXT = "as it was in the beginning and ever shall be"


def line(text: str, x: float, y: float, size: float = 10.0) -> Line:
    """A line of letters that are as wide as ``size``, its top at y."""
    box = Box(x, y, x + len(text) * size, y + 2 * size)
    words = tuple(
        Word(tuple(Character(c, box, 1.0) for c in word), box, 1.0) for word in text.split()
    )
    base = ((box.x0, box.y1), (box.x1, box.y1))
    return Line(words, box, box.polygon, base, 0, 0, 1, size)


def region(*lines: Line, cells: int = 1) -> RegionLines:
    return RegionLines(lines, [cells] * len(lines))


def column(x: float = 200, y: float = 200, rows: int = 20) -> RegionLines:
    return region(*(line(_TEXT, x, y + 30 * k) for k in range(rows)))


def kinds(*regions: RegionLines, orientation: Quarter = 0) -> list[RegionKind]:
    return region_kinds(regions, WIDTH, HEIGHT, orientation)


@pytest.mark.parametrize("text", ["17", "- 17 -", "[iv]", "XII.", "(204)"])
@pytest.mark.parametrize("y", [100, 1300])
def test_a_number_above_or_below_everything_is_the_page_number(text: str, y: float) -> None:
    assert kinds(region(line(text, 450, y)), column()) == ["page-number", "text"]


@pytest.mark.parametrize(("text", "x", "y"), [("seventeen", 450, 100), ("17", 50, 400)])
def test_other_things_are_none(text: str, x: float, y: float) -> None:
    assert kinds(region(line(text, x, y)), column()) != ["page-number", "text"]


def test_a_number_alone_on_a_page_is_text() -> None:
    assert kinds(region(line("17", 450, 100))) == ["text"]


def test_larger_letters_make_a_heading_unless_they_fill_the_page() -> None:
    title = region(line("A Chapter", 400, 100, size=14))
    assert kinds(title, column()) == ["heading", "text"]
    assert kinds(region(line("A Chapter", 400, 100, size=11)), column()) == ["text", "text"]
    assert kinds(title, column(rows=1)) == ["heading", "text"]
    poster = region(*(line(_TEXT, 100, 100 + 40 * k, size=14) for k in range(3)))
    assert kinds(poster, column(rows=2)) == ["text", "text"]


def test_scribbles_are_no_headings() -> None:
    assert kinds(region(line("2(Po 0b", 400, 100, size=14)), column()) == ["text", "text"]


def test_rows_of_cells_make_a_table() -> None:
    rows = [line(_TEXT, 200, 30 * k) for k in range(3)]
    assert kinds(region(*rows, cells=2)) == ["table"]
    assert kinds(region(*rows[:2], cells=2)) == ["text"]
    assert kinds(RegionLines(rows, [2, 1, 1])) == ["text"]


def test_a_few_short_rows_beside_the_text_are_a_note() -> None:
    note = region(line("of their", 50, 400, size=8), line("customs", 50, 420, size=8))
    assert kinds(column(), note) == ["text", "margin"]
    below = region(line("of their", 50, 1300, size=8), line("customs", 50, 1320, size=8))
    assert kinds(column(), below) == ["text", "text"]
    assert kinds(column(20, rows=20), column(520, rows=20)) == ["text", "text"]


@given(st.sampled_from([90, 180, 270]))
def test_turned_pages_have_the_same_kinds(orientation: Quarter) -> None:
    upright = [
        region(line("17", 450, 100)),
        column(),
        region(line("of their", 50, 400, size=8), line("customs", 50, 420, size=8)),
    ]
    turned = []
    for made in upright:
        lines = []
        for one in made.lines:
            b = one.box
            box = {
                90: Box(HEIGHT - b.y1, b.x0, HEIGHT - b.y0, b.x1),
                180: Box(WIDTH - b.x1, HEIGHT - b.y1, WIDTH - b.x0, HEIGHT - b.y0),
                270: Box(b.y0, WIDTH - b.x1, b.y1, WIDTH - b.x0),
            }[orientation]
            lines.append(
                Line(one.words, box, box.polygon, one.baseline, orientation, 0, 1, one.x_height)
            )
        turned.append(RegionLines(lines, made.cells))
    size = (WIDTH, HEIGHT) if orientation == 180 else (HEIGHT, WIDTH)
    expected = ["page-number", "text", "margin"]
    assert region_kinds(upright, WIDTH, HEIGHT, 0) == expected
    assert region_kinds(turned, *size, orientation) == expected
