"""What becomes of readings on their way to the document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.assembly import is_typed_rule


@pytest.mark.parametrize(
    "text",
    [
        "--------",
        "=" * 40,
        "*" * 30,
        "P---.------------------.-.--------------‡",
        "¥" + "-" * 38,
        "*XX**K*KKX****XXX*****",
    ],
)
def test_a_row_of_one_sign_is_a_rule(text: str) -> None:
    assert is_typed_rule(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "***",
        "-------",
        "........",
        "TOTAL--------12.00",
        "----Seite----",
        "00000000",
        "--------abc",
    ],
)
def test_text_is_no_rule_nor_are_points_for_what_is_left_out(text: str) -> None:
    assert not is_typed_rule(text)


@given(st.text("abcXYZ019äé", min_size=3), st.integers(0, 10))
def test_words_are_not_lost_for_a_short_rule_beside_them(word: str, dashes: int) -> None:
    assert not is_typed_rule(word + "-" * dashes)
