"""The field of a level: what all readers say of it, those who have a line level taken together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.finder.config import PART, STRIDE
from gsaocr.finder.network import CELL_CHANNELS, PART_CHANNELS, Finder, Said, unpacked
from gsaocr.finder.pyramid import Padded

Grid = NDArray[np.float32]


@dataclass(frozen=True)
class AxisField:
    """What is said of lines along one axis, in the coordinates of the reader of ``quarters``.

    He stands upright to the page for axis 0, turned by a quarter for axis 1; what the reader on his
    head says of the same lines has been turned to him and averaged with his.
    """

    quarters: int
    level: Grid  # probability that a line's x-height band is here, either way up
    up: Grid  # logit: it stands upright for this reader; negative: upside down
    lower: Grid  # px down to the band's lower edge
    x_height: Grid  # px
    left: Grid  # probability that the line has its left end here
    right: Grid
    left_at: Grid  # px to the right, to that end
    right_at: Grid
    rule: Grid  # probability that a drawn rule runs along the rows


@dataclass(frozen=True)
class LevelField:
    """The field of one level."""

    axes: tuple[AxisField, ...]
    cells: dict[str, Grid]
    """Probabilities of CELL_CHANNELS, (h, w) as the page stands."""


def field_of(
    finder: Finder, page: Padded, wanted: Callable[[slice, slice], bool] = lambda _, __: True
) -> LevelField:
    """Return the field of a padded level.

    Readers who don't talk are run one by one, and those of two axes are enough; who talk are run
    together. Tiles that are not wanted are said to be empty.

    Args:
        finder: in evaluation mode.
        page: the level.
        wanted: (rows, columns) of a tile in pixels -> whether it is looked at.
    """
    axes = 1 if finder.group.order < 4 else 2  # C1 and C2 know of no sideways lines
    height, width = (n // STRIDE for n in page.pixels.shape[1:])
    parts = [
        {name: np.zeros((2 * height, 2 * width), np.float32) for name in PART_CHANNELS}
        for _ in range(axes)
    ]
    for grids in parts:
        grids["level"][:] = grids["rule"][:] = -30.0  # logits of nothing
    cells = {name: np.full((height, width), -30.0, np.float32) for name in CELL_CHANNELS}
    for rows, columns in page.tiles():
        if not wanted(rows, columns):
            continue
        pixels, above, before = page.seen(rows, columns)
        said, common = _said(finder, torch.from_numpy(pixels)[None], axes)
        corner = (rows.start - above, columns.start - before)
        for grids, spoken in zip(parts, said, strict=True):
            for name, grid in spoken.items():
                _put(grids[name], grid, rows, columns, corner, PART)
        for name, grid in common.items():
            _put(cells[name], grid, rows, columns, corner, STRIDE)
    return LevelField(
        tuple(_axis(grids, n) for n, grids in enumerate(parts)),
        {name: _probability(grid) for name, grid in cells.items()},
    )


@torch.no_grad()
def _said(
    finder: Finder, pages: Tensor, axes: int
) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
    """Return what is said of each axis and of all cells, as grids that lie as the page does."""
    valid = torch.ones_like(pages[:, 0], dtype=torch.bool)
    of = finder.group
    elements = {of.quarter_turns(h)[0]: h for h in range(of.order) if not of.quarter_turns(h)[1]}
    readers: dict[int, Said] = {}
    if finder.fibres_are_silent:
        for quarters in range(axes):
            readers[quarters] = unpacked(finder.one_reader(pages, valid, elements[quarters]))
    else:
        field = finder(pages, valid)
        for quarters, element in elements.items():
            readers[quarters] = unpacked(field.frame(element)[0])
    spoken = []
    for quarters in range(axes):
        upright = _turned(readers[quarters].parts, quarters)
        if quarters + 2 in readers:
            on_his_head = _turned(readers[quarters + 2].parts, quarters + 2)
            upright = _together(upright, on_his_head)
        spoken.append(upright)
    every = [_turned(said.cells, quarters) for quarters, said in readers.items()]
    # Light letters are a matter of the readers who see letters; each cell asks the surest.
    cells = {name: torch.stack([each[name] for each in every]).mean(0) for name in CELL_CHANNELS}
    return spoken, cells


def _turned(grids: dict[str, Tensor], quarters: int) -> dict[str, Tensor]:
    """Turn grids from a reader's own coordinates to the page's; their values stay his."""
    return {name: torch.rot90(grid, quarters, (1, 2)) for name, grid in grids.items()}


def _together(upright: dict[str, Tensor], head: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what two readers of one axis say, in the terms of the first."""
    size = (upright["size"] + head["size"]) / 2
    return {
        "level": (upright["level"] + head["level"]) / 2,
        "up": (upright["up"] - head["up"]) / 2,
        # The other's lower edge is the upper one here.
        "lower": (upright["lower"] - head["lower"] + torch.exp2(size)) / 2,
        "size": size,
        "left": (upright["left"] + head["right"]) / 2,
        "right": (upright["right"] + head["left"]) / 2,
        "left_at": (upright["left_at"] - head["right_at"]) / 2,
        "right_at": (upright["right_at"] - head["left_at"]) / 2,
        "rule": (upright["rule"] + head["rule"]) / 2,
    }


def _axis(grids: dict[str, Grid], quarters: int) -> AxisField:
    own = {name: np.rot90(grid, -quarters) for name, grid in grids.items()}
    return AxisField(
        quarters,
        _probability(own["level"]),
        own["up"],
        own["lower"] * STRIDE,
        8 * np.exp2(own["size"]),
        _probability(own["left"]),
        _probability(own["right"]),
        own["left_at"] * STRIDE,
        own["right_at"] * STRIDE,
        _probability(own["rule"]),
    )


def _put(
    whole: Grid, seen: Tensor, rows: slice, columns: slice, corner: tuple[int, int], unit: int
) -> None:
    """Put a tile (pixels) of what was seen from a corner on into its place, without its margin."""
    own = seen[0, _in(rows, unit, corner[0]), _in(columns, unit, corner[1])]
    whole[_in(rows, unit), _in(columns, unit)] = own.numpy()


def _in(pixels: slice, unit: int, start: int = 0) -> slice:
    return slice((pixels.start - start) // unit, (pixels.stop - start) // unit)


def _probability(logits: Grid) -> Grid:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)
