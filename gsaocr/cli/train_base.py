"""``gsaocr train-base``: a recognizer from rendered lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli.options import DeviceOption
from gsaocr.cli.streams import tell as say
from gsaocr.errors import UsageError

if TYPE_CHECKING:
    from gsaocr.training.loop import Report


def train_base(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of weights, state and log.")
    ] = Path("runs/base"),
    minutes: Annotated[
        float, typer.Option("--minutes", metavar="N", help="Time budget of this run.")
    ] = 60.0,
    budget_lines: Annotated[
        int, typer.Option("--budget-lines", min=0, metavar="N", help="Lines to see instead.")
    ] = 0,
    pack: Annotated[
        Path | None,
        typer.Option("--pack", metavar="DIR", help="A training pack: its fonts and texts."),
    ] = None,
    fonts: Annotated[
        list[Path] | None,
        typer.Option("--fonts", metavar="DIR", help="Folder of fonts; may be given again."),
    ] = None,
    corpora: Annotated[
        list[Path] | None,
        typer.Option("--corpora", metavar="DIR", help="Texts (.txt, .txt.xz); again for more."),
    ] = None,
    lines: Annotated[
        list[Path] | None,
        typer.Option("--lines", metavar="DATA", help="Real lines to mix in; again for more."),
    ] = None,
    folded_lines: Annotated[
        list[Path] | None,
        typer.Option("--folded-lines", metavar="DATA", help="The same, truths all in capitals."),
    ] = None,
    real_share: Annotated[
        float, typer.Option("--real-share", help="Share of batches that are real lines.")
    ] = 0.15,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the state in DIR.")] = False,
    start: Annotated[
        Path | None, typer.Option("--start", metavar="FILE", help="Begin with a model's weights.")
    ] = None,
    upper_blocks: Annotated[
        int,
        typer.Option("--upper-blocks", min=0, metavar="N", help="Depth; a start grows to it."),
    ] = 0,
    frames: Annotated[
        float, typer.Option("--frames", help="Share of batches seen in all frames.")
    ] = 0.0,
    without_fibres: Annotated[
        bool, typer.Option("--without-fibres", help="Readers don't talk: for comparison.")
    ] = False,
    decoder: Annotated[bool, typer.Option("--decoder", help="Train the text decoder.")] = False,
    decoder_gradient: Annotated[
        float, typer.Option("--decoder-gradient", help="Share of it that reaches the encoder.")
    ] = 0.0,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Peak learning rate.")
    ] = 2e-3,
    cooldown: Annotated[
        float,
        typer.Option("--cooldown", min=0, max=1, help="Share of the time in which the rate falls."),
    ] = 0.35,
    ema: Annotated[
        float, typer.Option("--ema", min=0, max=1, help="Decay of the averaged weights.")
    ] = 0.999,
    batch_pixels: Annotated[
        int, typer.Option("--batch-pixels", min=0, help="Summed width of a batch; 0: by device.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of weights and rendering.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Rendering processes; on CUDA all cores but one."),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: its choice.")] = 0,
    device: DeviceOption = "auto",
    precision: Annotated[
        str, typer.Option("--precision", help="auto, float32 or bfloat16.")
    ] = "auto",
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
