"""Which faces are found, and which of their characters count as drawn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gsaocr.synthesis import fonts
from gsaocr.synthesis.fonts import FontFace, find_fonts
from tests.synthesis.small_font import NOTDEF, PLAIN, Box, build_font, outline_of

ACCENTED = "éñÄ"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _only(folder: Path) -> FontFace:
    faces = find_fonts([folder])
    assert len(faces) == 1
    return faces[0]


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    return folder


def test_a_sound_face_draws_all_it_maps(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", characters=PLAIN + ACCENTED, licence="SIL Open Font License 1.1")
    face = _only(folder)
    assert face.characters == set(PLAIN + ACCENTED + " ")
    assert (face.family, face.bold, face.italic) == ("Probe", False, False)
    assert face.licence == "OFL-1.1"


@pytest.mark.parametrize(
    ("character", "outline"),
    [
        ("é", outline_of("e")),  # the accent is missing
        ("ñ", NOTDEF),  # an empty box
        ("Ä", ()),  # nothing at all
        ("ſ", outline_of("s")),
        ("ẞ", outline_of("ß")),
    ],
)
def test_wrong_glyphs_are_left_out(
    tmp_path: Path, character: str, outline: tuple[Box, ...]
) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", {character: outline}, characters=PLAIN + "ßéñÄſẞ")
    assert _only(folder).characters == set(PLAIN + "ßéñÄſẞ ") - {character}


def test_a_placeholder_shared_by_many_characters_is_left_out(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", dict.fromkeys("§¶†‡", ((0, 0, 99, 99),)), characters=PLAIN + "©")
    assert _only(folder).characters == set(PLAIN + "© ")


def test_a_symbol_font_is_of_no_use(tmp_path: Path) -> None:
    """It draws Greek for Latin codes, and says so by its glyphs' names."""
    folder = _folder(tmp_path)
    build_font(folder / "symbols.ttf", glyph_names={"a": "alpha", "W": "Omega", "b": "beta"})
    build_font(folder / "plain.ttf", glyph_names={"a": "a", "W": "W", "b": "glyph7"})
    assert _only(folder).path.name == "plain.ttf"
    assert {"a", "W", "b"} <= _only(folder).characters


def test_characters_alike_by_nature_stay(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", {"l": outline_of("I"), "Ð": outline_of("Đ")}, characters=PLAIN)
    assert {"l", "I", "Ð"} <= _only(folder).characters


def test_faces_with_capitals_for_small_letters_are_of_no_use(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    small = [c for c in PLAIN if c.islower()]
    build_font(folder / "same.ttf", {c: outline_of(c.upper()) for c in small})
    build_font(
        folder / "smaller.ttf",
        {c: tuple((a, 0, b, 500) for a, _, b, _ in outline_of(c)) for c in small},
    )
    assert find_fonts([folder]) == []


def test_faces_that_lack_a_letter_are_of_no_use(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", characters=PLAIN.replace("q", ""))
    assert find_fonts([folder]) == []


def test_weight_slant_and_kind(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf", family="Old Typewriter", style="Bold Italic")
    face = _only(folder)
    assert (face.bold, face.italic, face.kind) == (True, True, "typewriter")


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        ("UnifrakturMaguntia", "blackletter"),
        ("Courier Prime", "typewriter"),
        ("Px IBM VGA8", "dotmatrix"),
        ("VT323", "dotmatrix"),
        ("Romande ADF Style Std", "sans"),  # no name says it: the probe's I is a bar
        ("Some Mono", "sans"),  # the probe's advance widths differ
    ],
)
def test_kinds(tmp_path: Path, family: str, kind: str) -> None:
    folder = _folder(tmp_path)
    bar: dict[str, tuple[Box, ...]] = {"I": ((50, 0, 120, 700),)}
    build_font(folder / "a.ttf", bar, family=family, widths={"i": 250})
    assert _only(folder).kind == kind


def test_pitch_and_serifs_tell_mono_and_serif(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    serifed: dict[str, tuple[Box, ...]] = {
        c: ((100, 0, 150, 700), (50, 0, 200, 40), (50, 660, 200, 700 + n))
        for n, c in enumerate("Il")
    }
    build_font(folder / "a.ttf", serifed, family="First", widths={"i": 250})
    build_font(folder / "b.ttf", serifed, family="Second")
    assert [face.kind for face in find_fonts([folder])] == ["serif", "mono"]


def test_the_catalogue_spares_a_second_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "b.ttf", family="Second")
    build_font(folder / "a.ttf", family="First")
    first = find_fonts([folder])
    assert [face.family for face in first] == ["First", "Second"]
    looked: list[str] = []
    monkeypatch.setattr(fonts, "_describe", lambda file: looked.append(file.name) or [])
    assert find_fonts([folder]) == first
    assert looked == []
    build_font(folder / "a.ttf", family="Changed")
    find_fonts([folder])
    assert looked == ["a.ttf"]


def test_the_catalogue_moves_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf")
    find_fonts([folder])
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.setattr(fonts, "_describe", lambda file: pytest.fail("looked again"))
    assert _only(tmp_path / "copy").path == tmp_path / "copy" / "a.ttf"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 0}', '{"version": null}'])
def test_a_broken_catalogue_is_made_anew(tmp_path: Path, content: str) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf")
    (folder / fonts.CATALOGUE).write_text(content)
    assert _only(folder).family == "Probe"
    assert list(json.loads((folder / fonts.CATALOGUE).read_text())["files"]) == ["a.ttf"]


def test_a_folder_that_cannot_be_written_has_its_catalogue_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf")
    (folder / fonts.CATALOGUE).mkdir()  # even root can't write a file there
    face = _only(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["a.ttf", fonts.CATALOGUE]
    monkeypatch.setattr(fonts, "_describe", lambda file: pytest.fail("looked again"))
    assert _only(folder) == face


def test_broken_files_and_missing_folders_are_passed_over(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    sound = build_font(folder / "a.ttf")
    (folder / "cut.ttf").write_bytes(sound.read_bytes()[:300])
    (folder / "empty.otf").write_bytes(b"")
    (folder / "text.ttf").write_text("not a font")
    assert _only(folder).path == sound
    assert find_fonts([tmp_path / "nowhere"]) == []


def test_a_folder_named_twice_counts_once(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    build_font(folder / "a.ttf")
    assert len(find_fonts([folder, folder])) == 1
