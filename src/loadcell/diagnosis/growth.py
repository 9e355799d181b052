"""Whether something grows with the requests, and whether it goes on growing: Theil and Sen's slope; pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

BLOCKS = 24
"""Points are brought down to the medians of so many blocks: one peak is no growth."""
_95 = 1.96


class Slope(NamedTuple):
    """A slope with the lower bound of its 95 % interval."""

    value: float
    low: float


class Growth(NamedTuple):
    """How much is kept of each request."""

    slope: Slope
    later: Slope
    """The slope of the second half alone."""
    ratio: float
    """Of the second half's slope to the first's: below 1 the growth slows down."""


def growth_of(points: Sequence[tuple[float, float]]) -> Growth | None:
    """How y grows with x, the first third left out as warming up; None for too few points, or an x that stands still."""
    blocks = medians(points[len(points) // 3 :], BLOCKS)
    if len(blocks) < BLOCKS:
        return None
    half = len(blocks) // 2
    whole, first, second = slope_of(blocks), slope_of(blocks[:half]), slope_of(blocks[half:])
    if whole is None or first is None or second is None:
        return None
    return Growth(whole, second, second.value / first.value if first.value > 0 else math.inf)


def medians(points: Sequence[tuple[float, float]], blocks: int) -> list[tuple[float, float]]:
    """The medians of blocks of as many points each; the points themselves where there are not more."""
    size = len(points) / blocks
    if size <= 1:
        return list(points)
    parts = [points[round(i * size) : round((i + 1) * size)] for i in range(blocks)]
    return [(statistics.median(x for x, _ in part), statistics.median(y for _, y in part)) for part in parts]


def slope_of(points: Sequence[tuple[float, float]]) -> Slope | None:
    """The median of the slopes of all pairs, and its lower bound by Kendall's distribution, normal from 10 points on."""
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x2 > x1)
    count = len(points)
    if not slopes:
        return None
    spread = _95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, math.floor((len(slopes) - spread) / 2))
    return Slope(statistics.median(slopes), slopes[low])
