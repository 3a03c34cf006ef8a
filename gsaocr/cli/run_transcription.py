"""One run of ``gsaocr transcribe``: inputs found, reader loaded, everything read and told."""

from __future__ import annotations

import contextlib
import os
import sys
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
from gsaocr.formats.settings import Notes
from gsaocr.memory import made_to_stay
from gsaocr.page.document import Document


def run_transcription(options: RunOptions) -> int:
    """Run what the options ask for and return the exit code 0 or 130; errors as exceptions."""
    options.page_settings()  # complains before anything is loaded
    notes = Notes()
    found = _found(options)
    outputs = _outputs(options, notes, len(found))
    if options.layout:
        from gsaocr.page.given import check_layouts

        check_layouts([each.path for each in found if isinstance(each, Input) and each.path])
    named = _named_files(options, found)
    for option, path in named.paths.items():
        if will_be_written(path, found, outputs):
            raise UsageError(option, f"names {path}, an output of this run", "name another")
    with watching(options.detail, options.log_file) as watcher, _stop(options) as stop:
        notes.tell = watcher.note
        run: Run | None = None
        try:
            with contextlib.ExitStack() as stack:
                seen = _viewers(options, named, stack)
                replacing = {"layouts": options.layout, "overwrite": options.overwrite}
                run = Run(found, outputs, watcher, standard_input, stop, seen, **replacing)
                _read(run, options, stop, stack)
        finally:
            if run is not None:
                watcher.ended(_where(run.summary, options), options.destination.folder is not None)
                if run.summary.interrupted:
                    watcher.note("not everything was read; --resume goes on")
    return _exit_code(run.summary)


def _read(
    run: Run, options: RunOptions, stop: Callable[[], bool], stack: contextlib.ExitStack
) -> None:
    settings = options.page_settings()
    with made_to_stay(), lazy_torch():
        from gsaocr.pipeline import Reader

        reader = Reader.load(**options.reader_arguments())
    provenance = dict(reader.provenance)
    read_with = provenance | options.read_with()
    journal = None
    if options.folder is not None:
        journal = Journal(options.folder, read_with, resume=options.resume)
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
    run.read_all(engine, provenance, read_with, journal)


def _where(summary: Summary, options: RunOptions) -> str:
    """Where the files of a run are; empty if there are none."""
    files: list[str] = []
    if not summary.files and summary.skipped and options.folder is not None:
        return f"the files are in {options.folder}"
    if summary.files == 1:
        files.append(str(summary.last_file))
    elif summary.files:
        folder = options.destination.folder
        files.append(f"{summary.files} files in {folder}{'' if str(folder).endswith('/') else '/'}")
    files += [str(path) for path in (options.show, options.review) if path and os.path.exists(path)]
    return f"wrote {' and '.join(files)}" if files else ""


def _exit_code(summary: Summary) -> int:
    if summary.interrupted:
        return INTERRUPTED
    error = summary.error()
    if error is not None:
        raise error
    return 0


def _outputs(options: RunOptions, notes: Notes, inputs: int) -> Outputs | Stream:
    where = options.destination
    formats = where.formats
    if options.resume and options.folder is None:
        raise UsageError("--resume", "needs a folder to go on in", "give a folder with -o DIR")
    if where.folder is not None:
        if where.file is not None and inputs > 1:
            cause = f"names one file, and there are {inputs} inputs"
            raise UsageError(f"-o {where.file}", cause, "name a folder, which gets a file for each")
        _make_folder(where.folder)
        wanted = options.page_settings().load.pages
        first = 1 if wanted is None else wanted.first
        return Outputs(where.folder, formats, options.writer_settings(notes), where.name, first)
    (format_, *more) = formats
    if more:
        raise UsageError(
            "--format", "several formats need files to go to", "give a folder with -o DIR"
        )
    if format_.binary and sys.stdout is not None and sys.stdout.isatty():
        cause = "is nothing for a terminal"
        repair = f"write a file with -o NAME{format_.suffix}"
        raise UsageError(f"--format {format_.name}", cause, repair)
    if format_.name == "txt":
        separator, write = b"\f", lambda content: write_text(content.decode())
    else:
        separator, write = b"", write_bytes
    return Stream(format_, options.writer_settings(notes), write, separator)


def _make_folder(path: Path) -> None:
    """Make the folder of outputs if it is not there; OutputError if it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or str(error)
        raise OutputError(str(path), f"can't be made ({cause})", "name another with -o") from None


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
    earlier = set() if options.folder is None else outputs_of_earlier_runs(options.folder)
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
    """Without a folder to go on in, Ctrl-C ends at once."""
    if options.folder is None:
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
