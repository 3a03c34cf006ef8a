"""What a training pack holds, and that it keeps within its limit."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from PIL import ImageFont

from gsaocr.errors import OutputError, TrainingError
from gsaocr.synthesis import fonts
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.training.pack import MIB, build_pack, by_variety, main
from tests.synthesis.small_font import PLAIN, build_font, outline_of

pytest.importorskip("brotli")


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "fonts"
    folder.mkdir()
    build_font(folder / "a.ttf", {"é": outline_of("e")}, "Antiqua", characters=PLAIN + "éñα")
    build_font(folder / "ab.ttf", family="Antiqua", style="Bold")
    build_font(folder / "u.ttf", family="Old Fraktur", licence="Apache License 2.0")
    corpora = tmp_path / "text"
    corpora.mkdir()
    (corpora / "latin.txt.xz").write_bytes(lzma.compress(b"arma virumque cano\n" * 50))
    return folder, corpora


def test_a_pack_can_be_used_as_it_is(
    tmp_path: Path, sources: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "real.zip"
    lines.write_bytes(b"PK")
    report = build_pack([sources[0]], sources[1], tmp_path / "pack", lines=[lines])
    out = tmp_path / "pack"
    assert (report.faces, report.families, report.left_out) == (3, 2, 0)
    assert (out / "lines" / "real.zip").read_bytes() == b"PK"
    assert lzma.decompress((out / "text" / "latin.txt.xz").read_bytes()).startswith(b"arma")
    assert json.loads((out / "pack.json").read_text())["faces"] == 3
    assert not list(tmp_path.glob("*.partial"))

    monkeypatch.setattr(fonts, "_describe", lambda file: pytest.fail("not in the catalogue"))
    faces = find_fonts([out / "fonts"])
    by_name = {(f.family, f.bold): f for f in faces}
    assert by_name["Old Fraktur", False].kind == "blackletter"
    assert by_name["Old Fraktur", False].licence == "Apache-2.0"
    plain = by_name["Antiqua", False]
    assert plain.characters == set(PLAIN + "ñ ")
    assert ImageFont.truetype(plain.path, 40).getlength("na") == pytest.approx(40)


def test_subset_faces_hold_what_their_entry_says(
    tmp_path: Path, sources: tuple[Path, Path]
) -> None:
    build_pack([sources[0]], sources[1], tmp_path / "pack")
    kept = find_fonts([tmp_path / "pack" / "fonts"])
    (tmp_path / "pack" / "fonts" / fonts.CATALOGUE).unlink()
    assert find_fonts([tmp_path / "pack" / "fonts"]) == [
        fonts.FontFace(**(vars(f) | {"licence": f.licence})) for f in kept
    ]


def test_families_come_before_weights(sources: tuple[Path, Path]) -> None:
    order = by_variety(find_fonts([sources[0]]))
    assert [(f.family, f.bold) for f in order] == [
        ("Old Fraktur", False),
        ("Antiqua", False),
        ("Antiqua", True),
    ]


def test_doubles_are_left_out(tmp_path: Path, sources: tuple[Path, Path]) -> None:
    build_font(sources[0] / "z.ttf", family="antiqua", characters=PLAIN)
    kept = [f.path.name for f in by_variety(find_fonts([sources[0]]))]
    assert kept == ["u.ttf", "a.ttf", "ab.ttf"]  # a.ttf draws more than z.ttf


def test_the_limit_holds(tmp_path: Path, sources: tuple[Path, Path]) -> None:
    text_size = sum(p.stat().st_size for p in sources[1].iterdir())
    limit = (64 * 1024 + text_size + 3500) / MIB
    report = build_pack([sources[0]], sources[1], tmp_path / "pack", limit_mib=limit)
    assert report.left_out > 0
    assert report.faces > 0
    sizes = {p.relative_to(tmp_path / "pack").parts[0]: 0 for p in (tmp_path / "pack").rglob("*")}
    for path in (tmp_path / "pack").rglob("*"):
        if path.is_file():
            sizes[path.relative_to(tmp_path / "pack").parts[0]] += path.stat().st_size
    assert sum(sizes.values()) <= limit * MIB
    assert report.size == sizes["fonts"] + sizes["text"]


def test_what_is_missing_is_said(tmp_path: Path, sources: tuple[Path, Path]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TrainingError, match="holds no corpus"):
        build_pack([sources[0]], empty, tmp_path / "pack")
    with pytest.raises(TrainingError, match="no usable font"):
        build_pack([empty], sources[1], tmp_path / "pack")
    with pytest.raises(TrainingError, match="raise the limit"):
        build_pack([sources[0]], sources[1], tmp_path / "pack", limit_mib=0.01)
    assert not (tmp_path / "pack").exists()


def test_an_existing_folder_is_not_touched(tmp_path: Path, sources: tuple[Path, Path]) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not an empty folder"):
        build_pack([sources[0]], sources[1], tmp_path / "pack")
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["mine.txt"]


def test_the_command_line(
    tmp_path: Path, sources: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--fonts", str(sources[0]), "--out", str(tmp_path / "pack"), "--corpora"]
    assert main([*given, str(tmp_path / "nowhere")]) == TrainingError.exit_code
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*given, str(sources[1])]) == 0
    assert "3 faces of 2 families" in capsys.readouterr().out
