"""``gsaocr train-adapter``: an adapter from transcribed lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli.options import DeviceOption, ModelOption
from gsaocr.cli.streams import tell as say
from gsaocr.errors import OutputError, UsageError

if TYPE_CHECKING:
    from gsaocr.training.adapter_config import AdapterTraining
    from gsaocr.training.adapter_loop import AdapterReport, AdapterRun
    from gsaocr.training.adapter_result import AdapterResult

_MOST_NAMED = 5  # lines left out that are named one by one


def train_adapter(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Folders or zips of images with .gt.txt, PAGE or ALTO files, CSV or JSONL tables.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The adapter's folder.")
    ],
    model: ModelOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="NAME|DIR", help="Begin with an adapter, an older base's too."
        ),
    ] = None,
    rank: Annotated[
        int | None, typer.Option("--rank", min=1, help="Rank; fitted to 5 % if not given.")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="Scaling times rank; 2 ranks if not given.")
    ] = None,
    dropout: Annotated[float, typer.Option("--dropout", help="On the updates' inputs.")] = 0.05,
    rslora: Annotated[bool, typer.Option("--rslora", help="Scale by alpha / sqrt(rank).")] = False,
    targets: Annotated[
        str, typer.Option("--targets", metavar="LIST", help="Of q, k, v, out, mlp, columns, head.")
    ] = "q,k,v,out,mlp,columns,head",
    parts: Annotated[
        str,
        typer.Option(
            "--parts",
            metavar="LIST",
            help="Of encoder, decoder; lower and upper are the encoder's halves.",
        ),
    ] = "upper,decoder",
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Peak learning rate.")
    ] = 8e-3,
    schedule: Annotated[
        str, typer.Option("--schedule", metavar="NAME", help="cosine, linear or constant.")
    ] = "cosine",
    epochs: Annotated[
        float, typer.Option("--epochs", metavar="N", help="At most N passes over the lines.")
    ] = 20.0,
    minutes: Annotated[
        float, typer.Option("--minutes", metavar="N", help="At most N minutes of training.")
    ] = 18.0,
    patience: Annotated[
        int, typer.Option("--patience", min=1, help="Stop after N validations without gain.")
    ] = 5,
    keep: Annotated[
        str, typer.Option("--keep", metavar="WHICH", help="best on the validation lines, or last.")
    ] = "best",
    validation: Annotated[
        list[Path] | None,
        typer.Option("--validation", metavar="DATA", help="Lines to validate on; may be repeated."),
    ] = None,
    validation_share: Annotated[
        float,
        typer.Option("--validation-share", min=0.01, max=0.9, help="Else this share is set apart."),
    ] = 0.1,
    check: Annotated[
        list[Path] | None,
        typer.Option("--check", metavar="DATA", help="Lines of the base's domain; repeatable."),
    ] = None,
    truth: Annotated[
        str,
        typer.Option(
            "--truth",
            metavar="LIST",
            help="Of restore-i, restore-hyphen, modern, capitals; see docs/adapters.md.",
        ),
    ] = "",
    extend_charset: Annotated[
        bool, typer.Option("--extend-charset", help="Learn characters that the base lacks.")
    ] = False,
    decode: Annotated[
        str, typer.Option("--decode", metavar="HOW", help="attention: targets not letter by letter")
    ] = "",
    augment: Annotated[
        float, typer.Option("--augment", metavar="S", help="Strength of augmentation, 0 to 1.")
    ] = 0.5,
    render: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--render", metavar="FONTS TEXT", help="Mix in rendered lines."),
    ] = None,
    render_as: Annotated[
        str,
        typer.Option(
            "--render-as", metavar="KIND", help="book, oldprint, typescript, receipt, modern."
        ),
    ] = "book",
    render_share: Annotated[float, typer.Option("--render-share", help="Share of them.")] = 0.3,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=4, help="Train on N lines at most.")
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", metavar="TEXT", help="Licence of the data, for the card.")
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted training.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an adapter that is there.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of split, order and augmentation.")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: its choice.")] = 0,
    device: DeviceOption = "auto",
    precision: Annotated[
        str, typer.Option("--precision", help="auto, float32 or bfloat16.")
    ] = "auto",
) -> None:
    """Train an adapter on transcribed lines.

    Each image NAME.png has its text in NAME.gt.txt beside it. A part of the documents is set
    apart to validate on; the best state by that measure is kept. Ctrl-C keeps the state, and
    --resume goes on with it.
    """
    from gsaocr.adapters.catalogue import find_adapter
    from gsaocr.model_files import default_model
    from gsaocr.training.adapter_config import AdapterTraining
    from gsaocr.training.adapter_state import held

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
    _check_folder(training, resume, overwrite)
    with held(out):
        result = _train(training, resume)
    _show(result)
    say(f"wrote {out}")


def _train(training: AdapterTraining, resume: bool) -> AdapterResult:
    from gsaocr.training.adapter_loop import AdapterRun
    from gsaocr.training.adapter_result import finish
    from gsaocr.training.rendering import renderer_of

    renderer = None
    if training.render_fonts:
        renderer = renderer_of(training.render_fonts, training.render_texts, training.render_as)
    run = AdapterRun(training, resume)
    _tell_data(run)
    with _progress() as tell:
        adapter = run.go(tell, renderer)
    return finish(run, adapter)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _check_folder(training: AdapterTraining, resume: bool, overwrite: bool) -> None:
    """See that the folder is free, and no data of the user's, before the training."""
    from gsaocr.adapters.peft_format import CONFIG_FILE, check_replaceable

    out = training.out
    for given in (*training.data, *training.validation, *training.check):
        if given.resolve().is_relative_to(out.resolve()):
            cause = f"is or holds the data {given}"
            raise OutputError(str(out), cause, "choose a folder of its own with -o")
    if resume and overwrite:
        raise UsageError(
            "--overwrite", "--resume goes on with what is there", "give one of the two"
        )
    if (out / CONFIG_FILE).exists() and not overwrite:
        repair = "choose another folder, or replace it with --overwrite"
        raise OutputError(str(out), "there is an adapter already", repair)
    check_replaceable(out)


