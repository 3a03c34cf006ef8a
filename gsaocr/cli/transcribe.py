"""``gsaocr transcribe``: images and PDFs in, text out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsaocr.cli import completing
from gsaocr.cli.ocr_languages import note_on
from gsaocr.cli.options import (
    INPUT,
    LOOKING,
    MACHINES,
    MESSAGES,
    OUTPUT,
    PDF,
    AdapterOption,
    DecodeOption,
    DeviceOption,
    MegapixelsOption,
    ModelOption,
    adapter_names,
)
from gsaocr.cli.streams import tell
from gsaocr.errors import UsageError
from gsaocr.memory import made_to_stay

EXAMPLES = """
gsaocr transcribe scan.png
    Print the text of a scan.
gsaocr transcribe scan.pdf -o searchable.pdf
    Put a text layer into a PDF, to be searched and copied from.
gsaocr transcribe scans/ -o texts --format txt,alto
    Read a folder; each input gets files of its own in texts/.
gsaocr transcribe fraktur.jpg --adapter fraktur
    Read with an adapter, here for German Fraktur; --adapter auto chooses one.
gsaocr transcribe scans/ -o texts --resume --jobs 4
    Go on with an interrupted run, four processes at a time.
gsaocr transcribe page.png --show view.html --review doubtful.csv
    See what was read where, and list the lines in doubt.
