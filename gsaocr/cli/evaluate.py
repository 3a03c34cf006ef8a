"""``gsaocr evaluate``: how well a model reads images whose text is known."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import (
    INPUT,
    OUTPUT,
    AdapterOption,
    DecodeOption,
    DeviceOption,
    ModelOption,
    adapter_names,
)
from gsaocr.cli.progress import progress_bar
from gsaocr.cli.streams import tell as say
from gsaocr.cli.streams import write_text
from gsaocr.errors import OutputError, SomeInputsFailed, UsageError
from gsaocr.printable import printable

if TYPE_CHECKING:
    from gsaocr.evaluation.datasets import Sample
    from gsaocr.evaluation.metrics import Rate
    from gsaocr.evaluation.runner import Report

_MOST_NAMED = 10  # pairs left out that are named one by one

EXAMPLES = """
gsaocr evaluate lines.zip
    CER and WER on images of lines with their texts.
gsaocr evaluate pages/ --pages --scoring normalised --show worst.html
    Whole pages, spellings of old prints made plain; the worst to look at.
gsaocr evaluate lines/ --adapter fraktur --limit 200
    With an adapter, on 200 of the lines.
"""


def _scorings(incomplete: str) -> list[str]:
    from gsaocr.evaluation.scoring import SCORINGS

    return completing.among(*SCORINGS)(incomplete)


def evaluate(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Folders, zips or images, each image with its text in a .gt.txt file.",
            rich_help_panel=INPUT,
        ),
    ],
    pages: Annotated[
        bool,
        typer.Option("--pages", help="Take the images for whole pages.", rich_help_panel=INPUT),
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=1,
            help="Read only N of them, always the same.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    turn: Annotated[
        int,
        typer.Option(
            "--turn",
            metavar="DEGREES",
            help="Turn the images by 90, 180 or 270 first.",
            rich_help_panel=INPUT,
        ),
    ] = 0,
    any_turn: Annotated[
        bool,
        typer.Option("--any-turn", help="Expect lines in any quarter turn.", rich_help_panel=INPUT),
    ] = False,
    scoring: Annotated[
        str,
        typer.Option(
            "--scoring",
            metavar="NAME",
            help="How texts are compared; the names are explained above.",
            autocompletion=_scorings,
            rich_help_panel=OUTPUT,
        ),
    ] = "raw",
    worst: Annotated[
        int,
        typer.Option(
            "--worst",
            metavar="N",
            min=0,
            help="Show the N readings with the most errors.",
            rich_help_panel=OUTPUT,
        ),
    ] = 10,
    show: Annotated[
        Path | None,
        typer.Option(
            "--show",
            metavar="FILE.html",
            help="Write the worst readings beside their images.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print JSON.", rich_help_panel=OUTPUT)
    ] = False,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    decode: DecodeOption = None,
    adapter: AdapterOption = None,
) -> None:
    """Measure error rates on transcribed images.

    Each NAME.png (or another image) has its text beside it in NAME.gt.txt.

    Rates are micro-averages with 95 % bootstrap intervals over the images. Scorings: raw (as
    transcribed), upper (in capitals), normalised (historical letters, quotes and dashes made
    plain), normalised-ij (I = J), normalised-uv (U = V), normalised-plain (no abbreviation marks),
    joined and normalised-joined (words split at line ends made whole).
    """
    from gsaocr.evaluation.datasets import load_samples
    from gsaocr.evaluation.readers import reads_lines, reads_pages, turned
    from gsaocr.evaluation.runner import evaluate as run
    from gsaocr.evaluation.scoring import scoring_named
    from gsaocr.pipeline import Reader

    if turn not in (0, 90, 180, 270):
        raise UsageError(f"--turn {turn}", "is no quarter turn", "use 0, 90, 180 or 270")
    rule = scoring_named(scoring)
    if show is not None:
        _check_show(show)
    found = load_samples(data)
    samples = found.limited(limit).samples
    adapters = adapter_names(adapter)
    reader = Reader.load(model=model, device=device, decode=decode, adapters=adapters)
    transform = turned(turn) if turn else None
    if pages:
        read = reads_pages(reader.transcribe, transform)
    else:
        read = reads_lines(partial(reader.read_lines, any_turn=any_turn or turn != 0), transform)
    with progress_bar("evaluating", len(samples)) as tell:
        report = run(read, samples, rule, batch=1 if pages else 64, on_progress=tell)
    if show is not None:
        _show(show, report, samples, worst, turn)
    left_out = (*found.left_out, *report.failed)
    for message in left_out[:_MOST_NAMED]:
        say(f"left out: {message}")
    if json_:
        content = report.to_json(worst=worst, confused=50)
        write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        write_text("".join(printable(line) + "\n" for line in _lines(report, worst)))
    if left_out:
        raise SomeInputsFailed(
            f"{len(left_out)} images or truths", "left out", "mend them, or take no notice"
        )


def _check_show(path: Path) -> None:
    """See that what is to be shown would replace nothing but an earlier page of gsaocr's."""
    from gsaocr.show.shown import is_own_view

    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--show {path}", "is no .html", "name such a file")
    if os.path.exists(path) and not (os.path.isfile(path) and is_own_view(path)):
        cause = "is there, and was not written by gsaocr"
        raise OutputError(str(path), cause, "name another with --show")


def _lines(report: Report, worst: int) -> Iterator[str]:
    from gsaocr.evaluation.lost_text import RUN

    score = report.score
    speed = score.items / report.seconds if report.seconds else 0.0
    yield f"{score.items} read in {report.seconds:.1f} s ({speed:.1f}/s)"
    yield f"scoring  {report.scoring.name}: {report.scoring.meaning}"
    yield ""
    for name, rate in (
        ("CER", score.cer),
        ("WER", score.wer),
        ("word F1", score.word_f1),
        ("exact", score.exact),
    ):
        yield f"{name:<8} {_percent(rate)}"
    lost = report.lost
    yield f"lost     {RUN} words in a row or more on {len(lost)} of {score.items}"
    for label, runs in lost.items():
        yield from (f"  {label}: {run}" for run in runs)
    if shown := report.worst(worst):
        yield from ("", "worst")
        for item in shown:
            yield (
                f"  {item.label}: {item.counts.character_errors} errors, "
                f"CER {100 * item.cer:.1f} %, confidence {item.confidence:.2f}"
            )
            yield f"    truth   {item.truth}"
            yield f"    reading {item.reading}"
    if confused := report.confusions(20):
        yield from ("", "read for (times)")
        for wanted, got, times in confused:
            yield f"  {_quoted(got)} for {_quoted(wanted)} ({times})"


def _show(path: Path, report: Report, samples: Sequence[Sample], worst: int, turn: int) -> None:
    """Write the worst readings beside their images as a page of HTML."""
    from io import BytesIO

    from gsaocr.evaluation.readers import turned
    from gsaocr.page.load import load_pages
    from gsaocr.show.worst_html import WorstReading, worst_page
    from gsaocr.whole_file import write_whole

    by_label = {sample.label: sample for sample in samples}

    def readings() -> Iterator[WorstReading]:
        for item in report.worst(worst):
            page = next(load_pages(BytesIO(by_label[item.label].read()), name=item.label))
            grey = turned(turn)(page.grey)
            yield WorstReading(
                item.label, grey, item.truth, item.reading, item.cer, item.confidence
            )

    write_whole(path, worst_page(f"The worst of {report.score.items}", readings()))


def _percent(rate: Rate) -> str:
    return f"{100 * rate.value:6.2f} %  [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"


def _quoted(letters: str) -> str:
    return f"'{letters}'" if letters else "nothing"
