"""The learning curve as a table and as a picture."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsaocr.training.learning_curve import CurvePoint, curve_picture, curve_table

POINTS = [
    CurvePoint(0, 0.0, 0.1, math.nan, 0.24),
    CurvePoint(500, 2.0, 1.5, 0.8, 0.05),
    CurvePoint(1000, 4.0, 3.0, 0.3, 0.06),
]
SVG = "{http://www.w3.org/2000/svg}"


def test_the_table() -> None:
    assert curve_table(POINTS) == (
        "lines,epochs,minutes,loss,cer\n0,0,0.1,,0.24\n500,2,1.5,0.8,0.05\n1000,4,3,0.3,0.06\n"
    )


def test_the_picture_names_the_best_and_marks_every_validation() -> None:
    root = ElementTree.fromstring(curve_picture(POINTS))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "best: 5.00 %" in texts
    assert {"0 %", "25 %", "0", "1,000"} <= set(texts)
    assert len(list(root.iter(f"{SVG}circle"))) == len(POINTS)


@given(
    st.lists(
        st.builds(
            CurvePoint,
            st.floats(0, 1e7), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 100),
            st.floats(0, 50),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_every_point_lies_in_the_picture(points: list[CurvePoint]) -> None:
    root = ElementTree.fromstring(curve_picture(points))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for circle in root.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", -1)) <= width
        assert 0 <= float(circle.get("cy", -1)) <= height
    lines = len(list(root.iter(f"{SVG}line")))
    assert 2 <= lines <= 7


@pytest.mark.parametrize("cer", [0.0, 1e-4, 0.999, 12.0])
def test_extreme_rates(cer: float) -> None:
    assert f"best: {100 * cer:.2f} %" in curve_picture([CurvePoint(0, 0, 0, math.nan, cer)])
