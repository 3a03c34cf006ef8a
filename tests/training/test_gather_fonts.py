"""The list of font packages, and the joining of subset files."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from gsaocr.errors import TrainingError
from gsaocr.training.gather_fonts import FontSources, folder_of, join_subsets, read_sources
from tests.synthesis.small_font import PLAIN, build_font


def test_every_package_has_a_licence_and_every_pattern_a_package() -> None:
    sources = read_sources()
    assert len(sources.debian) > 100
    assert len(sources.npm) > 200
    for package, licence in (sources.debian | sources.npm).items():
        assert licence.strip(" ?"), package
    assert set(sources.only) <= set(sources.debian)
    folders = [folder_of(p) for p in sources.debian | sources.npm]
    assert len(set(folders)) == len(folders)


def test_patterns_choose_files() -> None:
    sources = FontSources({"p": "", "q": ""}, {}, {"p": ("Text-*",)}, ("*Black*",))
    assert sources.wants("p", "Text-Bold.ttf")
    assert not sources.wants("p", "Other-Bold.ttf")
    assert sources.wants("q", "Other-Bold.ttf")
    assert not sources.wants("q", "Other-Black.ttf")


@pytest.mark.parametrize("content", ["[debian]\n", "debian = 3", "not toml", None])
def test_a_malformed_list_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "list.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(TrainingError, match="not a list of font packages"):
        read_sources(path)


def test_joined_subsets_hold_the_characters_of_all(tmp_path: Path) -> None:
    first = build_font(tmp_path / "latin.ttf", characters=PLAIN)
    second = build_font(tmp_path / "latin-ext.ttf", characters="čřž")
    join_subsets([first, second], tmp_path / "joined.ttf")
    joined, source = TTFont(tmp_path / "joined.ttf"), TTFont(second)
    cmap = joined.getBestCmap()
    assert set(map(chr, cmap)) == set(PLAIN + "čřž ")
    glyph = joined["glyf"][cmap[ord("č")]]
    assert glyph.coordinates == source["glyf"]["u010D"].coordinates
