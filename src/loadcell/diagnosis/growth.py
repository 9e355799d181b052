"""Whether something grows, by how much, and whether it goes on growing: Theil and Sen's slope; pure.

Points come in strata, stretches of one load each: only points of the same stratum are compared (Hirsch, Slack, Smith 1982),
so that what another load brings along is not taken for growth. A run at one load is one stratum.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import msgspec

BLOCKS = 24
"""Points are brought down to the medians of so many blocks: one peak is no growth."""
_95 = 1.96
_TAUS = 60
_FARTHEST = 2.9

Points = Sequence[tuple[float, float]]


class Slope(msgspec.Struct, frozen=True):
    """A slope with its 95 % interval."""

    value: float
    low: float
    high: float


class Growth(NamedTuple):
    """How much y grows with x."""

    slope: Slope
    earlier: Slope
    """That of the first half alone."""
    later: Slope
    """And of the second."""
    reach: float
    """Over how much of x."""
    swing: float
    """How far y goes up and down beside its growth, from the lowest point to the highest."""

    @property
    def total(self) -> float:
        """By how much y has grown."""
        return self.slope.value * self.reach

    @property
    def ratio(self) -> float:
        """Of the second half's slope to the first's: below 1 the growth slows down."""
        return self.later.value / self.earlier.value if self.earlier.value > 0 else math.inf


class Plateau(NamedTuple):
    """Where what slows down will end: by y = a + b(1 − e^(−x/τ)), or a straight line up to where it is full."""

    value: float
    tau: float
    """In units of x: after so much, 63 % of the growth are over, or it is full."""


def growth_of(strata: Sequence[Points]) -> Growth | None:
    """How y grows with x, the first third left out as warming up; None for too few points, or an x that stands still."""
    strata = _without(strata, sum(map(len, strata)) // 3)
    blocks = _blocks(strata)
    count = sum(map(len, blocks))
    if count < BLOCKS:
        return None
    whole, first, second = slope_of(blocks), slope_of(_cut(blocks, count // 2)), slope_of(_without(blocks, count // 2))
    if whole is None or first is None or second is None:
        return None
    return Growth(whole, first, second, blocks[-1][-1][0] - blocks[0][0][0], max(_swing(each, whole) for each in strata))


def slope_of(strata: Sequence[Points]) -> Slope | None:
    """The median of the slopes of all pairs; its interval by Kendall's distribution, normal from 10 points on."""
    slopes = sorted((y2 - y1) / (x2 - x1) for points in strata for (x1, y1), (x2, y2) in combinations(points, 2) if x2 > x1)
    if not slopes:
        return None
    variance = sum(n * (n - 1) * (2 * n + 5) / 18 for n in map(len, strata))
    spread = _95 * math.sqrt(variance)
    low = max(0, math.floor((len(slopes) - spread) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return Slope(statistics.median(slopes), slopes[low], slopes[high])


def plateau_of(points: Points) -> Plateau | None:
    """Where y ends if it goes on slowing down; None where that is too far off to be told."""
    blocks = medians(points, 2 * BLOCKS)
    reach = blocks[-1][0] - blocks[0][0] if blocks else 0.0
    if len(blocks) < BLOCKS or reach <= 0:
        return None
    start = blocks[0][0]
    fits = []
    for number in range(_TAUS):
        share = number / (_TAUS - 1)
        tau = reach / 20 * 60**share  # a twentieth of what was seen … three times as much
        fits.append((*_line([(1 - math.exp(-(x - start) / tau), y) for x, y in blocks]), tau))
        full = reach * (0.2 + 0.68 * share)
        fits.append((*_line([(min(1.0, (x - start) / full), y) for x, y in blocks]), full))
    error, base, rise, tau = min(fits)
    if tau >= _FARTHEST * reach or rise <= 0 or not math.isfinite(error):
        return None
    return Plateau(base + rise, tau)


def medians(points: Points, blocks: int) -> list[tuple[float, float]]:
    """The medians of blocks of as many points each; the points themselves where there are not more."""
    size = len(points) / blocks if blocks else 1.0
    if size <= 1:
        return list(points)
    parts = [points[round(i * size) : round((i + 1) * size)] for i in range(blocks)]
    return [(statistics.median(x for x, _ in part), statistics.median(y for _, y in part)) for part in parts]


def _blocks(strata: Sequence[Points]) -> list[list[tuple[float, float]]]:
    """Each stratum in blocks, as many as it has points of all, and two at the least to have a slope."""
    count = sum(map(len, strata))
    return [medians(points, max(2, round(BLOCKS * len(points) / count))) for points in strata if len(points) > 1]


def _without(strata: Sequence[Points], count: int) -> list[Points]:
    """All but the first `count` points."""
    found: list[Points] = []
    for points in strata:
        if len(points) > count:
            found.append(points[count:])
        count = max(0, count - len(points))
    return found


def _cut(strata: Sequence[Points], count: int) -> list[Points]:
    """The first `count` points."""
    found: list[Points] = []
    for points in strata:
        if count > 0:
            found.append(points[:count])
        count -= len(points)
    return found


def _swing(points: Points, slope: Slope) -> float:
    rest = [y - slope.value * x for x, y in points]
    return max(rest) - min(rest) if rest else 0.0


def _line(points: Points) -> tuple[float, float, float]:
    """(squared error, y at 0, slope) of the straight line with the least error."""
    x0, y0 = statistics.fmean(x for x, _ in points), statistics.fmean(y for _, y in points)
    spread = sum((x - x0) ** 2 for x, _ in points)
    slope = sum((x - x0) * (y - y0) for x, y in points) / spread if spread else 0.0
    error = sum((y - y0 - slope * (x - x0)) ** 2 for x, y in points)
    return error, y0 - slope * x0, slope
