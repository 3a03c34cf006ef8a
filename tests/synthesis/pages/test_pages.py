"""Rendered pages: every kind is drawn, the truth lies on the ink, and measuring stays apart."""

from __future__ import annotations

import lzma
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gsaocr.page.page_truth import PageSample, TextLine
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.pages import colours, mixture
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.held_out import HELD_SHARE, is_held_out
from gsaocr.synthesis.pages.picture import told
from gsaocr.synthesis.pages.renderer import PageConfig, PageRenderer
from gsaocr.synthesis.pages.texts import PageTexts
from gsaocr.synthesis.pages.type import MASTER, Type, TypeCase

_CLEAN = PageConfig(photographed=0, askew=0, edge=0, clean=1, negative=0)
_BENT = PageConfig(photographed=1, askew=1, edge=0, clean=1, negative=0)


@pytest.fixture(scope="module")
def drawn(whole_face: FontFace, corpora: list[Path]) -> PageRenderer:
    assert not is_held_out(whole_face.family)
    return PageRenderer([whole_face], corpora)


def band_mask(sample: PageSample, line: TextLine, grow: float = 0.0) -> NDArray[np.bool_]:
    """The pixels of a line's band, from below its baseline to over its x-height."""
    mask = np.zeros(sample.image.shape[:2], np.uint8)
    outline = line.band(line.ascent + grow, line.descent + grow)
    cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(bool)


def ink_share(sample: PageSample, line: TextLine) -> float:
    """The share of a line's band that differs from the paper around it."""
    grey = cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY).astype(float)
    inside = band_mask(sample, line)
    around = band_mask(sample, line, 0.4 * line.x_height) & ~inside
    if inside.sum() < 30 or around.sum() < 10:
        return 1.0
    return float((np.abs(grey[inside] - np.median(grey[around])) > 20).mean())


@pytest.mark.parametrize("kind", sorted(mixture.KINDS))
def test_every_kind_is_drawn(kind: str, drawn: PageRenderer) -> None:
    found = 0
    for seed in range(3):
        sample = drawn.sample(np.random.default_rng(seed), 160, 208, kind)
        assert sample.image.shape == (160, 208, 3)
        assert sample.image.dtype == np.uint8
        found += len(sample.lines)
        for line in sample.lines:
            assert np.isfinite(line.polygon).all()
            assert line.x_height > 0.5
            assert (line.baseline > -60).all()
            assert (line.baseline < 270).all()
    assert found > 0


def test_a_seed_gives_the_same_view(
    drawn: PageRenderer, whole_face: FontFace, corpora: list[Path]
) -> None:
    fresh = PageRenderer([whole_face], corpora)
    for seed in range(6):
        one, other = (r.sample(np.random.default_rng(seed), 96, 128) for r in (drawn, fresh))
        assert np.array_equal(one.image, other.image)
        assert [line.text for line in one.lines] == [line.text for line in other.lines]


@pytest.mark.parametrize("config", [_CLEAN, _BENT], ids=["flat", "bent"])
def test_truth_lies_on_ink(config: PageConfig, drawn: PageRenderer) -> None:
    """Bands differ from the paper around them."""
    drawn.config = config
    shares = []
    for seed in range(14):
        sample = drawn.sample(np.random.default_rng(seed), 200, 240, "book")
        shares += [
            ink_share(sample, line)
            for line in sample.lines
            if 6 < line.x_height < 30 and line.length > 20
        ]
    drawn.config = PageConfig()
    assert len(shares) > 40
    assert np.mean(np.array(shares) > 0.12) > 0.93


def test_what_is_lost_is_neither_text_nor_its_absence() -> None:
    image = np.full((40, 120, 3), 250, np.uint8)
    image[14:24, 10:50:4] = 20
    image[14:24, 70:110:4] = 20
    lines = tuple(
        TextLine(np.array([[x, 24.0], [x + 40, 24.0]]), 10, 10, 0, False) for x in (10.0, 70.0)
    )
    lost = image.copy()
    lost[:, 60:] = np.random.default_rng(0).integers(0, 256, (40, 60, 3))
    left = told(PageSample(lost, lines), image)
    assert left.lines == lines[:1]
    assert np.array_equal(left.ignore[0], lines[1].polygon)


def test_negatives_have_light_letters(drawn: PageRenderer) -> None:
    drawn.config = PageConfig(photographed=0, askew=0, edge=0, clean=1, negative=1, dirty=0)
    right = []
    for seed in range(20):
        sample = drawn.sample(np.random.default_rng(seed), 160, 200, "old book")
        for line in sample.lines:
            if 6 < line.x_height < 30 and line.length > 20:
                grey = cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY).astype(float)
                inside = band_mask(sample, line)
                around = band_mask(sample, line, 0.4 * line.x_height) & ~inside
                if inside.sum() and around.sum() > 10:
                    brighter = grey[inside].mean() > np.median(grey[around])
                    right.append(brighter == line.light)
    drawn.config = PageConfig()
    assert len(right) > 20
    assert np.mean(right) > 0.9  # grounds of stripes tell little about brightness


