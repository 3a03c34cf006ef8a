from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.benchmarks.engines import Outcome
from tests.benchmarks.peers import rows, upright
from tests.benchmarks.score_cells import Cell, CellHeader, kept_cells, open_cell
from tests.benchmarks.score_table import markdown
from tests.benchmarks.score_tasks import LINES, TASKS, Grey, Task, skewed
from tests.benchmarks.scoreboard import main, measure
from tests.benchmarks.speed import forty_lines, lengthened


def quad(x: float, y: float, width: float, angle: float = 0.0) -> list[tuple[float, float]]:
    corners = ((x, y), (x + width, y), (x + width, y + 10), (x, y + 10))
    sine, cosine = math.sin(angle), math.cos(angle)
    return [(a * cosine - b * sine, a * sine + b * cosine) for a, b in corners]


@pytest.mark.parametrize("degrees", [0, 3, -7, 12])
def test_boxes_are_put_into_rows_along_their_slope(degrees: int) -> None:
    angle = math.radians(degrees)
    places = [(300, 15, 30), (0, 0, 100), (400, 2, 50), (0, 14, 200)]
    boxes = [quad(*place, angle) for place in places]
    assert rows(boxes, ["d", "a", "b", "c"]) == ["a b", "c d"]


def test_boxes_of_a_turned_page_are_turned_back() -> None:
    boxes = [quad(0, 0, 100), quad(400, 2, 50), quad(0, 14, 200)]
    turned = [[(-y, x) for x, y in corners] for corners in boxes]  # a quarter clockwise
    assert upright(turned, 90) == boxes


def test_a_skewed_page_sinks_to_the_right_and_keeps_its_ink() -> None:
    page = np.full((200, 400), 250, np.uint8)
    page[95:105, 20:380] = 0
    sheet = skewed(page, 7)
    left, right = sheet[:, 60] < 128, sheet[:, -60] < 128
    assert np.flatnonzero(right).mean() > np.flatnonzero(left).mean() + 20
    assert (sheet < 128).sum() == pytest.approx((page < 128).sum(), rel=0.03)
    assert sheet[0, 0] == 250


def test_the_sample_becomes_a_page_of_forty_lines(tmp_path: Path) -> None:
    page = cv2.imread(str(forty_lines(tmp_path)), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    inked = (page < 128).sum(axis=1) > 2
    heights = np.diff(np.flatnonzero(np.diff(inked.astype(np.int8))))[::2]
    assert (heights > 10).sum() == 40
    assert lengthened(page, 30) is page  # never shortened


class Echo:
    """An engine that writes its name for every image."""

    name = "echo"
    batch = 2

    def __init__(self, release: str) -> None:
        self.release = release
        self.read_names: list[str] = []

    def version(self) -> str:
        return self.release

    def settings(self, task: Task) -> str | None:
        return "none" if task.adapter == "receipts" else None

    def read(self, task: Task, names: Sequence[str], images: Sequence[Grey]) -> list[Outcome]:
        self.read_names += names
        return [Outcome("ECHO", 0.5) for _ in images]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lines = tmp_path / "data" / "lines" / "receipts-val.zip"  # a folder will do as well
    lines.mkdir(parents=True)
    for number in range(5):
        cv2.imwrite(str(lines / f"{number}.png"), np.full((32, 90), 200, np.uint8))
        (lines / f"{number}.gt.txt").write_text("echo" if number else "else")
    return tmp_path / "data"


class Given:
    """What the command line would give."""

    def __init__(self, data: Path, cells: Path) -> None:
        self.data, self.cells, self.threads = data, cells, 1


def test_readings_are_kept_and_only_missing_ones_are_read(tmp_path: Path, data: Path) -> None:
    given, task = Given(data, tmp_path / "cells"), LINES[0]
    first, again, newer = Echo("1"), Echo("1"), Echo("2")
    assert measure(task, [first], given, 3, math.inf)  # type: ignore[arg-type]
    assert measure(task, [again], given, None, math.inf)  # type: ignore[arg-type]
    assert len(first.read_names) == 3
    assert sorted(first.read_names + again.read_names) == ["0", "1", "2", "3", "4"]
    measure(task, [newer], given, 2, math.inf)  # type: ignore[arg-type]
    assert len(newer.read_names) == 2  # another version begins anew
    assert not measure(task, [newer], given, None, -math.inf)  # type: ignore[arg-type]


def test_a_line_that_was_cut_off_is_read_again(tmp_path: Path) -> None:
    cell = open_cell(tmp_path, LINES[0], Echo("1"), 1)
    assert cell is not None
    cell.add(["a", "b"], [Outcome("A", 1.0), Outcome("B", 1.0)])
    content = cell.path.read_text()
    cell.path.write_text(content[:-20])
    left = open_cell(tmp_path, LINES[0], Echo("1"), 1)
    assert left is not None
    assert list(left.outcomes) == ["a"]
    left.add(["b"], [Outcome("B", 2.0)])
    assert list(kept_cells(tmp_path, LINES[0])["echo"].outcomes) == ["a", "b"]


def test_an_engine_that_takes_no_part_has_no_cell(tmp_path: Path) -> None:
    assert open_cell(tmp_path, LINES[1], Echo("1"), 1) is None


def test_the_tables_say_what_was_read(tmp_path: Path, data: Path) -> None:
    given, task = Given(data, tmp_path / "cells"), LINES[0]
    measure(task, [Echo("1")], given, None, math.inf)  # type: ignore[arg-type]
    text = markdown(given.cells, data, TASKS)
    assert "| upper | echo | 5 | 15.00 [" in text  # ECHO for ELSE: 3 of 20 letters
    assert "| 80.00 [" in text  # exact
    assert "- **echo**: 1; 1 threads" in text


def test_unknown_engines_and_tasks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (["--engines", "abbyy"], ["--tasks", "novels"]):
        monkeypatch.setattr("sys.argv", ["scoreboard", "--data", "x", *wrong])
        with pytest.raises(SystemExit, match=wrong[1]):
            main()


def test_a_cell_without_a_header_is_refused(tmp_path: Path) -> None:
    header = CellHeader("t", "e", "1", "s", 1)
    made = Cell(tmp_path / "cell.jsonl", header)
    assert made.outcomes == {}
    assert Cell(tmp_path / "cell.jsonl").header == header
