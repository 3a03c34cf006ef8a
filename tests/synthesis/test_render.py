"""Rendered lines: what a sample promises, and that no letter is drawn wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gsaocr.recognizer.charset import to_reading_form
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.glyphs import FaceGlyphs, GlyphCache, Setting
from gsaocr.synthesis.render import MAX_HEIGHT, MIN_HEIGHT, LineRenderer, RenderConfig
from gsaocr.synthesis.sample import LineSample
from gsaocr.synthesis.typesetting import set_mixed

_DRAWN_FROM_OTHERS = {"\u0303", "\u0364"}
_CLEAN = RenderConfig(
    clean=1.0, neighbours=0, rules=0, scribbles=0, inverted=0, tight=0, loose=0, skew=0, rare=0
)


@pytest.fixture(scope="module")
def renderer(
    whole_face: FontFace, plain_faces: list[FontFace], corpora: list[Path]
) -> LineRenderer:
    return LineRenderer([whole_face, *plain_faces], corpora)


@pytest.fixture(scope="module")
def samples(renderer: LineRenderer) -> list[LineSample]:
    rng = np.random.default_rng(11)
    bounds = [(1, 1), (2, 10), (10, 28), (60, 90)]
    return [renderer.sample(rng, *bounds[i % 4]) for i in range(240)]


def test_images_are_grey_lines_of_bounded_height(samples: Sequence[LineSample]) -> None:
    for sample in samples:
        assert sample.image.dtype == np.uint8
        assert sample.image.ndim == 2
        assert MIN_HEIGHT <= sample.image.shape[0] <= MAX_HEIGHT
        assert sample.image.shape[1] >= 4
        assert sample.image.flags.c_contiguous


def test_most_lines_show_contrast(samples: Sequence[LineSample]) -> None:
    spans = [int(s.image.max()) - int(s.image.min()) for s in samples if len(s.text) > 3]
    assert np.mean(np.array(spans) > 60) > 0.9


def test_texts_are_in_reading_form(samples: Sequence[LineSample]) -> None:
    for sample in samples:
        assert sample.text
        assert sample.text == to_reading_form(sample.text)


def test_centres_rise_within_the_image(samples: Sequence[LineSample]) -> None:
    for sample in samples:
        assert sample.centres.shape == (len(sample.text),)
        assert sample.centres.dtype == np.float32
        assert np.all(np.diff(sample.centres) >= 0)
        assert sample.centres.min() >= 0
        assert sample.centres.max() <= 1


def test_the_same_generator_state_gives_the_same_line(
    renderer: LineRenderer, whole_face: FontFace, plain_faces: list[FontFace], corpora: list[Path]
) -> None:
    other = LineRenderer([whole_face, *plain_faces], corpora)
    for seed in range(40):
        # the first renderer has drawn many lines already: what it keeps must not show
        a = renderer.sample(np.random.default_rng(seed), 5, 40)
        b = other.sample(np.random.default_rng(seed), 5, 40)
        assert a.text == b.text
        assert np.array_equal(a.image, b.image)
        assert np.array_equal(a.centres, b.centres)


def test_a_face_is_never_asked_for_what_it_lacks(
    renderer: LineRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[tuple[FontFace, str]] = []
    drawn = LineRenderer._render

    def watched(
        self: LineRenderer, rng: np.random.Generator, document: str, face: FontFace, text: str
    ) -> LineSample:
        chosen.append((face, text))
        return drawn(self, rng, document, face, text)

    monkeypatch.setattr(LineRenderer, "_render", watched)
    rng = np.random.default_rng(12)
    for _ in range(300):
        renderer.sample(rng, 2, 40)
    assert len(chosen) == 300
    for face, text in chosen:
        assert set(text) - face.characters <= _DRAWN_FROM_OTHERS
        assert face.kind != "blackletter"
    assert len({face.kind for face, _ in chosen}) > 2


def test_text_is_written_plainly_where_no_face_has_its_letters(
    plain_faces: list[FontFace], corpora: list[Path]
) -> None:
    renderer = LineRenderer(plain_faces, corpora, RenderConfig(rare=1.0))
    rng = np.random.default_rng(13)
    known = plain_faces[0].characters
    for _ in range(150):
        assert set(renderer.sample(rng, 5, 30).text) <= known | _DRAWN_FROM_OTHERS


def test_a_missing_letter_is_an_error_not_a_box(plain_faces: list[FontFace]) -> None:
    glyphs = FaceGlyphs(plain_faces[0], 16)
    with pytest.raises(KeyError, match="ſ"):
        glyphs.glyph("ſ")


def test_a_small_e_is_drawn_above_its_vowel(whole_face: FontFace) -> None:
    glyphs = FaceGlyphs(whole_face, 16)
    plain, marked = glyphs.glyph("a"), glyphs.glyph("a\u0364")
    assert marked.top < plain.top
    assert marked.advance == plain.advance
    line = glyphs.set_line("ma\u0364n", Setting(), np.random.default_rng(0))
    assert len(line.centres) == 4
    assert line.centres == sorted(line.centres)


def test_marks_are_drawn_by_any_face_and_on_top_of_each_other(plain_faces: list[FontFace]) -> None:
    glyphs = FaceGlyphs(plain_faces[0], 16)
    once, twice = glyphs.glyph("q\u0303"), glyphs.glyph("q\u0303\u0364")
    assert twice.top < once.top < glyphs.glyph("q").top


def test_centres_lie_on_their_letters(whole_face: FontFace) -> None:
    glyphs = FaceGlyphs(whole_face, 16)
    line = glyphs.set_line("Hall offen", Setting(shake_x=0.02), np.random.default_rng(1))
    letters = [x for x, c in zip(line.centres, "Hall offen", strict=True) if c != " "]
    ends = [(pen + g.left, pen + g.left + g.bitmap.shape[1]) for g, pen, _ in line.glyphs]
    assert all(any(left <= x <= right for left, right in ends) for x in letters)


def test_centres_span_the_ink_of_a_clean_line(whole_face: FontFace, corpora: list[Path]) -> None:
    renderer = LineRenderer([whole_face], corpora, _CLEAN)
    rng = np.random.default_rng(14)
    for _ in range(60):
        sample = renderer.sample(rng, 12, 40)
        grey = sample.image.astype(float)
        inked = np.flatnonzero(grey.min(axis=0) < (grey.min() + grey.max()) / 2)
        width = sample.image.shape[1]
        step = float(np.median(np.diff(sample.centres))) * width
        assert abs(sample.centres[0] * width - inked[0]) < 1.6 * step + 3
        assert abs(sample.centres[-1] * width - inked[-1]) < 1.6 * step + 3


def test_a_fixed_pitch_squeezes_wide_letters(whole_face: FontFace) -> None:
    glyphs = FaceGlyphs(whole_face, 16)
    line = glyphs.set_line("mmm", Setting(pitch=0.6), np.random.default_rng(2))
    assert line.width == pytest.approx(3 * 0.6 * 16)
    assert np.diff(line.centres) == pytest.approx(0.6 * 16)


def test_the_cache_of_faces_gives_up_the_oldest(plain_faces: list[FontFace]) -> None:
    from gsaocr.synthesis.glyphs import GlyphCache

    cache = GlyphCache(limit=2)
    first = cache.get(plain_faces[0], 16)
    assert cache.get(plain_faces[0], 16) is first
    cache.get(plain_faces[1], 16)
    cache.get(plain_faces[2], 16)
    assert cache.get(plain_faces[0], 16) is not first


def test_no_face_is_an_error(plain_faces: list[FontFace], corpora: list[Path]) -> None:
    blackletter = [f for f in plain_faces if f.kind == "blackletter"]
    with pytest.raises(ValueError, match="face"):
        LineRenderer(blackletter, corpora)


def test_small_capitals_stand_for_small_letters(whole_face: FontFace) -> None:
    cache = GlyphCache()
    glyphs = cache.get(whole_face, 16)
    lowered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        line = set_mixed(rng, cache, glyphs, [whole_face], "Saw Rubens paint", Setting())
        drawn = "".join(line.units)
        assert drawn.lower() == "saw rubens paint"
        assert len(line.centres) == len("Saw Rubens paint")
        if drawn != "Saw Rubens paint":
            lowered += 1
            letters = zip(line.glyphs, drawn.replace(" ", ""), strict=True)
            small = [(g, glyphs.glyph(u)) for (g, _, _), u in letters if u in "UBENAWPIT"]
            assert small
            assert all(g.bitmap.shape[0] < 0.95 * full.bitmap.shape[0] for g, full in small)
    assert lowered > 10


@pytest.mark.parametrize("text", ["rubens", "RUBENS", "rubens painted"])
def test_small_capitals_alone_are_not_drawn(whole_face: FontFace, text: str) -> None:
    cache = GlyphCache()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        line = set_mixed(rng, cache, cache.get(whole_face, 16), [whole_face], text, Setting())
        drawn = "".join(line.units)
        # Something else has to show how high a capital is, or how small letters look.
        assert drawn == text or any(c.islower() for c in drawn)


def test_lines_are_set_without_a_shaping_library(
    renderer: LineRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import ImageFont

    real = ImageFont.FreeTypeFont.getlength

    def plain(font: ImageFont.FreeTypeFont, *args: Any, **kwargs: Any) -> float:
        if kwargs.get("features"):
            raise KeyError("font features is not supported without libraqm")
        return real(font, *args, **kwargs)

    monkeypatch.setattr(ImageFont.FreeTypeFont, "getlength", plain)
    monkeypatch.setattr("gsaocr.synthesis.glyphs.CAN_SHAPE", False)
    lines = [renderer.sample(np.random.default_rng([4, n]), 10, 40) for n in range(20)]
    assert all(len(line.centres) == len(line.text) for line in lines)
