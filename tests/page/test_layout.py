"""Lines of printed pages are found where they were printed, in reading order, however turned."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gsaocr.page.document import Box
from gsaocr.page.layout import find_lines
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutLine, PageLayout
from gsaocr.page.prepare import prepare
from tests.page.printed import Sheet, book_page, iou

Grey = NDArray[np.uint8]


def layout_of(grey: Grey) -> PageLayout:
    return find_lines(prepare(PageImage(np.ascontiguousarray(grey))))


def skewed(grey: Grey, degrees: float) -> Grey:
    """The page with its lines sinking by an angle, grown so that nothing is lost."""
    height, width = grey.shape
    pad = int(0.3 * max(height, width))
    grown = np.asarray(cv2.copyMakeBorder(grey, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=255))
    centre = (width / 2 + pad - 0.5, height / 2 + pad - 0.5)
    matrix = cv2.getRotationMatrix2D(centre, -degrees, 1)
    size = (grown.shape[1], grown.shape[0])
    return np.asarray(cv2.warpAffine(grown, matrix, size, borderValue=255), np.uint8)


def assert_lines(lines: Sequence[LayoutLine], boxes: Sequence[tuple[float, ...]]) -> None:
    """The lines are the boxes, one for one and in order."""
    assert len(lines) == len(boxes)
    for line, box in zip(lines, boxes, strict=True):
        assert iou(line.box, Box(*box)) > 0.6, (line.box, box)


def test_lines_of_a_book_page() -> None:
    sheet = book_page()
    layout = layout_of(sheet.grey)
    assert_lines(layout.lines, sheet.boxes)
    assert layout.orientation == 0
    assert layout.skew == pytest.approx(0, abs=0.1)
    assert len(layout.regions) >= 3  # heading, text, page number


@pytest.mark.parametrize("degrees", [-14.0, -3.0, 0.7, 8.0, 15.0])
def test_skew_is_found_to_a_tenth_of_a_degree(degrees: float) -> None:
    sheet = book_page()
    layout = layout_of(skewed(sheet.grey, degrees))
    assert layout.orientation == 0
    assert layout.skew == pytest.approx(degrees, abs=0.15)
    assert len(layout.lines) == len(sheet.boxes)
    for line in layout.lines[1:-1]:
        (x0, y0), (x1, y1) = line.cells[0].baseline
        assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(degrees, abs=0.4)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_page_has_the_turned_lines(quarters: int) -> None:
    grey = book_page().grey
    height, width = grey.shape
    upright = layout_of(grey)
    turned = layout_of(np.rot90(grey, -quarters))
    # Which of the two directions along the axis is the reader's to say.
    if quarters == 2 or turned.orientation != 90 * quarters:
        turned = turned.turned()
    assert turned.orientation == 90 * quarters
    assert len(turned.lines) == len(upright.lines)

    def place(x: float, y: float) -> tuple[float, float]:
        return {1: (height - y, x), 2: (width - x, height - y), 3: (y, width - x)}[quarters]

    for one, other in zip(upright.cells, turned.cells, strict=True):
        expected = [place(*point) for point in one.polygon]
        assert np.abs(np.array(expected) - other.polygon).max() < 2.5
        a, b = one.crop().astype(int), other.crop().astype(int)
        assert abs(a.shape[0] - b.shape[0]) <= 3
        assert abs(a.shape[1] - b.shape[1]) <= 3


def test_turning_twice_changes_nothing() -> None:
    layout = layout_of(book_page().grey)
    again = layout.turned().turned()
    assert again.regions == layout.regions
    assert again.orientation == layout.orientation
    assert [line.box for line in layout.turned().lines] == [ln.box for ln in layout.lines[::-1]]


def test_crops_have_like_proportions_and_only_their_own_ink() -> None:
    sheet = Sheet(800, 260)
    for k in range(6):
        # Lines so close that descenders stand between the ascenders below.
        sheet.line(50, 20 + 32 * k, "happy golfing by a jolly quay", 30)
    layout = layout_of(sheet.grey)
    assert len(layout.lines) == 6
    heights = [cell.crop().shape[0] for cell in layout.cells]
    assert max(heights) - min(heights) <= 2
    alone = Sheet(800, 260)
    alone.line(50, 84, "happy golfing by a jolly quay", 30)
    only = layout_of(alone.grey)
    ink = 255 - only.cells[0].crop().astype(int)
    among = 255 - layout.cells[2].crop().astype(int)
    assert among.sum() == pytest.approx(ink.sum(), rel=0.06)
    x_height = layout.cells[2].x_height / heights[2]
    assert 0.3 < x_height < 0.5


def test_crop_of_a_level_line_is_the_page_itself() -> None:
    sheet = Sheet(500, 120)
    sheet.line(40, 40, "exactly these pixels", 30)
    layout = layout_of(np.where(sheet.grey > 127, 255, 0).astype(np.uint8))
    crop = layout.cells[0].crop()
    assert set(np.unique(crop)) >= {0, 255}
    assert ((crop > 40) & (crop < 215)).mean() < 0.2


def test_columns_are_read_one_after_the_other() -> None:
    sheet = Sheet(1400, 1000)
    sheet.line(300, 40, "A HEADING ACROSS ALL COLUMNS", 40)
    sheet.column(60, 150, 380, 14, 24)
    sheet.column(505, 150, 380, 14, 24, word=7)
    sheet.column(950, 150, 380, 14, 24, word=15)
    sheet.column(60, 720, 600, 7, 24, word=3)
    sheet.column(720, 720, 600, 7, 24, word=11)
    assert_lines(layout_of(sheet.grey).lines, sheet.boxes)


def test_table_is_read_row_by_row() -> None:
    sheet = Sheet(700, 500)
    rows = [("Bread and butter", "2", "4.50"), ("Milk", "1", "1.20"), ("Apples, red", "12", "3.99")]
    boxes = []
    for k, row in enumerate(rows * 3):
        for x, cell in zip((40, 380, 560), row, strict=True):
            sheet.line(x, 40 + 44 * k, cell, 28)
        boxes.append(Box.union(Box(*box) for box in sheet.boxes[-3:]))
    layout = layout_of(sheet.grey)
    assert len(layout.lines) == 9
    for line, box in zip(layout.lines, boxes, strict=True):
        assert iou(line.box, box) > 0.6
        assert len(line.cells) >= 2
        starts = [cell.box.x0 for cell in line.cells]
        assert starts == sorted(starts)


def lines_and_notes(sheet: Sheet) -> tuple[Sequence[LayoutLine], list[int]]:
    """The lines found, and the numbers of those in the left margin."""
    lines = layout_of(sheet.grey).lines
    return lines, [k for k, line in enumerate(lines) if line.box.x1 < 200]


def test_note_in_the_margin_is_not_mixed_into_the_text() -> None:
    sheet = Sheet(1000, 500)
    sheet.note(50, 28, ("A note in", "the margin", "of four", "short lines"), 19)
    sheet.column(240, 40, 700, 10, 26)
    lines, notes = lines_and_notes(sheet)
    assert len(notes) == 4
    assert len(lines) == 14
    assert notes == list(range(notes[0], notes[0] + 4))


def test_short_words_far_out_in_the_margin_are_kept_and_stand_apart() -> None:
    sheet = Sheet(1400, 620)
    sheet.note(50, 27, ("of the", "words", "on", "it"), 20)
    sheet.column(420, 40, 900, 12, 26)
    lines, notes = lines_and_notes(sheet)
    assert len(lines) == 16
    assert notes == [0, 1, 2, 3]


def test_goods_and_their_prices_are_rows_though_either_side_fills_its_width() -> None:
    """A receipt: a few rows of like width on both sides of the white between them."""
    sheet = Sheet(620, 420)
    left = [
        "30/03/2018 morn",
        "Durafile H399 (1",
        "Name Badge 0.55",
        "809 Metal Badge",
        "- 100's of them",
    ]
    right = ["No. : CS-20322", "Qty   Tax   RM", "200 SR 116.60", "2    SR    42.40"]
    expected = []
    for k, name in enumerate(left):
        sheet.line(40, 40 + 44 * k, name, 24)
        expected.append(40 + 44 * k)
    for price, row in zip(right, (0, 1, 2, 3), strict=True):
        sheet.line(390, 40 + 44 * row, price, 24)
    sheet.line(40, 300, "Total Amount including all of the taxes: 159.00", 24)
    lines = layout_of(sheet.grey).lines
    assert len(lines) == 6
    for line, top in zip(lines, expected, strict=False):
        assert top < (line.box.y0 + line.box.y1) / 2 < top + 30
    assert sum(line.box.x1 > 390 for line in lines) == 5


def test_labels_below_a_centred_heading_are_no_note_beside_it() -> None:
    sheet = Sheet(640, 560)
    heading = ["SETIA JAYA BOOKS", "No 290, Jalan Air Pa,", "53200, Kuala Lump.", "Tel: 03-402102"]
    for k, text in enumerate([*heading, "GST ID: 0007506739"]):
        sheet.line(200, 40 + 34 * k, text, 24)
    sheet.line(30, 256, "CASH", 24)
    sheet.line(30, 292, "Doc No", 24)
    sheet.line(200, 292, ": CS00012504", 24)
    sheet.column(30, 328, 560, 3, 24)
    middles = [(line.box.y0 + line.box.y1) / 2 for line in layout_of(sheet.grey).lines]
    assert len(middles) == 10
    assert middles == sorted(middles)


def test_initial_stands_before_its_line() -> None:
    sheet = Sheet(900, 500)
    sheet.line(40, 20, "W", 100)
    sheet.column(150, 40, 700, 2, 26)
    sheet.column(40, 40 + 4 * 1.4 * 26, 800, 5, 26)
    first = layout_of(sheet.grey).lines[0]
    assert first.cells[0].box.x1 < 150 < first.cells[1].box.x0 + 5


def test_marks_and_accents_belong_to_their_line() -> None:
    sheet = Sheet(900, 200)
    sheet.line(40, 60, "Äpfel; «être» où? fiancé: naïve, ô ñ č!", 36)
    layout = layout_of(sheet.grey)
    assert len(layout.lines) == 1
    crop = 255 - layout.cells[0].crop().astype(int)
    assert crop.sum() == pytest.approx((255 - sheet.grey.astype(int)).sum(), rel=0.03)


@pytest.mark.parametrize("length", [32, 44, 56])
def test_a_long_dash_between_words_stays_in_its_line(length: int) -> None:
    """Type founders' em dashes are longer than those of many faces of today."""
    sheet = book_page()
    row = round((sheet.boxes[4][1] + sheet.boxes[4][3]) / 2)
    grey = sheet.grey.copy()
    end = round(sheet.boxes[4][2])
    grey[row : row + 3, end + 4 : end + 4 + length] = 0
    line = layout_of(grey).lines[4]
    assert line.cells[-1].box.x1 == pytest.approx(end + 4 + length, abs=4)
    below = sheet.grey.copy()
    foot = round(sheet.boxes[4][3]) + 2
    below[foot : foot + 3, end + 4 : end + 4 + length] = 0
    assert layout_of(below).lines[4].cells[-1].box.x1 == pytest.approx(end, abs=4)


