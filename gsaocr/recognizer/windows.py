"""Lines wider than those trained on go through the upper part in windows that overlap.

The upper part lets every step of a line attend to every other: its time grew with the square of the
width, on lines wider than any that it was trained on. Windows are as wide as those, and joined
where both of two neighbours see nothing written, so that no letter is lost or doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from gsaocr.recognizer.line_image import width_batches

WIDEST = 240
"""Columns of patches: the widest lines trained on, 60 times as wide as high."""

OVERLAP = 48
"""Columns that two windows have in common, twelve times the line's height."""

BATCH = 1024
"""Columns of windows that are computed at once; bounds the memory."""

_AROUND = 2  # steps on either side of a cut in which both windows must see nothing


@dataclass(frozen=True)
class Seen:
    """What the upper part and the CTC head make of a line."""

    steps: Tensor
    """(steps, upper width)."""
    logits: Tensor
    """(CTC frames, classes); class 0 is the blank."""


def windows_of(columns: int) -> list[tuple[int, int]]:
    """Return [begin, end) of the windows of a line: as few as can be, of like width."""
    count = max(1, -(-(columns - OVERLAP) // (WIDEST - OVERLAP)))
    if columns <= WIDEST:
        count = 1
    width = -(-(columns + (count - 1) * OVERLAP) // count)
    if count == 1:
        return [(0, columns)]
    begins = [n * (columns - width) // (count - 1) for n in range(count)]
    return [(begin, begin + width) for begin in begins]


def seen_in_windows(
    views: Sequence[Tensor], compute: Callable[[Sequence[Tensor]], Sequence[Seen]]
) -> list[Seen]:
    """Let ``compute`` see lines, the wide ones in windows, and join what it saw.

    Args:
        views: (rows, columns, channels) of each line.
        compute: of a batch of such views.
    """
    places = [windows_of(view.shape[1]) for view in views]
    if all(len(own) == 1 for own in places):
        return list(compute(views))
    parts = [view[:, a:b] for view, own in zip(views, places, strict=True) for a, b in own]
    seen: dict[int, Seen] = {}
    for numbers in width_batches([part.shape[1] for part in parts], BATCH):
        seen |= zip(numbers, compute([parts[n] for n in numbers]), strict=True)
    every = iter(seen[number] for number in range(len(parts)))
    return [joined(own, every) for own in places]


def joined(windows: Sequence[tuple[int, int]], seen: Iterator[Seen]) -> Seen:
    """Return what was seen of a line, from what was seen in its windows."""
    parts = [next(seen) for _ in windows]
    if len(parts) == 1:
        return parts[0]
    per_column = len(parts[0].steps) // (windows[0][1] - windows[0][0])
    frames = len(parts[0].logits) // len(parts[0].steps)
    begins = [a * per_column for a, _ in windows]
    cuts = [
        _cut(one, other, begin, frames, following)
        for (one, other), (begin, following) in zip(pairwise(parts), pairwise(begins), strict=True)
    ]
    ends = [*cuts, begins[-1] + len(parts[-1].steps)]
    steps, logits, start = [], [], 0
    for part, begin, end in zip(parts, begins, ends, strict=True):
        steps.append(part.steps[start - begin : end - begin])
        logits.append(part.logits[(start - begin) * frames : (end - begin) * frames])
        start = end
    return Seen(torch.cat(steps), torch.cat(logits))


def _cut(one: Seen, other: Seen, begin: int, frames: int, following: int) -> int:
    """Return the step of the line at which the second window takes over.

    It is the one in the middle half of what they have in common around which both are surest that
    nothing is written.
    """
    common = begin + len(one.steps) - following
    blank = [
        torch.log_softmax(logits.float(), -1)[:, 0].view(common, frames).sum(1)
        for logits in (one.logits[-common * frames :], other.logits[: common * frames])
    ]
    both = (blank[0] + blank[1])[None, None]
    around = torch.nn.functional.avg_pool1d(both, 2 * _AROUND, stride=1)[0, 0]
    # around[n] is the mean over the steps on both sides of the cut before step n + _AROUND.
    low, high = common // 4, common - common // 4
    places = around[low - _AROUND : high - _AROUND]
    return following + low + int(places.argmax())
