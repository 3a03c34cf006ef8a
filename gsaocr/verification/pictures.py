"""Feature maps of an image and of the turned image, side by side: what equivariance looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn

from gsaocr.groups import Group, group
from gsaocr.layers import reference
from gsaocr.verification.actions import Motion, Space, act
from gsaocr.verification.measure import Error, compare
from gsaocr.verification.subjects import LiteralLayer, draw

_WORD = "gsa"
_GRID = (10, 20)
_CELL = 7  # pixels of the picture per grid point
_GAP = 14
_LABEL = 22
_INK, _PAPER = (40, 40, 40), (255, 255, 255)


@dataclass(frozen=True)
class Picture:
    """A picture of the report with what it shows."""

    name: str
    """File name without a suffix."""
    caption: str
    image: Image.Image
    error: Error | None = None
    """How far f(L x) is from L f(x), where the picture shows that."""


@torch.no_grad()
def feature_pictures(seed: int = 0, encodings: bool = True) -> list[Picture]:
    """Return pictures of the four readers and of the sum of [RC], corrected and as published.

    The layers are the references on C4, over all frames of a 5 x 5 square around each point, on
    the picture of a word; element 1, a quarter turn, is applied.
    """
    of, motion = group("C4"), Motion(1)
    word = _word(*_GRID)
    pictures = [
        Picture(
            "readers",
            "The four readers, each with the page turned its own way: a word x and the turned "
            "word Lx. Turning the page permutes what the readers see.",
            _readers(of),
        )
    ]
    for encoding in ("corrected", "published") if encodings else ():
        layer = _Layers(of, seed, "published" if encoding == "published" else "corrected")
        before = layer(word)
        after = layer(act(word, Space.PLANE, of, motion))
        expected = act(before, Space.LIFTED, of, motion)
        error = compare(after, expected)
        caption = (
            f"Group self-attention, sum of [RC], {encoding} encoding: f(x) of the word, f(Lx) of "
            f"the word turned by 90°, and f(Lx) - Lf(x); relative error {error.relative:.2g}."
        )
        image = _compare_maps(of, before[0, :, 0], after[0, :, 0], (after - expected)[0, :, 0])
        pictures.append(Picture(encoding, caption, image, error))
    return pictures


class _Layers(nn.Module):
    """Lifting and group attention with the same weights for either encoding."""

    def __init__(self, of: Group, seed: int, encoding: reference.Encoding) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.of, self.encoding = of, encoding
        self.lifting = LiteralLayer(8, 2, 1, reach=max(_GRID))
        self.attention = LiteralLayer(8, 2, of.order, reach=max(_GRID))
        draw(self, generator)
        self.spread = torch.randn(8, generator=generator, dtype=torch.float64)

    def forward(self, word: Tensor) -> Tensor:
        """Map (1, 1, height, width) to a lifted field (1, |H|, 8, height, width)."""
        near = reference.square(5)
        field = word * self.spread[:, None, None]
        frames = reference.plain_frames(field, self.of)
        lifted = frames + reference.lifting_attention(
            frames, _maps(self.lifting), self.lifting.rho, self.of, near
        )
        return reference.group_attention(
            lifted,
            _maps(self.attention),
            self.attention.rho,
            self.of,
            "rc",
            self.encoding,
            near,
        )


def _maps(layer: LiteralLayer) -> reference.Maps:
    return reference.Maps(layer.phi_qry, layer.phi_key, layer.phi_val, layer.phi_out, layer.heads)


def _word(height: int, width: int) -> Tensor:
    """Return a word in so many points, ink 1 on paper 0, (1, 1, height, width) float64."""
    per_point = 160 // width
    large = Image.new("L", (width * per_point, height * per_point), 0)
    font = ImageFont.load_default(72)
    ImageDraw.Draw(large).text(
        (large.width / 2, large.height * 0.43), _WORD, fill=255, font=font, anchor="mm"
    )
    small = np.asarray(large.resize((width, height), Image.Resampling.BOX), np.float64) / 255
    return torch.from_numpy(small)[None, None]


def _readers(of: Group) -> Image.Image:
    """Draw a word and the word turned by 90° as each reader sees them: turned by h^-1."""
    word = -_word(80, 160)[0, 0]
    heads = [f"reader {label}" for label in of.labels]
    rows = []
    for h, label in ((0, "x"), (1, "Lx")):
        page = of.act_on_image(word, h)
        rows.append((label, [of.act_on_image(page, of.inverse[g]) for g in range(of.order)]))
    return _rows(rows, heads, 1.0, cell=1)


def _compare_maps(of: Group, before: Tensor, after: Tensor, difference: Tensor) -> Image.Image:
    """Draw three rows of |H| maps (|H|, height, width), all on one scale about the mean of f(x)."""
    mean = before.mean()
    scale = 0.8 * float((before - mean).abs().max())
    rows = [
        ("f(x)", list(before - mean)),
        ("f(Lx)", list(after - mean)),
        ("f(Lx) - Lf(x)", list(difference)),
    ]
    return _rows(rows, [f"frame {label}" for label in of.labels], scale)


def _rows(
    rows: list[tuple[str, list[Tensor]]], heads: list[str], scale: float, cell: int = _CELL
) -> Image.Image:
    """Set maps in rows under column heads; blue is negative, white zero, red positive."""
    font = ImageFont.load_default(15)
    margin = 8 + max(round(font.getlength(label)) for label, _ in rows) + _GAP
    column = max(max(tile.shape[-1] for tile in tiles) for _, tiles in rows) * cell
    heights = [max(tile.shape[-2] for tile in tiles) * cell for _, tiles in rows]
    width = margin + len(heads) * (column + _GAP)
    sheet = Image.new("RGB", (width, _LABEL + sum(heights) + _GAP * len(rows)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for n, head in enumerate(heads):
        middle = margin + n * (column + _GAP) + column / 2
        pen.text((middle, _LABEL / 2), head, fill=_INK, font=font, anchor="mm")
    top = _LABEL
    for (label, tiles), height in zip(rows, heights, strict=True):
        pen.text((8, top + height / 2), label, fill=_INK, font=font, anchor="lm")
        for n, tile in enumerate(tiles):
            painted = Image.fromarray(_colours(tile / scale)).resize(
                (tile.shape[-1] * cell, tile.shape[-2] * cell), Image.Resampling.NEAREST
            )
            left = margin + n * (column + _GAP) + (column - painted.width) // 2
            place = (left, top + (height - painted.height) // 2)
            sheet.paste(painted, place)
            corner = (place[0] + painted.width, place[1] + painted.height)
            pen.rectangle((place[0] - 1, place[1] - 1, *corner), outline=(190, 190, 190))
        top += height + _GAP
    return sheet


def _colours(values: Tensor) -> NDArray[np.uint8]:
    """Map -1 .. 1 to blue, white and red, (height, width, 3) uint8."""
    clipped = values.clamp(-1, 1).numpy()[..., None]
    red, blue = np.array([178, 24, 43]), np.array([33, 80, 140])
    strength = np.abs(clipped) ** 0.7
    colours = 255 - strength * (255 - np.where(clipped > 0, red, blue))
    return np.asarray(colours.round(), np.uint8)
