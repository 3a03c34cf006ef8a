"""The ways of decoding agree where they must."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from gsaocr.errors import UsageError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.decoder import Cache
from gsaocr.recognizer.decoding import Decoded, _Writer, check_decode, decode_batch
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
        written = _Writer(model.decoder, steps, model.config.charset, len(log_probs)).write(())
        again = _Writer(model.decoder, steps, model.config.charset, len(log_probs))
        assert again.write(change(written)) == written
        fresh = _Writer(model.decoder, steps, model.config.charset, len(log_probs))
        if len(written) < len(log_probs):  # what was noted on the way is what one pass gives
            assert again.judge(written)[0] == pytest.approx(fresh.judge(written)[0], abs=1e-5)


def test_cached_steps_equal_one_pass() -> None:
    model = tiny(seed=2)
    steps = torch.randn(1, 9, 12, generator=torch.Generator().manual_seed(0))
    valid = torch.ones(1, 9, dtype=torch.bool)
    ids = torch.tensor([[model.config.charset.start, 3, 1, 4, 1, 5]])
    with torch.no_grad():
        whole = model.decoder(ids, steps, valid)
        cache = Cache()
        parts = [model.decoder(ids[:, :2], steps, valid, cache)]
        model.decoder(torch.tensor([[9, 9]]), steps, valid, cache)
        cache.truncate(2)  # a wrong turn is forgotten
        parts += [model.decoder(ids[:, n : n + 1], steps, valid, cache) for n in range(2, 6)]
    assert torch.allclose(whole, torch.cat(parts, dim=1), atol=1e-5)


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
