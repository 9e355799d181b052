"""How many seconds of a level are warm-up: detected, not assumed.

MSER, the marginal standard error rule (White 1997; White, Cobb, Spratt 2000, who use means of 5 observations, as a second is
the mean of many): cut so much at the beginning that the standard error of the mean of the rest is least. If that is more
than half, there is no steady state yet (Hoad, Robinson, Davies 2010). One stalled second must not move the cut, so values
far outside of the later half's spread are first brought to its edge. Of few values the least error is somewhere by chance,
so nothing is cut that is not clearly unlike the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

SPREADS = 5.0
CLEARLY = 4.0
"""By how many standard errors a beginning must differ from a long rest; from a short rest by more."""

MATTERS = 0.05
"""As a share of the mean of the rest: below it, a difference is of no consequence, however regular the figures are."""


def warm_up(values: Sequence[float]) -> int | None:
    """How many values to cut at the beginning; None while there is no steady state."""
    if len(values) < 4:
        return None
    kept = _without_stalls(values)
    most = len(kept) // 2
    errors = [_squared_error(kept[cut:]) for cut in range(most + 1)]
    least = min(errors)
    cut = errors.index(least)
    if not cut or not _differs(kept[:cut], kept[cut:]):
        return 0
    return None if cut == most and least > 0 else cut


def warm_up_of(series: Sequence[Sequence[float]]) -> int | None:
    """The same for several figures of the same seconds, such as p95 and successes/s: steady is when all are."""
    cuts = [warm_up(values) for values in series]
    known = [cut for cut in cuts if cut is not None]
    return max(known) if known and len(known) == len(cuts) else None


def _without_stalls(values: Sequence[float]) -> list[float]:
    later = values[len(values) // 2 :]
    middle = median(later)
    spread = median(abs(value - middle) for value in later)
    if not spread:
        return list(values)
    low, high = middle - SPREADS * spread, middle + SPREADS * spread
    # The beginning stays as it is: what is far off there is what is to be found.
    return [value if at < _leading(values, low, high) else min(high, max(low, value)) for at, value in enumerate(values)]


def _leading(values: Sequence[float], low: float, high: float) -> int:
    """How many values at the beginning are outside."""
    for at, value in enumerate(values):
        if low <= value <= high:
            return at
    return len(values)


def _differs(beginning: Sequence[float], rest: Sequence[float]) -> bool:
    error = math.sqrt(_squared_error(rest) * (1 + len(rest) / len(beginning)))
    mean = sum(rest) / len(rest)
    difference = abs(sum(beginning) / len(beginning) - mean)
    return difference > MATTERS * abs(mean) and difference > CLEARLY * (1 + 3 / len(rest)) * error


def _squared_error(values: Sequence[float]) -> float:
    """The squared standard error of the mean."""
    count = len(values)
    mean = sum(values) / count
    return sum((value - mean) ** 2 for value in values) / count**2
