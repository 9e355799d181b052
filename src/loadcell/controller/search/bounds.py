"""Is a load a lower or an upper bound of the capacity? Decided as in MLRsearch.

The classification is the one of draft-ietf-bmwg-mlrsearch: sums of durations of good and bad trials at a load, where a trial
is bad if it missed an objective. With `exceed_ratio` 0.5, the majority of the time decides, and only once no remaining trial
up to `duration_sum` could turn it: one bad trial is no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Bound(Enum):
    """What the trials at one load say."""

    LOWER = "lower"
    UPPER = "upper"
    UNDECIDED = "undecided"


@dataclass(slots=True)
class Durations:
    """Seconds of trials at one load; short ones are below the goal's final duration."""

    full_low: float = 0.0
    full_high: float = 0.0
    short_low: float = 0.0
    short_high: float = 0.0

    def add(self, duration_s: float, *, good: bool, full: bool) -> None:
        """Count one trial."""
        if good and full:
            self.full_low += duration_s
        elif good:
            self.short_low += duration_s
        elif full:
            self.full_high += duration_s
        else:
            self.short_high += duration_s


def classify(durations: Durations, duration_sum: float, exceed_ratio: float = 0.5) -> Bound:
    """What a load is, by the trials so far; seconds."""
    balancing = durations.short_low * exceed_ratio / (1 - exceed_ratio)
    effect_high = durations.full_high + max(0.0, durations.short_high - balancing)
    whole = max(durations.full_low + effect_high, duration_sum)
    quantile = whole * exceed_ratio
    optimistic = effect_high <= quantile
    pessimistic = whole - durations.full_low <= quantile
    if optimistic and pessimistic:
        return Bound.LOWER
    if not optimistic and not pessimistic:
        return Bound.UPPER
    return Bound.UNDECIDED


def relevant_bounds(loads: Iterable[tuple[float, Bound]]) -> tuple[float | None, float | None]:
    """The largest lower bound below the smallest upper bound, and that one.

    A good result above a bad one is taken for luck: the bounds are the careful ones.
    """
    known = list(loads)
    upper = min((load for load, bound in known if bound is Bound.UPPER), default=None)
    lower = max((load for load, bound in known if bound is Bound.LOWER and (upper is None or load < upper)), default=None)
    return lower, upper
