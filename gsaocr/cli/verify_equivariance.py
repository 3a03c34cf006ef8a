"""``gsaocr verify-equivariance``: the paper's theorems, measured on this machine and model."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import INPUT, MEASURING, OUTPUT, ModelOption, adapter_names
from gsaocr.cli.progress import progress_bar
from gsaocr.cli.streams import write_text
from gsaocr.errors import VerificationError

if TYPE_CHECKING:
    from gsaocr.verification.claims import Row
    from gsaocr.verification.report import Report

_COLUMNS = (
    "layer",
    "group",
    "LoRA",
    "weights",
    "precision",
    "element",
    "max abs",
    "relative",
    "verdict",
)
_WIDTH = 160  # columns of the table where there is no terminal

EXAMPLES = """
gsaocr verify-equivariance --quick
    The shipped model, in a few seconds.
gsaocr verify-equivariance --adapter fraktur --report proof.html
    The model with an adapter, and a report with pictures.
gsaocr verify-equivariance --layer fibre --all
    One kind of layer, element by element.
"""


def verify_equivariance(
    model: ModelOption = None,
    adapter: Annotated[
        list[str] | None,
        typer.Option(
            "--adapter",
            metavar="NAME,...",
            help="Measure the model with these adapters as well, attached and merged.",
            autocompletion=completing.adapters,
            rich_help_panel=INPUT,
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Measure fewer layers and precisions, in a few seconds.",
            rich_help_panel=MEASURING,
        ),
    ] = False,
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            metavar="NAME",
            help="Measure one kind of layer; the names stand above.",
            rich_help_panel=MEASURING,
        ),
    ] = None,
    all_rows: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Show a line for each element of the group, not the decisive one alone.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    json_: Annotated[
        bool,
        typer.Option("--json", help="Print JSON, with every row.", rich_help_panel=OUTPUT),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a report with pictures, as .html or .md.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            help="Seed of random weights and inputs.",
            rich_help_panel=MEASURING,
        ),
    ] = 0,
) -> None:
    """Prove on this machine that a model is equivariant.

    Turns, flips, translations and their products of every layer and of the whole network, with
    random and with the model's weights, with and without LoRA, in float64 and float32; and controls
    that must fail: a wrong action, and the positional encoding as first published. Exit code 0 if
    everything that must hold holds and every control fails, else 9. docs/equivariance.md explains
    the mathematics.

    Layers: encoding, translation, lifting, own, paper, rc, spatial, fibre, stem, encoder,
    orientation, reading, text, preparation, finder, off-grid.
    """
    from gsaocr.verification import report as reports
    from gsaocr.verification.run import check_kind

    if layer is not None:
        check_kind(layer)
    if report is not None:
        reports.check_path(report)
    outcome = _measure(model, adapter_names(adapter), quick, layer, seed)
    if report is not None:
        from gsaocr.verification.pictures import feature_pictures

        reports.write_report(outcome, feature_pictures(seed), report)
    if json_:
        write_text(json.dumps(outcome.to_json(), indent=1, ensure_ascii=False) + "\n")
    else:
        _print_table(outcome, all_rows)
    if not outcome.trustworthy:
        raise VerificationError(outcome.model, *_complaint(outcome))


def _measure(
    model: Path | None, adapters: Sequence[str], quick: bool, layer: str | None, seed: int
) -> Report:
    from gsaocr._version import __version__
    from gsaocr.finder.weights import default_finder, load_finder
    from gsaocr.model_files import default_model
    from gsaocr.recognizer.weights import load_model
    from gsaocr.verification.low_rank import trained
    from gsaocr.verification.report import Report
    from gsaocr.verification.run import stages

    started = time.monotonic()
    path = model or default_model()
    loaded = load_model(path)
    updates = [trained(loaded, name) for name in adapters]
    finder = load_finder(default_finder()).finder if default_finder().is_file() else None
    found = stages(loaded.model, updates, quick=quick, kind=layer, seed=seed, finder=finder)
    rows: list[Row] = []
    with progress_bar("verifying", len(found)) as tell:
        for done, stage in enumerate(found, 1):
            rows += stage.run()
            tell(done)
    return Report(
        version=__version__,
        model=str(path),
        fingerprint=loaded.fingerprint,
        group=loaded.model.config.group,
        adapters=tuple(update.name for update in updates),
        seed=seed,
        quick=quick,
        seconds=time.monotonic() - started,
        rows=tuple(rows),
    )


def _complaint(outcome: Report) -> tuple[str, str]:
    if outcome.broken:
        worst = outcome.broken[0]
        more = f" and {len(outcome.broken) - 1} more" if len(outcome.broken) > 1 else ""
        said = f"{worst.check}, {worst.layer}, {worst.element}: {worst.verdict}{more}"
        return said, "don't rely on turned input with this model"
    return "nothing was measured that could fail", "leave out --layer"


def _print_table(outcome: Report, all_rows: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gsaocr.verification.claims import condense
    from gsaocr.verification.report import cells

    by_check: dict[str, Table] = {}
    for row, count in [(row, 1) for row in outcome.rows] if all_rows else condense(outcome.rows):
        check, *line, _, verdict = cells(row, count)
        if check not in by_check:
            by_check[check] = Table(*_COLUMNS, title=Text(check), title_justify="left", box=None)
        style = "" if row.as_it_must else "bold red"
        by_check[check].add_row(*(Text(cell, style=style) for cell in (*line, verdict)))
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=_WIDTH)
    with console.capture() as captured:
        for table in by_check.values():
            console.print(table, "")
    write_text(captured.get() + f"{outcome.summary}\n")
