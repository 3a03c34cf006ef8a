"""A layer under test behind one kind of call, and the reference layers as such."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, cast

import torch
from torch import Tensor, nn

from gsaocr.groups import Group, group
from gsaocr.layers import reference
from gsaocr.layers.full_group_attention import Form
from gsaocr.verification.actions import Space
from gsaocr.verification.low_rank import literal_maps

WIDTH, HEADS, PATCH = 8, 2, 2

FORM_NAMES: dict[Form, str] = {
    "own": "own frame",
    "paper": "paper's sum",
    "rc": "RC's sum",
}

_REACH = 7  # of a random table of positions: the largest offset of a 5 x 7 field and one to spare

Run = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""(module, input, validity of the grid (batch, height, width)) -> output."""


@dataclass(frozen=True)
class Subject:
    """A layer, what it eats and gives, and the reference that says what it should give."""

    kind: str
    """The kind of layer, one of ``run.KINDS``."""
    name: str
    group: Group
    module: nn.Module
    run: Run
    source: Space
    target: Space = Space.LIFTED
    weights: str = "N(0,1)"
    step: int = 1
    """Input points per grid step: the side of a patch where the input is an image."""
    channels: int = WIDTH
    """Channels of the input."""
    reference: Run | None = None

    def apply(self, x: Tensor, valid: Tensor) -> Tensor:
        """Run the layer: input of the source space, validity (batch, height, width) of the grid."""
        return self.run(self.module, x, valid)

    def with_module(self, module: nn.Module) -> Subject:
        """Return the same subject with another module, for instance one with an adapter."""
        return replace(self, module=module)

    def in_precision(self, dtype: torch.dtype) -> Subject:
        """Return the subject in a precision: itself where it has it, else a copy."""
        if all(parameter.dtype == dtype for parameter in self.module.parameters()):
            return self
        return replace(self, module=copy.deepcopy(self.module).to(dtype))

    def sample(
        self, generator: torch.Generator, height: int, width: int, dtype: torch.dtype
    ) -> Tensor:
        """Return a random input for a grid; the channels of the group are independent."""
        frames = (self.group.order,) if self.source is Space.LIFTED else ()
        shape = (1, *frames, self.channels, height * self.step, width * self.step)
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


class RandomTable(nn.Module):
    """A rho without any structure: an independent random vector for every offset and element."""

    def __init__(self, width: int, order: int, reach: int = _REACH) -> None:
        super().__init__()
        self.reach = reach
        side = 2 * reach + 1
        self.table = nn.Parameter(torch.empty(side, side, order, width))

    def forward(self, offset: Tensor, relative: int) -> Tensor:
        """Return rho of whole offsets (..., 2) as (x, y) and an element: (..., width)."""
        x, y = (offset + self.reach).round().long().unbind(-1)
        return self.table[y, x, relative]


class LiteralLayer(nn.Module):
    """The parameters of a reference layer: four maps and a table of positions."""

    def __init__(
        self, width: int, heads: int, order: int, pixels: int = 0, reach: int = _REACH
    ) -> None:
        super().__init__()
        self.heads = heads
        self.phi_qry = nn.Linear(width, width)
        self.phi_key = nn.Linear(width, width)
        self.phi_val = nn.Linear(width, width)
        self.phi_out = nn.Linear(width, width)
        self.rho = RandomTable(width, order, reach)
        self.embedding = nn.Linear(pixels, width) if pixels else nn.Identity()


class _HasHeads(Protocol):
    heads: int


def draw(module: nn.Module, generator: torch.Generator) -> nn.Module:
    """Fill every parameter with N(0,1) numbers, in float64; returns the module."""
    module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator)
    return module


def literal_subjects(of: Group, generator: torch.Generator) -> list[Subject]:
    """Return the reference layers with N(0,1) weights: the paper, sections 3 to 5."""

    def layer(pixels: int = 0) -> nn.Module:
        return draw(LiteralLayer(WIDTH, HEADS, of.order, pixels), generator)

    trivial = group("C1")

    def translation(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        rho = _table(module)
        return reference.translation_attention(x, layer_maps(module), rho, trivial, mask=valid)

    def lifting(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        embedding = cast(nn.Linear, module.embedding)
        frames = reference.embed_patches(x, embedding, PATCH, of)
        return reference.lifting_attention(
            frames, layer_maps(module), _table(module), of, mask=valid
        )

    def plain(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        frames = reference.plain_frames(x, of)
        return reference.lifting_attention(
            frames, layer_maps(module), _table(module), of, mask=valid
        )

    subjects = [
        Subject(
            "translation",
            "translation (reference)",
            trivial,
            layer(),
            translation,
            Space.PLANE,
            Space.PLANE,
        ),
        Subject(
            "lifting",
            "lifting (reference)",
            of,
            layer(PATCH * PATCH),
            lifting,
            Space.PLANE,
            step=PATCH,
            channels=1,
        ),
        Subject("lifting", "lifting, plain field (reference)", of, layer(), plain, Space.PLANE),
    ]
    subjects += [literal_group_attention(of, layer(), form, "corrected") for form in FORM_NAMES]
    return subjects


def literal_group_attention(
    of: Group, module: nn.Module, form: Form, encoding: reference.Encoding
) -> Subject:
    """Return reference group self-attention over all of H, corrected or as published."""

    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        return reference.group_attention(
            x, layer_maps(module), _table(module), of, form, encoding, mask=valid
        )

    extra = "reference" if encoding == "corrected" else "published"
    return Subject(form, f"{FORM_NAMES[form]} ({extra})", of, module, run, Space.LIFTED)


def layer_maps(module: nn.Module) -> reference.Maps:
    """Return a layer's maps for the reference, low-rank updates written out."""
    return literal_maps(module, cast(_HasHeads, module).heads)


def _table(module: nn.Module) -> reference.Rho:
    return cast(LiteralLayer, module).rho
