"""Processes that render what is trained on, ahead of the training and modestly."""

from __future__ import annotations

import os
from typing import TypeVar

import cv2
import torch
from torch.utils.data import DataLoader, IterableDataset

Batch = TypeVar("Batch")


def rendered_ahead(
    batches: IterableDataset[Batch], workers: int, waiting: int
) -> DataLoader[Batch]:
    """Return a loader of batches as they are; ``waiting`` may be ready in each of its workers.

    Without workers each batch is rendered when it is asked for.
    """
    return DataLoader(
        batches,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=waiting if workers else None,
        worker_init_fn=_be_modest if workers else None,
        multiprocessing_context="fork" if workers and hasattr(os, "fork") else None,
    )


def _be_modest(_: int) -> None:
    # Rendering must not take the core that the training computes on, nor workers each other's.
    if hasattr(os, "nice"):
        os.nice(5)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
