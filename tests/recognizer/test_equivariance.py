"""The whole encoder commutes with the action, and padding changes nothing."""

from __future__ import annotations

import pytest
import torch

from gsaocr.groups import group
from gsaocr.recognizer.model import Recognizer
from tests.recognizer.conftest import tiny

GRID = (2, 3)  # height and width in (batch, frames, height, width, channels)


def seen(model: Recognizer, images: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The lifted map with the padding set to zero, (batch, |H|, h, w, channels)."""
    with torch.no_grad():
        lifted = model.look(images, valid).to_common()
    return lifted * valid[:, None, ::8, ::8, None]


def relative(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(((a - b).abs().max() / b.abs().max()).detach())


def acted(lifted: torch.Tensor, name: str, element: int) -> torch.Tensor:
    of = group(name)
    source = [of.product[of.inverse[element]][h] for h in range(of.order)]
    return of.act_on_image(lifted[:, source], element, GRID)


@pytest.mark.parametrize("name", ["C2", "C4", "D4"])
@pytest.mark.parametrize("size", [(32, 80), (32, 264), (264, 24)])
def test_encoder_commutes_with_every_element(name: str, size: tuple[int, int]) -> None:
    model, of = tiny(name).double(), group(name)
    generator = torch.Generator().manual_seed(3)
    images = torch.rand(2, *size, generator=generator, dtype=torch.float64)
    valid = torch.ones(images.shape, dtype=torch.bool)
    valid[1, :, size[1] - 16 :] = False
    plain = seen(model, images, valid)
    for element in range(of.order):
        turned = seen(model, of.act_on_image(images, element), of.act_on_image(valid, element))
        for other in range(of.order):
            expected = acted(plain, name, other)
            if expected.shape != turned.shape:
                continue
            if other == element:
                assert relative(turned, expected) <= 1e-12
            else:
                assert relative(turned, expected) > 1e-2, "a wrong action must not fit"


def test_fibres_carry_something() -> None:
    model = tiny()
    images = torch.rand(1, 32, 64)
    valid = torch.ones(images.shape, dtype=torch.bool)
    together = model.look(images, valid).frame(0)[0]
    alone = model.look(images, valid, readers=(0,)).frame(0)[0]
    assert relative(together, alone) > 1e-2


def test_zero_fibres_leave_the_first_reader_alone() -> None:
    model = tiny()
    for block in model.encoder.blocks:
        torch.nn.init.zeros_(block.fibre.phi_out.weight)
        torch.nn.init.zeros_(block.fibre.phi_out.bias)
    images = torch.rand(1, 32, 64)
    valid = torch.ones(images.shape, dtype=torch.bool)
    with torch.no_grad():
        together = model.look(images, valid).frame(0)[0]
        alone = model.look(images, valid, readers=(0,)).frame(0)[0]
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_line_alone_and_in_a_padded_batch() -> None:
    model = tiny(spread=0.25)
    generator = torch.Generator().manual_seed(1)
    images = torch.zeros(3, 32, 320)
    valid = torch.zeros(images.shape, dtype=torch.bool)
    widths = (320, 200, 48)
    for row, width in enumerate(widths):
        images[row, :, :width] = torch.rand(32, width, generator=generator)
        images[row, :, width:] = 7.0  # padding must not be looked at
        valid[row, :, :width] = True
    with torch.no_grad():
        field = model.look(images, valid)
        scores = model.orientation(field)
        for quarter in (0, 2):
            chosen = torch.full((3,), quarter)
            batch = model.read(field, chosen)
            for row, width in enumerate(widths):
                lone = slice(row, row + 1)
                alone_field = model.look(images[lone, :, :width], valid[lone, :, :width])
                alone = model.read(alone_field, chosen[:1])
                count = int(alone.frame_counts[0])
                assert count == int(batch.frame_counts[row])
                assert torch.allclose(batch.ctc_logits[row, :count], alone.ctc_logits[0], atol=1e-4)
                assert torch.allclose(scores[row], model.orientation(alone_field)[0], atol=1e-4)


def test_reading_a_turned_line_is_reading_the_line() -> None:
    model, of = tiny(spread=0.25), group("C4")
    images = torch.rand(1, 32, 96, generator=torch.Generator().manual_seed(5))
    valid = torch.ones(images.shape, dtype=torch.bool)
    with torch.no_grad():
        upright = model.read(model.look(images, valid), torch.tensor([0]))
        for element in range(of.order):
            field = model.look(of.act_on_image(images, element), of.act_on_image(valid, element))
            turned = model.read(field, torch.tensor([element]))
            assert torch.allclose(upright.ctc_logits, turned.ctc_logits, atol=1e-5)


def test_a_reader_who_sees_the_line_on_its_side_is_refused() -> None:
    model = tiny()
    field = model.look(torch.rand(1, 32, 96), torch.ones(1, 32, 96, dtype=torch.bool))
    with pytest.raises(ValueError, match="rows"):
        model.read(field, torch.tensor([1]))