def _tell_data(run: AdapterRun) -> None:
    """Say what was found, what was left out and which characters are unknown."""
    left_out, unknown = run.data.left_out, run.data.unknown
    for message in left_out[:_MOST_NAMED]:
        say(f"left out: {message}")
    if len(left_out) > _MOST_NAMED:
        say(f"left out: {len(left_out) - _MOST_NAMED} more lines")
    if unknown:
        listed = ", ".join(f"{c!r} (U+{ord(c):04X}) {n}" for c, n in unknown.most_common(20))
        what = "learnt" if run.training.extend_charset else "use --extend-charset to learn them"
        say(f"characters that the base lacks, by lines: {listed}; {what}")
    say(
        f"{len(run.train_lines):,} lines to train on, "
        f"{len(run.validation_lines):,} to validate on; rank {run.config.rank}, "
        f"{len(run.config.paths)} maps"
    )


@contextmanager
def _progress() -> Iterator[Callable[[AdapterReport], None]]:
    """Yield what shows a report: a bar on a terminal, a line at each validation elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    console = Console(stderr=True)
    if not console.is_terminal:
        shown: list[float] = []

        def say(report: AdapterReport) -> None:
            if shown != [report.cer]:
                shown[:] = [report.cer]
                print(_summary(report), file=sys.stderr)

        yield say
        return
    columns = (BarColumn(), TimeLeft(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=1.0)
        yield lambda report: progress.update(
            task, description=_summary(report), completed=report.done
        )


def _summary(report: AdapterReport) -> str:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(report.losses.items()))
    return (
        f"epoch {report.epoch:.1f}, {report.lines_per_second:.0f} lines/s, {losses}, "
        f"CER {100 * report.cer:.2f} % (best {100 * report.best:.2f} %)"
    )


def _show(result: AdapterResult) -> None:
    from rich.console import Console
    from rich.table import Table

    from gsaocr.training.adapter_result import percent

    console = Console()
    counts = Table("frozen", "trainable", "share", "added rows", "file", "minutes")
    counts.add_row(
        f"{result.frozen:,}",
        f"{result.trainable:,}",
        f"{100 * result.share:.2f} %",
        f"{result.added_rows:,}",
        f"{result.size / 1000:,.0f} kB",
        f"{result.minutes:.1f}",
    )
    console.print(counts)
    scores = Table("read", "lines", "CER of the base", "CER with the adapter")
    for comparison in result.comparisons:
        scores.add_row(
            comparison.what,
            str(comparison.before.items),
            percent(comparison.before),
            percent(comparison.after),
        )
    console.print(scores)
