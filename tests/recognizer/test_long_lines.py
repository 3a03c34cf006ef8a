"""Lines longer than those trained on are decoded in pieces; what is read is put together again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.recognizer import ctc, writing
from gsaocr.recognizer.decoder import TextDecoder
from gsaocr.recognizer.decoding import check_decode, decode_batch
from gsaocr.recognizer.long_lines import LONGEST_FRAMES, LONGEST_TEXT, joined, pieces_of
from gsaocr.training.config import DEFAULT_CURRICULUM
from tests.recognizer.conftest import tiny

SPACE = 1


@st.composite
def drafts(draw: st.DrawFn) -> tuple[ctc.Draft, int]:
    gaps = draw(st.lists(st.integers(0, 40) | st.just(3 * LONGEST_FRAMES), max_size=400))
    ids = draw(st.lists(st.integers(1, 4), min_size=len(gaps), max_size=len(gaps)))
    spans, frame = [], 0
    for gap in gaps:
        spans.append((frame + gap, frame + gap + 2))
        frame += gap + 2
    chances = tuple(0.5 + n % 5 / 10 for n in range(len(ids)))
    return ctc.Draft(tuple(ids), tuple(spans), chances), frame + draw(st.integers(1, 30))


@given(drafts())
def test_pieces_cover_the_line_and_are_short(drawn: tuple[ctc.Draft, int]) -> None:
    draft, frames = drawn
    pieces = pieces_of(draft, frames, SPACE)
    parts = []
    for piece in pieces:
        assert 0 <= piece.begin < piece.end <= frames
        assert piece.end - piece.begin <= LONGEST_FRAMES + 2
        own = [n for n, (begin, _) in enumerate(draft.spans) if piece.begin <= begin < piece.end]
        assert len(own) <= LONGEST_TEXT
        spans = [(a - piece.begin, b - piece.begin) for a, b in (draft.spans[n] for n in own)]
        ids, chances = (tuple(part[n] for n in own) for part in (draft.ids, draft.probabilities))
        parts.append(ctc.Draft(ids, tuple(spans), chances))
    assert joined(pieces, parts) == draft


def test_a_line_is_as_long_as_those_trained_on() -> None:
    assert max(stage.max_chars for stage in DEFAULT_CURRICULUM) == LONGEST_TEXT
    draft = ctc.Draft((2,) * LONGEST_TEXT, tuple((n, n + 1) for n in range(LONGEST_TEXT)), (1.0,))
    assert len(pieces_of(draft, LONGEST_FRAMES, SPACE)) == 1
    assert len(pieces_of(draft, LONGEST_FRAMES + 1, SPACE)) == 2


def spoken(text: str, size: int, *, frames_each: int = 4) -> np.ndarray:
    """Log-probabilities of a CTC head that reads ``text`` and is sure of it."""
    scores = np.full((frames_each * len(text), size), -12.0, np.float32)
    scores[:, 0] = 0.0
    for number, letter in enumerate(text):
        scores[number * frames_each + 1, [0, " abcdefghij".index(letter) + 1]] = -12.0, 0.0
    return scores


@pytest.mark.parametrize("how", ["ctc", "draft", "joint"])
def test_passes_grow_with_the_width(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny(seed=4)
    passes: list[int] = []
    forward = TextDecoder.forward

    def counted(self: TextDecoder, ids: torch.Tensor, *rest: object) -> torch.Tensor:
        passes.append(ids.numel())
        return forward(self, ids, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TextDecoder, "forward", counted)
    costs = []
    for words in (40, 80, 160):
        text = " ".join(["abcdefghi"] * words)
        scores = spoken(text, model.config.charset.ctc_size)
        steps = torch.randn(1, len(scores) // 2, 12, generator=torch.Generator().manual_seed(1))
        passes.clear()
        with torch.inference_mode():
            (decoded,) = decode_batch(
                [scores], list(steps), model.decoder, model.config.charset, check_decode(how)
            )
        costs.append(sum(passes))
        if how != "draft":  # whose text is that of a decoder of random weights
            assert model.config.charset.decode(list(decoded.placed.ids)) == text
            assert decoded.decoder is not None
            assert len(decoded.decoder) == len(text)
            starts = [begin for begin, _ in decoded.placed.spans]
            assert starts == [4 * n + 1 for n in range(len(text))]
    assert costs[1] <= 2.5 * costs[0]
    assert costs[2] <= 2.5 * costs[1]


@given(st.lists(st.integers(1, 4), max_size=4), st.lists(st.integers(1, 4), max_size=3))
def test_no_longer_text_is_likelier_than_the_bound(begin: list[int], rest: list[int]) -> None:
    rng = np.random.default_rng(len(begin) + 7 * len(rest))
    scores = rng.normal(size=(9, 5)).astype(np.float32) * 3
    scores -= np.log(np.exp(scores).sum(1, keepdims=True))
    bound = ctc.log_likelihood_bound(scores, tuple(begin))
    assert ctc.log_likelihood(scores, (*begin, *rest)) <= bound + 1e-4


@pytest.mark.parametrize("seed", range(8))
def test_stopping_early_changes_no_text(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny(seed=seed)
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(120, model.config.charset.ctc_size)).astype(np.float32) * 2
    scores -= np.log(np.exp(scores).sum(1, keepdims=True))
    steps = torch.randn(1, 60, 12, generator=torch.Generator().manual_seed(seed))
    read = []
    for every in (1, 1_000_000):
        monkeypatch.setattr(writing, "ASKED_EVERY", every)
        with torch.inference_mode():
            read += decode_batch(
                [scores], list(steps), model.decoder, model.config.charset, "joint"
            )
    assert read[0] == read[1]
