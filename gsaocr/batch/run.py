"""A run: works are handed to an engine, what it reads is kept, written and noted.

An input's pages stay in memory while there is one of them; from the second on they go to a file
beside the journal, so that a document of any length needs no more memory, and what was read is not
lost when the run is killed.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from gsaocr.batch.engine import Event, InputFailed, PageFailed, PageRead
from gsaocr.batch.inputs import Found, Input, Unreadable, may_have_pages
from gsaocr.batch.journal import Fingerprint, Journal
from gsaocr.batch.naming import output_places, refuse_overwriting
from gsaocr.batch.outputs import Outputs, Stream
from gsaocr.batch.page_store import PageStore
from gsaocr.batch.pages import Work
from gsaocr.batch.replacing import ANOTHER_FOLDER, ANOTHER_NAME, Replacing
from gsaocr.batch.summary import Summary, Watcher, told
from gsaocr.errors import InputError, InputsUnaccounted, OutputError, StreamEnded, WouldOverwrite
from gsaocr.page.document import Document, Page, with_pages
from gsaocr.whole_file import remove_partials

_MOST_IN_VAIN = 10  # outputs in a row that can't be written, until the run ends
_MOST_PAGES_TOLD = 10  # broken pages of an input that have a line each; the others are counted


class Engine(Protocol):
    """Reads works and yields what becomes of them; the events of a work come in order."""

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        """Yield events; works are taken one by one, and not far ahead."""


@dataclass(slots=True)
class _Open:
    """An input that is being read."""

    source: Input
    place: PurePath
    work: Work
    fingerprint: Fingerprint | None
    pages: list[Page] = field(default_factory=list)
    store: PageStore | None = None
    broken: int = 0  # pages that can't be read
    noted: int = 0  # notes on its pages


class Run:
    """One run over inputs, whose documents go to a folder of files or to a stream.

    ``stop`` says whether no further input shall be begun; ``seen`` gets each document that was
    read, with its input's file. ``layouts`` says that PAGE and ALTO files beside the inputs are
    read, ``overwrite`` that files of others may be replaced, inputs and layouts never. Raises
    WouldOverwrite if an output would overwrite an input.
    """

    def __init__(
        self,
        found: Sequence[Found],
        outputs: Outputs | Stream,
        watcher: Watcher,
        standard_input: Callable[[], BinaryIO],
        stop: Callable[[], bool] = lambda: False,
        seen: Callable[[Document, Path], None] | None = None,
        *,
        layouts: bool = False,
        overwrite: bool = False,
    ) -> None:
        self._found = found
        self._outputs = outputs
        self._journal: Journal | None = None
        self._watcher = watcher
        self._provenance: dict[str, str] = {}
        self._settings: dict[str, str] = {}
        self._standard_input = standard_input
        self._stop = stop
        self._seen = seen
        self._open: dict[int, _Open] = {}
        self._temporary: list[Path] = []
        self._in_vain = 0
        paths = [each.path for each in found if isinstance(each, Input) and each.path is not None]
        is_named = isinstance(outputs, Outputs) and outputs.name is not None
        advice = ANOTHER_NAME if is_named else ANOTHER_FOLDER
        self._replacing = Replacing(paths, layouts, overwrite, advice)
        self._places = places_of(found, outputs)
        self.summary = Summary(inputs=len(found))
        if isinstance(outputs, Outputs):
            refuse_overwriting(paths, self._planned(outputs))

    def read_all(
        self,
        engine: Engine,
        provenance: Mapping[str, str],
        settings: Mapping[str, str] | None = None,
        journal: Journal | None = None,
    ) -> Summary:
        """Read everything; what fails is told to the watcher and noted in the summary.

        ``provenance`` goes into each document; ``settings`` is all that the documents are read
        with, compared when a run is resumed by its ``journal``. Whatever goes wrong with one input
        is its failure alone; at the end each is read, skipped or failed, unless the run was asked
        to stop. Raises OutputError if the stream, or ten files in a row, can't be written.
        """
        self._provenance, self._settings = dict(provenance), dict(settings or provenance)
        self._journal = self._replacing.journal = journal
        if journal is not None and isinstance(self._outputs, Outputs):
            self._clear_away(self._outputs)
        self._watcher.begun(self.summary)
        try:
            for event in engine.read(self._works(list(self._plan()))):
                self._handle(event)
            self._settle_all()
        finally:
            self.summary.seconds = time.monotonic() - self.summary.started
            for opened in self._open.values():
                if opened.store is not None:
                    opened.store.close()
            for path in self._temporary:
                path.unlink(missing_ok=True)
        return self.summary

    def _settle_all(self) -> None:
        """At the end every input has its outcome, unless the run was asked to stop."""
        unsettled = self.summary.unsettled
        self.summary.interrupted = bool(unsettled) and self._stop()
        if not self.summary.interrupted:
            for index in unsettled:
                name = self._found[index].name
                cause = "was neither read nor reported, a fault of gsaocr itself"
                self._fail(index, InputsUnaccounted(name, cause, "read it again with --resume"))

    def _plan(self) -> Iterator[int]:
        """The inputs that are to be read: what can be known of the others is told beforehand."""
        again: dict[str, list[str]] = {}
        for index, each in enumerate(self._found):
            try:
                if self._has_to_be_read(index, each, again):
                    yield index
            except Exception as error:
                self._fail(index, error)
        for why, names in again.items():
            if len(names) > 1:
                self._watcher.note(f"{len(names)} inputs were read again: {why}")

    def _has_to_be_read(self, index: int, each: Found, again: dict[str, list[str]]) -> bool:
        """False if it was done before; raises what it can't be read or written for."""
        place = self._places[index]
        if isinstance(each, Unreadable):
            raise each.error
        assert place is not None
        if each.path is not None and self._is_done(each, place, again):
            self.summary.settle(index, "skipped")
            self._watcher.skipped(each.name)
            return False
        if isinstance(self._outputs, Outputs):
            refusal = self._outputs.refusal(place, self._replacing)
            if refusal is not None:
                raise refusal
        return True

    def _works(self, planned: Sequence[int]) -> Iterator[Work]:
        for index in planned:
            if self._stop():
                return
            each, place = self._found[index], self._places[index]
            assert isinstance(each, Input)
            assert place is not None
            try:
                opened = self._opened(index, each, place)
            except Exception as error:
                self._fail(index, error)
                continue
            self._open[index] = opened
            yield opened.work

    def _is_done(self, each: Input, place: PurePath, again: dict[str, list[str]]) -> bool:
        if self._journal is None or not isinstance(self._outputs, Outputs) or each.path is None:
            return False
        files = self._outputs.first_files(place)
        why = self._journal.why_not_done(_key(each), each.path, files)
        if why:
            again.setdefault(why, []).append(each.name)
            if len(again[why]) == 1:
                self._watcher.note(f"{each.name} is read again: {why}")
        return why is None

    def _opened(self, index: int, each: Input, place: PurePath) -> _Open:
        path = each.path if each.path is not None else self._spooled()
        fingerprint = Fingerprint.of(path)
        opened = _Open(each, place, Work(index, path, each.name), fingerprint)
        if self._journal is not None and fingerprint is not None:
            kept = self._journal.pages_file(_key(each))
            if os.path.lexists(kept):
                opened.store = self._store(opened, fingerprint)
                opened.work = Work(index, path, each.name, frozenset(opened.store.numbers))
        return opened

    def _store(self, opened: _Open, fingerprint: Fingerprint) -> PageStore:
        """Where an input's pages are kept; without a name if the file of its name can't be used."""
        if self._journal is None:
            return PageStore(None, fingerprint, self._settings)
        kept = self._journal.pages_file(_key(opened.source))
        try:
            return PageStore(kept, fingerprint, self._settings)
        except OutputError as error:
            name = opened.source.name
            self._watcher.note(f"{name}: its pages can't be kept for --resume: {error}")
            return PageStore(None, fingerprint, self._settings)

    def _spooled(self) -> Path:
        """Standard input as a file: a PDF needs it twice, a TIFF in any order."""
        stream = self._standard_input()
        descriptor, name = tempfile.mkstemp(prefix="gsaocr-")
        self._temporary.append(Path(name))
        try:
            with os.fdopen(descriptor, "wb") as target:
                while chunk := stream.read(1 << 20):
                    target.write(chunk)
        except OSError as error:
            raise InputError("-", f"can't be read ({error.strerror or error})") from None
        return Path(name)

    def _handle(self, event: Event) -> None:
        opened = self._open.get(event.index)
        if opened is None:
            return  # it has failed already
        try:
            self._take(opened, event)
        except StreamEnded:
            raise
        except Exception as error:
            self._fail(event.index, error)
            # Where nothing can be written any more, reading on would be for nothing.
            if isinstance(error, OutputError) and not isinstance(error, WouldOverwrite):
                self._in_vain += 1
            if self._in_vain >= _MOST_IN_VAIN:
                raise
        else:
            if isinstance(event, PageRead | PageFailed):
                return
        del self._open[event.index]
        if opened.store is not None:
            opened.store.close()

    def _take(self, opened: _Open, event: Event) -> None:
        """Do what an event asks for; whatever is raised here is this input's failure alone."""
        if isinstance(event, PageRead):
            self._keep(opened, event.page)
            self._tell_notes(opened, event.page)
            self.summary.pages += 1
            self.summary.lines += sum(1 for _ in event.page.lines)
            self._watcher.page(opened.source.name, event.page.number)
            return
        if isinstance(event, PageFailed):
            opened.broken += 1
            if opened.broken <= _MOST_PAGES_TOLD:
                self._fail(event.index, event.error)
            return
        more = opened.broken - _MOST_PAGES_TOLD
        if more > 0:
            cause = f"has {more} more pages that can't be read"
            self._fail(event.index, InputError(opened.source.name, cause, "scan or copy it again"))
        if isinstance(event, InputFailed):
            self._fail(event.index, event.error)
        else:
            self._finish(event.index, opened)

    def _tell_notes(self, opened: _Open, page: Page) -> None:
        place = f", page {page.number}" if may_have_pages(opened.source) else ""
        for note in page.notes:
            opened.noted += 1
            if opened.noted <= _MOST_PAGES_TOLD:
                self._watcher.note(f"{opened.source.name}{place}: {note}")
            elif opened.noted == _MOST_PAGES_TOLD + 1:
                self._watcher.note(f"{opened.source.name}: there is more; its outputs say where")

    def _keep(self, opened: _Open, page: Page) -> None:
        if opened.store is not None:
            opened.store.add(page)
            return
        opened.pages.append(page)
        to_files = isinstance(self._outputs, Outputs)
        if len(opened.pages) > 1 and to_files and opened.fingerprint is not None:
            opened.store = self._store(opened, opened.fingerprint)
            for each in opened.pages:
                opened.store.add(each)
            opened.pages.clear()

    def _finish(self, index: int, opened: _Open) -> None:
        """Write what was read; with broken pages the input isn't done and is tried again."""
        pages: Sequence[Page] = tuple(opened.pages) if opened.store is None else opened.store
        if opened.broken and not pages:
            return
        provenance = with_pages(self._provenance, pages)
        adapter = provenance.get("adapter", "")
        document = Document(pages, opened.source.name, provenance)
        original = opened.work.path
        files: list[Path] = []
        if isinstance(self._outputs, Stream):
            self._outputs.write(document, original)
        else:
            files = self._outputs.write(document, opened.place, original, self._replacing)
        self._in_vain = 0
        self.summary.wrote(files)
        if self._seen is not None:
            self._seen(document, original)
        if opened.broken:
            return
        if self._journal is not None and opened.fingerprint is not None:
            key, read = _key(opened.source), opened.fingerprint
            self._journal.finish(key, read, files, len(pages), adapter)
        self.summary.settle(index, "read")
        self._watcher.finished(opened.source.name, adapter)

    def _fail(self, index: int, error: Exception) -> None:
        name = self._found[index].name
        error = told(name, error)
        self.summary.settle(index, "failed")
        self.summary.failures.append((name, error))
        self._watcher.failed(name, error)

    def _planned(self, outputs: Outputs) -> Iterator[Path]:
        return _first_files(self._places, outputs)

    def _clear_away(self, outputs: Outputs) -> None:
        """Remove what a killed run left of files that it was about to write."""
        for folder in {path.parent for path in self._planned(outputs)}:
            remove_partials(folder)


