"""The runs that test the hypothesis: equal costs, no run done twice, tables that say what is so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gsaocr.recognizer.cost import BOOK_LINE
from gsaocr.recognizer.model import Recognizer
from gsaocr.training.adapter_setup import check_options
from gsaocr.training.config import Stage
from tests.benchmarks.hypothesis_runs import readers, table, tables
from tests.benchmarks.hypothesis_runs.adapters import AdapterJob, adapter_runs
from tests.benchmarks.hypothesis_runs.jobs import Places, do_all, finished
from tests.benchmarks.hypothesis_runs.readers import ReaderRun, more_runs, reader_runs
from tests.benchmarks.hypothesis_runs.reading import TURNS, TestLines, canvas, judge, look
from tests.recognizer.conftest import TINY, tiny
from tests.training.test_loop import Strokes


def test_a_read_line_costs_the_same_in_all_arms() -> None:
    for characters in (10, BOOK_LINE):
        costs = [table.reading_flops(Recognizer(a.config), characters) for a in table.ARMS]
        assert max(costs) / min(costs) < 1.02
    assert len({(a.config.upper_width, a.config.upper_blocks) for a in table.ARMS}) == 1


def test_small_c1_has_the_parameters_of_c4() -> None:
    small = next(a for a in table.MORE_ARMS if a.name == "C1 small")
    c4 = next(a for a in table.ARMS if a.name == "C4")
    counts = [readers.reader_parameters(Recognizer(a.config)) for a in (small, c4)]
    assert max(counts) / min(counts) < 1.01


def test_runs_of_part_1_differ_in_their_arm_and_seed_alone() -> None:
    runs = list(reader_runs())
    assert [r.seed for r in runs] == sorted(r.seed for r in runs), "a seed's arms come together"
    assert len({(r.arm.name, r.seed) for r in runs}) == len(table.ARMS) * len(table.SEEDS) == 12
    free = {"architecture", "frames_share", "without_fibres", "upside_down", "seed"}
    assert len({str({k: v for k, v in r.told.items() if k not in free}) for r in runs}) == 1


def test_every_run_has_a_name_of_its_own() -> None:
    names = [job.name for job in (*reader_runs(), *adapter_runs(), *more_runs())]
    assert len(set(names)) == len(names)
    assert all(set(n) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for n in names)


def test_adapters_are_trained_on_equal_lines_with_options_that_make_sense(tmp_path: Path) -> None:
    jobs = [job for job in adapter_runs() if isinstance(job, AdapterJob)]
    trainings = [job.training(Places(tmp_path, tmp_path, tmp_path, tmp_path)) for job in jobs]
    for training in trainings:
        check_options(training)
    assert len({(t.limit, t.epochs, t.frames_share, t.data) for t in trainings}) == 1
    assert {t.rank for t in trainings} == {1, 4, 16, None}
    assert all(t.full == (t.rank is None) for t in trainings)
    assert len(jobs) == 12


def lines(count: int = 6) -> TestLines:
    samples, _ = Strokes().draw(np.random.default_rng(3), count, Stage(1, 1, 4))
    long = [(s.image, s.text) for s in samples if len(s.text) > 3] or [
        (s.image, s.text) for s in samples
    ]
    return TestLines.of("strokes", long, str)


def test_a_quarter_turn_is_undone_by_the_long_side() -> None:
    image = lines().images[0]
    down = np.ascontiguousarray(image[::-1, ::-1])
    for degrees, same in ((90, image), (270, down)):
        turned = np.ascontiguousarray(np.rot90(image, -degrees // 90))
        assert np.array_equal(canvas(turned, 32, 8).pixels, canvas(same, 32, 8).pixels)


def test_c4_reads_upside_down_lines_as_it_reads_upright_ones() -> None:
    model, images = tiny("C4"), lines().images
    upright = look(model, images)
    down = look(model, [np.ascontiguousarray(i[::-1, ::-1]) for i in images])
    for one, other in zip(upright, down, strict=True):
        assert one.texts == other.texts[::-1]
        assert one.head == pytest.approx(-other.head, abs=1e-3)


def test_what_a_network_without_turns_does() -> None:
    model, images = tiny("C1"), lines().images
    for plain, trained in zip(look(model, images), look(model, images, reverses=True), strict=True):
        assert plain.head == float("inf"), "it takes every line as upright"
        assert trained.texts[0] == plain.texts[0]
        assert trained.texts[1] == " ".join(trained.texts[0][::-1].split())
        assert np.isfinite(trained.head)


def test_directions_are_judged() -> None:
    figures: dict[str, Any] = judge(tiny("C1"), lines())
    assert [figures[str(t)]["head right"] for t in TURNS] == [1, 1, 0, 0]
    assert figures["0"]["known"] == figures["0"]["head"]
    assert judge(tiny("C1"), lines(), reverses=True)["0"]["surer"] is None  # type: ignore[index]


@dataclass
class Counted:
    """A job that counts how often it is done."""

    name: str
    told: dict[str, object] = field(default_factory=dict)
    times: int = 0

    def do(self, places: Places, say: object) -> dict[str, object]:
        self.times += 1
        if self.told.get("fails"):
            raise KeyboardInterrupt
        return {"figure": 7}


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path, tmp_path, tmp_path / "results")
    first, second = Counted("first"), Counted("second", {"fails": True})
    with pytest.raises(KeyboardInterrupt):
        do_all([first, second], places, lambda _: None)
    assert finished(first, places.results)
    assert not finished(second, places.results)
    second.told = {}
    do_all([first, second], places, lambda _: None)
    assert (first.times, second.times) == (1, 2)
    assert json.loads((places.results / "first.json").read_text())["figure"] == 7
    first.told = {"lines": 5}
    do_all([first, second], places, lambda _: None)
    assert (first.times, second.times) == (2, 2), "told otherwise, it is another run"


def test_a_small_run_from_nothing_to_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_source", lambda _: Strokes())
    monkeypatch.setattr(readers, "REAL_SETS", ())
    monkeypatch.setattr(readers, "_TEST_LINES", 192)
    monkeypatch.setattr(table, "LINES", 96)
    monkeypatch.setattr(table, "SMALL", {**TINY, "line_height": 24})
    readers._test_sets.cache_clear()
    places = Places(tmp_path, tmp_path, tmp_path / "work", tmp_path / "results")
    c4 = replace(table.ARMS[3], architecture={})
    alone = replace(table.ARMS[1], architecture={"group": "C1"})
    jobs = [ReaderRun(c4, 1), ReaderRun(alone, 1)]
    torch.manual_seed(0)
    do_all(jobs, places, lambda _: None)
    readers._test_sets.cache_clear()
    result = json.loads((places.results / "c4-seed1.json").read_text())
    rendered = result["sets"]["rendered"]
    assert rendered["0"]["known"] == rendered["180"]["known"] == rendered["270"]["known"]
    assert result["lines"] == 96
    assert result["training"]["losses"].keys() <= {"ctc", "places", "frames"}
    page = tmp_path / "page.md"
    names = ("done", "readers", "sets", "differences", "adapters", "more")
    page.write_text("\n".join(f"<!-- {n} -->\n<!-- end of {n} -->" for n in names))
    tables.write_tables(page, places.results, jobs)
    written = page.read_text()
    assert "2 of 2 runs are done." in written
    assert written.count("| C4 | 1 | 96 |") == 1
    tables.write_tables(page, places.results, jobs)
    assert page.read_text() == written


def fake(arm: str, seed: int, cer: float) -> dict[str, Any]:
    turn = {
        f"{w}{r}": 1.0 if r else cer for w in ("known", "head", "surer") for r in ("", " right")
    }
    return {
        "part": 1,
        "arm": arm,
        "seed": seed,
        "lines": 1000,
        "parameters": 2000,
        "gflop": 0.3,
        "training": {"processor seconds": 60.0},
        "sets": {"rendered": {"lines": 9, **{str(t): turn for t in TURNS}}},
    }


def test_a_difference_is_one_beyond_the_seeds_spread() -> None:
    found = [fake("A", 1, 0.10), fake("A", 2, 0.14), fake("B", 1, 0.13), fake("B", 2, 0.2)]
    assert all(line.endswith("none.") for line in tables.differences(found))
    found[2]["sets"]["rendered"] = fake("B", 1, 0.15)["sets"]["rendered"]
    assert all(line.endswith("A below B.") for line in tables.differences(found))
    assert tables.differences(found[:1]) == ["(no arm has two seeds yet)"]
    row = tables.readers(found)[2]
    assert "12.0 [10.0, 14.0]" in row
    assert "100.0 [100.0, 100.0]" in row


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="done"):
        tables.between_markers("no markers", "done", [])
