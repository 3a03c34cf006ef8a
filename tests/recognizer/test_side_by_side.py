"""Batches that are computed in threads of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from gsaocr.recognizer.side_by_side import batch_pixels, side_by_side

CPU = torch.device("cpu")


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_batches(threads: int) -> None:
    assert side_by_side(lambda n: n * n, range(20), CPU) == [n * n for n in range(20)]


def test_each_thread_computes_alone_and_without_gradients(threads: int) -> None:
    def seen(batch: int) -> tuple[int, bool]:
        return torch.get_num_threads(), torch.is_inference_mode_enabled()

    assert side_by_side(seen, range(6), CPU) == [(1, True)] * 6
    assert torch.get_num_threads() == threads
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_as_many_are_in_work_as_there_are_threads(threads: int) -> None:
    both = threading.Barrier(threads, timeout=20)
    assert len(side_by_side(lambda batch: both.wait(), range(threads), CPU)) == threads


def test_a_fault_in_a_batch_is_raised(threads: int) -> None:
    def fail(batch: int) -> int:
        if batch == 3:
            raise ValueError("batch 3")
        return batch

    with pytest.raises(ValueError, match="batch 3"):
        side_by_side(fail, range(6), CPU)
    assert torch.get_num_threads() == threads


def test_few_lines_are_shared_among_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    cpu = torch.device("cpu")
    assert batch_pixels(cpu, 1001) == 501
    assert batch_pixels(cpu, 10**6) == batch_pixels(cpu, 10**7)
    assert batch_pixels(torch.device("cuda"), 1) == batch_pixels(torch.device("cuda"), 10**7)
