"""The order of the layer's words, on pages askew above all, and words broken at a line's end."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from PIL import Image

from gsaocr.formats import pdf_layer, pdf_word_place
from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Character, Document, Line, Page, Point, Quarter, Region, Word

_PROSE = (
    "the gardeners begin with long beds at half past seven and rake gravel before gates "
    "open on rainy days they repair tools in a shed behind palm house or sort seeds for"
)
WORDS = _PROSE.split()
SIDE = 2400  # pixels of the square page


def prose(lines: int, columns: int) -> list[str]:
    """Lines of different words, so that one in the wrong place is seen."""
    count = len(WORDS)
    return [
        " ".join([*(WORDS[(7 * row + 3 * n) % count] for n in range(columns)), f"n{row}"])
        for row in range(lines)
    ]


def laid(texts: list[str], degrees: float, size: float = 34.0, pitch: float = 44.0) -> Page:
    """Lines of text turned about the page's middle, with the boxes of their ink."""
    turn = math.radians(degrees)

    def turned(x: float, y: float) -> Point:
        x, y = x - SIDE / 2, y - SIDE / 2
        return (
            SIDE / 2 + x * math.cos(turn) - y * math.sin(turn),
            SIDE / 2 + x * math.sin(turn) + y * math.cos(turn),
        )

    lines = []
    for row, text in enumerate(texts):
        x, y, words = 300.0, 500 + row * pitch, []
        for each in text.split():
            length = 0.5 * size * len(each)
            corners = ((x + dx, y + dy) for dx in (0, length) for dy in (-0.7 * size, 0.2 * size))
            box = Box.around(turned(*corner) for corner in corners)
            words.append(Word(tuple(Character(c, box, 1.0) for c in each), box, 1.0))
            x += length + 0.3 * size
        box = Box.union(word.box for word in words)
        quarter: Quarter = round(degrees / 90) * 90 % 360  # type: ignore[assignment]
        baseline = (turned(300.0, y), turned(x, y))
        lines.append(Line(tuple(words), box, box.polygon, baseline, quarter, 0.0, 1.0))
    box = Box.union(line.box for line in lines)
    return Page(SIDE, SIDE, (Region(tuple(lines), box, box.polygon),), dpi=300.0)


def written(page: Page, folder: Path) -> Path:
    original, target = folder / "a.png", folder / "a.pdf"
    Image.new("1", (page.width, page.height), 1).save(original)
    target.write_bytes(b"".join(to_pdf(Document((page,)), WriterSettings(original=original))))
    return target


