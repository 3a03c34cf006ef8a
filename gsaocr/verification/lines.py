"""What users care about: a line turned by h gives the same text, read by the frame h later on."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gsaocr.groups import Group, group
from gsaocr.page.load import PageImage
from gsaocr.page.prepare import prepare
from gsaocr.recognizer.line_reader import FRAME_MARGIN, LineReader, Sight
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.reading import Reading
from gsaocr.verification.claims import Expectation, Row
from gsaocr.verification.measure import SINGLE_LIMIT, Error, compare

TEXTS = (
    "The quick brown fox jumps over the lazy dog",
    "Invoice No. 4711/23",
    "TOTAL  € 1,284.50",
    "Gruß aus Köln am Rhein",
    "it was the best of times, it was the worst of times",
    "xoxox",
)
"""The lines of the check; the last reads alike upside down, so its frame may be a toss-up."""

Grey = NDArray[np.uint8]


def sample_lines() -> list[Grey]:
    """Return images of :data:`TEXTS`, dark on light, (height, width) uint8."""
    font = ImageFont.load_default(30)
    lines = []
    for text in TEXTS:
        left, top, right, bottom = font.getbbox(text)
        image = Image.new("L", (round(right - left) + 16, 44), 236)
        draw = ImageDraw.Draw(image)
        draw.text((8 - left, (44 - bottom - top) / 2), text, font=font, fill=28)
        lines.append(np.asarray(image))
    return lines


def text_rows(model: Recognizer, lora: str, count: int = len(TEXTS)) -> list[Row]:
    """Return a row per element on text and frame of ``count`` lines, and one per toss-up.

    The error of a row is the share of lines whose text or frame differs; none may. A line whose
    frame leads the next by less than ``FRAME_MARGIN`` is listed apart. Mirrored text is no text, so
    flips have no row.
    """
    of = group(model.config.group)
    reader = LineReader(model, torch.device("cpu"), "ctc")
    lines = sample_lines()[:count]
    before = reader.read_lines(lines, any_turn=True)
    after = {
        h: reader.read_lines([_turned(of, line, h) for line in lines], any_turn=True)
        for h in _readable(of)
    }
    sure = [n for n, reading in enumerate(before) if reading.margin >= FRAME_MARGIN]
    rows = []
    for h, readings in after.items():
        same = sum(_follows(of, h, before[n], readings[n]) for n in sure)
        wrong = len(sure) - same
        error = Error(wrong, wrong / len(sure)) if sure else Error(math.inf, math.inf)
        note = f"{same} of {len(sure)} lines, frame moved by {of.labels[h]}"
        if not sure:
            note = "no line's frame is decided: nothing was shown"
        rows.append(_row(of, of.labels[h], lora, error, Expectation.HOLDS, note))
    for n, reading in enumerate(before):
        if n not in sure:
            wrong = sum(not _follows(of, h, reading, after[h][n]) for h in after)
            error = Error(wrong, wrong / len(after)) if after else Error(0.0, 0.0)
            note = f"frame margin {reading.margin:.1g} < {FRAME_MARGIN:g}: listed apart"
            element = f"line {n + 1}, {TEXTS[n][:12]!r}"
            rows.append(_row(of, element, lora, error, Expectation.APPROXIMATE, note))
    return rows


def preparation_rows(model: Recognizer) -> list[Row]:
    """Return rows on prepare(turned) against turned(prepare), for lines and for a whole page."""
    of = group(model.config.group)
    reader = LineReader(model, torch.device("cpu"), "ctc")
    lines = sample_lines()[1:3]
    before = [sights[0] for sights in reader.look(lines, any_turn=True)]
    page = _page(lines)
    page_before = prepare(PageImage(page)).grey
    rows = []
    for h in _readable(of):
        after = [s[0] for s in reader.look([_turned(of, x, h) for x in lines], any_turn=True)]
        line_error = Error(0.0, 0.0)
        for first, second in zip(before, after, strict=True):
            line_error = line_error.worse(_canvas_error(of, h, first, second))
        page_after = prepare(PageImage(_turned(of, page, h))).grey
        expected = _turned(of, page_before, h)
        page_error = compare(torch.from_numpy(page_after), torch.from_numpy(expected))
        rows.append(_preparation(of, h, "line image", "float32", line_error, SINGLE_LIMIT))
        rows.append(_preparation(of, h, "page image", "uint8", page_error, 0.0))
    return rows


def _readable(of: Group) -> list[int]:
    """Return the turns of a group; a mirrored line is no text."""
    return [h for h in range(1, of.order) if not of.quarter_turns(h)[1]]


def _follows(of: Group, h: int, before: Reading, after: Reading) -> bool:
    """Whether text and frame are what they must be once the image is turned by h."""
    turns, _ = of.quarter_turns(h)
    return after.text == before.text and after.quarter == (before.quarter - turns) % 4


def _canvas_error(of: Group, h: int, before: Sight, after: Sight) -> Error:
    """Compare what the network sees of a line and of the line turned by h, brought back."""
    turns, _ = of.quarter_turns(h)
    # Each canvas is its image, or its image turned by one quarter more.
    relative = (turns + after.view.turned - before.view.turned) % 4
    expected = np.rot90(before.view.prepared.pixels, relative).copy()
    return compare(torch.from_numpy(after.view.prepared.pixels), torch.from_numpy(expected))


def _turned(of: Group, grey: Grey, h: int) -> Grey:
    """Return h . image for a grey image."""
    return np.asarray(of.act_on_image(torch.from_numpy(grey.copy()), h).contiguous(), np.uint8)


def _page(lines: list[Grey]) -> Grey:
    """Set the lines under each other on a page whose light falls off to one corner."""
    height, width = 60 * len(lines) + 40, max(line.shape[1] for line in lines) + 60
    page = np.full((height, width), 236, np.uint8)
    for n, line in enumerate(lines):
        page[20 + 60 * n : 20 + 60 * n + line.shape[0], 30 : 30 + line.shape[1]] = line
    y, x = np.mgrid[:height, :width]
    light = 1 - 0.4 * (x / width) * (y / height)
    return np.asarray(page * light, np.uint8)


def _preparation(of: Group, h: int, layer: str, precision: str, error: Error, bound: float) -> Row:
    return Row(
        check="prepare(turned) = turned(prepare)",
        layer=layer,
        group=of.name,
        element=of.labels[h],
        lora="none",
        weights="model",
        precision=precision,
        error=error,
        limit=bound,
    )


def _row(
    of: Group, element: str, lora: str, error: Error, expectation: Expectation, note: str
) -> Row:
    return Row(
        check="same text",
        layer="recognizer",
        group=of.name,
        element=element,
        lora=lora,
        weights="model",
        precision="float32",
        error=error,
        limit=0.0,
        expectation=expectation,
        note=note,
    )
