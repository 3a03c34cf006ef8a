"""One thing is broken at a time, on the group where it can show; a named row has to catch it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gsaocr.adapters.lora import LoRALinear
from gsaocr.groups import Group, group
from gsaocr.layers import lifting, reference
from gsaocr.layers.fourier import RelativeFourier
from gsaocr.layers.frames import FrameField
from gsaocr.layers.group_attention import FibreAttention, SpatialAttention
from gsaocr.page import prepare as page_prepare
from gsaocr.recognizer import line_reader
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.stem import Stem
from gsaocr.verification import run
from gsaocr.verification.claims import Row
from tests.recognizer.conftest import tiny

Patch = pytest.MonkeyPatch


def measure(kind: str, name: str = "C4", quick: bool = True) -> list[Row]:
    """Run one kind of layer of the command on a small model, as ``--layer`` does."""
    found = run.stages(tiny(name), quick=quick, kind=kind)
    wanted = [s for s in found if "published" not in s.label]
    if not quick:  # the paper's and the program's layers on this group alone
        wanted = [s for s in wanted if s.label.endswith(f"layers on {name}")]
    return [row for stage in wanted for row in stage.run()]


def caught_by(rows: list[Row]) -> set[str]:
    return {f"{row.check}: {row.layer}" for row in rows if not row.as_it_must}


def offset_not_turned(patch: Patch) -> None:
    patch.setattr(reference, "turned", lambda of, element, offset: offset)


def offset_not_turned_in_the_fast_layer(patch: Patch) -> None:
    def in_common_coordinates(self: FrameField, function: Callable[..., Tensor]) -> FrameField:
        lifted = self.to_common()
        valid = self.group.act_on_image(
            self.frame(self.upright_elements[0])[1], self.upright_elements[0], (1, 2)
        )
        maps = [function(lifted[:, h], valid) for h in range(self.group.order)]
        return self.from_common(torch.stack(maps, dim=1))

    patch.setattr(FrameField, "map", in_common_coordinates)


def frame_inverse(patch: Patch) -> None:
    honest = reference.turned
    patch.setattr(reference, "turned", lambda of, e, offset: honest(of, of.inverse[e], offset))


def frame_inverse_in_the_fast_layer(patch: Patch) -> None:
    honest = lifting.lift

    def lift(images: Tensor, valid: Tensor, of: Group, *rest: Any) -> FrameField:
        forwards = dataclasses.replace(of, inverse=tuple(range(of.order)))
        return dataclasses.replace(honest(images, valid, forwards, *rest), group=of)

    patch.setattr("gsaocr.verification.fast_subjects.lift", lift)


def product_order(patch: Patch) -> None:
    def backwards(self: Group) -> tuple[tuple[int, ...], ...]:
        """h2 h1^-1 for h1^-1 h2."""
        elements = range(self.order)
        return tuple(tuple(self.product[b][self.inverse[a]] for b in elements) for a in elements)

    patch.setattr(Group, "relative", backwards)


def product_order_in_the_fast_layer(patch: Patch) -> None:
    honest = FibreAttention.__init__

    def init(self: FibreAttention, width: int, heads: int, of: Group) -> None:
        transposed = tuple(zip(*of.product, strict=True))
        honest(self, width, heads, dataclasses.replace(of, product=transposed))

    patch.setattr(FibreAttention, "__init__", init)


def lora_bypasses_rho(patch: Patch) -> None:
    honest = RelativeFourier.query_channels

    def bare(self: RelativeFourier, query: Tensor, phi_key: nn.Module, channels: Tensor) -> Tensor:
        phi = phi_key.base_layer if isinstance(phi_key, LoRALinear) else phi_key
        return honest(self, query, phi, channels)

    patch.setattr(RelativeFourier, "query_channels", bare)


def padding_unmasked_in_attention(patch: Patch) -> None:
    honest = SpatialAttention.forward

    def forward(self: SpatialAttention, features: Tensor, valid: Tensor) -> Tensor:
        return honest(self, features, torch.ones_like(valid))

    patch.setattr(SpatialAttention, "forward", forward)


def padding_unmasked_in_the_stem(patch: Patch) -> None:
    honest = Stem.forward

    def forward(self: Stem, images: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        return honest(self, images, torch.ones_like(valid))[0], valid[:, ::8, ::8]

    patch.setattr(Stem, "forward", forward)


def line_preparation_off_centre(patch: Patch) -> None:
    honest = line_reader.prepare_line

    def prepare_line(*arguments: Any, **options: Any) -> Any:
        line = honest(*arguments, **options)
        return dataclasses.replace(line, pixels=np.roll(line.pixels, 1, axis=1))

    patch.setattr(line_reader, "prepare_line", prepare_line)


def page_preparation_off_centre(patch: Patch) -> None:
    honest = page_prepare.even_light
    patch.setattr(page_prepare, "even_light", lambda grey: np.roll(honest(grey), 1, axis=1))


def frames_permuted_wrongly(patch: Patch) -> None:
    honest = FrameField.to_common

    def to_common(self: FrameField) -> Tensor:
        # The second and the third frame exchanged: every map is there, in the wrong place.
        lifted = honest(self)
        order = [0, 2, 1, *range(3, self.group.order)]
        return lifted[:, order]

    patch.setattr(FrameField, "to_common", to_common)


def quarters_named_wrongly(patch: Patch) -> None:
    honest = LineReader.__init__

    def init(self: LineReader, *arguments: Any) -> None:
        honest(self, *arguments)
        self._quarters = dict.fromkeys(self._quarters, 0) | {0: 0}

    patch.setattr(LineReader, "__init__", init)


MUTATIONS: list[tuple[Callable[[Patch], None], str, str, set[str]]] = [
    (offset_not_turned, "C4", "own", {"equivariance: own frame (reference)"}),
    (offset_not_turned, "C4", "rc", {"fast = reference: RC's sum"}),
    (offset_not_turned, "C4", "lifting", {"equivariance: lifting (reference)"}),
    (
        offset_not_turned_in_the_fast_layer,
        "C4",
        "spatial",
        {"equivariance: spatial", "fast = reference: spatial"},
    ),
    (frame_inverse, "C4", "own", {"equivariance: own frame (reference)"}),
    (frame_inverse, "D4", "own", {"equivariance: own frame (reference)"}),
    (frame_inverse_in_the_fast_layer, "C4", "lifting", {"equivariance: lifting"}),
    (frame_inverse_in_the_fast_layer, "D4", "lifting", {"equivariance: lifting"}),
    (
        product_order,
        "D4",
        "own",
        {"equivariance: own frame (reference)", "equivariance: own frame"},
    ),
    (
        product_order_in_the_fast_layer,
        "D4",
        "fibre",
        {"equivariance: fibre", "fast = reference: fibre"},
    ),
    (lora_bypasses_rho, "C4", "spatial", {"fast = reference: spatial"}),
    (
        padding_unmasked_in_attention,
        "C4",
        "reading",
        {"alone = in a padded batch: reading", "equivariance: reading"},
    ),
    (padding_unmasked_in_the_stem, "C4", "stem", {"equivariance: stem"}),
    (padding_unmasked_in_the_stem, "C4", "reading", {"alone = in a padded batch: reading"}),
    (
        line_preparation_off_centre,
        "C4",
        "preparation",
        {"prepare(turned) = turned(prepare): line image"},
    ),
    (
        page_preparation_off_centre,
        "C4",
        "preparation",
        {"prepare(turned) = turned(prepare): page image"},
    ),
    (frames_permuted_wrongly, "C4", "encoder", {"equivariance: encoder"}),
    (quarters_named_wrongly, "C4", "text", {"same text: recognizer"}),
]


@pytest.mark.parametrize(("name", "kind"), sorted({(name, kind) for _, name, kind, _ in MUTATIONS}))
@pytest.mark.usefixtures("decided")
def test_unbroken_everything_is_as_it_must_be(name: str, kind: str) -> None:
    rows = measure(kind, name)
    assert rows
    assert not caught_by(rows)


@pytest.mark.parametrize(("mutate", "name", "kind", "catchers"), MUTATIONS)
@pytest.mark.usefixtures("decided")
def test_a_row_catches_the_mutation(
    mutate: Callable[[Patch], None],
    name: str,
    kind: str,
    catchers: set[str],
    monkeypatch: Patch,
) -> None:
    mutate(monkeypatch)
    assert catchers <= caught_by(measure(kind, name))


def test_lora_bypassing_rho_stays_equivariant(monkeypatch: Patch) -> None:
    """It is caught where two ways of computing one thing are compared, and nowhere else."""
    lora_bypasses_rho(monkeypatch)
    caught = caught_by(measure("spatial", "C4", quick=False))
    assert caught == {"fast = reference: spatial", "attached = merged: spatial"}


def test_where_a_mutation_cannot_show(monkeypatch: Patch) -> None:
    """C2 is its own inverse and C4 commutes: the rows are right not to complain there."""
    with monkeypatch.context() as patch:
        frame_inverse(patch)
        assert not caught_by(measure("own", "C2"))
    with monkeypatch.context() as patch:
        product_order(patch)
        assert not caught_by(measure("own", "C4"))
    assert group("D4").relative() != tuple(
        tuple(group("D4").product[b][group("D4").inverse[a]] for b in range(8)) for a in range(8)
    )
