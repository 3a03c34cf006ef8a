"""Whatever goes wrong with an input fails that input alone, at whichever step it happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gsaocr.batch import engine as engine_module
from gsaocr.batch.engine import InputDone, InputFailed, PageEngine, PageFailed, PageRead
from gsaocr.batch.pages import PageSettings, Work
from tests.batch.fake_reader import FakeReader, image


def works(folder: Path, count: int = 6) -> list[Work]:
    paths = [image(folder / f"{n}.png", 30 + n) for n in range(count)]
    return [Work(n, path, path.name) for n, path in enumerate(paths)]


def read(folder: Path, settings: PageSettings, together: int) -> list[object]:
    return list(PageEngine(FakeReader(together), settings, lambda: False).read(iter(works(folder))))


@pytest.mark.parametrize("together", [1, 3, 10])
@pytest.mark.parametrize("step", ["pages_of", "layout_beside", "read_layout"])
@pytest.mark.parametrize("fault", [ZeroDivisionError, MemoryError, LookupError, RecursionError])
def test_a_fault_before_reading(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    fault: type[Exception],
    together: int,
) -> None:
    """No later input is lost, also while pages wait to be read together."""
    layout = '<PcGts><Page imageWidth="{w}" imageHeight="20"/></PcGts>'
    for n in range(6):
        (tmp_path / f"{n}.xml").write_text(layout.format(w=30 + n))
    settings = PageSettings(layout=step != "pages_of")
    expected = read(tmp_path, settings, together)
    honest = getattr(engine_module, step)

    def faulty(first: object, *rest: object) -> object:
        path = first.path if isinstance(first, Work) else first
        if isinstance(path, Path) and path.stem == "2":
            raise fault("a mishap")
        return honest(first, *rest)

    monkeypatch.setattr(engine_module, step, faulty)
    events = read(tmp_path, settings, together)
    failed = [event for event in events if isinstance(event, InputFailed)]
    assert [event.index for event in failed] == [2]
    assert [e for e in events if e.index != 2] == [e for e in expected if e.index != 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize("together", [1, 3, 10])
def test_a_fault_while_reading(tmp_path: Path, together: int) -> None:
    paths = [image(tmp_path / f"{n}{'-fault' * (n == 2)}.png", 30 + n) for n in range(6)]
    given = [Work(n, path, path.name) for n, path in enumerate(paths)]
    events = list(PageEngine(FakeReader(together), PageSettings(), lambda: False).read(iter(given)))
    read_, failed = ([e.index for e in events if isinstance(e, k)] for k in (PageRead, PageFailed))
    assert read_ == [0, 1, 3, 4, 5]
    assert failed == [2]
    assert [e.index for e in events if isinstance(e, InputDone)] == list(range(6))


def test_what_hands_out_the_works_may_fail_but_not_in_silence(tmp_path: Path) -> None:
    def handing_out() -> Iterator[Work]:
        yield from works(tmp_path, 2)
        raise OSError("the disk has gone")

    events: list[object] = []
    with pytest.raises(OSError, match="the disk has gone"):
        events.extend(PageEngine(FakeReader(), PageSettings(), lambda: False).read(handing_out()))
    done = [event.index for event in events if isinstance(event, InputDone)]
    assert done == [0, 1], "begun, so read"


def test_a_reader_that_loses_pages_is_a_fault(tmp_path: Path) -> None:
    class Loses(FakeReader):
        def read_pages(self, pages):  # type: ignore[no-untyped-def]
            yield from list(super().read_pages(pages))[:-1]

    with pytest.raises(RuntimeError, match="1 pages were given to the reader and not read"):
        list(PageEngine(Loses(), PageSettings(), lambda: False).read(iter(works(tmp_path, 3))))
