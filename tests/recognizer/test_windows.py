"""Lines wider than those trained on are seen in windows: nothing is lost, doubled or squeezed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gsaocr import Reader
from gsaocr.evaluation.metrics import count
from gsaocr.page.load import load_pages
from gsaocr.recognizer.line_image import WIDEST as WIDEST_LINE
from gsaocr.recognizer.line_image import part_of, prepare_line
from gsaocr.recognizer.line_reader import LineReader, Sight
from gsaocr.recognizer.long_lines import LONGEST_FRAMES
from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.second_look import WIDTHS, stretches, together
from gsaocr.recognizer.windows import OVERLAP, WIDEST, Seen, joined, seen_in_windows, windows_of
from tests.recognizer.conftest import tiny

PER_COLUMN, PER_STEP, CLASSES = 2, 2, 7


@given(st.integers(1, 9000))
def test_windows_cover_a_line_are_no_wider_than_those_trained_on_and_overlap(columns: int) -> None:
    windows = windows_of(columns)
    assert windows[0][0] == 0
    assert windows[-1][1] == columns
    assert (len(windows) == 1) == (columns <= WIDEST)
    for (begin, end), (following, _) in pairwise(windows):
        assert begin < following <= end - OVERLAP
    assert all(0 < end - begin <= WIDEST for begin, end in windows)


def test_windows_are_as_wide_as_lines_trained_on() -> None:
    frames = WIDEST * PER_COLUMN * PER_STEP
    assert frames == LONGEST_FRAMES


def head(letters: Sequence[tuple[int, int]], frames: int) -> torch.Tensor:
    """Logits of a CTC head that says these (frame, class) and else nothing."""
    logits = torch.full((frames, CLASSES), -9.0)
    logits[:, 0] = 3.0
    for frame, letter in letters:
        if 0 <= frame < frames:
            logits[frame, [0, letter]] = torch.tensor([-9.0, 3.0])
    return logits


@given(st.integers(241, 2000), st.randoms(use_true_random=False), st.integers(9, 14))
def test_no_letter_is_lost_or_doubled_where_windows_meet(
    columns: int, random: st.DataObject, pitch: int
) -> None:
    """Windows may see a letter a frame earlier or later than their neighbours do."""
    frames = columns * PER_COLUMN * PER_STEP
    text = [(n * pitch + 3, random.randint(1, CLASSES - 1)) for n in range(frames // pitch)]  # type: ignore[attr-defined]
    windows = windows_of(columns)
    parts = []
    for begin, end in windows:
        first = begin * PER_COLUMN * PER_STEP
        late = random.choice([-1, 0, 1])  # type: ignore[attr-defined]
        own = head([(f - first + late, c) for f, c in text], (end - begin) * PER_COLUMN * PER_STEP)
        parts.append(Seen(torch.full(((end - begin) * PER_COLUMN, 3), float(begin)), own))
    seen = joined(windows, iter(parts))
    assert len(seen.logits) == frames
    assert len(seen.steps) == frames // PER_STEP
    best = seen.logits.argmax(1).tolist()
    assert [letter for letter in best if letter] == [letter for _, letter in text]


def test_lines_of_any_width_go_through_together() -> None:
    """What is computed of each window, and where it comes to lie, is its own line's."""
    views = [torch.arange(n)[None, :, None].float() + 10_000 * n for n in (50, 700, WIDEST, 241)]

    def compute(parts: Sequence[torch.Tensor]) -> list[Seen]:
        assert all(part.shape[1] <= WIDEST for part in parts)
        return [
            Seen(part[0].repeat_interleave(2, 0), torch.zeros(part.shape[1] * 4, CLASSES))
            for part in parts
        ]

    for view, seen in zip(views, seen_in_windows(views, compute), strict=True):
        assert torch.equal(seen.steps, view[0].repeat_interleave(2, 0))
        assert len(seen.logits) == 4 * view.shape[1]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="module")
