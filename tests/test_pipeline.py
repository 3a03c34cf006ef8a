"""The shipped model reads a real page, whichever way it lies."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gsaocr.evaluation.metrics import count
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.page.document import Document
from gsaocr.pipeline import Reader

SAMPLE = Path(__file__).parent.parent / "docs" / "sample" / "seat-weaving.png"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load(device="cpu")


@pytest.fixture(scope="module")
def upright(reader: Reader) -> Document:
    return reader.transcribe(SAMPLE)


def cer(truth: str, reading: str) -> float:
    rule = scoring_named("normalised-joined")
    counts = count(rule(truth), rule(reading))
    return counts.character_errors / counts.characters


def turned(quarters: int) -> io.BytesIO:
    """The sample turned counter-clockwise, as a file."""
    stream = io.BytesIO()
    Image.open(SAMPLE).rotate(90 * quarters, expand=True).save(stream, "PNG")
    stream.seek(0)
    return stream


def test_a_real_page_is_read(upright: Document) -> None:
    truth = SAMPLE.with_suffix(".gt.txt").read_text(encoding="utf-8")
    assert cer(truth, upright.text) < 0.005
    assert len(upright.pages) == 1
    assert upright.pages[0].orientation == 0


def test_everything_read_lies_on_the_page(upright: Document) -> None:
    page = upright.pages[0]
    for line in page.lines:
        assert 0 <= line.confidence <= 1
        assert line.confidence == min(word.confidence for word in line.words)
        for word in line.words:
            assert line.box.x0 - 1 <= word.box.x0 <= word.box.x1 <= line.box.x1 + 1
            assert line.box.y0 - 1 <= word.box.y0 <= word.box.y1 <= line.box.y1 + 1
            assert word.box.width > 0
            starts = [c.box.x0 for c in word.characters]
            assert starts == sorted(starts)
    assert {"version", "model", "decode"} <= set(upright.provenance)


def test_ink_lies_inside_the_words_boxes(upright: Document) -> None:
    ink = np.asarray(Image.open(SAMPLE).convert("L")) < 128
    page = upright.pages[0]
    inside = np.zeros_like(ink)
    for word in page.words:
        box = word.box
        inside[int(box.y0) : int(box.y1) + 1, int(box.x0) : int(box.x1) + 1] = True
        assert ink[int(box.y0) : int(box.y1) + 1, int(box.x0) : int(box.x1) + 1].any(), word.text
    lines = np.zeros_like(ink)
    for line in page.lines:
        box = line.box
        lines[int(box.y0) : int(box.y1) + 1, int(box.x0) : int(box.x1) + 1] = True
    assert (ink & inside).sum() > 0.9 * (ink & lines).sum()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_like_an_upright_one(
    reader: Reader, upright: Document, quarters: int
) -> None:
    document = reader.transcribe(turned(quarters), name="turned.png")
    page = document.pages[0]
    assert page.orientation == (360 - 90 * quarters) % 360
    assert cer(upright.text, document.text) < 0.01
    word, same = next(page.words), next(upright.pages[0].words)
    width, height = upright.pages[0].width, upright.pages[0].height
    centre = ((same.box.x0 + same.box.x1) / 2, (same.box.y0 + same.box.y1) / 2)
    moved = {
        1: (centre[1], width - centre[0]),
        2: (width - centre[0], height - centre[1]),
        3: (height - centre[1], centre[0]),
    }[quarters]
    assert word.box.x0 - 3 <= moved[0] <= word.box.x1 + 3
    assert word.box.y0 - 3 <= moved[1] <= word.box.y1 + 3


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_line_in_any_quarter_turn(reader: Reader, quarters: int) -> None:
    font = ImageFont.load_default(40)
    image = Image.new("L", (700, 64), 255)
    ImageDraw.Draw(image).text((12, 6), "The quick brown fox, 1917", fill=0, font=font)
    stream = io.BytesIO()
    image.rotate(90 * quarters, expand=True).save(stream, "PNG")
    stream.seek(0)
    document = reader.transcribe(stream, line=True, name="line.png")
    line = next(document.pages[0].lines)
    assert line.orientation == (360 - 90 * quarters) % 360
    assert cer("The quick brown fox, 1917", line.text) < 0.15


@pytest.mark.parametrize("level", [255, 0, 128])
def test_nothing_is_read_where_nothing_is(reader: Reader, level: int) -> None:
    stream = io.BytesIO()
    Image.new("L", (400, 600), level).save(stream, "PNG")
    for line in (False, True):
        stream.seek(0)
        assert reader.transcribe(stream, line=line, name="blank.png").text == ""


def test_noise_is_no_text(reader: Reader) -> None:
    rng = np.random.default_rng(0)
    stream = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (500, 400)).astype(np.uint8)).save(stream, "PNG")
    stream.seek(0)
    assert len(reader.transcribe(stream, name="noise.png").text) < 200
