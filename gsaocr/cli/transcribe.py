"""``gsaocr transcribe``: images and PDFs in, text out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsaocr.cli.options import (
    AdapterOption,
    DecodeOption,
    DeviceOption,
    MegapixelsOption,
    ModelOption,
)
from gsaocr.errors import UsageError
from gsaocr.memory import made_to_stay

Text = typer.Option


def transcribe(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE...", help="Images, PDFs, folders, globs; - is standard input."
        ),
    ] = None,
    out: Annotated[
        str | None,
        Text("--output", "-o", metavar="DIR", help="Write DIR/NAME.txt for each input instead."),
    ] = None,
    format_: Annotated[
        str,
        Text(
            "--format",
            metavar="LIST",
            help="txt, json, tsv, hocr, alto, page, pdf, or several joined by commas.",
        ),
    ] = "txt",
    listed: Annotated[
        str | None,
        Text("--list", metavar="FILE", help="Read the inputs named in a file, one to a line."),
    ] = None,
    line: Annotated[
        bool, Text("--line", help="Each image is one line of text, in any quarter turn.")
    ] = False,
    resume: Annotated[
        bool, Text("--resume", help="Leave out what an earlier run into DIR has done.")
    ] = False,
    overwrite: Annotated[
        bool, Text("--overwrite", help="Replace files that gsaocr did not write; inputs never.")
    ] = False,
    jobs: Annotated[
        int, Text("--jobs", metavar="N", min=1, help="Read in N processes that share the cores.")
    ] = 1,
    pages: Annotated[
        str | None, Text("--pages", metavar="LIST", help="Of PDFs and TIFFs only these: 1-3,7,10-")
    ] = None,
    dpi: Annotated[
        float, Text("--dpi", min=36, max=1200, help="At which pages of PDFs are drawn.")
    ] = 300.0,
    password: Annotated[str | None, Text("--password", help="Of PDFs.")] = None,
    existing_text: Annotated[
        str,
        Text(
            "--existing-text",
            metavar="HOW",
            help="Pages of PDFs that hold text: redo (read them), skip, or keep their text.",
        ),
    ] = "redo",
    active_content: Annotated[
        str,
        Text(
            "--active-content",
            metavar="HOW",
            help="pdf: keep scripts, launch actions and embedded files of PDFs, or drop them.",
        ),
    ] = "keep",
    title: Annotated[str | None, Text("--title", help="pdf: the document's title.")] = None,
    author: Annotated[str | None, Text("--author", help="pdf: the document's author.")] = None,
    language: Annotated[
        str | None, Text("--language", metavar="CODE", help="pdf: of the text, as de or en-GB.")
    ] = None,
    layout: Annotated[
        bool,
        Text("--layout", help="Read the regions or lines that PAGE or ALTO beside an image gives."),
    ] = False,
    region: Annotated[
        str | None,
        Text("--region", metavar="X,Y,W,H", help="Read only this part of each page, in pixels."),
    ] = None,
    hyphens: Annotated[
        str, Text("--hyphens", metavar="HOW", help="txt: keep or join words broken at line ends.")
    ] = "keep",
    breaks: Annotated[
        str, Text("--breaks", metavar="HOW", help="txt: keep line breaks, or join each region.")
    ] = "keep",
    show: Annotated[
        Path | None,
        Text("--show", metavar="FILE", help="Draw what was read where, as .png or .html."),
    ] = None,
    review: Annotated[
        Path | None,
        Text("--review", metavar="FILE.csv", help="List the lines that are to be looked at."),
    ] = None,
    review_below: Annotated[
        float, Text("--review-below", min=0, max=1, help="Confidence below which they are.")
    ] = 0.8,
    quiet: Annotated[bool, Text("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, Text("--verbose", "-v", help="Tell of every input.")] = False,
    log_file: Annotated[
        Path | None, Text("--log-file", metavar="FILE", help="Append what happens to a file.")
    ] = None,
    engine: Annotated[
        str, Text("--engine", metavar="NAME", help="local, or ray for many machines.")
    ] = "local",
    address: Annotated[
        str | None, Text("--address", help="Of the Ray cluster; a local one if not given.")
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    decode: DecodeOption = None,
    adapter: AdapterOption = None,
    max_megapixels: MegapixelsOption = 200.0,
    page_seconds: Annotated[
        float, Text("--page-seconds", help="Processor time that a PDF's page may take to draw.")
    ] = 60.0,
    page_memory: Annotated[
        float, Text("--page-memory", metavar="MB", help="Memory that a PDF's page may take.")
    ] = 1024.0,
) -> int:
    """Read images of pages and print their text.

    Inputs are PNG, JPEG, TIFF, WebP, BMP and PDF files (all their pages), folders of them at any
    depth, and globs. Texts of several inputs follow each other in order, separated by a form feed;
    with -o each has files of its own, in a tree like that of the inputs, and the second of two
    inputs of one name becomes NAME-2; no file is replaced that gsaocr did not write. An input that
    can't be read is reported and the rest is read all the same. Ctrl-C lets the pages in hand be
    finished; --resume goes on.
    """
    with made_to_stay():
        from gsaocr.cli.run_options import RunOptions, one_of
        from gsaocr.cli.run_transcription import run_transcription

    if quiet and verbose:
        raise UsageError("--quiet --verbose", "contradict each other", "leave one")
    options = RunOptions(
        files=tuple(files or ()),
        listed=listed,
        out=None if out in (None, "-") else Path(str(out)),
        format=format_,
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
        adapters=tuple(adapter or ()),
        max_megapixels=max_megapixels,
        page_seconds=page_seconds,
        page_memory=page_memory,
    )
    return run_transcription(options)
