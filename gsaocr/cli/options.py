"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="Model file; the shipped one if not given."),
]
DeviceOption = Annotated[
    str, typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N.")
]
DecodeOption = Annotated[
    str | None,
    typer.Option(
        "--decode",
        metavar="HOW",
        help="ctc, attention, draft or joint; the model's best if not given.",
    ),
]
MegapixelsOption = Annotated[
    float,
    typer.Option(
        "--max-megapixels", metavar="N", help="Refuse larger images before they are decoded."
    ),
]
AdapterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--adapter",
        metavar="NAME|DIR",
        help="Read with an adapter; auto, or several: with the surest one, page by page.",
    ),
]