def places_of(found: Sequence[Found], outputs: Outputs | Stream) -> list[PurePath | None]:
    """The place of each input's outputs; None for what can't be an input."""
    if isinstance(outputs, Outputs) and outputs.name is not None:
        return [PurePath(outputs.name) if isinstance(each, Input) else None for each in found]
    inputs = [each for each in found if isinstance(each, Input)]
    page_files = isinstance(outputs, Outputs) and outputs.page_files

    def several(index: int) -> bool:
        return page_files and may_have_pages(inputs[index])

    places = iter(output_places([each.place for each in inputs], several))
    return [next(places) if isinstance(each, Input) else None for each in found]


def will_be_written(path: Path, found: Sequence[Found], outputs: Outputs | Stream) -> bool:
    """Whether a file's place is that of an output of a run, those of further pages left out."""
    if not isinstance(outputs, Outputs) or not path.name.endswith(outputs.suffixes):
        return False
    planned = _first_files(places_of(found, outputs), outputs)
    same_name = (each for each in planned if each.name == path.name)
    return os.path.realpath(path) in map(os.path.realpath, same_name)


def _first_files(places: Sequence[PurePath | None], outputs: Outputs) -> Iterator[Path]:
    for place in places:
        if place is not None:
            yield from outputs.first_files(place)


def _key(source: Input) -> str:
    """By what an input is known to the journal: its path, wherever the run was started from."""
    return os.path.abspath(source.path) if source.path is not None else source.name
