"""Every figure on both sides, before it is judged: the confidence of an interval depends on how many there are; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import msgspec

from loadcell.compare import estimate
from loadcell.compare.estimate import Difference, Estimate
from loadcell.compare.figures import Figure
from loadcell.compare.measured import SHORTEST_S, TOTAL, Key, Measured
from loadcell.compare.result import Row
from loadcell.compare.verdicts import verdict

CONFIDENCE = 0.95
"""Of all intervals of a comparison together."""
MOST_ENTRIES = 50
"""So many entries are compared, those with the most requests."""
_CAPACITY_REACH = 1.96
"""Of the interval of a capacity, which holds 95 %, in standard errors to either side."""
_CAPACITY_FREEDOM = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One figure of one entry. `floor` and `interval` are on the scale of the figure."""

    row: Row
    floor: float
    more_is_worse: bool
    is_share: bool
    interval: Callable[[float], Difference] | None = None
    """Of a confidence; None where nothing can be said."""
    spread: float = 0.0
    """What runs of the same side differ by."""

    def judged(self, confidence: float) -> Row:
        """The row with its interval and verdict."""
        if self.interval is None:
            return self.row
        found = self.interval(confidence)
        told = verdict(found, self.floor, more_is_worse=self.more_is_worse)
        needed = None
        if told == "inconclusive" and self.spread:
            needed = estimate.runs_to_settle(found.value, self.spread, self.floor, confidence)
        effect, low, high = (self._effect(value) for value in (found.value, found.low, found.high))
        return msgspec.structs.replace(self.row, effect=effect, low=low, high=high, verdict=told, runs_needed=needed)

    def _effect(self, value: float) -> float | None:
        if math.isinf(value):
            return None
        return round(value if self.is_share else math.expm1(value), 6)


def judged(compared: Sequence[Case], looks: int = 1) -> tuple[list[Row], list[Row]]:
    """What is of the whole service, and what is of single entries, so that all intervals together hold with CONFIDENCE.

    Half of the risk is spent on what is of the whole service, however many entries there are (weighted Bonferroni). Who
    looks several times, with more runs each time, and stops when something shows, has so many times the risk.
    """
    risk = (1 - CONFIDENCE) / looks
    whole = [case for case in compared if (case.row.method, case.row.name) == TOTAL]
    entries = [case for case in compared if (case.row.method, case.row.name) != TOTAL]
    share = 0.5 if whole and entries else 1.0
    first, second = ([case.judged(1 - share * risk / len(side)) for case in side] for side in (whole, entries))
    return first, second


def cases(
    before: Sequence[Measured], after: Sequence[Measured], figures: Sequence[Figure], floor: float, keys: Sequence[Key]
) -> list[Case]:
    """Each figure of each of these entries."""
    found: list[Case] = []
    for key in keys:
        if len(before) == len(after) == 1:
            found += _of_batches(key, before[0], after[0], figures, floor)
        else:
            found += (_of_runs(key, figure, before, after, floor) for figure in figures)
    return found


def keys(runs: Sequence[Measured], wanted: Sequence[str]) -> list[Key]:
    """The entries to compare: those wanted, by name or by method and name, or the total and those with the most requests.

    A single entry is the same as the total. KeyError with the name of one that is wanted and not there.
    """
    counts: dict[Key, int] = {}
    for run in runs:
        for key in run.whole:
            counts[key] = counts.get(key, 0) + run.requests(key)
    known = sorted((key for key in counts if key != TOTAL), key=lambda key: (-counts[key], key))
    for name in wanted:
        if not any(name in (key[1], " ".join(key)) for key in known):
            raise KeyError(name)
    if wanted:
        return [key for key in known if key[1] in wanted or " ".join(key) in wanted]
    return [TOTAL, *known[:MOST_ENTRIES]] if len(known) > 1 else [TOTAL]


def capacity(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], floor: float) -> Case:
    """The capacities that assessments found, as the result document has them."""
    sides = (before, after)
    name = "users" if before[0]["users"] is not None else "rate"
    loads = [[float(found[name] or 0) for found in side] for side in sides]
    row = Row(
        method="",
        name=TOTAL[1],
        figure="capacity",
        unit="users" if name == "users" else "/s",
        before=median(loads[0]),
        after=median(loads[1]),
    )
    case = Case(row, math.log1p(floor), more_is_worse=False, is_share=False)
    if not all(load > 0 for side in loads for load in side):
        return replace(case, row=msgspec.structs.replace(row, why="no load met the objectives"))
    one, other = ([math.log(load) for load in side] for side in loads)
    if any(found["at_least"] for side in sides for found in side):
        return replace(
            case, interval=lambda _: _of_bounds(one, other, *([_bounds(found, name) for found in side] for side in sides))
        )
    if len(before) == len(after) == 1:
        first, second = (_known(value[0], found[0], name) for value, found in zip((one, other), sides, strict=True))
        return replace(case, interval=_between(first, second), spread=_spread(first, second, is_share=False))
    spread = estimate.spread_of_runs(one, other)
    return replace(case, interval=lambda level: estimate.difference_of_runs(one, other, level), spread=spread)


