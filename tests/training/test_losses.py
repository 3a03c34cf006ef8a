"""The losses: capitals that teach no case, places that spare the plateau."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gsaocr.recognizer.charset import Charset, default_charset
from gsaocr.recognizer.model import Encoded
from gsaocr.training.batches import Batch
from gsaocr.training.losses import alignment_loss, ctc_loss, decoder_loss, orientation_loss
from tests.recognizer.conftest import tiny


def encoded(logits: torch.Tensor) -> Encoded:
    lines, frames, _ = logits.shape
    valid = torch.ones(lines, frames // 2, dtype=torch.bool)
    return Encoded(torch.zeros(lines, frames // 2, 4), valid, logits)


def batch(targets: list[list[int]], folded: bool = False, centres: object = None) -> Batch:
    images = np.zeros((len(targets), 32, 32), np.float16)
    places = centres if isinstance(centres, list) else [None] * len(targets)
    return Batch(images, np.full(len(targets), 32), targets, places, folded)


def spelled(charset: Charset, text: str, sure: float = 9.0) -> torch.Tensor:
    """Logits of frames that read ``text``, a blank after every letter."""
    logits = torch.zeros(1, 2 * len(text), charset.ctc_size)
    for number, letter in enumerate(text):
        logits[0, 2 * number, charset.encode(letter)[0]] = sure
        logits[0, 2 * number + 1, 0] = sure
    return logits


def test_capitals_of_the_truth_teach_no_case() -> None:
    charset = default_charset()
    truth = charset.encode("TOTAL")
    small, large, wrong = (
        float(ctc_loss(encoded(spelled(charset, t)), batch([truth], folded=True), charset))
        for t in ("total", "TOTAL", "tctal")
    )
    assert math.isclose(small, large, rel_tol=1e-4)
    assert wrong > small + 0.5
    strict = float(ctc_loss(encoded(spelled(charset, "total")), batch([truth]), charset))
    assert strict > small + 1


def test_case_is_folded_for_letters_with_more_than_two_forms() -> None:
    charset = default_charset()
    truth = charset.encode("S")
    for letter in "Ssſ":
        loss = ctc_loss(encoded(spelled(charset, letter)), batch([truth], folded=True), charset)
        assert float(loss) < 0.3


def test_folded_gradients_reach_both_cases() -> None:
    charset = default_charset()
    logits = torch.zeros(1, 6, charset.ctc_size, requires_grad=True)
    loss = ctc_loss(encoded(logits), batch([charset.encode("A")], folded=True), charset)
    loss.backward()
    assert logits.grad is not None
    upper, lower = (logits.grad[0, :, charset.encode(c)[0]].sum() for c in "Aa")
    assert float(upper) < 0
    assert float(lower) == pytest.approx(float(upper), rel=1e-4)


def test_places_ask_for_letters_at_their_centres() -> None:
    charset = Charset("ab")
    logits = torch.zeros(1, 16, charset.ctc_size)
    logits[0, 2, 1] = logits[0, 10, 2] = logits[0, 6, 0] = 20.0
    at = [np.array([5.0, 21.0], np.float32)]  # frames of two pixels: 2 and 10, a blank at 6
    assert float(alignment_loss(encoded(logits), batch([[1, 2]], centres=at), 2.0)) < 1e-3
    moved = [np.array([9.0, 25.0], np.float32)]
    assert float(alignment_loss(encoded(logits), batch([[1, 2]], centres=moved), 2.0)) > 0.9
    unknown = alignment_loss(encoded(logits), batch([[1, 2]]), 2.0)
    assert float(unknown) == 0.0


def test_the_first_frame_is_the_right_one() -> None:
    right = torch.tensor([[8.0, 0.0, 0.0, 0.0]])
    assert float(orientation_loss(right)) < 0.01
    assert float(orientation_loss(right.roll(1, 1))) > 7


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_decoders_gradient_is_scaled(share: float) -> None:
    model = tiny()
    steps = torch.randn(2, 5, 12, requires_grad=True)
    line = Encoded(steps, torch.ones(2, 5, dtype=torch.bool), torch.zeros(2, 10, 12))
    targets = batch([[1, 2, 3], [4]])
    decoder_loss(model.decoder, line, targets, model.config.charset, share, 4.0)[0].backward()
    if share == 0:
        assert steps.grad is None
        return
    partly = steps.grad
    steps.grad = None
    decoder_loss(model.decoder, line, targets, model.config.charset, 1.0, 4.0)[0].backward()
    assert steps.grad is not None
    assert partly is not None
    assert torch.allclose(partly, share * steps.grad, atol=1e-6)


def test_looking_is_taught_where_places_are_known() -> None:
    model = tiny(spread=0.1)
    line = Encoded(
        torch.randn(1, 8, 12), torch.ones(1, 8, dtype=torch.bool), torch.zeros(1, 16, 12)
    )
    charset = model.config.charset
    known = batch([[1, 2]], centres=[np.array([6.0, 26.0], np.float32)])
    optimizer = torch.optim.Adam(model.decoder.parameters(), 0.02)
    first, last = 0.0, 0.0
    for _ in range(60):
        _, looking = decoder_loss(model.decoder, line, known, charset, 0.0, 4.0)
        assert looking is not None
        optimizer.zero_grad()
        looking.backward()
        optimizer.step()
        last = float(looking.detach())
        first = first or last
    assert last < 0.3 * first
    assert decoder_loss(model.decoder, line, batch([[1, 2]]), charset, 0.0, 4.0)[1] is None
