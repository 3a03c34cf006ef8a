"""``gsaocr train-adapter``: an adapter from transcribed lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import ADAPTER, DATA, TRAINING
from gsaocr.cli.training_options import (
    LearningRateOption,
    PrecisionOption,
    SeedOption,
    ThreadsOption,
    TrainingDeviceOption,
)

EXAMPLES = """
gsaocr train-adapter lines/ -o my-adapter
    Fit an adapter to transcribed lines, NAME.png with NAME.gt.txt each.
gsaocr train-adapter corrected.zip -o my-adapter --start fraktur --minutes 10
    Begin with another adapter, and take ten minutes at most.
gsaocr train-adapter pages/*.xml -o my-adapter --validation other.zip
    Learn from PAGE or ALTO files of whole pages; validate on lines of another document.
"""


def train_adapter(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Folders or zips of images with .gt.txt files, PAGE or ALTO files, CSV or JSONL "
            "tables.",
            rich_help_panel=DATA,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder that the adapter is written into.",
            rich_help_panel=ADAPTER,
        ),
    ],
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            "--validation",
            metavar="DATA",
            help="Validate on these lines; may be repeated.",
            rich_help_panel=DATA,
        ),
    ] = None,
    validation_share: Annotated[
        float,
        typer.Option(
            "--validation-share",
            metavar="N",
            min=0.01,
            max=0.9,
            help="Share of the documents that is set apart to validate on, where no others are "
            "given.",
            rich_help_panel=DATA,
        ),
    ] = 0.1,
    check: Annotated[
        list[Path] | None,
        typer.Option(
            "--check",
            metavar="DATA",
            help="Lines of what the base reads well, to measure what it forgets; drawn ones if "
            "not given. May be repeated.",
            rich_help_panel=DATA,
        ),
    ] = None,
    truth: Annotated[
        str,
        typer.Option(
            "--truth",
            metavar="LIST",
            help="Change the texts first: restore-i, restore-hyphen, modern or capitals; "
            "docs/adapters.md explains them.",
            rich_help_panel=DATA,
        ),
    ] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=4,
            help="Train on N lines at most.",
            rich_help_panel=DATA,
        ),
    ] = None,
    augment: Annotated[
        float,
        typer.Option(
            "--augment",
            metavar="N",
            help="Strength of the changes that images are given, 0 to 1.",
            rich_help_panel=DATA,
        ),
    ] = 0.5,
    render: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--render",
            metavar="FONTS TEXT",
            help="Mix in lines drawn with these fonts and this text.",
            rich_help_panel=DATA,
        ),
    ] = None,
    render_as: Annotated[
        str,
        typer.Option(
            "--render-as",
            metavar="KIND",
            help="What they look like: book, oldprint, typescript, receipt or modern.",
            autocompletion=completing.among("book", "oldprint", "typescript", "receipt", "modern"),
            rich_help_panel=DATA,
        ),
    ] = "book",
    render_share: Annotated[
        float,
        typer.Option(
            "--render-share",
            metavar="N",
            help="Share of drawn lines, 0 to 1.",
            rich_help_panel=DATA,
        ),
    ] = 0.3,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="FILE",
            help="Fit the adapter to this model instead of the shipped one.",
            rich_help_panel=ADAPTER,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            metavar="NAME|DIR",
            help="Begin with this adapter, which may be an older base's.",
            autocompletion=completing.adapter,
            rich_help_panel=ADAPTER,
        ),
    ] = None,
    rank: Annotated[
        int | None,
        typer.Option(
            "--rank",
            metavar="N",
            min=1,
            help="Rank of the updates; if not given, the one whose adapter has 5 % of the base's "
            "parameters.",
            rich_help_panel=ADAPTER,
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(
            "--alpha",
            metavar="N",
            help="Rank times the scale of the updates; if not given, twice the rank.",
            rich_help_panel=ADAPTER,
        ),
    ] = None,
    dropout: Annotated[
        float,
        typer.Option(
            "--dropout",
            metavar="N",
            help="Dropout on what goes into the updates.",
            rich_help_panel=ADAPTER,
        ),
    ] = 0.05,
    rslora: Annotated[
        bool,
        typer.Option(
            "--rslora",
            help="Scale by alpha / sqrt(rank) instead of alpha / rank.",
            rich_help_panel=ADAPTER,
        ),
    ] = False,
    targets: Annotated[
        str,
        typer.Option(
            "--targets",
            metavar="LIST",
            help="Linear maps that get an update.",
            rich_help_panel=ADAPTER,
        ),
    ] = "q,k,v,out,mlp,columns,head",
    parts: Annotated[
        str,
        typer.Option(
            "--parts",
            metavar="LIST",
            help="Parts of the network that get updates: encoder, its halves lower and upper, "
            "decoder.",
            rich_help_panel=ADAPTER,
        ),
    ] = "upper,decoder",
    extend_charset: Annotated[
        bool,
        typer.Option(
            "--extend-charset",
            help="Learn characters that the base does not know.",
            rich_help_panel=ADAPTER,
        ),
    ] = False,
    decode: Annotated[
        str,
        typer.Option(
            "--decode",
            metavar="HOW",
            help="attention, for texts that don't follow the image letter by letter.",
            autocompletion=completing.among("attention"),
            rich_help_panel=ADAPTER,
        ),
    ] = "",
    licence: Annotated[
        str,
        typer.Option(
            "--licence",
            metavar="TEXT",
            help="Licence of the data, for the adapter's card.",
            rich_help_panel=ADAPTER,
        ),
    ] = "",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with an interrupted training into the same folder.",
            rich_help_panel=ADAPTER,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace an adapter that is there.", rich_help_panel=ADAPTER
        ),
    ] = False,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes",
            metavar="N",
            help="Train for N minutes at most.",
            rich_help_panel=TRAINING,
        ),
    ] = 18.0,
    epochs: Annotated[
        float,
        typer.Option(
            "--epochs",
            metavar="N",
            help="See every line N times at most.",
            rich_help_panel=TRAINING,
        ),
    ] = 20.0,
    patience: Annotated[
        int,
        typer.Option(
            "--patience",
            metavar="N",
            min=1,
            help="Stop after N validations without a gain.",
            rich_help_panel=TRAINING,
        ),
    ] = 5,
    keep: Annotated[
        str,
        typer.Option(
            "--keep",
            metavar="WHICH",
            help="Keep the state that is best on the validation lines, or the last.",
            autocompletion=completing.among("best", "last"),
            rich_help_panel=TRAINING,
        ),
    ] = "best",
    learning_rate: LearningRateOption = 8e-3,
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule",
            metavar="NAME",
            help="Course of the learning rate: cosine, linear or constant.",
            autocompletion=completing.among("cosine", "linear", "constant"),
            rich_help_panel=TRAINING,
        ),
    ] = "cosine",
    seed: SeedOption = 1,
    threads: ThreadsOption = 0,
    device: TrainingDeviceOption = "auto",
    precision: PrecisionOption = "auto",
) -> None:
    """Train an adapter on transcribed lines.

    Each image NAME.png has its text in NAME.gt.txt beside it. A part of the documents is set
    apart to validate on; the best state by that measure is kept. Ctrl-C keeps the state, and
    --resume goes on with it.
    """
    from gsaocr.adapters.catalogue import find_adapter
    from gsaocr.cli.run_adapter_training import run_adapter_training
    from gsaocr.model_files import default_model
    from gsaocr.training.adapter_config import AdapterTraining

    fonts, texts = ((render[0],), (render[1],)) if render else ((), ())
    training = AdapterTraining(
        data=tuple(data),
        out=out,
        base=model or default_model(),
        parts=_listed(parts),
        targets=_listed(targets),
        start=find_adapter(start) if start else None,
        rank=rank,
        alpha=alpha,
        dropout=dropout,
        rslora=rslora,
        learning_rate=learning_rate,
        schedule=schedule,
        epochs=epochs,
        minutes=minutes,
        patience=patience,
        keep=keep,
        validation=tuple(validation or ()),
        validation_share=validation_share,
        check=tuple(check or ()),
        truth=_listed(truth),
        extend_charset=extend_charset,
        decode=decode,
        augmentation=augment,
        render_fonts=fonts,
        render_texts=texts,
        render_as=render_as,
        render_share=render_share,
        limit=limit,
        licence=licence,
        seed=seed,
        threads=threads,
        device=device,
        precision=precision,
    )
    run_adapter_training(training, resume, overwrite)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())
