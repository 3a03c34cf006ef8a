"""The whole network: encoder, orientation head and reading, turned, moved, padded and adapted."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from gsaocr.groups import Group, group
from gsaocr.layers.frames import FrameField
from gsaocr.layers.full_group_attention import FullGroupAttention
from gsaocr.layers.group_attention import FibreAttention, SpatialAttention
from gsaocr.layers.lifting import lift
from gsaocr.recognizer.model import Encoded, Recognizer
from gsaocr.verification.actions import Motion, Space, act
from gsaocr.verification.claims import Row
from gsaocr.verification.fast_subjects import fibre_subject, full_subject, spatial_subject
from gsaocr.verification.measure import Error, compare, limit
from gsaocr.verification.subjects import Subject, draw

GRID = (4, 8)
"""Rows and columns of patches of the network's test lines."""


def random_network(model: Recognizer, generator: torch.Generator) -> Recognizer:
    """Return a network of the same configuration with N(0,1) weights, in float64.

    In the upper part a map of n inputs is divided by sqrt(n): four blocks of bare N(0,1) maps
    amplify a rounding error a thousandfold, and nothing there knows of the group.
    """
    network = cast(Recognizer, draw(copy.deepcopy(model), generator)).eval()
    for module in [*network.upper.modules(), network.ctc_head]:
        if isinstance(module, nn.Linear | nn.Conv1d):
            module.weight.data.div_(module.weight[0].numel() ** 0.5)
    return network


