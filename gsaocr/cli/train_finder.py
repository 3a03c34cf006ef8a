"""``gsaocr train-finder``: the network that finds text on pages, from rendered and real pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import DATA, NETWORK, TRAINING
from gsaocr.cli.training_options import (
    AverageOption,
    CooldownOption,
    CorporaOption,
    FolderOption,
    FontsOption,
    GoOnOption,
    LearningRateOption,
    MinutesOption,
    PackOption,
    SeedOption,
    ThreadsOption,
    TrainingDeviceOption,
    WorkersOption,
)
from gsaocr.errors import UsageError

if TYPE_CHECKING:
    from gsaocr.training.finder.loop import FinderReport


EXAMPLES = """
gsaocr train-finder --pack PACK -o runs/finder --minutes 60
    Train on pages that are drawn.
gsaocr train-finder --pack PACK --pages pages.zip -o runs/finder --resume
    Go on, with real pages mixed in.
gsaocr train-finder --pack PACK -o runs/next --start models/finder.safetensors
    Begin with the shipped finder.
"""


def train_finder(
    out: FolderOption = Path("runs/finder"),
    minutes: MinutesOption = 60.0,
    pack: PackOption = None,
    fonts: FontsOption = None,
    corpora: CorporaOption = None,
    pages: Annotated[
        list[Path] | None,
        typer.Option(
            "--pages",
            metavar="DATA",
            help="Mix in these real pages; may be repeated.",
            rich_help_panel=DATA,
        ),
    ] = None,
    real_share: Annotated[
        float,
        typer.Option(
            "--real-share",
            metavar="N",
            min=0,
            max=1,
            help="Share of pages that are real.",
            rich_help_panel=DATA,
        ),
    ] = 0.25,
    resume: GoOnOption = False,
    start: Annotated[
        Path | None,
        typer.Option(
            "--start",
            metavar="FILE",
            help="Begin with the weights of a finder.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    group: Annotated[
        str,
        typer.Option(
            "--group",
            metavar="NAME",
            help="Group of turns of a new finder: C1, C2 or C4.",
            autocompletion=completing.among("C1", "C2", "C4"),
            rich_help_panel=NETWORK,
        ),
    ] = "C4",
    all_frames: Annotated[
        float,
        typer.Option(
            "--all-frames",
            metavar="N",
            min=0,
            max=1,
            help="Share of the time, at its end, in which all readers look.",
            rich_help_panel=NETWORK,
        ),
    ] = 0.12,
    learning_rate: LearningRateOption = 3e-3,
    cooldown: CooldownOption = 0.4,
    ema: AverageOption = 0.998,
    batch: Annotated[
        int,
        typer.Option(
            "--batch", metavar="N", min=1, help="Crops in each step.", rich_help_panel=TRAINING
        ),
    ] = 8,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    threads: ThreadsOption = 0,
    device: TrainingDeviceOption = "auto",
) -> None:
    """Train the finder of text on crops of pages.

    One reader alone learns for most of the time; at the end all of them look (--all-frames), and
    their fibre attention is trained. Ctrl-C keeps what has been learnt.
    """
    from gsaocr.groups import group as known_group
    from gsaocr.training.finder.config import FinderTraining
    from gsaocr.training.finder.loop import train_finder as train
    from gsaocr.training.finder.sources import page_source

    if resume and start:
        raise UsageError("--start", "--resume has weights of its own", "give one of the two")
    try:
        known_group(group)
    except ValueError as error:
        raise UsageError(f"--group {group}", str(error), "use C1, C2 or C4") from None
    training = FinderTraining(
        out=out,
        fonts=(*(fonts or ()), *([pack / "fonts"] if pack else [])),
        corpora=(*(corpora or ()), *([pack / "text"] if pack else [])),
        pages=tuple(pages or ()),
        real_share=real_share,
        minutes=minutes,
        cooldown=cooldown,
        all_frames=all_frames,
        learning_rate=learning_rate,
        ema=ema,
        batch=batch,
        seed=seed,
        workers=workers,
        device=device,
        threads=threads,
        architecture={"group": group},
    )
    written = train(training, page_source(training), resume, start, _tell)
    print(f"gsaocr: wrote {written}", file=sys.stderr)


def _tell(report: FinderReport) -> None:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in report.losses.items())
    readers = "all readers" if report.all_frames else "one reader"
    print(
        f"{report.minutes:.1f} min, {report.crops:,} crops, {report.crops_per_second:.1f}/s "
        f"(rendering {report.rendered_per_second:.0f}/s), {readers}: {losses}",
        file=sys.stderr,
    )
