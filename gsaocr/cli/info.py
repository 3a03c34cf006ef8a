"""``gsaocr info``: what a model file holds."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from gsaocr.cli.options import ModelOption
from gsaocr.cli.streams import write_text
from gsaocr.printable import printable

_MOST_TOLD = 40  # entries of what a model says of its origin
_LONGEST = 200  # characters of one of them


def info(
    model: ModelOption = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print group, size, cost, charset of a model."""
    from gsaocr._version import __version__
    from gsaocr.model_files import default_model
    from gsaocr.recognizer.cost import BOOK_LINE, encoder_flops, parameter_count
    from gsaocr.recognizer.weights import load_model

    path = model or default_model()
    loaded = load_model(path)
    config = loaded.model.config
    facts: dict[str, Any] = {
        "version": __version__,
        "model": str(path),
        "hash": loaded.fingerprint,
        "group": config.group,
        "parameters": parameter_count(loaded.model),
        "encoder_flops": encoder_flops(loaded.model),
        "line_height": config.line_height,
        "charset": config.characters,
        "origin": loaded.origin,
    }
    if json_:
        write_text(json.dumps(facts, indent=1) + "\n")
        return
    told = [f"{key} {value}" for key, value in sorted(loaded.origin.items())]
    origin = ", ".join(printable(entry, _LONGEST) for entry in told[:_MOST_TOLD])
    if len(told) > _MOST_TOLD:
        origin += f" and {len(told) - _MOST_TOLD} more"
    rows = [
        ("gsaocr", __version__),
        ("model", str(path)),
        ("hash", loaded.fingerprint),
        ("group", config.group),
        ("parameters", f"{facts['parameters'] / 1e6:.2f} million"),
        ("encoder", f"{facts['encoder_flops'] / 1e9:.2f} GFLOP for a line of {BOOK_LINE} letters"),
        ("line height", f"{config.line_height} pixels"),
        ("charset", f"{len(config.characters)} characters"),
        ("origin", origin or "not recorded"),
    ]
    write_text("".join(f"{name:<12} {printable(value)}\n" for name, value in rows))