def network_subjects(model: Recognizer, weights: str) -> list[Subject]:
    """Return the parts that a turned line goes through before one reader is chosen."""
    of, step = group(model.config.group), model.config.stride

    def pixels(valid: Tensor) -> Tensor:
        return valid.repeat_interleave(step, 1).repeat_interleave(step, 2)

    def stem(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        network = cast(Recognizer, module)
        return _common(lift(x[:, 0], pixels(valid), of, network.encoder.stem))

    def encoder(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        return _common(cast(Recognizer, module).look(x[:, 0], pixels(valid)))

    def orientation(module: nn.Module, x: Tensor, valid: Tensor) -> Tensor:
        network = cast(Recognizer, module)
        scores: Tensor = network.orientation(network.look(x[:, 0], pixels(valid)))
        return scores

    runs: list[tuple[str, Callable[[nn.Module, Tensor, Tensor], Tensor], Space]] = [
        ("stem", stem, Space.LIFTED),
        ("encoder", encoder, Space.LIFTED),
        ("orientation", orientation, Space.FRAMES),
    ]
    return [
        Subject(name, name, of, model, run, Space.PLANE, target, weights, step=step, channels=1)
        for name, run, target in runs
    ]


def model_layers(model: Recognizer) -> list[Subject]:
    """Return the model's own attention layers with its trained weights, one by one.

    A layer whose phi_out is still zero is left out: nothing can be seen on it.
    """
    of, width = group(model.config.group), model.config.lower_width
    found = []
    for path, module in model.encoder.named_modules():
        name = path.replace("blocks.", "block ").replace(".", " ")
        if hasattr(module, "phi_out") and not any(
            bool(p.any()) for p in module.phi_out.parameters()
        ):
            continue
        if isinstance(module, SpatialAttention):
            kind = "lifting" if module is model.encoder.lifting else "spatial"
            found.append(spatial_subject(of, module, name, "model", width, kind))
        elif isinstance(module, FibreAttention):
            found.append(fibre_subject(of, module, name, "model", width))
        elif isinstance(module, FullGroupAttention):
            found.append(full_subject(of, module, name, "model"))
    return found


@torch.no_grad()
def reading_rows(
    model: Recognizer, weights: str, lora: str, dtype: torch.dtype, generator: torch.Generator
) -> list[Row]:
    """Return rows on the frame scores and on the CTC logits that reader h gives of the turned line.

    ``model`` is in precision ``dtype`` already. The line is turned, moved along itself by one and
    two patches inside a masked margin, and both.
    """
    of, step = group(model.config.group), model.config.stride
    rows_, columns = model.config.line_height // step, GRID[1]
    line = torch.randn(1, step * rows_, step * (columns + 4), generator=generator).to(dtype)
    valid = torch.zeros(1, rows_, columns + 4, dtype=torch.bool)
    valid[:, :, 2:-2] = True
    field = _look(model, line, valid)
    scores, logits = model.orientation(field), _logits(model.read(field, torch.tensor([0])))
    batches: dict[torch.Size, list[tuple[Motion, Tensor, Tensor]]] = defaultdict(list)
    for h in range(of.order):
        for along in (0, 1, 2) if h == 0 else (0, 1):
            motion = Motion(h, (0, along) if of.swaps_sides(h) else (along, 0))
            if motion != Motion():
                moved = act(line[:, None], Space.PLANE, of, motion, step)[:, 0]
                where = act(valid[:, None], Space.PLANE, of, motion)[:, 0]
                batches[moved.shape].append((motion, moved, where))
    rows = []
    for batch in batches.values():
        motions, lines, masks = zip(*batch, strict=True)
        field = _look(model, torch.cat(lines), torch.cat(masks))
        found = model.orientation(field)
        encoded = model.read(field, torch.tensor([motion.element for motion in motions]))
        for n, motion in enumerate(motions):
            count = int(encoded.frame_counts[n])
            errors = {
                "orientation": compare(found[n : n + 1], act(scores, Space.FRAMES, of, motion)),
                "reading": compare(encoded.ctc_logits[n : n + 1, :count], logits),
            }
            for layer, error in errors.items():
                label = motion.label(of)
                rows.append(_row("equivariance", layer, of, label, lora, weights, dtype, error))
    return rows


@torch.no_grad()
def padding_rows(
    model: Recognizer, weights: str, lora: str, dtype: torch.dtype, generator: torch.Generator
) -> list[Row]:
    """Return rows on lines alone against the same lines in a batch padded to the longest.

    ``model`` is in precision ``dtype`` already.
    """
    of, step = group(model.config.group), model.config.stride
    height = model.config.line_height
    widths = [step * n for n in (6, 11, 3)]
    lines = [torch.randn(height, width, generator=generator).to(dtype) for width in widths]
    # The padding is noise: a layer that looks at it can't come out right by chance.
    batch = torch.randn(len(lines), height, max(widths), generator=generator).to(dtype)
    valid = torch.zeros(len(lines), height // step, max(widths) // step, dtype=torch.bool)
    for n, line in enumerate(lines):
        batch[n, :, : line.shape[1]] = line
        valid[n, :, : line.shape[1] // step] = True
    field = _look(model, batch, valid)
    scores = model.orientation(field)
    together = model.read(field, torch.zeros(len(lines), dtype=torch.long))
    rows = []
    for n, line in enumerate(lines):
        alone_field = _look(model, line[None], valid[n : n + 1, :, : line.shape[1] // step])
        alone = model.read(alone_field, torch.zeros(1, dtype=torch.long))
        count = int(alone.frame_counts[0])
        pairs = {
            "reading": (together.ctc_logits[n, :count], alone.ctc_logits[0]),
            "orientation": (scores[n], model.orientation(alone_field)[0]),
        }
        for layer, (padded, single) in pairs.items():
            label = f"{line.shape[1]} of {max(widths)} px"
            error = compare(padded, single)
            rows.append(
                _row("alone = in a padded batch", layer, of, label, lora, weights, dtype, error)
            )
    return rows


@torch.no_grad()
def network_merge_row(
    beside: Recognizer,
    inside: Recognizer,
    adapter: str,
    weights: str,
    dtype: torch.dtype,
    generator: torch.Generator,
) -> Row:
    """Return the row on the CTC logits of an adapter attached against the same one merged."""
    of, step = group(beside.config.group), beside.config.stride
    line = torch.randn(1, beside.config.line_height, step * GRID[1], generator=generator).to(dtype)
    valid = torch.ones(1, line.shape[1] // step, GRID[1], dtype=torch.bool)
    attached = _logits(_read(copy.deepcopy(beside).to(dtype), line, valid, 0))
    merged = _logits(_read(copy.deepcopy(inside).to(dtype), line, valid, 0))
    error = compare(attached, merged)
    return _row("attached = merged", "reading", of, of.labels[0], adapter, weights, dtype, error)


def _common(field: FrameField) -> Tensor:
    return field.to_common().movedim(-1, 2)


def _look(network: Recognizer, lines: Tensor, valid: Tensor) -> FrameField:
    step = network.config.stride
    return network.look(lines, valid.repeat_interleave(step, 1).repeat_interleave(step, 2))


def _read(network: Recognizer, line: Tensor, valid: Tensor, reader: int) -> Encoded:
    return network.read(_look(network, line, valid), torch.tensor([reader]))


def _logits(encoded: Encoded) -> Tensor:
    return encoded.ctc_logits[:, : int(encoded.frame_counts[0])]


def _row(
    check: str,
    layer: str,
    of: Group,
    element: str,
    lora: str,
    weights: str,
    dtype: torch.dtype,
    error: Error,
) -> Row:
    precision = str(dtype).removeprefix("torch.")
    return Row(check, layer, of.name, element, lora, weights, precision, error, limit(dtype))
