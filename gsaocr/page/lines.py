"""Letters into runs of text: neighbours in a row are chained.

All lengths are multiples of the page's usual letter height (``letter``) or of the letters at hand,
so that nothing depends on the resolution. The page lies flat: lines run along rows of pixels, up
to the waves of the paper. Nothing here knows up from down: a page turned by 180 degrees gives
the same runs, turned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gsaocr.page.components import Components

Floats = NDArray[Any]  # float64
Ints = NDArray[Any]  # int32
Longs = NDArray[Any]  # int64
Bools = NDArray[Any]  # bool

SMALL = 0.42  # letters high; lower pieces are dots, dashes, accents, parts of broken letters
_TALL = 2.3  # letters high; taller pieces are headings, or letters of two lines grown together
_LETTER_GAP = 1.3  # letters high; wider gaps don't join pieces to a run in the first pass
_CELL_GAP = 2.2  # letters high; wider gaps may lie between columns
_MAX_SLOPE = 0.06  # pixels per pixel that a run may rise or sink on the flat page


@dataclass(slots=True)
class Run:
    """Text in a row without a wide gap: a line, or a cell of one.

    ``members`` are indices of components. The run's letters stand in the band between the lines
    top + slope * x and bottom + slope * x, in pixels of the flat page: between baseline and
    x-height line if it has ascenders or descenders, else (capitals, figures) at full height.
    """

    members: Longs
    x0: float
    x1: float
    top: float
    bottom: float
    slope: float
    x_height: float
    y0: float  # of all its ink
    y1: float

    def band_at(self, x: float) -> tuple[float, float]:
        """Top and bottom of the band at a column."""
        return self.top + self.slope * x, self.bottom + self.slope * x

    @property
    def middle(self) -> float:
        """Height of the band's middle at the run's middle."""
        return (self.top + self.bottom) / 2 + self.slope * (self.x0 + self.x1) / 2


def find_runs(parts: Components, letter: float) -> list[Run]:
    """Chain letter-sized components of a flat page to runs, in no particular order.

    ``letter`` is the usual letter height in pixels. Smaller
    pieces are left to ``marks``.
    """
    if not len(parts) or letter <= 0:
        return []
    letters = np.flatnonzero(~is_mark(parts, letter))
    if not len(letters):
        return []
    chains = _chains(parts, letters, letter)
    runs = [measure(parts, chain, letter) for chain in chains]
    return _joined(parts, runs, letter)


def is_mark(parts: Components, letter: float) -> Bools:
    """Pieces smaller than letters: dots, dashes, accents, parts of broken letters, dust."""
    small = (parts.height < SMALL * letter) | (parts.area < 0.04 * letter * letter)
    return np.asarray(small)


def join(parts: Components, runs: list[Run], letter: float) -> Run:
    """One run from several."""
    return measure(parts, np.concatenate([run.members for run in runs]), letter)


def measure(parts: Components, members: Longs, letter: float) -> Run:
    """Fit slope and band of a run to its members."""
    x0, x1 = parts.x0[members], parts.x1[members]
    y0, y1 = parts.y0[members].astype(float), parts.y1[members].astype(float)
    tall = (y1 - y0) >= SMALL * letter
    if not tall.any():
        tall = np.ones(len(members), bool)
    centre = (x0 + x1)[tall] / 2
    tops, bottoms = y0[tall], y1[tall]
    usual = float(np.median(bottoms - tops))
    slope = 0.0
    if tall.sum() >= 6 and np.ptp(centre) > 6 * usual:
        slope = _slope(centre, tops, bottoms, usual)
    level_tops, level_bottoms = tops - slope * centre, bottoms - slope * centre
    weight = np.minimum((x1 - x0)[tall], 2 * usual)
    top = _densest(level_tops, weight, 0.2 * usual)
    bottom = _densest(level_bottoms, weight, 0.2 * usual)
    if bottom - top < 0.4 * usual:
        top, bottom = float(np.median(level_tops)), float(np.median(level_bottoms))
    band = bottom - top
    beyond = (level_tops < top - 0.2 * band) | (level_bottoms > bottom + 0.2 * band)
    mixed = weight[beyond].sum() > 0.07 * weight.sum()
    # Capitals and figures are about 1.45 x-heights high.
    x_height = band if mixed else band / 1.45
    return Run(
        members,
        float(x0.min()),
        float(x1.max()),
        top,
        bottom,
        slope,
        x_height,
        float(y0.min()),
        float(y1.max()),
    )


def _slope(centre: Floats, tops: Floats, bottoms: Floats, usual: float) -> float:
    """Slope of the straight lines that most tops and bottoms keep to."""
    slope = 0.0
    x = centre - centre.mean()
    weights = np.ones(len(x))
    for reach in (0.5, 0.22, 0.15):
        product = square = 0.0
        for edge in (tops, bottoms):
            level = edge - slope * x
            near = np.abs(level - _densest(level, weights, reach * usual)) < reach * usual
            if near.sum() >= 4:
                mine = x[near] - x[near].mean()
                product += float(mine @ edge[near])
                square += float(mine @ mine)
        if square > 0:
            slope = min(max(product / square, -_MAX_SLOPE), _MAX_SLOPE)
    return slope


def _densest(values: Floats, weights: Floats, width: float) -> float:
    """Weighted mean of the values in the fullest window of the given width."""
    order = values.argsort(kind="stable")
    values, weights = values[order], weights[order]
    total = np.zeros(len(values) + 1)
    weights.cumsum(out=total[1:])
    end = values.searchsorted(values + width, side="right")
    mass = total[end] - total[:-1]
    # Of equally full windows the middle one, so that up and down are treated alike.
    best = np.flatnonzero(mass >= mass.max() - 1e-9)
    start = int(best[len(best) // 2])
    stop = int(end[start])
    return float(values[start:stop] @ weights[start:stop] / (total[stop] - total[start]))


def _chains(parts: Components, letters: Longs, letter: float) -> list[Longs]:
    """Join each letter-sized piece to its nearest fitting neighbours on either side."""
    chosen = parts.where(letters)
    left, right = _pairs(chosen, letter)
    height = chosen.height.astype(float)
    low, high = np.minimum(height[left], height[right]), np.maximum(height[left], height[right])
    gap = (chosen.x0[right] - chosen.x1[left]).astype(float)
    shared = np.minimum(chosen.y1[left], chosen.y1[right]) - np.maximum(
        chosen.y0[left], chosen.y0[right]
    )
    offset = np.abs((chosen.y0 + chosen.y1)[left] - (chosen.y0 + chosen.y1)[right]) / 2
    reach = _LETTER_GAP * np.clip(high, 0.7 * letter, 1.5 * letter)
    reach = np.where(low > 1.5 * letter, _LETTER_GAP * low, reach)
    like = high <= np.where(high > _TALL * letter, 1.7, 2.6) * low
    fits = (gap <= reach) & (shared >= 0.5 * low) & like
    cost = np.maximum(gap, 0) + offset
    links = [
        _best_links(left[fits], right[fits], cost[fits]),
        _best_links(right[fits], left[fits], cost[fits]),
    ]
    groups = group(len(letters), np.concatenate(links))
    return [letters[members] for members in groups]


def _pairs(parts: Components, letter: float) -> tuple[Longs, Longs]:
    """Pairs (left, right) of pieces that may be neighbours in a row, by position alone."""
    middle = (parts.y0 + parts.y1) / 2
    # Strips as wide as a run's letters reach keep the number of pairs linear in the page's size.
    strip = 12 * letter
    found: list[tuple[Longs, Longs]] = []
    reach = np.minimum(0.75 * parts.height, 4 * letter)
    for start in np.arange(0, parts.x1.max() + strip, strip):
        near = np.flatnonzero(
            (parts.x1 >= start - 4 * letter) & (parts.x0 < start + strip + 4 * letter)
        )
        if len(near) < 2:
            continue
        near = near[np.argsort(middle[near], kind="stable")]
        places = middle[near]
        inside = (parts.x0[near] >= start) & (parts.x0[near] < start + strip)
        first = np.searchsorted(places, places - reach[near])
        last = np.searchsorted(places, places + reach[near], side="right")
        count = np.where(inside, last - first, 0)
        one = np.repeat(np.arange(len(near)), count)
        other = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        other += np.repeat(first, count)
        one, other = near[one], near[other]
        # Each pair is met from both sides or from one; order it by place.
        centre = parts.x0 + parts.x1
        swap = centre[one] > centre[other]
        left, right = np.where(swap, other, one), np.where(swap, one, other)
        keep = (left != right) & (parts.x0[right] - parts.x1[left] <= 4 * letter)
        found.append((left[keep], right[keep]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _best_links(source: Longs, target: Longs, cost: Floats) -> Longs:
    """For each source its cheapest target: int64 (n, 2)."""
    order = np.lexsort((cost, source))
    _, first = np.unique(source[order], return_index=True)
    best = order[first]
    return np.stack([source[best], target[best]], axis=1)


def group(count: int, links: Longs) -> list[Longs]:
    """Connected groups of 0 .. count - 1 under the links (n, 2), as sorted index arrays."""
    root = np.arange(count)
    if len(links):
        one, other = links[:, 0], links[:, 1]
        while True:
            low = np.minimum(root[one], root[other])
            before = root.copy()
            np.minimum.at(root, root[one], low)
            np.minimum.at(root, root[other], low)
            root = root[root]
            if (root == before).all():
                break
    order = np.argsort(root, kind="stable")
    bounds = np.flatnonzero(np.diff(root[order])) + 1
    return [np.sort(part) for part in np.split(order, bounds)] if count else []


def _joined(parts: Components, runs: list[Run], letter: float) -> list[Run]:
    """Join runs that continue each other or lie in each other, across gaps within a cell."""
    while True:
        links = _run_links(runs, letter)
        if not len(links):
            return runs
        groups = group(len(runs), links)
        joined = []
        for members in groups:
            if len(members) == 1:
                joined.append(runs[members[0]])
            else:
                together = np.concatenate([runs[k].members for k in members])
                joined.append(measure(parts, together, letter))
        runs = joined


def _run_links(runs: list[Run], letter: float) -> Longs:
    x0 = np.array([run.x0 for run in runs])
    x1 = np.array([run.x1 for run in runs])
    top = np.array([run.top for run in runs])
    bottom = np.array([run.bottom for run in runs])
    slope = np.array([run.slope for run in runs])
    links = []
    for k in range(len(runs)):
        # Compare the bands where the runs meet.
        at = np.where(
            x0 > x1[k],
            (x0 + x1[k]) / 2,
            np.where(
                x1 < x0[k], (x1 + x0[k]) / 2, (np.maximum(x0, x0[k]) + np.minimum(x1, x1[k])) / 2
            ),
        )
        tops, bottoms = top + slope * at, bottom + slope * at
        my_top, my_bottom = top[k] + slope[k] * at, bottom[k] + slope[k] * at
        low = np.minimum(bottoms - tops, my_bottom - my_top)
        high = np.maximum(bottoms - tops, my_bottom - my_top)
        shared = np.minimum(bottoms, my_bottom) - np.maximum(tops, my_top)
        gap = np.maximum(x0 - x1[k], x0[k] - x1)
        size = np.clip(high, 0.7 * letter, 1.6 * letter)
        size = np.where(low > 1.6 * letter, low, size)
        fits = (gap <= _CELL_GAP * size) & (shared >= 0.55 * low) & (high <= 2.1 * low)
        fits[k] = False
        # The nearest on the right, and whatever lies inside.
        inside = fits & (gap < 0)
        links += [(k, int(j)) for j in np.flatnonzero(inside)]
        right = fits & (gap >= 0) & (x0 >= x1[k])
        if right.any():
            j = int(np.argmin(np.where(right, gap, np.inf)))
            links.append((k, j))
    return np.array(links, dtype=np.int64).reshape(-1, 2)


def extended(run: Run, parts: Components, more: list[Longs]) -> Run:
    """A run with further members that leave its band as it is."""
    if not more:
        return run
    new = np.concatenate(more)
    return replace(
        run,
        members=np.concatenate([run.members, new]),
        x0=min(run.x0, float(parts.x0[new].min())),
        x1=max(run.x1, float(parts.x1[new].max())),
        y0=min(run.y0, float(parts.y0[new].min())),
        y1=max(run.y1, float(parts.y1[new].max())),
    )