def _bounds(found: Mapping[str, Any], name: str) -> tuple[float, float]:
    """Between which logarithms of loads a capacity lies; one that is the most that was tried has no upper end."""
    low = math.log(max(found[f"low_{name}"] or found[name], 1e-9))
    return low, math.inf if found["at_least"] else math.log(found[f"high_{name}"] or found[name])


def _of_bounds(
    before: Sequence[float],
    after: Sequence[float],
    of_before: Sequence[tuple[float, float]],
    of_after: Sequence[tuple[float, float]],
) -> Difference:
    """What is certain where a capacity has no upper end."""
    lows, highs = ([min(low for low, _ in side), max(high for _, high in side)] for side in (of_before, of_after))
    return Difference(median(after) - median(before), highs[0] - lows[1], highs[1] - lows[0])


def _known(value: float, found: Mapping[str, Any], name: str) -> Estimate:
    low, high = _bounds(found, name)
    return Estimate(value, ((high - low) / (2 * _CAPACITY_REACH)) ** 2, _CAPACITY_FREEDOM)


def _of_batches(key: Key, before: Measured, after: Measured, figures: Sequence[Figure], floor: float) -> Iterator[Case]:
    sides = (before, after)
    estimates = [run.estimates(key, figures) for run in sides]
    for figure, one, other in zip(figures, *estimates, strict=True):
        case = _case(key, figure, [run.value(key, figure) for run in sides], floor)
        why = _too_few(figure, [run.requests(key) for run in sides])
        if not why and min(run.window.seconds for run in sides) < SHORTEST_S:
            why = f"less than {SHORTEST_S} s at this load"
        if not why and (one is None or other is None):
            why = "nothing to compare"
        if why or one is None or other is None:
            yield replace(case, row=msgspec.structs.replace(case.row, why=why))
        else:
            yield replace(case, interval=_between(one, other), spread=_spread(one, other, is_share=figure.is_share))


def _of_runs(key: Key, figure: Figure, before: Sequence[Measured], after: Sequence[Measured], floor: float) -> Case:
    values = [[run.value(key, figure) for run in side] for side in (before, after)]
    middles = [median(known) if (known := [one for one in side if one is not None]) else None for side in values]
    case = _case(key, figure, middles, floor)
    # A run is one value, and needs as much in its tail as the batches of a single one together.
    why = _too_few(figure, [run.requests(key) for run in (*before, *after)])
    one, other = ([found for value in side if (found := figure.scaled(value)) is not None] for side in values)
    if not why and (len(one), len(other)) != (len(before), len(after)):
        why = "not every run has it"
    if why:
        return replace(case, row=msgspec.structs.replace(case.row, why=why))
    spread = estimate.spread_of_runs(one, other)
    return replace(case, interval=lambda level: estimate.difference_of_runs(one, other, level), spread=spread)


def _case(key: Key, figure: Figure, values: Sequence[float | None], floor: float) -> Case:
    before, after = (None if value is None else round(value, 6) for value in values)
    row = Row(method=key[0], name=key[1], figure=figure.name, unit=figure.unit, before=before, after=after)
    return Case(row, figure.floor(floor), figure.more_is_worse, figure.is_share)


def _too_few(figure: Figure, requests: Sequence[int]) -> str:
    least, needed = min(requests), figure.least_requests(estimate.BATCHES)
    return f"{least:,} requests, and it takes {needed:,}" if least < needed else ""


def _between(one: Estimate, other: Estimate) -> Callable[[float], Difference]:
    return lambda level: estimate.difference(one, other, level)


def _spread(one: Estimate, other: Estimate, *, is_share: bool) -> float:
    """What further runs would differ by: as much as these are unsure by themselves, and what no single run shows."""
    return math.sqrt((one.variance + other.variance) / 2 + (0.0 if is_share else estimate.UNSEEN_SPREAD**2))
