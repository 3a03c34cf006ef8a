"""One run of ``gsaocr train-adapter``: its folder looked at, an adapter trained, and told of."""

from __future__ import annotations

import os

from gsaocr.adapters.catalogue import CONFIG_FILE
from gsaocr.adapters.peft_format import check_replaceable
from gsaocr.cli.streams import tell as say
from gsaocr.cli.training_progress import training_progress
from gsaocr.errors import OutputError, UsageError
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_loop import AdapterRun
from gsaocr.training.adapter_result import AdapterResult, finish, percent
from gsaocr.training.adapter_state import held, is_resumable
from gsaocr.training.few_lines import warnings
from gsaocr.training.learning_curve import check_curve_replaceable
from gsaocr.training.rendering import renderer_of

_MOST_NAMED = 5  # lines left out that are named one by one


def run_adapter_training(training: AdapterTraining, resume: bool, overwrite: bool) -> None:
    """Train an adapter and tell of it."""
    _check_folder(training, resume, overwrite)
    with held(training.out):
        try:
            result = _train(training, resume)
        except KeyboardInterrupt:
            if is_resumable(training.out):
                say(f"the state is kept in {training.out}; --resume goes on")
            raise
    _show(result)
    name = training.out.resolve().name
    say(f"wrote {training.out}; read with it: --adapter {training.out}")
    say(f"to read with --adapter {name} wherever you are: gsaocr adapters --install {training.out}")


def _train(training: AdapterTraining, resume: bool) -> AdapterResult:
    with training_progress() as progress:
        progress.phase("gathering the lines", 0.0)
        renderer = None
        if training.render_fonts:
            renderer = renderer_of(training.render_fonts, training.render_texts, training.render_as)
        run = AdapterRun(training, resume)
        progress.end()
        _tell_data(run)
        adapter = run.go(progress.report, renderer, progress.phase)
        return finish(run, adapter, progress.phase)


def _check_folder(training: AdapterTraining, resume: bool, overwrite: bool) -> None:
    """See that the folder is free, and no data of the user's, before the training."""
    out = training.out
    for given in (*training.data, *training.validation, *training.check):
        if given.resolve().is_relative_to(out.resolve()):
            cause = f"is or holds the data {given}"
            raise OutputError(str(out), cause, "choose a folder of its own with -o")
    if resume and overwrite:
        raise UsageError(
            "--overwrite", "--resume goes on with what is there", "give one of the two"
        )
    if os.path.exists(out / CONFIG_FILE) and not overwrite:
        repair = "choose another folder, or replace it with --overwrite"
        raise OutputError(str(out), "there is an adapter already", repair)
    check_replaceable(out)
    check_curve_replaceable(out)


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
    for message in warnings(len(run.train_lines), len(run.validation_lines)):
        say(message)


def _show(result: AdapterResult) -> None:
    from rich.console import Console
    from rich.table import Table

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