def test_rules_and_frames_are_no_text() -> None:
    sheet = Sheet(800, 400)
    for k in range(5):
        sheet.line(80, 70 + 50 * k, "text within a frame, underlined", 28)
    grey = sheet.grey.copy()
    cv2.rectangle(grey, (30, 30), (770, 370), 0, 3)
    cv2.line(grey, (80, 103), (480, 103), 0, 2)
    assert_lines(layout_of(grey).lines, sheet.boxes)


def test_light_text_on_a_bar_is_cut_out_dark() -> None:
    sheet = book_page()
    grey = sheet.grey.copy()
    bar = Sheet(700, 60)
    bar.line(30, 12, "White words on black", 30)
    grey[-80:-20, 100:800] = 255 - bar.grey
    layout = layout_of(grey)
    assert len(layout.lines) == len(sheet.boxes) + 1
    crop = layout.lines[-1].cells[0].crop()
    assert np.median(crop) > 240
    assert crop.min() < 60


def test_dotted_letters_are_mended() -> None:
    sheet = Sheet(900, 400)
    sheet.column(60, 60, 760, 5, 36)
    big = np.asarray(cv2.resize(sheet.grey, None, fx=1, fy=1))
    dots = np.full_like(big, 255)
    dark = big[1::3, 1::3] < 128
    for dy in (0, 1):
        for dx in (0, 1):
            view = dots[1 + dy :: 3, 1 + dx :: 3]
            rows, columns = min(view.shape[0], dark.shape[0]), min(view.shape[1], dark.shape[1])
            view[:rows, :columns][dark[:rows, :columns]] = 0
    lines = layout_of(dots).lines
    assert_lines(lines, sheet.boxes)


@pytest.mark.parametrize(
    "grey",
    [
        np.full((1, 1), 255, np.uint8),
        np.full((1, 1), 0, np.uint8),
        np.full((300, 200), 255, np.uint8),
        np.full((300, 200), 0, np.uint8),
        np.full((2, 3000), 128, np.uint8),
    ],
    ids=["white pixel", "black pixel", "white", "black", "strip"],
)
def test_pages_without_text_have_no_lines(grey: Grey) -> None:
    assert layout_of(grey).lines == ()


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_survived(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layout = layout_of(rng.integers(0, 256, (200, 300), dtype=np.uint8))
    for cell in layout.cells:
        assert cell.crop().size


def test_a_strip_is_not_blown_up_by_a_skew() -> None:
    """Made level at a few degrees, a strip of 60,000 x 40 pixels would take gigabytes."""
    rng = np.random.default_rng(1)
    strip = np.where(rng.random((24, 12_000)) < 0.1, 0, 255).astype(np.uint8)
    for grey in (strip, strip.T):
        layout = layout_of(grey)
        for source in {id(cell.source): cell.source for cell in layout.cells}.values():
            assert source.labels.size <= 4 * grey.size  # type: ignore[attr-defined]
