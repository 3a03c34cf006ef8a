"""``gsaocr train-finder``: the network that finds text on pages, from rendered and real pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli.options import DeviceOption
from gsaocr.errors import UsageError

if TYPE_CHECKING:
    from gsaocr.training.finder.loop import FinderReport


def train_finder(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of weights, state and log.")
    ] = Path("runs/finder"),
    minutes: Annotated[
        float, typer.Option("--minutes", metavar="N", help="Time budget of this run.")
    ] = 60.0,
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
        typer.Option("--corpora", metavar="DIR", help="Texts (.txt.xz); again for more."),
    ] = None,
    pages: Annotated[
        list[Path] | None,
        typer.Option("--pages", metavar="DATA", help="Real pages to mix in; again for more."),
    ] = None,
    real_share: Annotated[
        float, typer.Option("--real-share", min=0, max=1, help="Share of pages that are real.")
    ] = 0.25,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the state in DIR.")] = False,
    start: Annotated[
        Path | None, typer.Option("--start", metavar="FILE", help="Begin with a finder's weights.")
    ] = None,
    group: Annotated[
        str, typer.Option("--group", metavar="NAME", help="C1, C2 or C4, for a new finder.")
    ] = "C4",
    all_frames: Annotated[
        float,
        typer.Option("--all-frames", min=0, max=1, help="Last share of the time: all readers."),
    ] = 0.12,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Peak learning rate.")
    ] = 3e-3,
    cooldown: Annotated[
        float,
        typer.Option("--cooldown", min=0, max=1, help="Share of the time in which the rate falls."),
    ] = 0.4,
    ema: Annotated[
        float, typer.Option("--ema", min=0, max=1, help="Decay of the averaged weights.")
    ] = 0.998,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Crops of a step.")] = 8,
    seed: Annotated[int, typer.Option("--seed", help="Of weights, rendering and crops.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Rendering processes; on CUDA all cores but one."),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: its choice.")] = 0,
    device: DeviceOption = "auto",
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
