"""``gsaocr train-base``: a recognizer from rendered lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli.options import DATA, NETWORK, TRAINING
from gsaocr.cli.streams import tell as say
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
    PrecisionOption,
    SeedOption,
    ThreadsOption,
    TrainingDeviceOption,
    WorkersOption,
)
from gsaocr.errors import UsageError

if TYPE_CHECKING:
    from gsaocr.training.loop import Report


EXAMPLES = """
gsaocr train-base --pack PACK -o runs/base --minutes 75
    Train one frame to read, on lines that are drawn.
gsaocr train-base --pack PACK -o runs/base --minutes 50 --resume --frames 0.45 --decoder
    Go on with all frames and the text decoder.
gsaocr train-base --pack PACK -o runs/next --start models/base.safetensors --lines real.zip
    Begin with the shipped model, and mix in transcribed lines.
"""


def train_base(
    out: FolderOption = Path("runs/base"),
    minutes: MinutesOption = 60.0,
    budget_lines: Annotated[
        int,
        typer.Option(
            "--budget-lines",
            min=0,
            metavar="N",
            help="Train until N lines were seen instead.",
            rich_help_panel=TRAINING,
        ),
    ] = 0,
    pack: PackOption = None,
    fonts: FontsOption = None,
    corpora: CorporaOption = None,
    lines: Annotated[
        list[Path] | None,
        typer.Option(
            "--lines",
            metavar="DATA",
            help="Mix in these transcribed lines; may be repeated.",
            rich_help_panel=DATA,
        ),
    ] = None,
    folded_lines: Annotated[
        list[Path] | None,
        typer.Option(
            "--folded-lines",
            metavar="DATA",
            help="The same, of lines whose texts are all in capitals.",
            rich_help_panel=DATA,
        ),
    ] = None,
    real_share: Annotated[
        float,
        typer.Option(
            "--real-share",
            metavar="N",
            help="Share of batches, 0 to 1, that are transcribed lines.",
            rich_help_panel=DATA,
        ),
    ] = 0.15,
    resume: GoOnOption = False,
    start: Annotated[
        Path | None,
        typer.Option(
            "--start",
            metavar="FILE",
            help="Begin with the weights of a model.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    upper_blocks: Annotated[
        int,
        typer.Option(
            "--upper-blocks",
            min=0,
            metavar="N",
            help="Number of upper blocks; a model that is begun with grows to it.",
            rich_help_panel=NETWORK,
        ),
    ] = 0,
    frames: Annotated[
        float,
        typer.Option(
            "--frames",
            metavar="N",
            help="Share of batches, 0 to 1, that are seen in all frames.",
            rich_help_panel=NETWORK,
        ),
    ] = 0.0,
    without_fibres: Annotated[
        bool,
        typer.Option(
            "--without-fibres",
            help="Let the readers not talk to each other, for comparison.",
            rich_help_panel=NETWORK,
        ),
    ] = False,
    decoder: Annotated[
        bool,
        typer.Option("--decoder", help="Train the text decoder, too.", rich_help_panel=NETWORK),
    ] = False,
    decoder_gradient: Annotated[
        float,
        typer.Option(
            "--decoder-gradient",
            metavar="N",
            help="Share of the decoder's gradient that reaches the encoder.",
            rich_help_panel=NETWORK,
        ),
    ] = 0.0,
    learning_rate: LearningRateOption = 2e-3,
    cooldown: CooldownOption = 0.35,
    ema: AverageOption = 0.999,
    batch_pixels: Annotated[
        int,
        typer.Option(
            "--batch-pixels",
            metavar="N",
            min=0,
            help="Summed width of a batch's lines, in pixels; 0 leaves it to the device.",
            rich_help_panel=TRAINING,
        ),
    ] = 0,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    threads: ThreadsOption = 0,
    device: TrainingDeviceOption = "auto",
    precision: PrecisionOption = "auto",
) -> None:
    """Train the recognizer on lines rendered on the fly.

    Stages: by default one frame is trained to read (fast); --frames brings in the fibre attention
    and the orientation head, --decoder the text decoder. Ctrl-C keeps what has been learnt.
    """
    from gsaocr.training.config import TrainingConfig
    from gsaocr.training.loop import train

    if precision not in ("auto", "float32", "bfloat16"):
        raise UsageError(f"--precision {precision}", "unknown", "use auto, float32 or bfloat16")
    if resume and upper_blocks:
        raise UsageError("--upper-blocks", "--resume has a depth of its own", "leave it out")
    if resume and start:
        raise UsageError("--start", "--resume has weights of its own", "give one of the two")
    training = TrainingConfig(
        out=out,
        fonts=(*(fonts or ()), *([pack / "fonts"] if pack else [])),
        corpora=(*(corpora or ()), *([pack / "text"] if pack else [])),
        lines=tuple(lines or ()),
        folded_lines=tuple(folded_lines or ()),
        real_share=real_share,
        minutes=minutes,
        budget_lines=budget_lines,
        learning_rate=learning_rate,
        cooldown=cooldown,
        ema=ema,
        batch_pixels=batch_pixels,
        frames_share=frames,
        without_fibres=without_fibres,
        decoder=decoder,
        decoder_gradient=decoder_gradient,
        seed=seed,
        workers=workers,
        threads=threads,
        device=device,
        precision=precision,
        architecture={"upper_blocks": upper_blocks} if upper_blocks else {},
    )
    with _progress(minutes, budget_lines) as tell:
        written = train(training, resume, start, tell)
    say(f"wrote {written}")


@contextmanager
def _progress(minutes: float, lines: int) -> Iterator[Callable[[Report], None]]:
    """Yield what shows a report: a bar of minutes or lines on a terminal, a line elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda report: print(_summary(report), file=sys.stderr)
        return
    columns = (BarColumn(), TimeLeft(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=None)
        first: list[float] = []

        def tell(report: Report) -> None:
            # A resumed run counts on from those before.
            spent = report.lines if lines else report.minutes
            first[:] = first or [spent]
            progress.update(
                task,
                description=_summary(report),
                completed=spent - first[0],
                total=lines or minutes,
            )

        yield tell


def _summary(report: Report) -> str:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(report.losses.items()))
    return (
        f"{report.lines:,} lines, {report.lines_per_second:.0f}/s "
        f"(rendering {report.rendered_per_second:.0f}/s, {100 * report.waiting:.0f} % waiting), "
        f"{losses}"
    )
