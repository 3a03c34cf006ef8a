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
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gsaocr.batch.engine import Event, InputDone, InputFailed, PageFailed, PageRead, Stop
from gsaocr.batch.jobs import (
    Group,
    MakeReader,
    events_of,
    grouped,
    limit_threads,
    threads_of,
)
from gsaocr.batch.pages import PageSettings, Work
from gsaocr.batch.summary import told
from gsaocr.errors import InputError, UsageError
from gsaocr.formats.json_ import page_content, page_from

GROUPS_TOGETHER = 256
"""Groups of works that are handed to Ray at once: what it has read of them is in memory."""

_TRIES = 4  # of a group whose process or machine was lost
_MOST_IN_VAIN = 5  # works in a row that nothing reads, until the cluster is taken for lost

_EXTRA = "pip install 'gsaocr[ray]'"


class RayEngine:
    """Reads works in ``jobs`` processes of a Ray cluster, or of one started on this machine.

    Groups that were in the hands of a process or a machine that is lost are read again by others;
    where they are lost again and again, each work of theirs is tried alone.
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
        self._fault = ""
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
        """Read groups and yield their events in order, those that were lost tried once more."""
        expected, early = 0, dict[int, list[Event]]()
        for number, events in self._results(groups, _TRIES):
            if number == expected:
                yield from events
                expected += 1
            else:  # one before it was lost
                early[number] = events
        in_vain = 0
        for number in range(expected, len(groups)):
            if number in early:
                yield from early[number]
                continue
            for work in groups[number]:
                # Where nothing is read any more, it is the cluster that can't.
                alone = () if in_vain == _MOST_IN_VAIN else self._results([(work,)], 0)
                results = list(alone)
                in_vain = 0 if results else min(in_vain + 1, _MOST_IN_VAIN)
                yield from results[0][1] if results else [self._lost(work)]

    def _lost(self, work: Work) -> InputFailed:
        cause = f"could not be read by the cluster ({self._fault or 'its process died'})"
        repair = "read it without --engine ray"
        return InputFailed(work.index, InputError(work.name, cause, repair))

    def _results(self, groups: Sequence[Group], tries: int) -> Iterator[tuple[int, list[Event]]]:
        """The events of groups with the groups' places; groups that can't be read are left out."""
        rows = [
            {"group": json.dumps({"number": number, "works": [_packed(work) for work in group]})}
            for number, group in enumerate(groups)
        ]
        context = self._ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        context.max_errored_blocks = -1  # a group that kills its process costs no other
        self._fault = ""
        read = self._ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _GroupReader,
            fn_constructor_args=(self._make_reader, self._settings, threads_of(self._jobs)),
            batch_size=1,
            batch_format="numpy",
            concurrency=min(self._jobs, len(rows)),
            num_cpus=1,
            max_restarts=tries,
            max_task_retries=tries,
        )
        try:
            for row in read.iter_rows():
                yield int(row["number"]), [_event(each) for each in json.loads(row["events"])]
        except Exception as error:  # the cluster's; what is read of a group arrives as its events
            self._fault = type(error).__name__


class _GroupReader:
    """A reader in a process of the cluster."""

    def __init__(self, make_reader: MakeReader, settings: PageSettings, threads: int) -> None:
        limit_threads(threads)
        self._reader = make_reader()
        self._settings = settings

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Read each group of a batch; its events come as JSON."""
        groups = [json.loads(group) for group in batch["group"]]
        return {
            "number": [group["number"] for group in groups],
            "events": [self._read(group["works"]) for group in groups],
        }

    def _read(self, packed: list[dict[str, Any]]) -> str:
        works = tuple(_work(each) for each in packed)
        events = events_of(self._reader, works, self._settings)
        return json.dumps([_packed_event(event) for event in events])


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
    except Exception as error:  # Ray raises whatever its parts raise
        cause = " ".join(str(error).split())[:200]
        if address is None:
            repair = "free memory and cores, or read without it"
            raise UsageError("--engine ray", f"Ray did not start ({cause})", repair) from None
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
    error = told("", event.error)
    packed["error"] = [error.subject, error.cause, error.repair]
    return packed


def _event(packed: dict[str, Any]) -> Event:
    if "page" in packed:
        return PageRead(packed["index"], page_from(packed["page"]))
    if "number" in packed:
        return PageFailed(packed["index"], packed["number"], InputError(*packed["error"]))
    if "error" in packed:
        return InputFailed(packed["index"], InputError(*packed["error"]))
    return InputDone(packed["index"])