def poppler(path: Path, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    run = subprocess.run(
        ["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True
    )
    assert not run.stderr
    return run.stdout


def lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


ASKEW = [0.0, 0.3, -0.3, 0.7, -0.7, 1.2, -1.2, 1.5, -2.0, 2.4, -2.4, 4.0, -4.0, 6.0, -6.0]


@pytest.mark.parametrize("degrees", ASKEW)
@pytest.mark.parametrize("option", ["-nopgbrk", "-layout", "-raw"])
def test_pages_askew_are_in_order_to_poppler(degrees: float, option: str, tmp_path: Path) -> None:
    """Every line whole and in its place, in pdftotext's own order, by layout, and as written."""
    texts = prose(25, 14)
    assert lines_of(poppler(written(laid(texts, degrees), tmp_path), option)) == texts


@pytest.mark.parametrize("degrees", ASKEW)
def test_pages_askew_are_in_order_to_others(degrees: float, tmp_path: Path) -> None:
    texts = prose(25, 14)
    path = written(laid(texts, degrees), tmp_path)
    # Not its spaces: pypdf joins a line's last word to the next line's first if they are as high.
    found = pypdf.PdfReader(path).pages[0].extract_text()
    assert "".join(found.split()) == "".join(" ".join(texts).split())
    with pypdfium2.PdfDocument(path) as pdf:
        assert pdf[0].get_textpage().get_text_range().split() == " ".join(texts).split()


@pytest.mark.parametrize("quarter", [90, 180, 270])
@pytest.mark.parametrize("degrees", [0.0, 0.7, -0.7, 3.0, -3.0])
def test_turned_pages_askew(quarter: int, degrees: float, tmp_path: Path) -> None:
    texts = prose(12, 10)
    path = written(laid(texts, quarter + degrees), tmp_path)
    assert poppler(path, "-raw").split() == " ".join(texts).split()
    assert poppler(path).split() == " ".join(texts).split()


def test_words_of_two_columns_stay_in_theirs(tmp_path: Path) -> None:
    """Lines of a region have one size, whatever letters stand in them: they are one column."""
    left, right = prose(20, 5), prose(40, 5)[20:]
    for degrees in (0.0, 1.5, -1.5):
        first = laid(left, degrees)
        # The second column stands half a line lower, as columns do.
        second = laid(right, degrees)
        moved = _shifted(second.regions[0], 900, 20 + 900 * math.tan(math.radians(degrees)))
        page = replace(first, regions=(first.regions[0], moved))
        assert lines_of(poppler(written(page, tmp_path))) == left + right


def _shifted(region: Region, dx: float, dy: float) -> Region:
    def box(b: Box) -> Box:
        return Box(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy)

    lines = tuple(
        replace(
            line,
            words=tuple(replace(word, box=box(word.box)) for word in line.words),
            baseline=tuple((x + dx, y + dy) for x, y in line.baseline),
            box=box(line.box),
        )
        for line in region.lines
    )
    return replace(region, lines=lines, box=box(region.box))


@pytest.mark.parametrize("degrees", [0.3, -0.5, 0.7])
def test_words_stay_at_their_ink(degrees: float, tmp_path: Path) -> None:
    """A page a little askew: words keep boxes of their own, moved by a quarter of their size."""
    page = laid(prose(10, 14), degrees)
    pattern = r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>'
    found = re.findall(pattern, poppler(written(page, tmp_path), "-bbox"))
    words = list(page.words)
    assert [text for *_, text in found] == [word.text for word in words]
    for (x0, y0, x1, y1, _), word in zip(found, words, strict=True):
        pixels = Box(*(float(v) * 300 / 72 for v in (x0, y0, x1, y1)))
        assert abs(pixels.x0 - word.box.x0) < 2
        assert abs(pixels.x1 - word.box.x1) < 2
        assert abs((pixels.y0 + pixels.y1) / 2 - (word.box.y0 + word.box.y1) / 2) < 0.35 * 34


def test_line_far_askew_is_one_span(tmp_path: Path) -> None:
    """What its words look like to PDFium, which takes the innermost ActualText, is unchanged."""
    path = written(laid(["one two three"] * 3, 5.0), tmp_path)
    with pypdfium2.PdfDocument(path) as pdf:
        text = pdf[0].get_textpage()
        whole = text.get_text_range()
        boxes = [text.get_charbox(whole.index(word)) for word in ("one", "two", "three")]
    assert boxes[0][0] < boxes[1][0] < boxes[2][0]
    assert boxes[0][1] > boxes[1][1] > boxes[2][1]  # y runs upwards, the line falls


HYPHENS = "-\u00ad\u2010\u00ac\u2e17"


@pytest.mark.parametrize("hyphen", HYPHENS)
@pytest.mark.parametrize("degrees", [0.0, 0.5, 4.0])
def test_broken_words_are_found(hyphen: str, degrees: float, tmp_path: Path) -> None:
    texts = [f"a long exam{hyphen}", f"ple with sev{hyphen}", "eral words", "and no more"]
    path = written(laid(texts, degrees), tmp_path)
    with pypdfium2.PdfDocument(path) as pdf:
        text = pdf[0].get_textpage()
        for wanted in ("long example", "several", "with several words", "and no more"):
            assert text.search(wanted).get_next(), wanted
        assert "ple" not in text.get_text_range().split()
    assert " ".join(poppler(path).split()) == "a long example with several words and no more"
    # Those who heed no ActualText see what is printed.
    assert pypdf.PdfReader(path).pages[0].extract_text().split()[2:4] == ["exam-", "ple"]


def test_words_that_are_not_broken_stay_as_they_are(tmp_path: Path) -> None:
    texts = ["from Stratford-", "Upon and 1914-", "1918 to the end \u2013", "of so\u00acon", "it"]
    path = written(laid(texts, 0.0), tmp_path)
    with pypdfium2.PdfDocument(path) as pdf:
        whole = pdf[0].get_textpage().get_text_range()
    assert "StratfordUpon" not in whole
    assert "19141918" not in whole
    assert "so\u00acon" in whole


def test_broken_word_whose_half_is_left_out(tmp_path: Path) -> None:
    """The layer isn't to say twice what stands visibly on the page already."""
    page = laid(["a long exam-", "ple of it"], 0.0)
    font = pdf_layer.LayerFont()
    layer = pdf_layer.text_layer(
        page, font, "F", (1, 0, 0, -1, 0, SIDE), lambda word: word.text != "ple"
    )
    assert b"ActualText" not in layer


def test_constants_are_those_that_poppler_was_measured_with() -> None:
    """Changing one wants the orders of pages askew looked at again."""
    assert pdf_layer._WITHIN_ONE_LINE < 0.5  # maxIntraLineDelta of poppler
    assert pdf_layer._WITHIN_ONE_LINE == 0.45
    assert pdf_layer._FLATTENED == 0.9
    assert pdf_layer._ALIKE == 0.2
    assert math.degrees(pdf_word_place.LEVEL) == pytest.approx(2.5)
