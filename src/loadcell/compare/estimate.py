"""A figure of one side, a difference between two, and how many runs would tell more; pure.

All values are on a scale on which differences add up: the logarithm of times and rates, where a difference is a ratio, and
shares as they are. Requests that follow each other are alike, the more so the busier the service: a standard error made of
single requests is several times too small (of 1,000 pairs of identical services at 80 % utilisation, a rank test of the
requests calls 700 different). So a run is cut into ten batches, and each figure is computed again without each of them (the
delete-a-group jackknife: Quenouille 1956; for quantiles Shao and Wu 1989). Batches that are too short are still alike:
what thirty of them have in common with their neighbours widens the interval. Where there are several runs of a
side, each of them counts as one value, because a service that is started anew settles somewhere else each time
(Zhang et al. 2016).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, variance

from loadcell.compare import student

BATCHES = 10
PARTS = 3 * BATCHES
"""Into so many parts a run is cut; three of them are a batch."""
MOST_ALIKE = 0.8
"""Up to which correlation neighbours are believed: beyond, the run is too short to tell."""
FEW = 3
"""Below so many runs of a side, its own spread is no measure, and both sides are taken to spread alike."""
POWER = 0.95
"""How likely the number of runs that is asked for settles the question, were the truth as it was measured."""
MOST_RUNS = 100
"""More runs of each side than this are not worth asking for."""
REACH = NormalDist().inv_cdf(0.975)
"""Of an interval that holds 95 %, in standard errors to either side."""
UNSEEN_SPREAD = math.log(1.02)
"""What runs are taken to differ by (one standard deviation) where there is only one of each side."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the square of its standard error, and with how many degrees of freedom that is known."""

    value: float
    variance: float
    freedom: float


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the second side lies above the first, with an interval."""

    value: float
    low: float
    high: float


def of_batches(whole: float, without_batch: Sequence[float], without_part: Sequence[float]) -> Estimate:
    """A figure of one run, from the same figure without each of the BATCHES batches, and without each of the PARTS parts."""
    values = _pseudo(whole, without_batch)
    alike = _correlation(_pseudo(whole, without_part))
    squared_error = variance(values) / len(values) * (1 + alike) / (1 - alike)
    return Estimate(whole, squared_error, len(values) - 1)


def difference(before: Estimate, after: Estimate, confidence: float) -> Difference:
    """Welch's interval: the sides may spread differently."""
    squared_error = before.variance + after.variance
    if squared_error == 0:
        return _around(after.value - before.value, 0.0)
    parts = sum(one.variance**2 / one.freedom for one in (before, after))
    reach = student.quantile(0.5 + confidence / 2, squared_error**2 / parts) * math.sqrt(squared_error)
    return _around(after.value - before.value, reach)


def difference_of_runs(
    before: Sequence[float], after: Sequence[float], confidence: float, *, least: float = 0.0
) -> Difference:
    """The same from one value a run. At least three runs in all.

    `least` is the variance that each run is unsure by in itself: runs that agree by chance know no better than that.
    """
    first, second = spreads_of_runs(before, after, least=least)
    squared_error = first**2 / len(before) + second**2 / len(after)
    freedom = _freedom((first, second), (len(before), len(after)))
    reach = student.quantile(0.5 + confidence / 2, freedom) * math.sqrt(squared_error)
    return _around(fmean(after) - fmean(before), reach)


def spreads_of_runs(before: Sequence[float], after: Sequence[float], *, least: float = 0.0) -> tuple[float, float]:
    """By what runs of each side differ (one standard deviation): taken to be alike where a side has fewer than three."""
    sides = (before, after)
    if min(map(len, sides)) >= FEW:
        first, second = (math.sqrt(max(least, variance(side))) for side in sides)
        return first, second
    squares = sum((value - fmean(side)) ** 2 for side in sides for value in side)
    both = math.sqrt(max(least, squares / (len(before) + len(after) - 2)))
    return both, both


def variance_of_ends(low: float, high: float) -> float:
    """The variance behind the ends of a 95 % interval."""
    return ((high - low) / (2 * REACH)) ** 2


def runs_to_settle(
    found: float,
    spreads: tuple[float, float],
    floor: float,
    confidence: float,
    *,
    made: tuple[int, int] = (1, 1),
    only_after: bool = False,
) -> int | None:
    """How many runs of each side would settle whether there is a difference, were it as large as `found`.

    They must exclude 0 where it is at least `floor`, else lie within ±floor. None if more than MOST_RUNS were needed. There
    are `made` by now; `only_after`: no more of the first side can be made.
    """
    for runs in range(max(2, min(made) + 1, made[1] + 1 if only_after else 0), MOST_RUNS + 1):
        counts = (made[0], runs) if only_after else (runs, runs)
        error = math.sqrt(sum(spread**2 / count for spread, count in zip(spreads, counts, strict=True)))
        freedom = _freedom(spreads, counts)
        edge = student.quantile(0.5 + confidence / 2, freedom)
        if abs(found) >= floor:
            is_enough = error == 0 or _power(abs(found) / error, freedom, edge) >= POWER
        else:
            is_enough = abs(found) + (edge + student.quantile(POWER, freedom)) * error <= floor
        if is_enough:
            return runs
    return None


def _freedom(spreads: tuple[float, float], counts: tuple[int, int]) -> float:
    """Welch and Satterthwaite's degrees of freedom; those of a common spread where a side has few runs."""
    if min(counts) < FEW:
        return counts[0] + counts[1] - 2
    parts = [spread**2 / count for spread, count in zip(spreads, counts, strict=True)]
    squares = sum(part**2 / (count - 1) for part, count in zip(parts, counts, strict=True))
    return sum(parts) ** 2 / squares if squares else float(counts[0] + counts[1] - 2)


def _power(distance: float, freedom: float, edge: float) -> float:
    """How likely a t statistic exceeds `edge`, were the truth `distance` standard errors away; a little too low."""
    return 1 - student.share_below(edge - distance, freedom)


def _around(value: float, reach: float) -> Difference:
    return Difference(value, value - reach, value + reach)


def _pseudo(whole: float, without: Sequence[float]) -> list[float]:
    """What each group contributes: had it been the whole, the figure would have been about this."""
    groups = len(without)
    return [groups * whole - (groups - 1) * value for value in without]


def _correlation(values: Sequence[float]) -> float:
    """Of each value with the next; 0 where they are no more alike than independent ones."""
    mean = fmean(values)
    off = [value - mean for value in values]
    power = sum(one * one for one in off)
    if power == 0:
        return 0.0
    raw = sum(one * following for one, following in pairwise(off)) / power
    # Of n independent values it is -1/n on average, because their own mean was taken away.
    return min(MOST_ALIKE, max(0.0, raw + 1 / len(values)))
