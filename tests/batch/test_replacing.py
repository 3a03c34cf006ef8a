"""Nothing is replaced that gsaocr did not write, whatever way an output leads to it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gsaocr.batch import replacing
from gsaocr.batch.journal import FOLDER, Fingerprint, Journal
from gsaocr.batch.replacing import Replacing
from gsaocr.errors import OutputError, WouldOverwrite
from gsaocr.whole_file import write_whole
from tests.batch.fake_reader import image
from tests.batch.test_run import run, texts

MINE = b"written by hand\n"
FORMATS = "txt,json,tsv,hocr,alto,page,pdf"
SUFFIXES = [".txt", ".json", ".tsv", ".hocr", ".alto.xml", ".page.xml", ".pdf"]


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the journal's."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    named = ((str(path.relative_to(folder)), path) for path in found)
    return {name: path.read_bytes() for name, path in named if FOLDER not in name}


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in "abc":
        image(tmp_path / "scans" / f"{name}.png", 30 + ord(name))
    return tmp_path / "scans"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_others_in_an_outputs_place(scans: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / f"b{suffix}").write_bytes(MINE)
    summary, notes = run([scans], out, formats=FORMATS)
    assert (out / f"b{suffix}").read_bytes() == MINE
    assert (summary.read, summary.failed) == (2, 1)
    assert (
        "did not write it; choose another folder with -o, or replace it with --overwrite"
        in (notes.failures["b.png"])
    )
    assert {"a.txt", "c.txt"} <= set(texts(out)) <= {"a.txt", "b.txt", "c.txt"}
    one, _ = run([scans / "b.png"], out, formats=FORMATS)
    assert isinstance(one.error(), WouldOverwrite)
    assert (out / f"b{suffix}").read_bytes() == MINE
    summary, _ = run([scans], out, formats=FORMATS, overwrite=True)
    assert (summary.read, summary.failed) == (3, 0)
    assert (out / f"b{suffix}").read_bytes() != MINE


def test_ones_own_outputs_are_replaced(scans: Path, tmp_path: Path) -> None:
    """Known by the journal; without it by what they carry, texts by being equal."""
    out = tmp_path / "out"
    run([scans], out, formats=FORMATS)
    before = contents(out)
    for _ in range(2):
        summary, notes = run([scans], out, formats=FORMATS)
        assert (summary.read, notes.failures) == (3, {})
        assert contents(out).keys() == before.keys()
        shutil.rmtree(out / FOLDER)
    image(scans / "b.png", 77)
    summary, notes = run([scans], out, formats=FORMATS)
    assert list(notes.failures) == ["b.png"], "its text is another one now, and nobody's"
    assert texts(out)["b.txt"] == before["b.txt"].decode().rstrip()
    (out / "b.txt").unlink()
    summary, _ = run([scans], out, formats=FORMATS)
    assert (summary.read, summary.failed) == (3, 0)
    assert texts(out)["b.txt"] == "77 x 20"
    assert b"77 x 20" in (out / "b.json").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_output_that_was_corrected_is_not_replaced(
    scans: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / "out"
    run([scans], out, formats=FORMATS)
    corrected = out / f"b{suffix}"
    corrected.write_bytes(corrected.read_bytes() + b"\n")
    content = corrected.read_bytes()
    summary, notes = run([scans], out, formats=FORMATS)
    assert "has been changed since gsaocr wrote it" in notes.failures["b.png"]
    assert (summary.read, summary.failed) == (2, 1)
    assert corrected.read_bytes() == content
    summary, _ = run([scans], out, formats=FORMATS, resume=True)
    assert corrected.read_bytes() == content


def test_what_other_programs_write_anew_is_theirs(scans: Path, tmp_path: Path) -> None:
    from lxml import etree

    out = tmp_path / "out"
    run([scans], out, formats="alto,page,hocr")
    shutil.rmtree(out / FOLDER)
    for suffix in (".alto.xml", ".page.xml", ".hocr"):
        path = out / f"b{suffix}"
        tree = etree.parse(path)
        tree.write(path, xml_declaration=True, encoding="utf-8")
        theirs = path.read_bytes()
        summary, _ = run([scans], out, formats="alto,page,hocr")
        assert summary.failed == 1
        assert path.read_bytes() == theirs
        path.unlink()
        shutil.rmtree(out / FOLDER)


def test_a_corrected_page_file_keeps_its_date_of_change(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([scans], out, formats="page")
    shutil.rmtree(out / FOLDER)
    path = out / "b.page.xml"
    text = path.read_text()
    before, after = text.split("<LastChange>")
    rest = after.partition("</LastChange>")[2]
    path.write_text(f"{before}<LastChange>2099-01-01T00:00:00Z</LastChange>{rest}")
    summary, _ = run([scans], out, formats="page")
    assert summary.failed == 1
    assert "2099" in path.read_text()


def test_pages_of_a_file_against_a_file_of_that_name(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    image(scans / "scan.tif", 40, pages=3)
    image(scans / "scan-0002.png", 90)
    image(scans / "scan-0003.png", 93)
    summary, _ = run([scans], out, formats="page,txt")
    assert (summary.read, summary.failed) == (3, 0)
    widths = {
        name: content.decode().split('imageWidth="')[1][:2]
        for name, content in contents(out).items()
        if name.endswith(".xml")
    }
    assert widths == {
        "scan.page.xml": "40", "scan-0002.page.xml": "41", "scan-0003.page.xml": "42",
        "scan-0002-2.page.xml": "90", "scan-0003-2.page.xml": "93",
    }  # fmt: skip


def test_a_tiff_that_hides_behind_another_suffix(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    image(scans / "scan.tif", 40, pages=2).rename(scans / "scan.png")
    image(scans / "scan-0002.png", 90)
    summary, _ = run([scans], out, formats="page")
    assert (summary.read, len(contents(out))) == (2, 3)


def test_further_pages_do_not_replace_files_of_others(tmp_path: Path) -> None:
    scan, out = image(tmp_path / "scans" / "scan.tif", 40, pages=3), tmp_path / "out"
    out.mkdir()
    (out / "scan-0002.page.xml").write_bytes(MINE)
    summary, notes = run([scan], out, formats="page")
    assert (out / "scan-0002.page.xml").read_bytes() == MINE
    assert "scan-0002.page.xml" in notes.failures["scan.tif"]
    (out / "scan-0002.page.xml").unlink()
    summary, _ = run([scan], out, formats="page")
    assert summary.read == 1


def test_folders_that_are_the_same_by_a_link(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    image(scans / "x" / "a.png", 40)
    image(scans / "y" / "a.png", 50)
    (out / "x").mkdir(parents=True)
    (out / "y").symlink_to("x")
    summary, notes = run([scans], out, formats="json")
    assert (summary.read, summary.failed) == (1, 1)
    assert "was written for another input of this run" in notes.failures["a.png"]
    assert b"40 x 20" in (out / "x" / "a.json").read_bytes()


@pytest.mark.parametrize("name", ["b.page.xml", "b.alto.xml", "page/b.xml"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_layout_is_never_replaced_by_what_is_read_with_it(
    scans: Path, tmp_path: Path, name: str, overwrite: bool
) -> None:
    """Also where gsaocr itself wrote it."""
    run([scans], tmp_path / "made", formats="page,alto")
    (scans / "page").mkdir()
    layout = scans / name
    shutil.copy(tmp_path / "made" / ("b.alto.xml" if "alto" in name else "b.page.xml"), layout)
    content = layout.read_bytes()
    summary, notes = run([scans], scans, formats="page,alto", layouts=True, overwrite=overwrite)
    assert layout.read_bytes() == content
    if name.startswith("page/"):
        assert summary.read == 3
    else:
        assert "is a layout beside an input" in notes.failures["b.png"]
        assert summary.read == 2


@pytest.mark.parametrize("overwrite", [False, True])
def test_links_in_an_outputs_place(scans: Path, tmp_path: Path, overwrite: bool) -> None:
    out, mine = tmp_path / "out", tmp_path / "mine.txt"
    out.mkdir()
    mine.write_bytes(MINE)
    (out / "b.txt").symlink_to(mine)
    (out / "c.txt").mkdir()
    _, notes = run([scans], out, overwrite=overwrite)
    assert mine.read_bytes() == MINE
    assert (out / "b.txt").is_symlink() != overwrite
    assert set(notes.failures) == ({"c.png"} if overwrite else {"b.png", "c.png"})
    assert (out / "c.txt").is_dir()


@pytest.mark.parametrize("part", ["", "pages", "journal.jsonl"])
def test_links_in_the_journals_folder_are_not_followed(
    scans: Path, tmp_path: Path, part: str
) -> None:
    out, mine = tmp_path / "out", tmp_path / "mine"
    (mine / "pages").mkdir(parents=True)
    (mine / "pages" / ("0" * 32 + ".jsonl")).write_bytes(MINE)
    (mine / "notes.txt").write_bytes(MINE)
    (mine / ".gsaocr-1-ab.part").write_bytes(MINE)
    (mine / "journal.jsonl").write_bytes(MINE)
    before = contents(mine)
    link = out / FOLDER / part if part else out / FOLDER
    link.parent.mkdir(parents=True)
    link.symlink_to(mine if not part else mine / part)
    with pytest.raises(OutputError, match="choose another folder"):
        run([scans], out)
    assert contents(mine) == before


def test_only_files_of_ones_own_are_deleted(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = out / FOLDER / "pages"
    (kept / ("a" * 32 + ".jsonl")).mkdir(parents=True)
    (kept / "notes.jsonl").write_bytes(MINE)
    (kept / ("b" * 32 + ".jsonl")).symlink_to(tmp_path / "elsewhere")
    for name in (".gsaocr-notes.part", "a.txt.part", ".gsaocr-12-xyz.part", ".gsaocr-.part"):
        (out / name).write_bytes(MINE)
    (out / ".gsaocr-5-aa.part").mkdir()
    (out / ".gsaocr-5-bb.part").symlink_to(tmp_path / "elsewhere")
    (out / ".gsaocr-5-cc.part").write_bytes(b"left by a run that was killed")
    (tmp_path / "elsewhere").write_bytes(MINE)
    before = sorted(path for path in out.rglob("*") if "journal" not in path.name)
    summary, _ = run([scans], out)
    assert summary.read == 3
    after = sorted(path for path in out.rglob("*") if "journal" not in path.name)
    made = [out / f"{name}.txt" for name in "abc"]
    assert set(before) - set(after) == {out / ".gsaocr-5-cc.part"}
    assert set(after) - set(before) == set(made)
    assert (tmp_path / "elsewhere").read_bytes() == MINE


def test_a_file_that_is_being_written_is_not_cleared_away(scans: Path, tmp_path: Path) -> None:
    from gsaocr.whole_file import whole_file

    out = tmp_path / "out"
    with whole_file(out / "other") as stream:
        stream.write(b"content")
        run([scans], out)
    assert (out / "other").read_bytes() == b"content"


def test_a_hard_link_of_the_journal_keeps_what_it_was(scans: Path, tmp_path: Path) -> None:
    out, copy = tmp_path / "out", tmp_path / "copy"
    run([scans], out)
    journal = out / FOLDER / "journal.jsonl"
    os.link(journal, copy)
    content = copy.read_bytes()
    for resume in (True, False):
        image(scans / "a.png", 99)
        summary, _ = run([scans], out, resume=resume)
        assert copy.read_bytes() == content
        assert summary.skipped == (2 if resume else 0)


def test_places_lead_out_of_no_folder(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "sub").mkdir(parents=True)
    image(tmp_path / "img" / "x.png", 44)
    monkeypatch.chdir(tmp_path / "work")
    summary, _ = run([Path("sub*/../../img/*.png")], tmp_path / "work" / "out")
    assert summary.read == 1
    assert texts(tmp_path / "work" / "out") == {"img/x.txt": "44 x 20"}
    assert sorted(path.name for path in (tmp_path / "img").iterdir()) == ["x.png"]


def test_a_file_that_comes_in_between_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the writing others may write, too."""
    path = tmp_path / "a.txt"
    one = Replacing([], False, False)

    def content() -> list[bytes]:
        path.write_bytes(MINE)
        return [b"read"]

    with pytest.raises(WouldOverwrite):
        write_whole(path, content(), put=lambda part, place: one.put(part, place, None))
    assert path.read_bytes() == MINE

    own = Replacing([], False, False)
    own.journal = Journal(tmp_path, {}, resume=True)
    fingerprint = Fingerprint.of(path)
    assert fingerprint
    own.journal.will_write(path, [fingerprint])

    def changed(place: Path) -> tuple[int, ...]:
        changed.calls += 1  # type: ignore[attr-defined]
        return (changed.calls,)  # type: ignore[attr-defined]

    changed.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(replacing, "_state", changed)
    with pytest.raises(WouldOverwrite, match="is being changed"):
        write_whole(path, [b"read"], put=lambda part, place: own.put(part, place, None))
    assert path.read_bytes() == MINE
    own.journal.close()