"""


def transcribe(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE...",
            help="Images, PDFs, folders or globs; - is standard input.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    listed: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Read the inputs that are named in this file, one to a line.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    pages: Annotated[
        str | None,
        typer.Option(
            "--pages",
            metavar="LIST",
            help="Read only these pages of PDFs and TIFFs, as in 1-3,7,10-",
            rich_help_panel=INPUT,
        ),
    ] = None,
    line: Annotated[
        bool,
        typer.Option(
            "--line",
            help="Take each image for a single line of text, in any quarter turn.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    layout: Annotated[
        bool,
        typer.Option(
            "--layout",
            help="Read the regions or lines that a PAGE or ALTO file beside an image gives.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            metavar="X,Y,W,H",
            help="Read only this part of each page, in pixels.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    max_megapixels: MegapixelsOption = 200.0,
    adapter: AdapterOption = None,
    model: ModelOption = None,
    decode: DecodeOption = None,
    device: DeviceOption = "auto",
    languages: Annotated[
        str | None, typer.Option("--lang", "-l", metavar="CODES", hidden=True)
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="Write a file whose ending sets the format, as in book.pdf, or a folder with "
            "files for each input. Without it the text goes to standard output.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="LIST",
            help="Write txt, json, tsv, hocr, alto, page or pdf, or several joined by commas.  "
            "[txt, or as -o ends]",
            autocompletion=completing.formats,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    hyphens: Annotated[
        str,
        typer.Option(
            "--hyphens",
            metavar="HOW",
            help="In txt, keep words broken at line ends as they are, or join them.",
            autocompletion=completing.among("keep", "join"),
            rich_help_panel=OUTPUT,
        ),
    ] = "keep",
    breaks: Annotated[
        str,
        typer.Option(
            "--breaks",
            metavar="HOW",
            help="In txt, keep the lines, or join those of a region.",
            autocompletion=completing.among("keep", "join"),
            rich_help_panel=OUTPUT,
        ),
    ] = "keep",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Leave out what an earlier run into the same folder has done.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace files that gsaocr did not write, too; inputs never.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    dpi: Annotated[
        float,
        typer.Option(
            "--dpi",
            metavar="N",
            min=36,
            max=1200,
            help="Draw the pages of PDFs at this resolution.",
            rich_help_panel=PDF,
        ),
    ] = 300.0,
    password: Annotated[
        str | None,
        typer.Option(
            "--password", metavar="TEXT", help="Password for protected PDFs.", rich_help_panel=PDF
        ),
    ] = None,
    existing_text: Annotated[
        str,
        typer.Option(
            "--existing-text",
            metavar="HOW",
            help="What to do with pages of PDFs that hold text already: redo (read them), skip "
            "them, or keep their text.",
            autocompletion=completing.among("redo", "skip", "keep"),
            rich_help_panel=PDF,
        ),
    ] = "redo",
    active_content: Annotated[
        str,
        typer.Option(
            "--active-content",
            metavar="HOW",
            help="Keep scripts, launch actions and embedded files of PDFs, or drop them.",
            autocompletion=completing.among("keep", "drop"),
            rich_help_panel=PDF,
        ),
    ] = "keep",
    title: Annotated[
        str | None,
        typer.Option(
            "--title", metavar="TEXT", help="Title of the PDF that is written.", rich_help_panel=PDF
        ),
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(
            "--author",
            metavar="TEXT",
            help="Author of the PDF that is written.",
            rich_help_panel=PDF,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            metavar="CODE",
            help="Language that the PDF says its text is in, as de or en-GB.",
            rich_help_panel=PDF,
        ),
    ] = None,
    page_seconds: Annotated[
        float,
        typer.Option(
            "--page-seconds",
            metavar="N",
            help="Processor time, in seconds, that drawing a PDF's page may take.",
            rich_help_panel=PDF,
        ),
    ] = 60.0,
    page_memory: Annotated[
        float,
        typer.Option(
            "--page-memory",
            metavar="MB",
            help="Memory that drawing a PDF's page may take.",
            rich_help_panel=PDF,
        ),
    ] = 1024.0,
    show: Annotated[
        Path | None,
        typer.Option(
            "--show",
            metavar="FILE",
            help="Draw what was read where, into an .html file or .png images.",
            rich_help_panel=LOOKING,
        ),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            metavar="FILE.csv",
            help="Write a table of the lines that are in doubt.",
            rich_help_panel=LOOKING,
        ),
    ] = None,
    review_below: Annotated[
        float,
        typer.Option(
            "--review-below",
            metavar="N",
            min=0,
            max=1,
            help="Confidence, 0 to 1, below which a line is in doubt.",
            rich_help_panel=LOOKING,
        ),
    ] = 0.8,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Say nothing but errors.", rich_help_panel=MESSAGES),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Tell of every input.", rich_help_panel=MESSAGES),
    ] = False,
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file",
            metavar="FILE",
            help="Append what happens to this file.",
            rich_help_panel=MESSAGES,
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Read in N processes that share the cores.",
            rich_help_panel=MACHINES,
        ),
    ] = 1,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="Read on this machine (local), or on the machines of a Ray cluster (ray).",
            autocompletion=completing.among("local", "ray"),
            rich_help_panel=MACHINES,
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDRESS",
            help="Address of the Ray cluster; a local one is started if not given.",
            rich_help_panel=MACHINES,
        ),
    ] = None,
) -> int:
    """Read images of pages and print or write their text.

    Inputs are PNG, JPEG, TIFF, WebP, BMP and PDF files (all their pages), folders of them at any
    depth, and globs. Texts of several inputs follow each other in order, separated by a form feed;
    with a folder as -o each has files of its own, in a tree like that of the inputs, and the second
    of two inputs of one name becomes NAME-2; no file is replaced that gsaocr did not write. An
    input that can't be read is reported and the rest is read all the same. Ctrl-C lets the pages in
    hand be finished; --resume goes on.

    One model reads every language in Latin script, so that none has to be named.
    """
    with made_to_stay():
        from gsaocr.cli.destination import destination
        from gsaocr.cli.run_options import RunOptions, one_of
        from gsaocr.cli.run_transcription import run_transcription

    adapters = adapter_names(adapter)
    if languages is not None:
        note = note_on(languages, adapters)
        if not quiet:
            tell(note)
    if quiet and verbose:
        raise UsageError("--quiet --verbose", "contradict each other", "leave one")
    options = RunOptions(
        files=tuple(files or ()),
        listed=listed,
        destination=destination(out, format_),
        line=line,
        resume=resume,
        overwrite=overwrite,
        jobs=jobs,
        pages=pages,
        dpi=dpi,
        password=password,
        existing_text=one_of("--existing-text", existing_text, "redo", "skip", "keep"),
        active_content=one_of("--active-content", active_content, "keep", "drop"),
        title=title,
        author=author,
        language=language,
        layout=layout,
        region=region,
        hyphens=one_of("--hyphens", hyphens, "keep", "join"),
        breaks=one_of("--breaks", breaks, "keep", "join"),
        show=show,
        review=review,
        review_below=review_below,
        detail="quiet" if quiet else "verbose" if verbose else "normal",
        log_file=log_file,
        engine=one_of("--engine", engine, "local", "ray"),
        address=address,
        model=model,
        device=device,
        decode=decode,
        adapters=adapters,
        max_megapixels=max_megapixels,
        page_seconds=page_seconds,
        page_memory=page_memory,
    )
    return run_transcription(options)
