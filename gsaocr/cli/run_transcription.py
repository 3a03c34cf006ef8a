"""One run of ``gsaocr transcribe``: inputs found, reader loaded, everything read and told."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gsaocr.batch.inputs import STDIN, Found, Input, find_inputs, names_of_list
from gsaocr.batch.journal import Journal, outputs_of_earlier_runs
from gsaocr.batch.outputs import Outputs, Stream
from gsaocr.batch.run import Engine, Run, will_be_written
from gsaocr.batch.summary import Summary
from gsaocr.cli.lazy_torch import lazy_torch
from gsaocr.cli.named_files import NamedFiles
from gsaocr.cli.run_options import RunOptions
from gsaocr.cli.stopping import graceful_stop
from gsaocr.cli.streams import standard_input, write_bytes, write_text
from gsaocr.cli.watching import watching
from gsaocr.errors import INTERRUPTED, InputError, OutputError, UsageError
from gsaocr.formats.registry import formats_named
from gsaocr.formats.settings import Notes
from gsaocr.memory import made_to_stay
from gsaocr.page.document import Document


def run_transcription(options: RunOptions) -> int:
    """Run what the options ask for and return the exit code 0 or 130; errors as exceptions."""
    settings = options.page_settings()
    notes = Notes()
    outputs = _outputs(options, notes)
    found = _found(options)
    named = _named_files(options, found)
    for option, path in named.paths.items():
        if will_be_written(path, found, outputs):
            raise UsageError(option, f"names {path}, an output of this run", "name another")
    with (
        watching(options.detail, options.log_file) as watcher,
        _stop(options) as stop,
        contextlib.ExitStack() as stack,
    ):
        notes.tell = watcher.note
        seen = _viewers(options, named, stack)
        replacing = {"layouts": options.layout, "overwrite": options.overwrite}
        run = Run(found, outputs, watcher, standard_input, stop, seen, **replacing)
        with made_to_stay(), lazy_torch():
            from gsaocr.pipeline import Reader

            reader = Reader.load(**options.reader_arguments())
        provenance = dict(reader.provenance)
        read_with = provenance | options.read_with()
        journal = None
        if options.out is not None:
            journal = Journal(options.out, read_with, resume=options.resume)
            stack.callback(journal.close)
        engine: Engine
        if options.engine == "ray":
            from gsaocr.engines.ray_engine import RayEngine

            make = partial(Reader.load, **options.reader_arguments())
            engine = RayEngine(make, options.jobs, settings, stop, options.address)
        elif options.jobs > 1:
            from gsaocr.batch.jobs import JobsEngine

            make = partial(Reader.load, **options.reader_arguments())
            engine = JobsEngine(make, options.jobs, settings, stop)
        else:
            from gsaocr.batch.engine import PageEngine

            engine = PageEngine(reader, settings, stop)
        try:
            run.read_all(engine, provenance, read_with, journal)
        finally:
            watcher.ended(with_table=options.out is not None and len(found) > 1)
            if run.summary.interrupted:
                watcher.note("not everything was read; --resume goes on")
    return _exit_code(run.summary)


def _exit_code(summary: Summary) -> int:
    if summary.interrupted:
        return INTERRUPTED
    error = summary.error()
    if error is not None:
        raise error
    return 0


def _outputs(options: RunOptions, notes: Notes) -> Outputs | Stream:
    formats = formats_named(options.format)
    if options.out is not None:
        return Outputs(_folder(options.out), formats, options.writer_settings(notes))
    if options.resume:
        raise UsageError("--resume", "needs files to go on with", "give a folder with -o DIR")
    if len(formats) > 1:
        raise UsageError(
            "--format", "several formats need files to go to", "give a folder with -o DIR"
        )
    if formats[0].name == "txt":
        separator, write = b"\f", lambda content: write_text(content.decode())
    else:
        separator, write = b"", write_bytes
    return Stream(formats[0], options.writer_settings(notes), write, separator)


def _folder(path: Path) -> Path:
    """The folder of outputs, made if it is not there; OutputError if it can't be."""
    if path.exists() and not path.is_dir():
        raise OutputError(str(path), "is not a folder", "name a folder with -o DIR")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(path), f"can't be made ({cause})", "name another with -o") from None
    return path


def _found(options: RunOptions) -> list[Found]:
    if not options.files and options.listed is None:
        raise UsageError("transcribe", "no input is named", "name files, folders, or --list FILE")
    if list(options.files).count(STDIN) + (options.listed == STDIN) > 1:
        raise UsageError(STDIN, "standard input can be read only once", "name it once")
    listed: list[str] = []
    if options.listed is not None:
        try:
            with _list_stream(options.listed) as stream:
                listed = names_of_list(stream)
        except OSError as error:
            cause = f"can't be read ({error.strerror or error})"
            raise InputError(options.listed, cause, "check --list") from None
    earlier = set() if options.out is None else outputs_of_earlier_runs(options.out)
    found = find_inputs(options.files, listed, lambda path: Path(os.path.abspath(path)) in earlier)
    if not found:
        raise InputError(str(options.listed), "names no input", "check --list")
    return found


@contextmanager
def _list_stream(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield standard_input()
    else:
        with Path(name).open("rb") as stream:
            yield stream


@contextmanager
def _stop(options: RunOptions) -> Iterator[Callable[[], bool]]:
    """Without files to go on with, Ctrl-C ends at once."""
    if options.out is None:
        yield lambda: False
    else:
        with graceful_stop() as stop:
            yield stop


def _named_files(options: RunOptions, found: list[Found]) -> NamedFiles:
    """The files that options name, after a look at what is in their places."""
    named = {"--show": options.show, "--review": options.review, "--log-file": options.log_file}
    needed = [each.path for each in found if isinstance(each, Input) and each.path is not None]
    needed += [path for path in (options.model,) if path is not None]
    needed += [Path(name) for name in (options.listed,) if name is not None and name != STDIN]
    return NamedFiles(named, needed, options.layout, options.overwrite)


def _viewers(
    options: RunOptions, named: NamedFiles, stack: contextlib.ExitStack
) -> Callable[[Document, Path], None] | None:
    """Who else gets to see the documents."""
    viewers: list[Callable[[Document, Path], None]] = []
    if options.show is not None:
        from gsaocr.show.shown import shown_in

        loading = options.page_settings().load
        viewers.append(stack.enter_context(shown_in(options.show, loading, named.put("--show"))))
    if options.review is not None:
        from gsaocr.show.review import reviewed_in

        put = named.put("--review")
        review = reviewed_in(options.review, options.review_below, put)
        viewers.append(stack.enter_context(review))
    if not viewers:
        return None

    def all_of_them(document: Document, path: Path) -> None:
        for viewer in viewers:
            viewer(document, path)

    return all_of_them
