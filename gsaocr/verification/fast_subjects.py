"""The program's own attention layers as subjects, each beside the reference that it must equal."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from gsaocr.groups import Group
from gsaocr.layers import reference
from gsaocr.layers.frames import FrameField
from gsaocr.layers.full_group_attention import FullGroupAttention
from gsaocr.layers.group_attention import FibreAttention, SpatialAttention
from gsaocr.layers.lifting import lift
from gsaocr.verification.actions import Space
from gsaocr.verification.subjects import (
    FORM_NAMES,
    HEADS,
    PATCH,
    WIDTH,
    Run,
    Subject,
    draw,
    layer_maps,
)

_WAVES = 5


def fast_subjects(of: Group, generator: torch.Generator) -> list[Subject]:
    """Return the program's own attention layers with N(0,1) weights, beside their references."""
    embed = nn.Conv2d(1, WIDTH, PATCH, stride=PATCH)
    lifting = nn.ModuleDict({"embed": embed, "attention": _spatial((1, 2))})
    return [
        Subject(
            "lifting",
            "lifting",
            of,
            draw(lifting, generator),
            _lifting_run(of),
            Space.PLANE,
            step=PATCH,
            channels=1,
            reference=_lifting_reference(of),
        ),
        spatial_subject(of, draw(_spatial((1, 2)), generator), "spatial"),
        fibre_subject(of, draw(FibreAttention(WIDTH, HEADS, of), generator), "fibre"),
        *(
            full_subject(
                of,
                draw(FullGroupAttention(WIDTH, HEADS, _WAVES, of, form, reach=1), generator),
                FORM_NAMES[form],
            )
            for form in FORM_NAMES
        ),
    ]


def spatial_subject(
    of: Group,
    module: nn.Module,
    name: str,
    weights: str = "N(0,1)",
    channels: int = WIDTH,
    kind: str = "spatial",
) -> Subject:
    """Return spatial attention as a layer on lifted fields; on a stem's field it is the lifting."""

    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        field = as_frames(of, x.movedim(2, -1), valid)
        return field.map(module).to_common().movedim(-1, 2)

    def literal(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        layer = cast(SpatialAttention, module)
        rows, columns = layer.window
        near = reference.window(2 * rows + 1, 2 * columns + 1)
        rho = _fourier(layer)
        return reference.group_attention(
            x, layer_maps(layer), rho, of, "own", neighbourhood=near, mask=valid
        )

    return Subject(
        kind,
        name,
        of,
        module,
        run,
        Space.LIFTED,
        weights=weights,
        channels=channels,
        reference=literal,
    )


def fibre_subject(
    of: Group, module: nn.Module, name: str, weights: str = "N(0,1)", channels: int = WIDTH
) -> Subject:
    """Return fibre attention as a layer on lifted fields."""

    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        field = as_frames(of, x.movedim(2, -1), valid)
        out: FrameField = module(field)
        return out.to_common().movedim(-1, 2)

    def literal(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        layer = cast(FibreAttention, module)
        near = reference.same_place

        def rho(offset: Tensor, relative: int) -> Tensor:
            return layer.rho[relative].expand(*offset.shape[:-1], -1)

        return reference.group_attention(
            x, layer_maps(layer), rho, of, "own", neighbourhood=near, mask=valid
        )

    return Subject(
        "fibre",
        name,
        of,
        module,
        run,
        Space.LIFTED,
        weights=weights,
        channels=channels,
        reference=literal,
    )


def full_subject(of: Group, module: nn.Module, name: str, weights: str = "N(0,1)") -> Subject:
    """Return group self-attention over all of H as a layer on lifted fields."""

    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        field = as_frames(of, x.movedim(2, -1), valid)
        out: FrameField = module(field)
        return out.to_common().movedim(-1, 2)

    def literal(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        layer = cast(FullGroupAttention, module)
        near = (
            reference.everywhere if layer.reach is None else reference.square(2 * layer.reach + 1)
        )
        return reference.group_attention(
            x, layer_maps(layer), layer.encode, of, layer.form, neighbourhood=near, mask=valid
        )

    full = cast(FullGroupAttention, module)
    return Subject(
        full.form,
        name,
        of,
        module,
        run,
        Space.LIFTED,
        weights=weights,
        channels=full.width,
        reference=literal,
    )


def as_frames(of: Group, lifted: Tensor, valid: Tensor) -> FrameField:
    """Return a field of all readers from (batch, |H|, height, width, channels) and its validity."""
    grid = (1, 2)
    upright = tuple(h for h in range(of.order) if not of.swaps_sides(h))
    sideways = tuple(h for h in range(of.order) if of.swaps_sides(h))

    def own(elements: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        if not elements:
            return lifted[:, :0], valid[:, None][:, :0]
        back = of.inverse
        features = [of.act_on_image(lifted[:, h], back[h], grid) for h in elements]
        where = [of.act_on_image(valid, back[h], grid) for h in elements]
        return torch.stack(features, dim=1), torch.stack(where, dim=1)

    upright_features, upright_valid = own(upright)
    sideways_features, sideways_valid = own(sideways)
    return FrameField(
        of,
        upright,
        sideways,
        upright_features,
        sideways_features,
        upright_valid,
        sideways_valid,
    )


def _spatial(window: tuple[int, int]) -> SpatialAttention:
    return SpatialAttention(WIDTH, HEADS, _WAVES, window)


def _lifting_run(of: Group) -> Run:
    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        parts = cast(nn.ModuleDict, module)

        def embed(images: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
            patches: Tensor = parts["embed"](images[:, None])
            return patches.movedim(1, -1), where[:, ::PATCH, ::PATCH]

        pixels = valid.repeat_interleave(PATCH, 1).repeat_interleave(PATCH, 2)
        field = lift(x[:, 0], pixels, of, embed)
        return field.map(parts["attention"]).to_common().movedim(-1, 2)

    return run


def _lifting_reference(of: Group) -> Run:
    def run(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        parts = cast(nn.ModuleDict, module)
        convolution = cast(nn.Conv2d, parts["embed"])
        layer = cast(SpatialAttention, parts["attention"])

        def embedding(pixels: Tensor) -> Tensor:
            return pixels @ convolution.weight.flatten(1).T + cast(Tensor, convolution.bias)

        frames = reference.embed_patches(x, embedding, PATCH, of)
        rows, columns = layer.window
        near = reference.window(2 * rows + 1, 2 * columns + 1)
        return reference.lifting_attention(
            frames, layer_maps(layer), _fourier(layer), of, neighbourhood=near, mask=valid
        )

    return run


def _fourier(layer: SpatialAttention) -> reference.Rho:
    def rho(offset: Tensor, relative: int) -> Tensor:
        return layer.rho.encode(offset.to(layer.rho.waves.dtype))

    return rho
