"""Reading on many machines: the works of a run go through Ray Data.

Needs the extra ``gsaocr[ray]``, and the inputs at the same paths on every machine. This is the one
part of the program that opens sockets: Ray's own, to the cluster or between its processes here.
Journal, page store and outputs stay with the run that asked.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gsaocr.batch.engine import (
    Event,
    InputDone,
    InputFailed,
    PageEngine,
    PageFailed,
    PageRead,
    Stop,
)
from gsaocr.batch.jobs import Group, MakeReader, grouped, limit_threads, threads_of
from gsaocr.batch.pages import PageSettings, Work
from gsaocr.errors import GsaocrError, InputError, UsageError
from gsaocr.formats.json_ import page_content, page_from

GROUPS_TOGETHER = 256
"""Groups of works that are handed to Ray at once: what it has read of them is in memory."""

_TRIES = 4  # of a group whose process or machine was lost

_EXTRA = "pip install 'gsaocr[ray]'"


class RayEngine:
    """Reads works in ``jobs`` processes of a Ray cluster, or of one started on this machine.

    Groups that were in the hands of a process or a machine that is lost are read again by others.
    The text is that of reading here; coordinates and confidences come rounded as JSON has them.

    Raises UsageError if Ray is not installed or the cluster at ``address`` can't be reached.
    """

    def __init__(
        self,
        make_reader: MakeReader,
        jobs: int,
        settings: PageSettings,
        stop: Stop,
        address: str | None = None,
    ) -> None:
        self._make_reader = make_reader
        self._jobs = jobs
        self._settings = settings
        self._stop = stop
        self._ray = _connected(address, jobs)

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        """Yield the events of all works, or of those that were handed out before the stop."""
        groups = grouped(works, self._settings)
        try:
            while not self._stop():
                together = list(itertools.islice(groups, GROUPS_TOGETHER))
                if not together:
                    return
                yield from self._read_together(together)
        finally:
            self._ray.shutdown()

    def _read_together(self, groups: list[Group]) -> Iterator[Event]:
        open_works = {work.index: work.name for group in groups for work in group}
        items = [{"works": [_packed(work) for work in group]} for group in groups]
        rows = [{"group": json.dumps(item)} for item in items]
        data = self._ray.data
        data.DataContext.get_current().execution_options.preserve_order = True
        data.DataContext.get_current().enable_progress_bars = False
        read = data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _GroupReader,
            fn_constructor_args=(self._make_reader, self._settings, threads_of(self._jobs)),
            batch_size=1,
            batch_format="numpy",
            concurrency=self._jobs,
            num_cpus=1,
            max_restarts=_TRIES,
            max_task_retries=_TRIES,
        )
        try:
            for row in read.iter_rows():
                for packed in json.loads(row["events"]):
                    event = _event(packed)
                    if not isinstance(event, PageRead | PageFailed):
                        open_works.pop(event.index, None)
                    yield event
        except self._ray.exceptions.RayError as error:
            # Tried again and again: what is not read yet of these groups can't be.
            cause = f"could not be read by the cluster ({type(error).__name__})"
            for index, name in open_works.items():
                yield InputFailed(index, InputError(name, cause, "read it without --engine ray"))


class _GroupReader:
    """A reader in a process of the cluster."""

    def __init__(self, make_reader: MakeReader, settings: PageSettings, threads: int) -> None:
        limit_threads(threads)
        self._reader = make_reader()
        self._settings = settings

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        """Read each group of a batch; its events come as JSON."""
        return {"events": [self._read(json.loads(group)) for group in batch["group"]]}

    def _read(self, group: dict[str, Any]) -> str:
        works = [_work(packed) for packed in group["works"]]
        parts = {work.index for work in works if work.more}
        events = PageEngine(self._reader, self._settings, lambda: False).read(works)
        kept = [e for e in events if not (isinstance(e, InputDone) and e.index in parts)]
        return json.dumps([_packed_event(event) for event in kept])


def _connected(address: str | None, jobs: int) -> Any:
    # Ray tells its maker how it is used, unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UsageError("--engine ray", f"Ray is not installed ({error})", _EXTRA) from None
    here: dict[str, Any] = {} if address else {"num_cpus": jobs}
    try:
        ray.init(
            address=address, include_dashboard=None if address else False, log_to_driver=False,
            logging_level=logging.ERROR, ignore_reinit_error=True, **here,
        )  # fmt: skip
    except (ConnectionError, ValueError, RuntimeError) as error:
        cause = " ".join(str(error).split())[:200]
        raise UsageError(
            f"--address {address}", f"no Ray cluster answers ({cause})", "start one with ray start"
        ) from None
    return ray


def _packed(work: Work) -> dict[str, Any]:
    """A work as what JSON can hold; file names may be any bytes."""
    return {
        "index": work.index,
        "path": os.path.abspath(work.path),
        "name": work.name,
        "known": sorted(work.known),
        "more": work.more,
    }


def _work(packed: dict[str, Any]) -> Work:
    return Work(
        packed["index"],
        Path(packed["path"]),
        packed["name"],
        frozenset(packed["known"]),
        packed["more"],
    )


def _packed_event(event: Event) -> dict[str, Any]:
    if isinstance(event, PageRead):
        return {"index": event.index, "page": page_content(event.page)}
    if isinstance(event, InputDone):
        return {"index": event.index}
    packed: dict[str, Any] = {"index": event.index}
    if isinstance(event, PageFailed):
        packed["number"] = event.number
    error = event.error
    if isinstance(error, GsaocrError):
        packed["error"] = [error.subject, error.cause, error.repair]
    else:
        cause = f"a fault of gsaocr itself: {type(error).__name__}: {error}"
        packed["error"] = ["", cause, ""]
    return packed


def _event(packed: dict[str, Any]) -> Event:
    if "page" in packed:
        return PageRead(packed["index"], page_from(packed["page"]))
    if "number" in packed:
        return PageFailed(packed["index"], packed["number"], InputError(*packed["error"]))
    if "error" in packed:
        return InputFailed(packed["index"], InputError(*packed["error"]))
    return InputDone(packed["index"])
