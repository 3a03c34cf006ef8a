"""The groups are groups, and act as such on points, images and lifted fields, exactly."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.groups import Group, group

NAMES = ("C1", "C2", "C4", "D4")
groups = st.sampled_from(NAMES).map(group)
sides = st.integers(1, 5)


@st.composite
def with_elements(draw: st.DrawFn, count: int) -> tuple[Group, list[int]]:
    of = draw(groups)
    return of, [draw(st.integers(0, of.order - 1)) for _ in range(count)]


def image(height: int, width: int, *front: int) -> torch.Tensor:
    return torch.arange(0, height * width * max(1, *front, 1), dtype=torch.float64)[
        : torch.Size((*front, height, width)).numel()
    ].reshape(*front, height, width)


@pytest.mark.parametrize(("name", "order"), [("C1", 1), ("C2", 2), ("C4", 4), ("D4", 8)])
def test_order_and_labels(name: str, order: int) -> None:
    of = group(name)
    assert of.order == order == len(set(of.matrices)) == len(set(of.labels))


@given(with_elements(3))
def test_axioms(drawn: tuple[Group, list[int]]) -> None:
    of, (a, b, c) = drawn
    assert of.product[of.product[a][b]][c] == of.product[a][of.product[b][c]]
    assert of.product[0][a] == a == of.product[a][0]
    assert of.product[a][of.inverse[a]] == 0 == of.product[of.inverse[a]][a]


@given(with_elements(3))
def test_relative_element_is_invariant(drawn: tuple[Group, list[int]]) -> None:
    of, (g, a, b) = drawn
    relative = of.relative()
    assert relative[of.product[g][a]][of.product[g][b]] == relative[a][b]
    assert of.product[a][relative[a][b]] == b


def test_d4_tells_the_order_of_a_product() -> None:
    of = group("D4")
    assert any(of.product[a][b] != of.product[b][a] for a in range(8) for b in range(8))


@given(with_elements(2), sides, sides)
def test_images_are_acted_on_by_the_product(
    drawn: tuple[Group, list[int]], height: int, width: int
) -> None:
    of, (a, b) = drawn
    x = image(height, width)
    assert torch.equal(
        of.act_on_image(of.act_on_image(x, b), a), of.act_on_image(x, of.product[a][b])
    )


@given(with_elements(1), sides, sides)
def test_image_action_is_the_matrix_action(
    drawn: tuple[Group, list[int]], height: int, width: int
) -> None:
    """(h . image)(h x) = image(x), with x in centred positions: paper, section 4."""
    of, (h,) = drawn
    matrix = torch.tensor(of.matrices[h], dtype=torch.float64)
    x = image(height, width)
    turned = of.act_on_image(x, h)
    before, after = of.positions(height, width), of.positions(*turned.shape)
    for y in range(height):
        for c in range(width):
            place = (after == matrix @ before[y, c]).all(-1)
            assert turned[place].tolist() == [x[y, c].item()]
    assert of.swaps_sides(h) == (abs(of.matrices[h][0][1]) == 1)


@given(with_elements(2), sides, sides)
def test_lifted_fields_are_acted_on_by_the_product(
    drawn: tuple[Group, list[int]], height: int, width: int
) -> None:
    of, (a, b) = drawn
    f = torch.rand(1, of.order, 2, height, width)
    twice = of.act_on_lifted(of.act_on_lifted(f, b), a)
    assert torch.equal(twice, of.act_on_lifted(f, of.product[a][b]))
    for h1 in range(of.order):
        source = of.product[of.inverse[a]][h1]
        expected = of.act_on_image(f[:, source], a)
        assert torch.equal(of.act_on_lifted(f, a)[:, h1], expected)


@given(with_elements(1))
def test_turns_and_flips_are_told_apart(drawn: tuple[Group, list[int]]) -> None:
    of, (h,) = drawn
    turns, flipped = of.quarter_turns(h)
    determinant = (
        of.matrices[h][0][0] * of.matrices[h][1][1] - of.matrices[h][0][1] * of.matrices[h][1][0]
    )
    assert flipped == (determinant == -1)
    assert of.labels[h].startswith(f"{90 * turns}°")


def test_unknown_group_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of C1, C2, C4, D4"):
        group("C3")
