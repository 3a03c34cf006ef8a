"""What lines tell of each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gsaocr.finder.found import FoundLine
from gsaocr.finder.neighbours import REACH, settled
from gsaocr.page.page_truth import TextLine, turned_points


def found(points: list[list[float]], up: float, score: float = 0.9) -> FoundLine:
    line = TextLine(np.array(points), 8.0, 12.0, 3.0, light=False, begins=True, ends=False)
    return FoundLine(line, score, up, 0.0)


LONG = [found([[20.0, y], [220.0, y]], 2.0) for y in (40.0, 60.0)]
SHORT = found([[60.0, 72.0], [40.0, 72.0]], 0.3)  # upside down, hardly sure of it


def test_a_short_line_that_stands_on_its_head_is_turned_over_by_its_neighbours() -> None:
    *same, turned = settled([*LONG, SHORT])
    assert [each.line.quarter for each in same] == [0, 0]
    assert turned.line.quarter == 0
    # What was its upper edge is its baseline now, 8 px lower, and it ends where it began.
    assert turned.line.baseline == pytest.approx(np.array([[40.0, 80.0], [60.0, 80.0]]))
    assert (turned.line.begins, turned.line.ends) == (False, True)
    assert 0.3 < turned.up < 2.0


def test_who_is_sure_or_far_away_stays_as_it_is() -> None:
    sure = replace(SHORT, up=9.0)
    assert settled([found([[20.0, 40.0], [60.0, 40.0]], 2.0), sure])[1].line.quarter == 2
    far = found([[60.0, 40 + 300 * REACH], [40.0, 40 + 300 * REACH]], 0.3)
    assert settled([*LONG, far])[2].line.quarter == 2
    across = found([[240.0, 20.0], [240.0, 60.0]], 0.3)
    assert settled([*LONG, across])[2].line.quarter == across.line.quarter
    assert settled([]) == []


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_it_commutes_with_turns_of_the_page(quarters: int) -> None:
    lines = [*LONG, SHORT, found([[240.0, 20.0], [240.0, 60.0]], 0.3)]

    def turned(each: FoundLine) -> FoundLine:
        return replace(each, line=each.line.mapped(lambda p: turned_points(p, quarters, 300, 400)))

    once = [turned(each) for each in settled(lines)]
    again = settled([turned(each) for each in lines])
    for a, b in zip(once, again, strict=True):
        assert a.line.baseline == pytest.approx(b.line.baseline)
        assert a.up == pytest.approx(b.up)
