"""The ways of decoding agree where they must."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from gsaocr.errors import UsageError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.decoding import Decoded, check_decode, decode_batch
from gsaocr.recognizer.judging import Judge
from gsaocr.recognizer.writing import Writer, side_by_side_answered
from tests.recognizer.conftest import tiny


def encoded(seed: int, width: int = 160) -> tuple[np.ndarray, torch.Tensor]:
    model = tiny(seed=seed)
    images = torch.rand(1, 32, width, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        out = model.read(
            model.look(images, torch.ones(images.shape, dtype=torch.bool)), torch.tensor([0])
        )
    return torch.log_softmax(out.ctc_logits[0], -1).numpy(), out.steps


def decode(
    log_probs: np.ndarray, steps: torch.Tensor, decoder: object, charset: object, how: str
) -> Decoded:
    return decode_batch([log_probs], list(steps), decoder, charset, check_decode(how))[0]


@pytest.mark.parametrize("seed", range(6))
def test_draft_writes_what_attention_writes(seed: int) -> None:
    model = tiny(seed=seed)
    log_probs, steps = encoded(seed)
    charset = model.config.charset
    with torch.no_grad():
        drafted = decode(log_probs, steps, model.decoder, charset, "draft")
        written = decode(log_probs, steps, model.decoder, charset, "attention")
    if ctc.best_path(log_probs).ids:
        assert drafted.placed.ids == written.placed.ids


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "change",
    [
        lambda ids: ids[1:],
        lambda ids: (7, *ids),
        lambda ids: (*ids[:2], 9, *ids[3:]),
        lambda ids: (*ids[:3], *ids[2:3], *ids[3:5], *ids[6:]),
        lambda ids: ids[::-1],
        lambda ids: (*ids, 5, 5),
    ],
)
def test_a_writer_comes_back_to_its_text_from_any_draft(
    seed: int, change: Callable[[tuple[int, ...]], tuple[int, ...]]
) -> None:
    model = tiny(seed=seed)
    log_probs, steps = encoded(seed)
    with torch.inference_mode():
        charset = model.config.charset
        judge = Judge(model.decoder, [steps[0]], charset)
        again, fresh = (Writer(charset, len(log_probs)) for _ in range(2))
        (written,) = side_by_side_answered([fresh.write(())], judge)
        assert side_by_side_answered([again.write(change(written))], judge) == [written]
        if len(written) < len(log_probs):  # what was noted on the way is what one pass gives
            (noted,) = side_by_side_answered([again.judge(written)], judge)
            (asked,) = side_by_side_answered([Writer(charset, 99).judge(written)], judge)
            assert noted[0] == pytest.approx(asked[0], abs=1e-5)


def test_texts_judged_one_after_another_are_judged_as_alone() -> None:
    model = tiny(seed=2)
    charset = model.config.charset
    generator = torch.Generator().manual_seed(0)
    steps = [torch.randn(count, 12, generator=generator) for count in (9, 4, 6)]
    asked = [
        ([0, 1, 2], [(3, 1, 4, 1, 5), (2,), ()]),
        ([0, 2], [(3, 1, 7), (6, 6, 6)]),
        ([1], [(5, 2, 3)]),
        ([0, 1, 2], [(3, 1, 7, 4, 4), (5, 2, 3), (6,)]),
    ]
    with torch.no_grad():
        together = Judge(model.decoder, steps, charset)
        for lines, texts in asked:
            for line, text, scores in zip(lines, texts, together(lines, texts), strict=True):
                (alone,) = Judge(model.decoder, [steps[line]], charset)([0], [text])
                assert scores.shape == (len(text) + 1, charset.decoder_size)
                assert np.allclose(scores, alone, atol=1e-5)


@pytest.mark.parametrize("how", ["ctc", "attention", "draft", "joint"])
def test_no_reading_is_longer_than_its_frames(how: str) -> None:
    model = tiny(seed=3)
    log_probs, steps = encoded(3, width=24)
    with torch.no_grad():
        decoded = decode(log_probs, steps, model.decoder, model.config.charset, how)
    assert len(decoded.placed.ids) <= len(log_probs)


@pytest.mark.parametrize("how", ["ctc", "draft", "joint"])
def test_blanks_give_nothing(how: str) -> None:
    model = tiny()
    log_probs = np.full((12, model.config.charset.ctc_size), -20.0, np.float32)
    log_probs[:, 0] = 0.0
    with torch.no_grad():
        decoded = decode(log_probs, torch.zeros(1, 6, 12), model.decoder, model.config.charset, how)
    assert decoded.placed.ids == ()


def test_joint_is_at_least_as_likely_as_both() -> None:
    model = tiny(seed=5)
    log_probs, steps = encoded(5)
    charset = model.config.charset
    with torch.no_grad():
        readings = {
            how: decode(log_probs, steps, model.decoder, charset, how).placed.ids
            for how in ("ctc", "draft", "joint")
        }
    assert readings["joint"] in (readings["ctc"], readings["draft"])


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(UsageError):
        check_decode("beam")


@pytest.mark.parametrize("how", ["ctc", "draft", "joint"])
def test_lines_together_are_decoded_as_alone(how: str) -> None:
    model = tiny(seed=1)
    charset = model.config.charset
    lines = [encoded(1, width) for width in (160, 64, 104)]
    with torch.no_grad():
        batch = decode_batch(
            [scores for scores, _ in lines],
            [steps[0] for _, steps in lines],
            model.decoder,
            charset,
            check_decode(how),
        )
        for (own, steps), decoded in zip(lines, batch, strict=True):
            alone = decode(own, steps, model.decoder, charset, how)
            assert decoded.placed.ids == alone.placed.ids
            assert decoded.confirmed == alone.confirmed
            assert np.allclose(decoded.decoder or (), alone.decoder or (), atol=1e-5)
