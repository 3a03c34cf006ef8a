"""The reference layers are what the paper says, and the paper's theorems hold on them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gsaocr.groups import Group, group
from gsaocr.layers import reference
from gsaocr.layers.full_group_attention import Form
from gsaocr.layers.reference import Encoding, Maps, Rho
from tests.layers.fields import WIDTH, maps, normal, relative_error, seeded, table

FORMS: tuple[Form, ...] = ("own", "paper", "rc")


def scalar_group_attention(
    f: Tensor, phi: Maps, rho: Rho, of: Group, form: Form, encoding: Encoding
) -> Tensor:
    """Section 5 once more, number by number, for f (|H|, d, height, width)."""
    height, width = f.shape[-2:]
    points = [(y, x) for y in range(height) for x in range(width)]
    elements = range(of.order)
    between = of.relative()

    def attention(y: int, x: int, h: int, h1: int) -> Tensor:
        query = phi.query(f[h1, :, y, x])
        keys, values = [], []
        for v, u in points:
            matrix = torch.tensor(of.matrices[of.inverse[h]], dtype=torch.float64)
            offset = matrix @ torch.tensor([u - x, v - y], dtype=torch.float64)
            for h2 in elements:
                g = between[h1][h2]
                if encoding == "published":
                    g = of.product[of.inverse[h]][g]
                keys.append(phi.key(f[h2, :, v, u] + rho(offset, g)))
                values.append(phi.value(f[h2, :, v, u]))
        size = WIDTH // phi.heads
        heads = []
        for n in range(phi.heads):
            part = slice(n * size, (n + 1) * size)
            scores = [float(query[part] @ key[part]) / math.sqrt(size) for key in keys]
            weights = [math.exp(score - max(scores)) for score in scores]
            heads.append(
                sum(
                    (w * value[part] for w, value in zip(weights, values, strict=True)),
                    torch.zeros(size, dtype=torch.float64),
                )
                / sum(weights)
            )
        return torch.cat(heads)

    out = torch.zeros_like(f)
    for y, x in points:
        for own in elements:
            if form == "own":
                mixed = attention(y, x, own, own)
            elif form == "rc":
                mixed = torch.stack([attention(y, x, own, h1) for h1 in elements]).sum(0)
            else:
                mixed = torch.stack([attention(y, x, h, own) for h in elements]).sum(0)
            out[own, :, y, x] = phi.out(mixed)
    return out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["corrected", "published"])
def test_group_attention_is_the_formula_number_by_number(form: Form, encoding: Encoding) -> None:
    of, generator = group("C4"), seeded(1)
    phi, rho = maps(generator, rank=1), table(generator, of)
    f = normal(generator, 4, WIDTH, 2, 3)
    expected = scalar_group_attention(f, phi, rho, of, form, encoding)
    actual = reference.group_attention(f[None], phi, rho, of, form, encoding)[0]
    assert relative_error(actual, expected) <= 1e-13


@settings(max_examples=10, deadline=None)
@given(
    name=st.sampled_from(["C1", "C2", "C4", "D4"]),
    form=st.sampled_from(FORMS),
    heads=st.sampled_from([1, 2, 4]),
    rank=st.integers(0, 3),
    height=st.integers(1, 3),
    width=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_corrected_group_attention_is_equivariant(
    name: str, form: Form, heads: int, rank: int, height: int, width: int, seed: int
) -> None:
    of, generator = group(name), seeded(seed)
    phi, rho = maps(generator, heads, rank), table(generator, of)
    f = normal(generator, 1, of.order, WIDTH, height, width)
    result = reference.group_attention(f, phi, rho, of, form)
    for h in range(of.order):
        turned = reference.group_attention(of.act_on_lifted(f, h), phi, rho, of, form)
        assert relative_error(turned, of.act_on_lifted(result, h)) <= 1e-12


@pytest.mark.parametrize("name", ["C2", "C4", "D4"])
@pytest.mark.parametrize("form", ["paper", "rc"])
@pytest.mark.parametrize("rank", [0, 2])
def test_published_encoding_is_not_equivariant(name: str, form: Form, rank: int) -> None:
    """Paper, section 6: the factor h^-1 on the group part doesn't follow h1 -> h3^-1 h1."""
    of, generator = group(name), seeded(0)
    phi, rho = maps(generator, rank=rank), table(generator, of)
    f = normal(generator, 1, of.order, WIDTH, 3, 5)

    def layer(field: Tensor) -> Tensor:
        return reference.group_attention(field, phi, rho, of, form, "published")

    result = layer(f)
    errors = [
        relative_error(layer(of.act_on_lifted(f, h)), of.act_on_lifted(result, h))
        for h in range(1, of.order)
    ]
    assert min(errors) > 0.1


def test_published_encoding_is_harmless_without_turns() -> None:
    of, generator = group("C1"), seeded(0)
    phi, rho = maps(generator), table(generator, of)
    f = normal(generator, 1, 1, WIDTH, 3, 4)
    corrected = reference.group_attention(f, phi, rho, of, "rc", "corrected")
    published = reference.group_attention(f, phi, rho, of, "rc", "published")
    assert torch.equal(corrected, published)


