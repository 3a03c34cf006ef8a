"""Small images are read as well as they were: the letters read wrong stay within bounds."""

from __future__ import annotations

import json

import pytest

from gsaocr.pipeline import Reader
from tests.accuracy.gate import HERE, Item, Recorded, items

RECORDED = Recorded.load()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load(device="cpu")


def _parameter(item: Item) -> object:
    why = RECORDED.failures.get(item.name)
    marks = [pytest.mark.xfail(reason=why, strict=True, raises=AssertionError)] if why else []
    return pytest.param(item, id=item.name, marks=marks)


@pytest.mark.parametrize("item", [_parameter(item) for item in items()])
def test_no_more_letters_are_misread_than_before(reader: Reader, item: Item) -> None:
    reading = item.read(reader)
    errors = item.errors(reading, any_order=item.name in RECORDED.any_order)
    assert errors <= RECORDED.bound(item), f"{item.name} says\n{item.truth}\nand is read\n{reading}"


def test_each_image_has_a_record_and_each_record_an_image() -> None:
    names = {item.name for item in items()}
    assert names == RECORDED.errors.keys() | RECORDED.failures.keys()
    assert not RECORDED.errors.keys() & RECORDED.failures.keys()
    assert names >= RECORDED.any_order
    assert len([name for name in names if name.startswith("lines/")]) == 60


def test_the_images_stay_small() -> None:
    assert sum(path.stat().st_size for path in HERE.rglob("*.png")) < 2_000_000


@pytest.mark.parametrize(("errors", "letters", "bound"), [(0, 600, 2), (1, 40, 1.5), (10, 300, 15)])
def test_the_bound_is_one_and_a_half_times_or_one_letter_in_300(
    errors: int, letters: int, bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Item, "letters", letters)
    recorded = Recorded({"pages/x": errors}, frozenset(), {})
    assert recorded.bound(Item("pages/x")) == bound


def test_the_record_is_sorted_and_has_a_reason_for_each_failure() -> None:
    content = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))
    for part in content.values():
        assert list(part) == sorted(part)
    assert all(len(why) > 10 for why in RECORDED.failures.values())


def test_a_block_in_another_place_is_forgiven_only_where_blocks_have_no_order() -> None:
    item = Item("pages/two-directions")
    first, second = item.truth.strip().split("\n\n")
    assert item.errors(f"{second}\n\n{first}") > 10
    assert item.errors(f"{second}\n\n{first}", any_order=True) == 0
