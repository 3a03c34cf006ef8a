"""Options that the commands which train share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import DATA, OUTPUT, TRAINING

FolderOption = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        "--out",
        metavar="DIR",
        help="Folder that weights, state and log are written into.",
        rich_help_panel=OUTPUT,
    ),
]
GoOnOption = Annotated[
    bool,
    typer.Option("--resume", help="Go on from the state in the folder.", rich_help_panel=OUTPUT),
]
PackOption = Annotated[
    Path | None,
    typer.Option(
        "--pack",
        metavar="DIR",
        help="Take fonts and texts from a training pack.",
        rich_help_panel=DATA,
    ),
]
FontsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--fonts",
        metavar="DIR",
        help="Draw text with the fonts in this folder; may be repeated.",
        rich_help_panel=DATA,
    ),
]
CorporaOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--corpora",
        metavar="DIR",
        help="Take texts from here, .txt or .txt.xz; may be repeated.",
        rich_help_panel=DATA,
    ),
]
MinutesOption = Annotated[
    float,
    typer.Option("--minutes", metavar="N", help="Train for N minutes.", rich_help_panel=TRAINING),
]
LearningRateOption = Annotated[
    float,
    typer.Option(
        "--learning-rate", metavar="N", help="Peak learning rate.", rich_help_panel=TRAINING
    ),
]
CooldownOption = Annotated[
    float,
    typer.Option(
        "--cooldown",
        metavar="N",
        min=0,
        max=1,
        help="Share of the time in which the learning rate falls.",
        rich_help_panel=TRAINING,
    ),
]
AverageOption = Annotated[
    float,
    typer.Option(
        "--ema",
        metavar="N",
        min=0,
        max=1,
        help="Decay of the averaged weights.",
        rich_help_panel=TRAINING,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Seed of everything that is drawn by chance.",
        rich_help_panel=TRAINING,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        help="Render in N processes; if not given, on CUDA all cores but one.",
        rich_help_panel=TRAINING,
    ),
]
TrainingDeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help="Where the network is trained: auto, cpu, cuda or cuda:N.",
        autocompletion=completing.among("auto", "cpu", "cuda"),
        rich_help_panel=TRAINING,
    ),
]
PrecisionOption = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="NAME",
        help="Numbers to compute with: auto, float32 or bfloat16.",
        autocompletion=completing.among("auto", "float32", "bfloat16"),
        rich_help_panel=TRAINING,
    ),
]
ThreadsOption = Annotated[
    int,
    typer.Option(
        "--threads",
        metavar="N",
        min=0,
        help="Threads that torch computes with; 0 leaves it to torch.",
        rich_help_panel=TRAINING,
    ),
]
