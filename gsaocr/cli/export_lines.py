"""``gsaocr export-lines``: lines of scans with drafts, to be corrected and trained on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
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
    MegapixelsOption,
    ModelOption,
    adapter_names,
)
from gsaocr.cli.progress import progress_bar
from gsaocr.cli.streams import tell
from gsaocr.errors import InputError, OutputError, SomeInputsFailed, UsageError

if TYPE_CHECKING:
    from gsaocr.page.export_lines import DraftLine
    from gsaocr.pipeline import Reader


EXAMPLES = """
gsaocr export-lines scans/*.png -o lines
    Cut pages into lines; correct them in lines/correct.html.
gsaocr export-lines book.pdf -o lines --limit 200
    Only the 200 lines that were read with the least confidence.
gsaocr export-lines old.png -o lines --adapter fraktur
    Draft the texts with an adapter.
gsaocr export-lines scans/*.png -o pages --format page
    Whole pages as PAGE with their images, to be corrected elsewhere.
"""


def export_lines(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAGES...", help="Images and PDFs of whole pages.", rich_help_panel=INPUT
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder that the lines are written into.",
            rich_help_panel=OUTPUT,
        ),
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="KIND",
            help="Write lines, to be corrected in a browser, or page: whole pages as PAGE files "
            "with their images, for eScriptorium, Transkribus and train-adapter.",
            autocompletion=completing.among("lines", "page"),
            rich_help_panel=OUTPUT,
        ),
    ] = "lines",
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=1,
            help="Export only the N lines that are least certain.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    decode: DecodeOption = None,
    adapter: AdapterOption = None,
    max_megapixels: MegapixelsOption = 200.0,
) -> None:
    """Cut pages into lines and write each with a draft of its text.

    DIR/PAGE/RANK-LINE.png has its draft in .gt.txt; the least certain lines have the lowest ranks.
    DIR/correct.html shows them for correction in a browser. With --format page, DIR holds PAGE.xml
    and its image for programs in which whole pages are corrected. Either goes to train-adapter.
    """
    from gsaocr.batch.export_pages import export_pages
    from gsaocr.page.export_lines import CORRECTION_PAGE, export_lines
    from gsaocr.pipeline import Reader

    if format_ not in ("lines", "page"):
        raise UsageError(f"--format {format_}", "is unknown", "known: lines, page")
    as_pages = format_ == "page"
    if as_pages and limit is not None:
        raise UsageError("--limit --format page", "contradict each other", "leave one")
    if not as_pages and os.path.exists(out / CORRECTION_PAGE):
        raise OutputError(str(out), "holds exported lines already", "choose another folder")

    reader = Reader.load(
        model=model,
        device=device,
        decode=decode,
        adapters=adapter_names(adapter),
        max_megapixels=max_megapixels,
    )
    found: list[DraftLine] = []
    exported = failed = 0
    with progress_bar("reading", len(files)) as progress:
        for number, (name, path) in enumerate(zip(_names(files), files, strict=True)):
            try:
                if as_pages:
                    exported += export_pages(reader, path, out / name, max_megapixels)
                else:
                    found += _drafts(reader, path, name, max_megapixels)
            except InputError as error:
                if len(files) == 1:
                    raise
                failed += 1
                tell(str(error))
            progress(number + 1)
    if limit is not None:
        found = sorted(found, key=lambda line: line.confidence)[:limit]
    if as_pages:
        pages = "1 page" if exported == 1 else f"{exported:,} pages"
        tell(f"{pages}, each with its image, in {out}; once corrected, train on the folder")
    elif not found:
        raise InputError(", ".join(map(str, files)), "no line was found", "give scans of text")
    else:
        export_lines(found, out)
        tell(f"{len(found):,} lines; correct them in {out / CORRECTION_PAGE}")
    if failed:
        raise SomeInputsFailed(
            f"{failed} of {len(files)} inputs", "could not be read", "they are named above"
        )


def _drafts(reader: Reader, path: Path, name: str, max_megapixels: float) -> Iterator[DraftLine]:
    from gsaocr.page.export_lines import DraftLine
    from gsaocr.page.load import load_pages

    pages = load_pages(path, max_megapixels=max_megapixels)
    for number, lines in enumerate(reader.read_cells(pages), 1):
        page = name if number == 1 else f"{name}-p{number}"
        for place, (image, reading) in enumerate(lines, 1):
            yield DraftLine(image, reading.text, reading.confidence, page, place)


def _names(files: list[Path]) -> Iterator[str]:
    """Yield a name for each input; the second of two of one name is NAME-2."""
    seen: Counter[str] = Counter()
    for path in files:
        seen[path.stem] += 1
        count = seen[path.stem]
        yield path.stem if count == 1 else f"{path.stem}-{count}"
