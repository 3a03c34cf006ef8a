"""``gsaocr info``: what a model file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gsaocr.cli.options import OUTPUT, ModelOption
from gsaocr.cli.streams import write_text
from gsaocr.printable import printable

_MOST_TOLD = 40  # entries of what a model says of its origin
_LONGEST = 200  # characters of one of them


EXAMPLES = """
gsaocr info
    What the shipped model is.
gsaocr info --model merged.safetensors
    What another model is, and which adapters it was merged from.
gsaocr info --cost --json
    All of it as JSON, with the operations that reading a line takes.
"""


def info(
    model: ModelOption = None,
    cost: Annotated[
        bool,
        typer.Option(
            "--cost",
            help="Count the operations that a line takes, too; this takes seconds.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print JSON.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Print what a model is: its group, size, charset and origin."""
    from gsaocr._version import __version__
    from gsaocr.model_files import default_model
    from gsaocr.recognizer.model_summary import summarise

    path = model or default_model()
    summary = summarise(path)
    config, origin = summary.header.config, summary.header.origin
    facts: dict[str, Any] = {
        "version": __version__,
        "model": str(path),
        "hash": summary.fingerprint,
        "group": config.group,
        "parameters": summary.parameters,
        "line_height": config.line_height,
        "charset": config.characters,
        "origin": origin,
    }
    if cost:
        facts["encoder_flops"] = _encoder_flops(path)
    if json_:
        write_text(json.dumps(facts, indent=1) + "\n")
        return
    told = [f"{key} {value}" for key, value in sorted(origin.items())]
    shown = ", ".join(printable(entry, _LONGEST) for entry in told[:_MOST_TOLD])
    if len(told) > _MOST_TOLD:
        shown += f" and {len(told) - _MOST_TOLD} more"
    rows = [
        ("gsaocr", __version__),
        ("model", str(path)),
        ("hash", summary.fingerprint),
        ("group", config.group),
        ("parameters", f"{facts['parameters'] / 1e6:.2f} million"),
        ("line height", f"{config.line_height} pixels"),
        ("charset", f"{len(config.characters)} characters"),
        ("origin", shown or "not recorded"),
    ]
    if cost:
        flops = facts["encoder_flops"] / 1e9
        rows.insert(5, ("encoder", f"{flops:.2f} GFLOP for a line of 90 letters"))
    write_text("".join(f"{name:<12} {printable(value)}\n" for name, value in rows))


def _encoder_flops(path: Path) -> int:
    """The operations that a line of a book takes: counted, for which the network is built."""
    from gsaocr.recognizer.cost import encoder_flops
    from gsaocr.recognizer.weights import load_model

    return encoder_flops(load_model(path).model)
