"""A page without the long s has none anywhere; a page with it keeps every one."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gsaocr.recognizer.long_s import without_stray_long_s
from gsaocr.recognizer.reading import Letter, Reading


def page(lines: Sequence[str]) -> list[Reading]:
    return [
        Reading(tuple(Letter(c, 8.0 * n, 8.0 * n + 7, 0.5) for n, c in enumerate(line)))
        for line in lines
    ]


def read(lines: Sequence[str]) -> list[str]:
    return [reading.text for reading in without_stray_long_s(page(lines))]


MODERN = "She sees that so small a ship as this is still at sea, as sure as sunset."
OLD = "Senſe is moſt ſeldom ſo ſure as when it ſpeaks of ſhips, and ſays ſo."


def test_stray_ones_are_fs_on_a_modern_page() -> None:
    page_ = [MODERN] * 4
    assert read([*page_, "aſter the liſe oſ a ſoyer"]) == [*page_, "after the life of a foyer"]


def test_an_old_page_keeps_its_own() -> None:
    assert read([OLD, "after the ſame manner"]) == [OLD, "after the ſame manner"]


def test_a_page_too_short_to_tell_is_left_alone() -> None:
    assert read(["the ſame is so"]) == ["the ſame is so"]


def test_places_and_confidences_stay() -> None:
    lines = page([MODERN, "aſter"])
    after = without_stray_long_s(lines)
    assert [(x.start, x.end, x.confidence) for r in after for x in r.letters] == [
        (x.start, x.end, x.confidence) for r in lines for x in r.letters
    ]


@given(st.lists(st.text("abſsft Ss,", max_size=30), max_size=8))
def test_nothing_but_a_long_s_is_changed(lines: list[str]) -> None:
    for before, after in zip(lines, read(lines), strict=True):
        assert before in (after, before.replace("f", "ſ")) or before.replace("ſ", "f") == after