@pytest.mark.parametrize("name", ["C2", "C4", "D4"])
@pytest.mark.parametrize("rank", [0, 2])
def test_lifting_is_equivariant_with_patches_and_with_plain_fields(name: str, rank: int) -> None:
    of, generator = group(name), seeded(2)
    phi, rho = maps(generator, rank=rank), table(generator, of)
    weight = normal(generator, WIDTH, 4)
    image = normal(generator, 1, 1, 6, 10)
    field = normal(generator, 1, WIDTH, 3, 5)

    def from_image(x: Tensor) -> Tensor:
        frames = reference.embed_patches(x, lambda z: z @ weight.T, 2, of)
        return reference.lifting_attention(frames, phi, rho, of)

    def from_field(x: Tensor) -> Tensor:
        return reference.lifting_attention(reference.plain_frames(x, of), phi, rho, of)

    for layer, x in ((from_image, image), (from_field, field)):
        result = layer(x)
        for h in range(of.order):
            expected = of.act_on_lifted(result, h)
            assert relative_error(layer(of.act_on_image(x, h)), expected) <= 1e-12


@pytest.mark.parametrize("rank", [0, 2])
def test_translation_attention_follows_its_content(rank: int) -> None:
    """Section 3, equation 12, on a masked field in which the content moves."""
    of, generator = group("C1"), seeded(3)
    phi, rho = maps(generator, rank=rank), table(generator, of)
    f = normal(generator, 1, WIDTH, 5, 7)
    mask = torch.zeros(1, 5, 7, dtype=torch.bool)
    mask[:, 1:4, 1:6] = True
    result = reference.translation_attention(f, phi, rho, of, mask=mask)
    for shift in ((1, 0), (0, 1), (-1, -1)):
        moved, moved_mask = f.roll(shift, (-2, -1)), mask.roll(shift, (-2, -1))
        after = reference.translation_attention(moved, phi, rho, of, mask=moved_mask)
        assert relative_error(after, result.roll(shift, (-2, -1))) <= 1e-12
    unmoved = reference.translation_attention(f, phi, rho, of, mask=mask.roll(1, -1))
    assert relative_error(unmoved, result) > 0.1


@pytest.mark.parametrize("name", ["C4", "D4"])
def test_a_wide_window_of_the_own_frame_is_exact(name: str) -> None:
    of, generator = group(name), seeded(4)
    phi, rho = maps(generator), table(generator, of)
    f = normal(generator, 1, of.order, WIDTH, 4, 5)
    for rows, columns in ((3, 5), (1, 7)):
        near = reference.window(rows, columns)
        result = reference.group_attention(f, phi, rho, of, neighbourhood=near)
        for h in range(of.order):
            turned = of.act_on_lifted(f, h)
            after = reference.group_attention(turned, phi, rho, of, neighbourhood=near)
            assert relative_error(after, of.act_on_lifted(result, h)) <= 1e-12


def test_low_rank_update_acts_on_the_encoding() -> None:
    """Equation 10: Delta phi_key is applied to f + rho, not to f alone."""
    of, generator = group("C4"), seeded(5)
    plain, rho = maps(generator), table(generator, of)
    down, up = normal(generator, 1, WIDTH), normal(generator, WIDTH, 1)
    f = normal(generator, 1, 4, WIDTH, 2, 3)
    whole = Maps(
        plain.query, reference.low_rank(plain.key, down, up), plain.value, plain.out, plain.heads
    )
    # phi_key(f + rho) + Delta phi_key(f) is phi_key + Delta phi_key of f + rho' with another rho'.
    right = reference.group_attention(f, whole, rho, of)
    zero = lambda offset, relative: torch.zeros_like(rho(offset, relative))  # noqa: E731
    without = reference.group_attention(f, whole, zero, of)
    assert relative_error(right, without) > 1e-2
    merged = Maps(
        plain.query,
        lambda z: plain.key(z) + (z @ down.T) @ up.T,
        plain.value,
        plain.out,
        plain.heads,
    )
    assert relative_error(right, reference.group_attention(f, merged, rho, of)) <= 1e-14


def test_points_outside_the_mask_are_zero_and_unheard() -> None:
    of, generator = group("C4"), seeded(6)
    phi, rho = maps(generator), table(generator, of)
    f = normal(generator, 1, 4, WIDTH, 3, 4)
    mask = torch.ones(1, 3, 4, dtype=torch.bool)
    mask[:, :, 3] = False
    other = f.clone()
    other[..., 3] = 1e3
    near = reference.square(1)  # a point outside sees nothing at all
    for neighbourhood in (reference.everywhere, near):
        first = reference.group_attention(f, phi, rho, of, neighbourhood=neighbourhood, mask=mask)
        second = reference.group_attention(
            other, phi, rho, of, neighbourhood=neighbourhood, mask=mask
        )
        assert torch.equal(first, second)
        assert not first[..., 3].any()
