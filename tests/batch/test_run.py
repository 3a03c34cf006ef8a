"""Runs: what is written, skipped, read again, reported."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

from gsaocr.batch.engine import PageEngine
from gsaocr.batch.inputs import find_inputs
from gsaocr.batch.jobs import JobsEngine, grouped, threads_of
from gsaocr.batch.journal import FOLDER, Journal, outputs_of_earlier_runs
from gsaocr.batch.outputs import Outputs, Stream
from gsaocr.batch.pages import PageSettings, Work
from gsaocr.batch.run import Engine, Run
from gsaocr.batch.summary import Summary, one_line
from gsaocr.errors import InputError, OutputError, SomeInputsFailed, UsageError
from gsaocr.formats.registry import formats_named
from gsaocr.formats.settings import DEFAULT
from gsaocr.page.document import Document
from gsaocr.page.load import LoadSettings
from gsaocr.page.selection import PageSelection
from tests.batch.fake_reader import FakeReader, image, make_reader


class Notes:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.failures: dict[str, str] = {}
        self.pages: list[tuple[str, int]] = []

    def begun(self, summary: Summary) -> None: ...

    def page(self, name: str, number: int) -> None:
        self.pages.append((Path(name).name, number))

    def finished(self, name: str, adapter: str) -> None: ...

    def skipped(self, name: str) -> None: ...

    def failed(self, name: str, error: Exception) -> None:
        self.failures[Path(name).name] = one_line(error)

    def note(self, message: str) -> None:
        self.notes.append(message)


def run(
    names: Sequence[Path],
    out: Path,
    *,
    formats: str = "txt",
    resume: bool = False,
    reader: FakeReader | None = None,
    settings: PageSettings | None = None,
    read_with: Mapping[str, str] | None = None,
    stop_after: int = 10_000,
    jobs: int = 1,
    layouts: bool = False,
    overwrite: bool = False,
    make: Callable[[], FakeReader] = make_reader,
    seen: Callable[[Document, Path], None] | None = None,
    ray: bool = False,
) -> tuple[Summary, Notes]:
    notes = Notes()
    reader = reader or FakeReader()

    def stop() -> bool:
        return len(notes.pages) >= stop_after

    settings = settings or PageSettings()
    found = find_inputs([str(name) for name in names])
    outputs = Outputs(out, formats_named(formats), DEFAULT)
    replacing = {"layouts": layouts, "overwrite": overwrite}
    one = Run(found, outputs, notes, io.BytesIO, stop, seen, **replacing)
    read_with = {**reader.provenance, **(read_with or {})}
    out.mkdir(exist_ok=True)
    journal = Journal(out, read_with, resume=resume)
    engine: Engine
    if ray:
        from gsaocr.engines.ray_engine import RayEngine

        engine = RayEngine(make, 2, settings, stop)
    elif jobs > 1:
        engine = JobsEngine(make, jobs, settings, stop)
    else:
        engine = PageEngine(reader, settings, stop)
    try:
        return one.read_all(engine, reader.provenance, read_with, journal), notes
    finally:
        journal.close()


def texts(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): path.read_text().rstrip("\n")
        for path in sorted(out.rglob("*.txt"))
    }


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    image(folder / "a.png", 11)
    image(folder / "b.jpg", 12)
    image(folder / "deep" / "c.tif", 13, pages=3)
    image(folder / "deep" / "d.pdf", 14, pages=2)
    image(folder / "a.tif", 15)
    return folder


WHOLE = {
    "a.txt": "11 x 20",
    "a-2.txt": "15 x 20",
    "b.txt": "12 x 20",
    "deep/c.txt": "13 x 20\f14 x 20\f15 x 20",
    "deep/d.txt": "14 x 20\f15 x 20",
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_tree_is_mirrored(scans: Path, tmp_path: Path, jobs: int) -> None:
    summary, notes = run([scans], tmp_path / "out", jobs=jobs)
    assert texts(tmp_path / "out") == WHOLE
    assert (summary.inputs, summary.read, summary.pages, summary.skipped) == (5, 5, 8, 0)
    assert summary.error() is None
    assert notes.failures == {}
    assert summary.lines == 8


def test_page_files(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans / "deep" / "c.tif"], out, formats="page,json")
    assert sorted(p.name for p in out.iterdir() if p.is_file()) == [
        "c-0002.page.xml", "c-0003.page.xml", "c.json", "c.page.xml",
    ]  # fmt: skip
    content = json.loads((out / "c.json").read_text())
    assert [page["number"] for page in content["pages"]] == [1, 2, 3]


def test_selected_pages(scans: Path, tmp_path: Path) -> None:
    settings = PageSettings(LoadSettings(pages=PageSelection.parse("2-")))
    _, notes = run([scans / "deep", scans / "a.png"], tmp_path / "out", settings=settings)
    assert texts(tmp_path / "out") == {"c.txt": "14 x 20\f15 x 20", "d.txt": "15 x 20"}
    assert "has 1 page; --pages 2- names none" in notes.failures["a.png"]


def test_resume_leaves_out_what_is_done(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans], out)
    reader = FakeReader()
    summary, notes = run([scans], out, resume=True, reader=reader)
    assert (summary.skipped, summary.read, reader.read) == (5, 0, 0)
    assert notes.notes == []
    summary, _ = run([scans], out, reader=reader)
    assert (summary.skipped, summary.read) == (0, 5), "without --resume all is read"


def test_resume_notices_changes(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans], out)
    image(scans / "a.png", 99)
    (out / "b.txt").unlink()
    image(scans / "new.png", 50)
    summary, notes = run([scans], out, resume=True)
    assert (summary.skipped, summary.read) == (3, 3)
    assert texts(out)["a.txt"] == "99 x 20"
    assert texts(out)["new.txt"] == "50 x 20"
    assert [note.split("scans/")[1] for note in notes.notes] == [
        "a.png is read again: it has changed",
        "b.jpg is read again: b.txt is missing",
    ]


def test_resume_notices_other_settings(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans], out, read_with={"--dpi": "300"})
    summary, notes = run([scans], out, resume=True, read_with={"--dpi": "400", "adapter": "f"})
    assert summary.read == 5
    assert "--dpi was '300' and is '400', adapter was 'not set' and is 'f'" in notes.notes[0]
    assert "5 inputs were read again" in notes.notes[1]


@pytest.mark.parametrize("pages", [1, 2, 3, 5])
def test_resume_after_a_stop_reads_the_rest(scans: Path, tmp_path: Path, pages: int) -> None:
    out = tmp_path / "out"
    first, reader = FakeReader(), FakeReader()
    summary, _ = run([scans], out, reader=first, stop_after=pages)
    assert summary.interrupted
    assert first.read < 8
    assert all(text == WHOLE[name] for name, text in texts(out).items())
    summary, _ = run([scans], out, resume=True, reader=reader)
    assert texts(out) == WHOLE
    assert first.read + reader.read == 8, "no page is read twice"


def test_pages_of_a_changed_input_are_not_kept(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans / "deep" / "c.tif"], out, reader=FakeReader(together=1), stop_after=2)
    kept = list((out / FOLDER / "pages").iterdir())
    assert len(kept) == 1
    image(scans / "deep" / "c.tif", 70, pages=3)
    run([scans / "deep" / "c.tif"], out, resume=True)
    assert texts(out) == {"c.txt": "70 x 20\f71 x 20\f72 x 20"}
    assert list((out / FOLDER / "pages").iterdir()) == []


@pytest.mark.parametrize("cut", range(1, 90, 11))
def test_a_journal_cut_anywhere_is_read_as_far_as_it_goes(
    scans: Path, tmp_path: Path, cut: int
) -> None:
    out = tmp_path / "out"
    run([scans], out)
    journal = out / FOLDER / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-cut])
    reader = FakeReader()
    summary, _ = run([scans], out, resume=True, reader=reader)
    assert summary.skipped >= 3
    assert summary.skipped + summary.read == 5
    summary, _ = run([scans], out, resume=True)
    assert summary.skipped == 5


def test_a_bad_input_stops_nothing(scans: Path, tmp_path: Path) -> None:
    (scans / "bad.png").write_bytes(b"no image")
    image(scans / "fault.png")
    image(scans / "huge.png")
    summary, notes = run([scans], tmp_path / "out", reader=FakeReader(together=10))
    assert texts(tmp_path / "out") == WHOLE
    assert "is no image" in notes.failures["bad.png"]
    assert "ZeroDivisionError: a mishap" in notes.failures["fault.png"]
    assert "memory" in notes.failures["huge.png"]
    error = summary.error()
    assert isinstance(error, SomeInputsFailed)
    assert error.exit_code == 10
    assert "3 of 8 inputs" in str(error)


def break_page(path: Path, number: int) -> bytes:
    """Make a page of a TIFF unreadable; return what the file was before."""
    whole = path.read_bytes()
    with Image.open(path) as tiff:
        tiff.seek(number - 1)
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    path.write_bytes(whole[:start] + b"\xff" * length + whole[start + length :])
    return whole


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_broken_page_costs_no_other(tmp_path: Path, jobs: int) -> None:
    scan = tmp_path / "scans" / "c.tif"
    image(scan, 13, pages=12, compression="tiff_lzw")
    whole = break_page(scan, 2)
    summary, notes = run([scan], tmp_path / "out", formats="txt,json,pdf", jobs=jobs)
    numbers = [1, *range(3, 13)]
    assert texts(tmp_path / "out") == {"c.txt": "\f".join(f"{12 + n} x 20" for n in numbers)}
    content = json.loads((tmp_path / "out" / "c.json").read_text())
    assert [page["number"] for page in content["pages"]] == numbers
    assert (summary.read, summary.pages) == (0, 11)
    assert "page 2" in notes.failures[scan.name]
    assert isinstance(summary.error(), InputError)

    scan.write_bytes(whole)  # mended
    summary, _ = run([scan], tmp_path / "out", resume=True, jobs=jobs)
    assert summary.read == 1
    assert texts(tmp_path / "out") == {"c.txt": "\f".join(f"{12 + n} x 20" for n in range(1, 13))}


def test_only_the_broken_page_is_tried_again(tmp_path: Path) -> None:
    scan = tmp_path / "c.tif"
    image(scan, 13, pages=4, compression="tiff_lzw")
    break_page(scan, 2)
    run([scan], tmp_path / "out")
    summary, notes = run([scan], tmp_path / "out", resume=True)
    assert (summary.read, summary.pages, len(notes.failures)) == (0, 0, 1)
    assert texts(tmp_path / "out") == {"c.txt": "13 x 20\f15 x 20\f16 x 20"}


def test_a_fault_while_reading_costs_one_page(tmp_path: Path) -> None:
    scan = tmp_path / "fault.tif"
    image(scan, 13, pages=4)
    reader = FakeReader(together=10, faulty_width=14)
    summary, notes = run([scan], tmp_path / "out", reader=reader)
    assert texts(tmp_path / "out") == {"fault.txt": "13 x 20\f15 x 20\f16 x 20"}
    assert "ZeroDivisionError" in notes.failures[scan.name]
    assert len(summary.failures) == 1


def test_one_input_that_fails_has_its_own_error(tmp_path: Path) -> None:
    summary, _ = run([tmp_path / "none.png"], tmp_path / "out")
    assert isinstance(summary.error(), InputError)


def test_a_failed_input_is_tried_again(scans: Path, tmp_path: Path) -> None:
    (scans / "bad.png").write_bytes(b"no image")
    run([scans], tmp_path / "out")
    image(scans / "bad.png", 33)
    summary, _ = run([scans], tmp_path / "out", resume=True)
    assert (summary.skipped, summary.read) == (5, 1)


def test_a_process_that_dies(scans: Path, tmp_path: Path) -> None:
    image(scans / "b2-dies.png")
    image(scans / "deep" / "fault.png")
    _, notes = run([scans], tmp_path / "out", jobs=2)
    assert texts(tmp_path / "out") == WHOLE
    assert "killed the process" in notes.failures["b2-dies.png"]
    assert "a mishap" in notes.failures["fault.png"]


def test_outputs_are_no_inputs(scans: Path) -> None:
    """A run into its own folder of inputs must not read its own PDFs the next time."""
    (scans / "deep" / "d.pdf").unlink()
    run([scans], scans, formats="pdf")
    assert (scans / "deep" / "c.pdf").exists()
    earlier = outputs_of_earlier_runs(scans)
    assert scans / "a.pdf" in earlier
    found = find_inputs([str(scans)], ignore=lambda path: path in earlier)
    assert len(found) == 4


def test_an_output_never_overwrites_an_input(scans: Path) -> None:
    with pytest.raises(OutputError, match="would overwrite an input"):
        run([scans / "deep" / "d.pdf"], scans / "deep", formats="pdf")


def test_a_folder_takes_one_run_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {}, resume=False)
    with pytest.raises(UsageError, match="another run"):
        Journal(tmp_path, {}, resume=True)
    journal.close()
    Journal(tmp_path, {}, resume=True).close()


def test_leftovers_of_a_killed_run_are_cleared(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "deep").mkdir(parents=True)
    leftover = out / "deep" / ".gsaocr-123-0.part"
    leftover.write_bytes(b"half")
    run([scans], out)
    assert not leftover.exists()


def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(15):
        image(tmp_path / "many" / f"{number:02d}.png")

    def full(path: Path, content: Iterator[bytes], put: object) -> None:
        raise OutputError(str(path), "can't be written (No space left on device)")

    monkeypatch.setattr("gsaocr.batch.outputs.write_whole", full)
    with pytest.raises(OutputError, match="No space left"):
        run([tmp_path / "many"], tmp_path / "out")


def test_stream(scans: Path) -> None:
    written: list[bytes] = []
    stream = Stream(formats_named("txt")[0], DEFAULT, written.append, b"\f")
    found = find_inputs([str(scans / "a.png"), str(scans / "deep" / "c.tif")])
    reader = FakeReader()
    one = Run(found, stream, Notes(), io.BytesIO)
    one.read_all(PageEngine(reader, PageSettings(), lambda: False), reader.provenance)
    assert b"".join(written).decode() == "11 x 20\n\f13 x 20\f14 x 20\f15 x 20\n"


def test_a_long_document_needs_no_more_memory(tmp_path: Path) -> None:
    long = image(tmp_path / "long.tif", pages=150)
    tracemalloc.start()
    run([long], tmp_path / "out", formats="txt,json,hocr,alto,pdf")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(texts(tmp_path / "out")["long.txt"].split("\f")) == 150
    assert most < 6e6


def test_long_documents_are_cut_into_parts(tmp_path: Path) -> None:
    long = image(tmp_path / "long.tif", pages=20)
    works = [Work(0, long, "long", frozenset({1, 2})), *(
        Work(n, image(tmp_path / f"{n}.png"), str(n)) for n in range(1, 7)
    )]  # fmt: skip
    groups = list(grouped(works, PageSettings()))
    assert [len(group) for group in groups] == [1, 1, 1, 4, 2]
    parts = [set(range(1, 21)) - group[0].known for group in groups[:3]]
    assert parts == [set(range(3, 11)), set(range(11, 19)), {19, 20}]
    assert [group[0].more for group in groups[:3]] == [True, True, False]


def test_threads_do_not_fight() -> None:
    assert threads_of(1) >= 1
    assert threads_of(1000) == 1
