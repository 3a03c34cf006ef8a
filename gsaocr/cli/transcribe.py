"""``gsaocr transcribe``: images in, text out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsaocr.cli.options import DecodeOption, DeviceOption, MegapixelsOption, ModelOption
from gsaocr.cli.output_names import output_names, refuse_overwriting
from gsaocr.cli.progress import progress_bar
from gsaocr.cli.streams import STDIN, standard_input, write_bytes, write_text
from gsaocr.errors import InputError, OutputError, SomeInputsFailed, UsageError

if TYPE_CHECKING:
    from gsaocr.formats.registry import OutputFormat
    from gsaocr.page.document import Document
    from gsaocr.pipeline import Reader


def transcribe(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Images to read; - is standard input.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Write DIR/NAME.txt for each input instead."
        ),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", metavar="LIST", help="txt, json, or several joined by commas."),
    ] = "txt",
    line: Annotated[
        bool, typer.Option("--line", help="Each image is one line of text, in any quarter turn.")
    ] = False,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    decode: DecodeOption = None,
    max_megapixels: MegapixelsOption = 200.0,
) -> None:
    """Read images of pages and print their text.

    Inputs are PNG, JPEG, TIFF (all its pages), WebP or BMP. Several inputs follow each other in
    order, separated by a form feed; with -o each has a file of its own, and the second of two
    inputs of one name becomes NAME-2. An input that can't be read is reported and the rest is
    read all the same.
    """
    from gsaocr.formats.registry import formats_named

    formats = formats_named(format_)
    targets = _targets(files, out, formats)
    if files.count(STDIN) > 1:
        raise UsageError(STDIN, "standard input can be read only once", "name it once")
    reader = _load(model, device, decode, max_megapixels)
    failed = 0
    with progress_bar("reading", len(files)) as tell:
        for number, name in enumerate(files):
            try:
                document = _read(reader, name, line)
            except InputError as error:
                if len(files) == 1:
                    raise
                failed += 1
                print(f"gsaocr: {error}", file=sys.stderr)
            else:
                _deliver(document, formats, targets[number], first=number == failed)
            tell(number + 1)
    if failed:
        raise SomeInputsFailed(
            f"{failed} of {len(files)} inputs", "could not be read", "they are named above"
        )


def _targets(
    files: list[str], out: Path | None, formats: tuple[OutputFormat, ...]
) -> list[list[Path]]:
    """Return each input's output files, one per format; none where all goes to standard output."""
    if out is None:
        if len(formats) > 1:
            raise UsageError(
                "--format", "several formats need files to go to", "give a folder with -o DIR"
            )
        return [[] for _ in files]
    _make_folder(out)
    targets = [[out / (name + kind.suffix) for kind in formats] for name in output_names(files)]
    refuse_overwriting(files, [path for paths in targets for path in paths])
    return targets


def _make_folder(out: Path) -> None:
    """Make the output folder and see that it can be written, before hours of reading."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OutputError(str(out), "is not a folder", "name a folder with -o DIR") from None
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(out), f"can't be made ({cause})", "name another folder") from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise OutputError(str(out), "may not be written", "name another folder with -o DIR")


def _load(model: Path | None, device: str, decode: str | None, max_megapixels: float) -> Reader:
    from gsaocr.pipeline import Reader

    return Reader.load(model=model, device=device, decode=decode, max_megapixels=max_megapixels)


def _read(reader: Reader, name: str, line: bool) -> Document:
    return reader.transcribe(standard_input() if name == STDIN else Path(name), line=line)


def _deliver(
    document: Document, formats: tuple[OutputFormat, ...], paths: list[Path], *, first: bool
) -> None:
    """Write a document to its files, or to standard output if it has none."""
    from gsaocr.formats.settings import WriterSettings
    from gsaocr.formats.whole_file import write_whole

    settings = WriterSettings(original=Path(document.source))
    for kind, path in zip(formats, paths, strict=False):
        write_whole(path, b"".join(kind.write(document, settings)))
    if paths:
        return
    content = b"".join(formats[0].write(document, settings))
    if formats[0].name == "txt":
        write_text(("" if first else "\f") + content.decode())
    else:
        write_bytes(content)
