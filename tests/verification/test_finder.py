"""The finder's rows hold, its controls fail, and what breaks it is noticed."""

from __future__ import annotations

import pytest
import torch

from gsaocr.finder import network, pyramid
from gsaocr.finder.network import Finder
from gsaocr.verification.claims import Expectation, Row
from gsaocr.verification.finder import (
    SMALL_FINDER,
    finder_controls,
    finder_rows,
    pyramid_rows,
    random_finder,
)


def rows_on(group: str, generator: torch.Generator) -> list[Row]:
    finder = random_finder(Finder(SMALL_FINDER), group, generator)
    return finder_rows(finder, "N(0,1)", torch.float64, generator)


@pytest.mark.parametrize("group", ["C2", "C4", "D4"])
def test_the_finder_is_equivariant(group: str, generator: torch.Generator) -> None:
    rows = rows_on(group, generator)
    elements = {"C2": 1, "C4": 3, "D4": 7}[group]
    assert len(rows) == 2 * elements + 2
    assert max(row.error.relative for row in rows) <= 1e-12
    finder = random_finder(Finder(SMALL_FINDER), group, generator)
    controls = finder_controls(finder, "N(0,1)", generator)
    assert len(controls) == elements
    assert all(row.as_it_must and not row.holds for row in controls)


def test_cells_gathered_in_the_page_s_order_are_noticed(
    monkeypatch: pytest.MonkeyPatch, generator: torch.Generator
) -> None:
    gathered = network._gathered
    monkeypatch.setattr(network, "_gathered", lambda x: gathered(x.roll(1, 1)))
    assert not all(row.holds for row in rows_on("C4", generator))


def test_padding_on_one_side_is_noticed(
    monkeypatch: pytest.MonkeyPatch, generator: torch.Generator
) -> None:
    pad = pyramid.np.pad

    def uneven(pixels, widths, mode):  # type: ignore[no-untyped-def]
        (top, foot), (left, right), colours = widths
        return pad(pixels, ((top + foot, 0), (left + right, 0), colours), mode=mode)

    monkeypatch.setattr(pyramid.np, "pad", uneven)
    assert not all(row.holds for row in rows_on("C4", generator))


def test_readers_who_talk_in_a_wrong_order_are_noticed(
    monkeypatch: pytest.MonkeyPatch, generator: torch.Generator
) -> None:
    finder = random_finder(Finder(SMALL_FINDER), "D4", generator)
    for fibre in finder.fibres:
        exchanged = fibre.group.product[:2][::-1] + fibre.group.product[2:]
        monkeypatch.setattr(
            fibre, "group", type(fibre.group)(**{**vars(fibre.group), "product": exchanged})
        )
    rows = finder_rows(finder, "N(0,1)", torch.float64, generator)
    assert not all(row.holds for row in rows)


def test_levels_commute_to_a_grey_level_and_say_so(generator: torch.Generator) -> None:
    rows = pyramid_rows(generator)
    assert [row.element for row in rows] == ["90°", "180°", "270°"]
    assert all(row.expectation is Expectation.APPROXIMATE for row in rows)
    assert all(row.error.absolute <= 2 for row in rows)
