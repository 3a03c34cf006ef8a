"""At the end of a run every input is read, skipped or reported, whatever happened to one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from gsaocr.batch.engine import Event, InputDone, InputFailed, PageFailed, PageRead
from gsaocr.batch.inputs import find_inputs
from gsaocr.batch.journal import FOLDER, Journal
from gsaocr.batch.outputs import Outputs, Stream
from gsaocr.batch.pages import Work
from gsaocr.batch.run import Run
from gsaocr.batch.summary import Summary
from gsaocr.errors import GsaocrError, InputError, InputsUnaccounted, StreamEnded
from gsaocr.formats.registry import formats_named
from gsaocr.formats.settings import DEFAULT
from gsaocr.page.document import Document
from tests.batch.fake_reader import FakeReader, image
from tests.batch.test_run import Notes, run, texts
from tests.formats.plain_documents import page, region


class Scripted:
    """An engine that says what it is told to say of each work."""

    def __init__(self, says: Callable[[Work], list[Event]]) -> None:
        self._says = says

    def read(self, works: Iterable[Work]) -> Iterator[Event]:
        for work in works:
            yield from self._says(work)


def read(work: Work) -> list[Event]:
    return [PageRead(work.index, page(region(Path(work.name).stem))), InputDone(work.index)]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in "abcde":
        image(tmp_path / "scans" / f"{name}.png")
    return tmp_path / "scans"


def scripted(
    scans: Path, out: Path, says: Callable[[Work], list[Event]], **options: object
) -> tuple[Summary, Notes]:
    notes = Notes()
    outputs = Outputs(out, formats_named("txt"), DEFAULT)
    one = Run(find_inputs([str(scans)]), outputs, notes, io.BytesIO, **options)  # type: ignore[arg-type]
    return one.read_all(Scripted(says), {"version": "0"}), notes


@pytest.mark.parametrize(
    "rest", [[], [PageRead(2, page())], [InputDone(17)]], ids=["nothing", "no end", "another's end"]
)
def test_an_input_that_is_forgotten_is_a_fault_of_its_own(
    scans: Path, tmp_path: Path, rest: list[Event]
) -> None:
    def forgetful(work: Work) -> list[Event]:
        return rest if work.index == 2 else read(work)

    summary, notes = scripted(scans, tmp_path / "out", forgetful)
    assert sorted(texts(tmp_path / "out")) == ["a.txt", "b.txt", "d.txt", "e.txt"]
    assert "neither read nor reported" in notes.failures["c.png"]
    assert (summary.read, summary.skipped, summary.failed) == (4, 0, 1)
    error = summary.error()
    assert isinstance(error, InputsUnaccounted)
    assert error.exit_code == 71
    assert "1 of 5 inputs" in str(error)


def test_forgotten_inputs_of_a_run_that_was_stopped_are_no_fault(
    scans: Path, tmp_path: Path
) -> None:
    summary, notes = scripted(scans, tmp_path / "out", lambda work: [], stop=lambda: True)
    assert summary.interrupted
    assert summary.unsettled == [0, 1, 2, 3, 4]
    assert notes.failures == {}


def test_a_stop_after_the_last_input_interrupts_nothing(scans: Path, tmp_path: Path) -> None:
    asked: list[bool] = []

    def says(work: Work) -> list[Event]:
        if work.index == 4:
            asked.append(True)
        return read(work)

    summary, _ = scripted(scans, tmp_path / "out", says, stop=lambda: bool(asked))
    assert (summary.read, summary.interrupted) == (5, False)


def test_what_is_heard_of_a_failed_input_later_does_not_mend_it(
    scans: Path, tmp_path: Path
) -> None:
    def says(work: Work) -> list[Event]:
        failed = InputFailed(work.index, InputError(work.name, "broken"))
        return [failed, *read(work), failed] if work.index == 1 else read(work)

    summary, _ = scripted(scans, tmp_path / "out", says)
    assert (summary.read, summary.failed, summary.settled) == (4, 1, 5)
    assert len(summary.failures) == 1
    assert not (tmp_path / "out" / "b.txt").exists()


def test_endless_broken_pages_are_counted(scans: Path, tmp_path: Path) -> None:
    def says(work: Work) -> list[Event]:
        bad = InputError(work.name, "is broken")
        broken = [PageFailed(work.index, number, bad) for number in range(2, 1002)]
        return [read(work)[0], *broken, InputDone(work.index)] if work.index == 1 else read(work)

    summary, notes = scripted(scans, tmp_path / "out", says)
    assert len(summary.failures) == 11
    assert "has 990 more pages that can't be read" in notes.failures["b.png"]
    assert (summary.read, summary.failed) == (4, 1)
    assert sorted(texts(tmp_path / "out")) == [f"{name}.txt" for name in "abcde"]


FAULTS = [ZeroDivisionError("a mishap"), MemoryError(), OSError("gone"), StopIteration()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize(
    "place",
    [
        "gsaocr.batch.run.Fingerprint.of",
        "gsaocr.batch.run.PageStore.add",
        "gsaocr.batch.outputs.Outputs.write",
        "gsaocr.batch.journal.Journal.finish",
        "gsaocr.batch.journal.Journal.why_not_done",
    ],
)
def test_a_fault_around_one_input_is_its_failure_alone(
    scans: Path, tmp_path: Path, place: str, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    image(scans / "c.tif", 50, pages=3)
    (scans / "c.png").unlink()
    run([scans], tmp_path / "whole")
    owner, _, name = place.rpartition(".")
    module, _, kind = owner.rpartition(".")
    target = getattr(__import__(module, fromlist=[kind]), kind)
    original = getattr(target, name)

    def faulty(*arguments: object, **options: object) -> object:
        told = " ".join(map(str, arguments))
        if "c.tif" in told or "PageStore" in told:
            raise fault
        return original(*arguments, **options)

    monkeypatch.setattr(target, name, faulty)
    summary, notes = run([scans], tmp_path / "out")
    assert (summary.read, summary.failed) == (4, 1)
    assert list(notes.failures) == ["c.tif"]
    assert "c.tif" in notes.failures["c.tif"]
    whole = texts(tmp_path / "whole")
    del whole["c.txt"]
    written = texts(tmp_path / "out")
    assert written.pop("c.txt", None) is None or name == "finish", "noted after it is written"
    assert written == whole


def test_a_viewer_that_fails_costs_one_input(scans: Path, tmp_path: Path) -> None:
    def seen(document: Document, original: Path) -> None:
        if original.name == "d.png":
            raise KeyError("no such thing")

    summary, notes = scripted(scans, tmp_path / "out", read, seen=seen)
    assert (summary.read, summary.failed) == (4, 1)
    assert "d.png: a fault of gsaocr itself: KeyError" in notes.failures["d.png"]


def test_one_input_of_a_stream_that_cannot_be_written(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []

    def write(content: bytes) -> None:
        if content.strip().endswith(b"b"):
            raise ZeroDivisionError
        if content.strip().endswith(b"d"):
            raise StreamEnded("standard output", "its reader has gone")
        written.append(content)

    stream = Stream(formats_named("txt")[0], DEFAULT, write, b"\f")
    one = Run(find_inputs([str(scans)]), stream, Notes(), io.BytesIO)
    with pytest.raises(StreamEnded):
        one.read_all(Scripted(read), {})
    assert b"".join(written) == b"a\n\fc\n"
    assert (one.summary.read, one.summary.failed) == (2, 1)
    assert one.summary.unsettled == [3, 4], "a stream that has ended ends the run"


@pytest.mark.parametrize(
    "line",
    [
        '{"input": "x", "size": 1, "modified": 2, "outputs": [5], "pages": 1}',
        '{"input": 7, "size": "1", "modified": [], "outputs": {"a": 1}, "pages": null}',
        '{"input": ["x"], "size": 1, "modified": 2, "outputs": "abc", "pages": 1}',
        '{"outputs": [[1], {}]}', '{"outputs": 7}', '{"outputs": {"a.txt": "b"}}',
        '{"outputs": ["/etc/passwd", "../notes.txt", "", "nul\\u0000"]}',
        '{"run": 5}', '{"run": {"a": [1]}}', '{"wrote": 5}', '{"wrote": {"a.txt": [1, "x"]}}',
        "5", "[]", "null", '"input"', "[" * 5000, "\\xff\\xfe",
    ],
)  # fmt: skip
def test_a_journal_that_was_tampered_with(scans: Path, tmp_path: Path, line: str) -> None:
    out = tmp_path / "out"
    run([scans], out)
    with (out / FOLDER / "journal.jsonl").open("a") as journal:
        journal.write(line + "\n")
    summary, _ = run([scans], out, resume=True)
    assert (summary.skipped, summary.failed) == (5, 0)
    summary, _ = run([scans], out)
    assert (summary.read, summary.failed) == (5, 0)


def test_a_journal_may_name_no_file_outside_its_folder(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans], out)
    with (out / FOLDER / "journal.jsonl").open("a") as journal:
        journal.write(
            json.dumps({"outputs": [str(tmp_path / "notes"), "../notes", "b.txt"]}) + "\n"
        )
    journal = Journal(out, {}, resume=True)
    journal.close()
    assert set(journal.written) == {f"{name}.txt" for name in "abcde"}


@pytest.mark.parametrize("kind", ["folder", "link", "garbage", "wrong types", "a byte", "pipe"])
def test_kept_pages_that_cannot_be_used_are_read_again(tmp_path: Path, kind: str) -> None:
    scan = image(tmp_path / "scans" / "long.tif", 40, pages=6)
    for name in "ab":
        image(tmp_path / "scans" / f"{name}.png")
    out, other = tmp_path / "out", tmp_path / "other"
    run([scan], out, reader=FakeReader(together=1), stop_after=4)
    (kept,) = (out / FOLDER / "pages").iterdir()
    other.write_text("mine\n")
    content = kept.read_bytes()
    assert content.count(b"\n") == 5
    kept.unlink()
    if kind == "folder":
        kept.mkdir()
    elif kind == "link":
        kept.symlink_to(other)
    elif kind == "garbage":
        kept.write_bytes(b"\xff\x00{" * 100)
    elif kind == "wrong types":
        head = content.splitlines()[0]
        kept.write_bytes(head + b'\n{"sum": 5, "page": {"width": "x"}}\n5\n[]\n')
    elif kind == "a byte":
        kept.write_bytes(content.replace(b"40 x 20", b"49 x 20"))
    else:
        import os

        os.mkfifo(kept)
    reader = FakeReader()
    summary, _ = run([tmp_path / "scans"], out, resume=True, reader=reader)
    assert (summary.read, summary.failed, summary.pages) == (3, 0, 8)
    assert texts(out)["long.txt"] == "\f".join(f"{40 + n} x 20" for n in range(6))
    assert other.read_text() == "mine\n"


def test_an_error_that_nobody_foresaw_names_the_input() -> None:
    from gsaocr.batch.summary import told

    error = told("a.png", ZeroDivisionError("a\nmishap"))
    assert isinstance(error, GsaocrError)
    assert str(error).startswith("a.png: a fault of gsaocr itself: ZeroDivisionError: a mishap; ")
    assert error.exit_code == 70
    assert told("a.png", MemoryError()).exit_code == 3  # type: ignore[attr-defined]
