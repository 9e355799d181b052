"""Capacity against capacity, each with its own interval; pure but for what it reads of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean

import msgspec

from loadcell.compare.cases import Case, several, single
from loadcell.compare.estimate import REACH, Difference, Estimate, variance_of_ends
from loadcell.compare.measured import TOTAL
from loadcell.compare.result import Row
from loadcell.store import RunReader

_FREEDOM = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """What an assessment says of the capacity, as logarithms."""

    value: float
    low: float
    high: float
    """Infinite where more was not tried."""
    unit: str

    @property
    def has_ends(self) -> bool:
        """Whether it is known from both sides."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def variance(self) -> float:
        """As far as the search itself knows it."""
        return variance_of_ends(self.low, self.high)


def capacity_of(reader: RunReader) -> Found | None:
    """The capacity that a run found; None where it did not look for one, or did not get so far."""
    if (found := reader.capacity) is not None:
        high = math.inf if found.high is None else math.log(found.high)
        return Found(math.log(found.load), math.log(found.low or found.load), high, found.unit)
    stages = reader.stages()
    if reader.facts.effort and stages and all(stage.phase == "baseline" for stage in stages) and reader.outcome:
        # The objectives were missed at the lowest load already: it is less than that.
        lowest = stages[0].rate if stages[0].users is None else stages[0].users
        return Found(
            math.log(lowest or 1.0), -math.inf, math.log(lowest or 1.0), "users" if stages[0].rate is None else "/s"
        )
    return None


def capacities(before: Sequence[RunReader], after: Sequence[RunReader], floor: float) -> list[Case]:
    """The case of the capacities; none where no run has looked for one."""
    sides = [[capacity_of(reader) for reader in side] for side in (before, after)]
    known = [[found for found in side if found is not None] for side in sides]
    if not any(known):
        return []
    unit = next(found.unit for side in known for found in side)
    values = [math.exp(fmean(found.value for found in side)) if side else None for side in known]
    row = Row(method=TOTAL[0], name=TOTAL[1], figure="capacity", unit=unit, before=values[0], after=values[1])
    case = Case(row, math.log1p(floor), more_is_worse=False, is_share=False)
    if [len(side) for side in known] != [len(before), len(after)]:
        return [replace(case, row=msgspec.structs.replace(row, why="not every run found one"))]
    one, other = known
    if not all(found.has_ends for side in known for found in side):
        why = "one side carried all that was tried, or missed the objectives from the start: the other may be as good or not"
        return [replace(case, interval=lambda level: _of_bounds(one, other, level), undecided=why)]
    if len(one) == len(other) == 1:
        first, second = (Estimate(side[0].value, side[0].variance, _FREEDOM) for side in known)
        return [single(case, first, second)]
    least = fmean(found.variance for side in known for found in side)
    return [several(case, [found.value for found in one], [found.value for found in other], least=least)]


def _of_bounds(before: Sequence[Found], after: Sequence[Found], confidence: float) -> Difference:
    """What is certain where a capacity is known from one side only."""
    # The ends that searches tell hold 95 %; those of several figures together have to hold with more.
    wider = NormalDist().inv_cdf(0.5 + confidence / 2) / REACH
    lows, highs = (
        (
            min(found.value - wider * (found.value - found.low) for found in side),
            max(found.value + wider * (found.high - found.value) for found in side),
        )
        for side in (before, after)
    )
    value = fmean(found.value for found in after) - fmean(found.value for found in before)
    return Difference(value, highs[0] - lows[1], highs[1] - lows[0])
