"""Options that several commands share, and the groups in which help shows them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gsaocr.cli import completing

INPUT = "Input"
READING = "Reading"
OUTPUT = "Output"
PDF = "PDF"
LOOKING = "Looking at what was read"
MESSAGES = "Messages"
MACHINES = "Many machines"
MEASURING = "Measuring"
DATA = "Data"
ADAPTER = "The adapter"
NETWORK = "The network"
TRAINING = "Training"

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="FILE",
        help="Use this model instead of the shipped one.",
        rich_help_panel=READING,
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help="Where the network runs: auto, cpu, cuda or cuda:N.",
        autocompletion=completing.among("auto", "cpu", "cuda"),
        rich_help_panel=READING,
    ),
]
DecodeOption = Annotated[
    str | None,
    typer.Option(
        "--decode",
        metavar="HOW",
        help="How letters are found: ctc (fast), attention, draft or joint; if not given, the way "
        "that the model reads best with.",
        autocompletion=completing.among("ctc", "attention", "draft", "joint"),
        rich_help_panel=READING,
    ),
]
MegapixelsOption = Annotated[
    float,
    typer.Option(
        "--max-megapixels",
        metavar="N",
        help="Refuse larger images before they are decoded.",
        rich_help_panel=INPUT,
    ),
]
AdapterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--adapter",
        metavar="NAME,...",
        help="Read with an adapter, by its name or its folder. Of several, joined by commas, and "
        "of auto, which is all that have a name, each page takes the surest.",
        autocompletion=completing.adapters,
        rich_help_panel=READING,
    ),
]


def adapter_names(given: Iterable[str] | None) -> tuple[str, ...]:
    """The adapters of ``--adapter``, which takes several joined by commas and may be repeated.

    A folder's own name may hold a comma.
    """
    names: list[str] = []
    for each in given or ():
        parts = [each] if os.path.isdir(each) else each.split(",")
        names += [part.strip() for part in parts if part.strip()]
    return tuple(names)
