"""The finder of text: the whole network on turned pages, and what stands before it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from gsaocr.finder.config import STRIDE, WHOLE, FinderConfig
from gsaocr.finder.network import Finder
from gsaocr.finder.pyramid import levels, padded
from gsaocr.verification.claims import Expectation, Row, control_row
from gsaocr.verification.measure import Error, compare, limit
from gsaocr.verification.subjects import draw

SMALL_FINDER = FinderConfig(
    stem_channels=(4, 8), width=16, coarse_width=24, coarse_blocks=2, heads=2
)
"""Sizes of the network with random weights where the shipped one's would take too long."""

PAGES = ((37, 90), (48, 112))
"""Heights and widths of the test pages: no squares, and sides that no patch divides."""


def random_finder(finder: Finder, group: str, generator: torch.Generator) -> Finder:
    """Return a finder of the same sizes on a group, with N(0,1) weights, in float64.

    A map of n inputs is divided by sqrt(n): bare N(0,1) maps amplify a rounding error from layer
    to layer.
    """
    network = cast(Finder, draw(Finder(replace(finder.config, group=group)), generator)).eval()
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            module.weight.data.div_(module.weight[0].numel() ** 0.5)
    return network


@torch.no_grad()
def finder_rows(
    finder: Finder, weights: str, dtype: torch.dtype, generator: torch.Generator
) -> list[Row]:
    """Return rows on pages turned by every element, and moved by whole patches.

    The pages' sides are filled up to whole patches as they are when text is looked for.
    """
    finder, of = copy.deepcopy(finder).to(dtype), finder.group
    rows = []
    for height, width in PAGES:
        page = torch.randint(0, 256, (3, height, width), generator=generator, dtype=torch.uint8)
        said = _lifted(finder, page, dtype)
        for h in range(1, of.order):
            turned = _lifted(finder, of.act_on_image(page, h), dtype)
            error = compare(turned, of.act_on_lifted(said, h))
            rows.append(_row(finder, of.labels[h], weights, dtype, error, f"{height} x {width} px"))
    for right, down in ((1, 0), (0, 1)):
        error = _moved(finder, right, down, dtype, generator)
        rows.append(_row(finder, f"({right}, {down})", weights, dtype, error, f"by {WHOLE} px"))
    return rows


@torch.no_grad()
def finder_controls(finder: Finder, weights: str, generator: torch.Generator) -> list[Row]:
    """Return rows that must fail: a page turned by one element taken for another's result."""
    finder, of = copy.deepcopy(finder).double(), finder.group
    # Squares of one colour: noise would look nearly the same to all readers.
    page = torch.randint(0, 256, (3, 6, 6), generator=generator, dtype=torch.uint8)
    page = page.repeat_interleave(8, 1).repeat_interleave(8, 2)
    said = _lifted(finder, page, torch.float64)
    rows = []
    for applied in range(1, of.order):
        turned = _lifted(finder, of.act_on_image(page, applied), torch.float64)
        others = [h for h in range(of.order) if h != applied]
        errors = [(compare(turned, of.act_on_lifted(said, h)), h) for h in others]
        error, closest = min(errors, key=lambda pair: pair[0].relative)
        rows.append(
            control_row(
                check="control: wrong action",
                layer="finder",
                group=of.name,
                element=f"{of.labels[applied]} taken for {of.labels[closest]}",
                lora="none",
                weights=weights,
                precision="float64",
                error=error,
            )
        )
    return rows


def pyramid_rows(generator: torch.Generator) -> list[Row]:
    """Return rows on what is before the network: pages made smaller, turned before and after.

    Means of pixels are rounded to whole numbers, so this is exact to a grey level only.
    """
    noise = torch.randint(0, 256, (333, 410, 3), generator=generator, dtype=torch.uint8).numpy()
    plain = [level.image for level in levels(noise)]
    rows = []
    for turns in (1, 2, 3):
        turned = levels(np.ascontiguousarray(np.rot90(noise, turns)))
        errors = [
            compare(
                torch.from_numpy(level.image.astype(np.float64)),
                torch.from_numpy(np.rot90(image, turns).astype(np.float64)),
            )
            for level, image in zip(turned, plain, strict=True)
        ]
        worst = errors[0]
        for error in errors[1:]:
            worst = worst.worse(error)
        rows.append(
            Row(
                check="levels(turned) = turned(levels)",
                layer="pyramid",
                group="C4",
                element=f"{90 * turns}°",
                lora="none",
                weights="none",
                precision="uint8",
                error=worst,
                limit=limit(torch.float32),
                expectation=Expectation.APPROXIMATE,
                note=f"{worst.absolute:.0f} grey level(s): means are rounded",
            )
        )
    return rows


def _lifted(finder: Finder, page: Tensor, dtype: torch.dtype) -> Tensor:
    """Return (1, |H|, channels, h, w) of a page (3, height, width), uint8."""
    whole = padded(page.permute(1, 2, 0).numpy()).pixels
    pages = torch.from_numpy(whole).to(dtype)[None]
    field = finder(pages, torch.ones_like(pages[:, 0], dtype=torch.bool))
    lifted: Tensor = field.to_common().movedim(-1, 2)
    return lifted


def _moved(
    finder: Finder, right: int, down: int, dtype: torch.dtype, generator: torch.Generator
) -> Error:
    height, width = 4 * WHOLE, 6 * WHOLE
    pages = torch.randn(1, 3, height, width, generator=generator, dtype=torch.float64).to(dtype)
    valid = torch.zeros(1, height, width, dtype=torch.bool)
    valid[:, WHOLE:-WHOLE, WHOLE:-WHOLE] = True
    step = (WHOLE * down, WHOLE * right)
    said = finder(pages, valid).to_common().movedim(-1, 2)
    moved = finder(pages.roll(step, (-2, -1)), valid.roll(step, (-2, -1)))
    cells = (step[0] // STRIDE, step[1] // STRIDE)
    where = valid[:, ::STRIDE, ::STRIDE].roll(cells, (-2, -1))
    return compare(
        moved.to_common().movedim(-1, 2), said.roll(cells, (-2, -1)), where[:, None, None]
    )


def _row(
    finder: Finder, element: str, weights: str, dtype: torch.dtype, error: Error, note: str
) -> Row:
    return Row(
        check="equivariance",
        layer="finder",
        group=finder.group.name,
        element=element,
        lora="none",
        weights=weights,
        precision=str(dtype).removeprefix("torch."),
        error=error,
        limit=limit(dtype),
        note=note,
    )