def test_lines_stand_where_their_letters_are(whole_face: FontFace, corpora: list[Path]) -> None:
    """On a plain page the bands hold all the ink, and their edges are those of the ink."""
    case = TypeCase([whole_face])
    canvas = Canvas(200, 100, Rect(0, 0, 200, 100), 2.0, colours.WHITE)
    canvas.text(case.type(whole_face, 16.0).set("hamburg"), 20.0, 60.0, colours.BLACK)
    (line,) = canvas.lines
    dark = np.argwhere(np.asarray(canvas.image.convert("L")) < 128) / 2
    low, high = dark.min(axis=0), dark.max(axis=0) + 0.5
    assert line.baseline[0, 0] == pytest.approx(low[1], abs=1)
    assert line.baseline[1, 0] == pytest.approx(high[1], abs=1)
    assert line.baseline[0, 1] - line.ascent == pytest.approx(low[0], abs=1)
    assert line.baseline[0, 1] + line.descent == pytest.approx(high[0], abs=1)
    assert line.x_height == 8


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turned_parts_have_turned_truth(quarters: int, whole_face: FontFace) -> None:
    case = TypeCase([whole_face])
    canvas = Canvas(200, 160, Rect(10, 20, 190, 140), 1.5, colours.WHITE)
    with canvas.part(Rect(30, 30, 170, 130), quarters) as part:
        assert part is not None
        assert (part.width, part.height) == ((140, 100) if quarters % 2 == 0 else (100, 140))
        part.text(case.type(whole_face, 12.0).set("gab"), 20, 40, colours.BLACK)
    (line,) = canvas.lines
    assert line.quarter == quarters
    moved = TextLine(line.baseline - (10, 20), line.x_height, line.ascent, line.descent, False)
    sample = PageSample(
        cv2.resize(np.asarray(canvas.image), (180, 120), interpolation=cv2.INTER_AREA), (moved,)
    )
    dark = sample.image[..., 0] < 160
    assert dark.sum() > 20
    assert (dark & band_mask(sample, moved, 1.0)).sum() == dark.sum()
    # not only the place: the ascender is at the far end in the reading direction
    assert ink_share(sample, moved) > 0.15


def test_light_letters_are_told_from_their_ground(whole_face: FontFace) -> None:
    case = TypeCase([whole_face])
    canvas = Canvas(200, 100, Rect(0, 0, 200, 100), 1.0, colours.WHITE)
    canvas.fill(Rect(0, 50, 200, 100), colours.BLACK)
    run = case.type(whole_face, 10.0).set("abc")
    canvas.text(run, 20, 30, colours.BLACK)
    canvas.text(run, 20, 80, colours.WHITE)
    canvas.text(run, 100, 80, (200, 60, 60))
    assert [line.light for line in canvas.lines] == [False, True, True]


def test_letters_scaled_down_keep_their_places(whole_face: FontFace) -> None:
    case = TypeCase([whole_face])
    large = Type(case._masters.get(whole_face, MASTER), MASTER)
    small = Type(case._masters.get(whole_face, MASTER), 7.3)
    for letter in "xhpM.":
        assert small.letter(letter).ink == pytest.approx(
            np.array(large.letter(letter).ink) * 7.3 / MASTER
        )
        mask = small.letter(letter).mask
        assert mask is not None
        top = small.letter(letter).top + np.flatnonzero(np.asarray(mask).max(axis=1) > 80)[0]
        assert top == pytest.approx(small.letter(letter).ink[1], abs=1.01)


def test_measuring_keeps_faces_and_paragraphs_apart(tmp_path: Path, whole_face: FontFace) -> None:
    paragraphs = [f"This is a paragraph with the number {i}, long enough to be set in lines." for i
                  in range(2000)]  # fmt: skip
    path = tmp_path / "english.txt.xz"
    path.write_bytes(lzma.compress("\n".join(paragraphs).encode()))
    parts = [set(PageTexts([path], held)._paragraphs["english"]) for held in (False, True)]
    assert parts[0] | parts[1] == set(paragraphs)
    assert not parts[0] & parts[1]
    assert abs(len(parts[1]) / 2000 - HELD_SHARE) < 0.03

    faces = [
        FontFace(whole_face.path, 0, f"Face {i}", "serif", bold, False, whole_face.characters)
        for i in range(60)
        for bold in (False, True)
    ]
    families = [{f.family for f in TypeCase(faces, held).faces} for held in (False, True)]
    assert families[0] | families[1] == {f.family for f in faces}
    assert not families[0] & families[1]
    assert families[1]


def test_no_face_or_text_left(whole_face: FontFace, corpora: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="face"):
        PageRenderer([], corpora)
    empty = tmp_path / "english.txt.xz"
    empty.write_bytes(lzma.compress(b"too short\n"))
    with pytest.raises(ValueError, match="paragraph"):
        PageRenderer([whole_face], [empty])
