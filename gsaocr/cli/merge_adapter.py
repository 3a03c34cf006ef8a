"""``gsaocr merge-adapter``: adapters become part of a model's weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import INPUT, MEASURING, OUTPUT, ModelOption
from gsaocr.cli.streams import tell
from gsaocr.errors import OutputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PROBE_LINES = 32

EXAMPLES = """
gsaocr merge-adapter fraktur -o fraktur.safetensors
    Make an adapter part of a model, for --model fraktur.safetensors.
gsaocr merge-adapter typewriter=0.5 receipts=0.5 -o mixed.safetensors
    The half of two adapters each.
gsaocr merge-adapter my-adapter/ -o my.safetensors --probe lines/
    Compare the merged model on lines of your own.
"""


def merge_adapter(
    adapters: Annotated[
        list[str],
        typer.Argument(
            metavar="ADAPTER...",
            help="Names or folders of adapters, each with a weight if wanted: NAME=0.5",
            autocompletion=completing.adapter,
            rich_help_panel=INPUT,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the new model into this file.",
            rich_help_panel=OUTPUT,
        ),
    ],
    model: ModelOption = None,
    probe: Annotated[
        list[Path] | None,
        typer.Option(
            "--probe",
            metavar="DATA",
            help="Compare on these images of lines instead of rendered ones; may be repeated.",
            rich_help_panel=MEASURING,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace a file that is there.", rich_help_panel=OUTPUT),
    ] = False,
) -> None:
    """Merge adapters into their base: a model of its own, for --model FILE.

    Each adapter has weight 1 unless it is given as NAME=WEIGHT. The updates are summed up, never
    their factors. Base with the updates beside it and merged model are compared on probe lines.
    """
    import torch

    from gsaocr.adapters.catalogue import find_adapter
    from gsaocr.adapters.merge import merged, origin_of
    from gsaocr.adapters.merge_check import compare
    from gsaocr.adapters.peft_format import read_adapter
    from gsaocr.model_files import default_model
    from gsaocr.recognizer.weights import load_model, save_model

    path = model or default_model()
    if os.path.exists(out) and (not overwrite or out.resolve() == path.resolve()):
        raise OutputError(str(out), "is there already", "choose another file, or --overwrite")
    base = load_model(path)
    given = [_weighted(name) for name in adapters]
    weighted = [(read_adapter(find_adapter(name), base), weight) for name, weight in given]
    images = _probe_images(probe or [])
    result = merged(base, weighted)
    difference = compare(base, weighted, result, images)
    fingerprint = save_model(result, out, origin_of(base, weighted), torch.float32)
    tell(f"wrote {out}, hash {fingerprint}")
    if difference is not None:
        print(
            f"{difference.lines} probe lines: largest logit difference {difference.largest:.1e}, "
            f"logits up to {difference.scale:.0f}, {difference.texts} texts differ"
        )


def _probe_images(probe: list[Path]) -> list[NDArray[Any]]:
    """Return the line images to compare on: those given, or rendered ones."""
    from gsaocr.training.adapter_data import load_probe
    from gsaocr.training.check_lines import check_lines

    if probe:
        return load_probe(probe, _PROBE_LINES)
    return [line.image for line in check_lines(_PROBE_LINES)]


def _weighted(given: str) -> tuple[str, float]:
    """Split NAME=WEIGHT; a folder's own name may hold an equals sign."""
    name, equals, weight = given.rpartition("=")
    if not equals or os.path.isdir(Path(given)):
        return given, 1.0
    try:
        return name, float(weight)
    except ValueError:
        raise UsageError(given, f"{weight!r} is no weight", "write NAME=0.5") from None
