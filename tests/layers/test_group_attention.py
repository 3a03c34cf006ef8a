"""The fast layers are the reference layers, to 1e-10 in float64, adapters and padding included."""

from __future__ import annotations

from typing import cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gsaocr.groups import Group, group
from gsaocr.layers import reference
from gsaocr.layers.full_group_attention import Form, FullGroupAttention
from gsaocr.layers.group_attention import FibreAttention, SpatialAttention
from gsaocr.layers.lifting import lift
from gsaocr.verification.fast_subjects import (
    as_frames,
    fibre_subject,
    full_subject,
    spatial_subject,
)
from gsaocr.verification.low_rank import attached, literal_maps
from gsaocr.verification.subjects import Subject, draw
from tests.layers.fields import normal, relative_error, seeded

NAMES = ["C1", "C2", "C4", "D4"]
GRIDS = [(1, 1), (3, 3), (4, 4), (2, 5), (5, 7), (6, 3)]
WIDTH = 8


def agrees(subject: Subject, grid: tuple[int, int], rank: int, seed: int) -> None:
    """Compare a fast layer with its reference, on a full and on a partly padded field."""
    generator = seeded(seed)
    if rank:
        subject = subject.with_module(attached(subject.module, rank, generator))
    height, width = grid
    x = normal(generator, 2, subject.group.order, WIDTH, height, width)
    valid = torch.ones(2, height, width, dtype=torch.bool)
    valid[1, :, width // 2 + 1 :] = False
    assert subject.reference is not None
    with torch.no_grad():
        actual = subject.apply(x, valid)
        expected = subject.reference(subject.module, x, valid)
    where = valid[:, None, None].expand_as(actual)
    assert relative_error(actual[where], expected[where]) <= 1e-10


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("heads", [1, 4])
def test_spatial_attention(name: str, grid: tuple[int, int], heads: int) -> None:
    of = group(name)
    for rank, window in ((0, (1, 2)), (2, (2, 7))):
        layer = draw(SpatialAttention(WIDTH, heads, 5, window), seeded(rank))
        agrees(spatial_subject(of, layer, "spatial"), grid, rank, seed=1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", [(1, 1), (2, 5), (4, 3)])
@pytest.mark.parametrize("heads", [1, 2, 8])
def test_fibre_attention(name: str, grid: tuple[int, int], heads: int) -> None:
    of = group(name)
    for rank in (0, 3):
        layer = draw(FibreAttention(WIDTH, heads, of), seeded(rank))
        agrees(fibre_subject(of, layer, "fibre"), grid, rank, seed=2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["own", "paper", "rc"])
@pytest.mark.parametrize(("grid", "reach"), [((3, 3), 1), ((2, 4), None), ((4, 3), 2)])
def test_full_group_attention(
    name: str, form: Form, grid: tuple[int, int], reach: int | None
) -> None:
    of = group(name)
    layer = draw(FullGroupAttention(WIDTH, 2, 4, of, form, reach), seeded(3))
    agrees(full_subject(of, layer, "full"), grid, rank=2, seed=3)


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    heads=st.sampled_from([1, 2, 4]),
    rank=st.integers(0, 4),
    height=st.integers(1, 5),
    width=st.integers(1, 7),
    rows=st.integers(0, 4),
    columns=st.integers(0, 6),
    seed=st.integers(0, 1000),
)
def test_spatial_attention_with_any_window(
    name: str, heads: int, rank: int, height: int, width: int, rows: int, columns: int, seed: int
) -> None:
    layer = draw(SpatialAttention(WIDTH, heads, 3, (rows, columns)), seeded(seed))
    agrees(spatial_subject(group(name), layer, "spatial"), (height, width), rank, seed)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", [(2, 2), (3, 5), (4, 3)])
@pytest.mark.parametrize("rank", [0, 2])
def test_lifting_is_the_papers_with_the_action_on_patches(
    name: str, grid: tuple[int, int], rank: int
) -> None:
    of, generator, patch = group(name), seeded(4), 3
    embed = cast(nn.Conv2d, draw(nn.Conv2d(1, WIDTH, patch, stride=patch), generator))
    layer: nn.Module = draw(SpatialAttention(WIDTH, 2, 5, (1, 2)), generator)
    if rank:
        layer = attached(layer, rank, generator)
    image = normal(generator, 2, 1, patch * grid[0], patch * grid[1])

    def stem(images: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
        return embed(images[:, None]).movedim(1, -1), where[:, ::patch, ::patch]

    def embedding(pixels: Tensor) -> Tensor:
        assert embed.bias is not None
        return pixels @ embed.weight.flatten(1).T + embed.bias

    spatial = cast(SpatialAttention, layer)
    with torch.no_grad():
        field = lift(image[:, 0], torch.ones_like(image[:, 0], dtype=torch.bool), of, stem)
        actual = field.map(layer).to_common().movedim(-1, 2)
        expected = reference.lifting_attention(
            reference.embed_patches(image, embedding, patch, of),
            literal_maps(layer, 2),
            lambda offset, relative: spatial.rho.encode(offset),
            of,
            reference.window(3, 5),
        )
    assert relative_error(actual, expected) <= 1e-10


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", [(3, 5), (4, 4)])
def test_frames_and_common_coordinates_are_one_field(name: str, grid: tuple[int, int]) -> None:
    of = group(name)
    lifted = normal(seeded(5), 2, of.order, *grid, 3)
    valid = torch.ones(2, *grid, dtype=torch.bool)
    field = as_frames(of, lifted, valid)
    assert torch.equal(field.to_common(), lifted)
    assert torch.equal(field.from_common(2 * lifted).to_common(), 2 * lifted)


@pytest.mark.parametrize("name", ["C4", "D4"])
@pytest.mark.parametrize("form", ["own", "paper", "rc"])
def test_full_group_attention_takes_fields_of_frames(name: str, form: Form) -> None:
    of = group(name)
    layer = cast(FullGroupAttention, draw(FullGroupAttention(WIDTH, 2, 4, of, form, 1), seeded(6)))
    lifted = normal(seeded(7), 1, of.order, 3, 4, WIDTH)
    valid = torch.ones(1, 3, 4, dtype=torch.bool)
    valid[:, 0] = False
    with torch.no_grad():
        by_frames = layer(as_frames(of, lifted, valid)).to_common()
        assert torch.equal(by_frames, layer.on_lifted(lifted, valid))


def test_full_group_attention_refuses_what_makes_no_sense() -> None:
    of: Group = group("C4")
    with pytest.raises(ValueError, match="don't divide"):
        FullGroupAttention(WIDTH, 3, 4, of)
    with pytest.raises(ValueError, match="choose rc, paper, own"):
        FullGroupAttention(WIDTH, 2, 4, of, cast(Form, "sum"))
