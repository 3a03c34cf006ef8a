"""Names and texts of others, shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.errors import InputError
from gsaocr.printable import SHORT, is_unsafe, printable, short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("scan 1.png", "scan 1.png"),
        ("Müller – „ſo“ ẽ.png", "Müller – „ſo“ ẽ.png"),
        ("a\x1b]0;title\x07.png", "a\\x1b]0;title\\x07.png"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x9b31m red by a single byte", "\\x9b31m red by a single byte"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("no UTF-8: \udcff", "no UTF-8: \\xff"),
        ("\U000e0041 invisible", "\\U000e0041 invisible"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_nothing_but_itself(text: str) -> None:
    shown = printable(text)
    assert not any(is_unsafe(c) or unicodedata.category(c) in ("Zl", "Zp") for c in shown)
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown


@given(st.text(st.characters(), min_size=10), st.integers(10, 50))
def test_the_middle_goes(text: str, most: int) -> None:
    plain = "".join(c if c.isprintable() else "x" for c in text)
    shown = printable(plain, most)
    assert len(shown) <= max(most, 10)
    assert shown[:2] == plain[:2]
    assert (shown == plain) == (len(plain) <= most)


@pytest.mark.parametrize(
    "value", ["x" * 10**7, [1] * 10**6, 10**10000, {"a": "b" * 10**6}, None], ids=list("abcde")
)
def test_values_are_short(value: object) -> None:
    assert 0 < len(short(value)) <= SHORT


def test_an_error_is_one_harmless_line() -> None:
    error = InputError("a\x1b[2J\n.png", "\x00" + "x" * 10**6, "\u202e")
    assert len(str(error)) < 1500
    assert not any(is_unsafe(c) for c in str(error))
    assert error.subject == "a\x1b[2J\n.png"  # as the file is called
