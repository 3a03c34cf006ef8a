"""A doubtful line is read again at other widths; nobody else is, and the surest reading stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gsaocr.recognizer.decoding import Decode
from gsaocr.recognizer.line_image import prepare_line, widened
from gsaocr.recognizer.line_reader import LineReader, Sight
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.second_look import DOUBT, WIDTHS, surest, wants_second_look


def line(width: int, height: int = 30, seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    image = np.full((height, width), 230, np.uint8)
    for x in range(4, width - 6, 9):
        image[6 + rng.integers(0, 4) : height - 6, x : x + 3] = rng.integers(0, 80)
    return image


def reading(text: str, confidence: float, evidence: float, quarter: int = 0) -> Reading:
    letters = tuple(Letter(c, float(n), n + 1.0, confidence) for n, c in enumerate(text))
    return Reading(letters, quarter, 0.5 + quarter, True, evidence)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(8, 60), st.sampled_from([*WIDTHS, 0.5, 2.0]))
def test_letters_are_wider_and_stand_where_they_stood(
    width: int, height: int, factor: float
) -> None:
    image = line(width, height)
    first = prepare_line(image, 32)
    again = widened(first, factor, 8)
    assert again.pixels.shape[0] == 32
    assert again.width % 8 == 0
    assert again.content == pytest.approx(max(1, first.content * factor), abs=1.51)
    middle = again.left + again.content / 2
    assert again.to_image(middle) == pytest.approx(width / 2, abs=0.01)
    assert again.to_image(again.left + again.content) == pytest.approx(width)
    turned = widened(prepare_line(np.ascontiguousarray(image[::-1, ::-1]), 32), factor, 8)
    assert np.abs(np.rot90(again.pixels, 2) - turned.pixels).max() < 1e-4


def test_the_surest_reading_stands_in_the_first_ones_frame() -> None:
    first = reading("abc", 0.3, -2.0, quarter=2)
    better, worse = reading("abd", 0.9, -0.1), reading("", 1.0, -7.0)
    chosen = surest(first, [worse, better])
    assert (chosen.text, chosen.quarter, chosen.margin) == ("abd", 2, first.margin)
    assert surest(first, [worse]) == first


def test_doubt_is_a_word_below_the_limit_and_blank_lines_are_none() -> None:
    assert wants_second_look(reading("ab", (DOUBT - 0.01) ** 0.5, 0.0))
    assert not wants_second_look(reading("a", DOUBT + 0.01, 0.0))
    assert not wants_second_look(reading("", 0.0, 0.0))


class Counting(LineReader):
    """A reader whose first readings are prescribed; it tells what it was asked to read after."""

    def __init__(self, model: Recognizer, how: Decode, first: Sequence[Reading]) -> None:
        super().__init__(model, torch.device("cpu"), how)
        self.first: list[Reading] | None = list(first)
        self.widths: list[int] = []

    def read(self, chosen: Sequence[tuple[Sight, int, float]]) -> list[Reading]:
        if self.first is not None:
            first, self.first = self.first, None
            return first
        self.widths += [sight.view.prepared.width for sight, _, _ in chosen]
        assert all(quarter in sight.features for sight, quarter, _ in chosen)
        return super().read(chosen)


@pytest.mark.parametrize("quarter", [0, 2])
def test_only_doubtful_lines_are_read_again(tiny_model: Recognizer, quarter: int) -> None:
    images = [line(300), line(160, seed=1), line(240, seed=2)]
    doubtful, sure = reading("ab", 0.1, -1e9, quarter), reading("cd", 0.9, -1e9, quarter)
    reader = Counting(tiny_model, "joint", [sure, doubtful, sure])
    sights = [candidates[0] for candidates in reader.look(images)]
    read = reader.read_carefully([(sight, quarter, 0.0) for sight in sights])
    assert (read[0], read[2]) == (sure, sure)
    assert read[1].evidence > -1e9
    assert (read[1].quarter, read[1].margin) == (quarter, doubtful.margin)
    own = prepare_line(images[1], 32)
    assert reader.widths == [widened(own, factor, 8).width for factor in WIDTHS]


def test_a_second_look_sees_a_turned_line_as_it_sees_the_upright_one(
    tiny_model: Recognizer,
) -> None:
    upright = line(200)
    read = []
    for image, quarter in ((upright, 0), (np.ascontiguousarray(upright[::-1, ::-1]), 2)):
        reader = Counting(tiny_model, "joint", [reading("ab", 0.1, -1e9, quarter)])
        (sights,) = reader.look([image])
        read += reader.read_carefully([(sights[0], quarter, 0.0)])
    assert read[0].text == read[1].text != "ab"
    assert read[0].evidence == pytest.approx(read[1].evidence, abs=1e-4)


@pytest.mark.parametrize("how", ["ctc", "attention", "draft"])
def test_other_ways_of_decoding_read_once(tiny_model: Recognizer, how: Decode) -> None:
    doubtful = reading("ab", 0.1, -1e9)
    reader = Counting(tiny_model, how, [doubtful])
    assert reader.read_lines([line(200)]) == [doubtful]
    assert reader.widths == []