@pytest.mark.parametrize("moment", ["replace", "link"])
def test_killed_at_the_moment_of_replacing(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """What was killed just before or after a file got its place knows the file for its own."""
    out = tmp_path / "out"
    if moment == "replace":
        run([scans], out)
    monkeypatch.setattr(Journal, "finish", lambda *arguments: None)
    for number, before in enumerate((True, False, True, True)):
        for name in "abc":
            image(scans / f"{name}.png", 40 + number)

        first = moment == "link" and number < 2
        owner, name = (os, "link") if first else (Path, "replace")
        whole = getattr(owner, name)

        def killed(
            *arguments: Any, before: bool = before, whole: Any = whole, **options: Any
        ) -> None:
            if not before:
                whole(*arguments, **options)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, killed)
            with pytest.raises(KeyboardInterrupt):
                run([scans], out, resume=True)
    summary, notes = run([scans], out)
    assert (summary.read, notes.failures) == (3, {})
    assert texts(out)["a.txt"] == "43 x 20"


def test_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*arguments: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("gsaocr.batch.replacing.os.link", no_links)
    one = Replacing([], False, False)
    path = tmp_path / "a.txt"
    write_whole(path, [b"read"], put=lambda part, place: one.put(part, place, None))
    assert path.read_bytes() == b"read"
    other = tmp_path / "b.txt"
    other.write_bytes(MINE)
    with pytest.raises(WouldOverwrite):
        write_whole(other, [b"read"], put=lambda part, place: one.put(part, place, None))
    assert other.read_bytes() == MINE
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_many_files_of_others_end_no_run(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    out.mkdir()
    for number in range(15):
        image(scans / f"{number:02d}.png")
        (out / f"{number:02d}.txt").write_bytes(MINE)
    image(scans / "z.png", 70)
    summary, _ = run([scans], out)
    assert (summary.read, summary.failed) == (1, 15)
    assert texts(out)["z.txt"] == "70 x 20"