def crops(reader: Reader, sample_scan: Path) -> list[NDArray[np.uint8]]:
    """The sample's first full lines, of one height."""
    (page,) = load_pages(sample_scan)
    (cells,) = reader.read_cells([page])
    images = [image for image, _ in cells if image.shape[1] > 10 * image.shape[0]][:8]
    height = max(len(image) for image in images)
    return [
        np.pad(image, ((0, height - len(image)), (height // 4,) * 2), constant_values=255)
        for image in images
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_a_very_long_line_is_read_like_its_parts(
    reader: Reader, crops: list[NDArray[np.uint8]], turned: bool
) -> None:
    """It is wider than what was squeezed before there were windows, 256 times its height."""
    long = np.hstack(crops * 4)
    assert long.shape[1] > 260 * len(long)
    parts = " ".join(reading.text for reading in reader.read_lines(crops))
    image = np.ascontiguousarray(long[::-1, ::-1]) if turned else long
    (read,) = reader.read_lines([image], any_turn=turned)
    counts = count(" ".join([parts] * 4), read.text)
    assert counts.character_errors <= 0.004 * counts.characters
    assert read.quarter == 2 * turned
    starts = [letter.start for letter in read.letters]
    assert starts == sorted(starts)
    # Letters stand where they do: those of the last part as those of the first.
    first, last = (float(x) for x in (starts[0], starts[-1]))
    assert first < 2 * len(long)
    assert last > long.shape[1] - 2 * len(long)


def test_what_is_too_wide_even_so_says_so() -> None:
    assert not prepare_line(np.full((4, 8000), 255, np.uint8), 32).squeezed
    prepared = prepare_line(np.full((4, 9000), 255, np.uint8), 32)
    assert prepared.squeezed
    assert prepared.width == WIDEST_LINE


class Doubting(LineReader):
    """A reader that doubts one word in the middle of a long line, at the first look alone."""

    widths: list[int]
    first: tuple[Letter, ...]

    def read(self, chosen: Sequence[tuple[Sight, int, float]]) -> list[Reading]:
        widths = [sight.view.prepared.width for sight, _, _ in chosen]
        if not hasattr(self, "widths"):
            self.widths = []
            scale = chosen[0][0].view.prepared.scale
            self.first = tuple(
                Letter(c, x / scale, (x + 8) / scale, 0.1 if x == 5000 else 1.0, -99.0)
                for x, c in ((x, " " if x % 100 == 50 else "a") for x in range(0, 9600, 10))
            )
            return [Reading(self.first, chosen[0][1], 0.0, True, -1e9)]
        self.widths += widths
        return super().read(chosen)


@pytest.mark.parametrize("quarter", [0, 2])
def test_only_the_doubtful_stretch_is_looked_at_again(quarter: int) -> None:
    reader = Doubting(tiny(), torch.device("cpu"), "joint")
    rng = np.random.default_rng(0)
    image = np.where(rng.random((30, 9000)) < 0.2, 0, 255).astype(np.uint8)
    (seen,) = reader.look([image])
    (read,) = reader.read_carefully([(seen[0], quarter, 0.0)])
    assert len(reader.widths) == len(WIDTHS)
    assert max(reader.widths) < 1.15 * WIDEST * 8
    assert read.letters[:100] == reader.first[:100]
    assert read.letters[-100:] == reader.first[-100:]
    assert read.letters != reader.first


def test_a_part_of_a_line_stands_for_its_part_of_the_image() -> None:
    rng = np.random.default_rng(1)
    image = np.where(rng.random((32, 4000)) < 0.2, 0, 255).astype(np.uint8)
    whole = prepare_line(image, 32)
    part = part_of(whole, 1000, 1800, 8)
    begin, end = (round(x * whole.scale) + whole.left for x in (1000, 1800))
    ink = part.pixels[:, part.left : part.left + part.content]
    assert np.abs(ink - whole.pixels[:, begin:end]).max() < 0.01 or part.content != end - begin
    assert part.to_image(part.left + part.content) == pytest.approx(800, abs=1)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60), st.integers(1, 9))
def test_stretches_put_together_are_the_line(words: list[int], count: int) -> None:
    text = " ".join("x" * length for length in words)
    letters = [Letter(c, float(n), n + 1.0, 0.5, -0.5) for n, c in enumerate(text)]
    line = Reading(tuple(letters), 2, 0.3, True, -0.5 * len(letters))
    parts = stretches(line, float(len(letters)), count)
    assert 1 <= len(parts) <= count
    assert together(line, parts, [part.reading for part in parts]) == line
    for part in parts:
        assert all(part.start <= x.start and x.end <= part.end for x in part.reading.letters)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
