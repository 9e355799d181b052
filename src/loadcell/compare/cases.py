"""Every figure on both sides, before it is judged: the confidence of an interval depends on how many there are; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import msgspec

from loadcell.compare import estimate
from loadcell.compare.estimate import Difference, Estimate
from loadcell.compare.figures import Figure
from loadcell.compare.measured import SHORTEST_S, TOTAL, Key, Measured, by_requests
from loadcell.compare.result import Row
from loadcell.compare.verdicts import verdict

CONFIDENCE = 0.95
"""Of all intervals of a comparison together."""
_NO_END = math.log(100)
"""An interval that goes on to so many times the value has no end that tells anything."""
MOST_ENTRIES = 50
"""So many entries are compared, those with the most requests."""


@dataclass(frozen=True, slots=True)
class Case:
    """One figure of one entry. `floor`, `interval` and `spreads` are on the scale of the figure."""

    row: Row
    floor: float
    more_is_worse: bool
    is_share: bool
    interval: Callable[[float], Difference] | None = None
    """Of a confidence; None where nothing can be said."""
    spreads: tuple[float, float] | None = None
    """What runs of each side differ by among themselves; None where more runs would not tell more."""
    made: tuple[int, int] = (1, 1)
    """How many runs of each side there are."""
    undecided: str = ""
    """Why more runs would not tell, in a clause, if it stays inconclusive."""

    def judged(self, confidence: float, *, only_after: bool = False) -> Row:
        """The row with its interval and verdict. `only_after`: no more runs of the first side can be made."""
        if self.interval is None:
            return self.row
        found = self.interval(confidence)
        told = verdict(found, self.floor, more_is_worse=self.more_is_worse)
        effect, low, high = (self._effect(value) for value in (found.value, found.low, found.high))
        row = msgspec.structs.replace(self.row, effect=effect, low=low, high=high, verdict=told)
        if told != "inconclusive":
            return row
        if self.spreads is None:
            return msgspec.structs.replace(row, why=self.undecided)
        needed = estimate.runs_to_settle(
            found.value, self.spreads, self.floor, confidence, made=self.made, only_after=only_after
        )
        if needed is None and sum(self.made) > len(self.made) and min(self.made) < estimate.FEW:
            needed = estimate.FEW  # by so few runs it is not known how near to the least difference it is
        return msgspec.structs.replace(row, runs_needed=needed)

    def _effect(self, value: float) -> float | None:
        if math.isinf(value) or (not self.is_share and value > _NO_END):
            return None
        return round(value if self.is_share else math.expm1(value), 6)


def judged(compared: Sequence[Case], looks: int = 1, *, only_after: bool = False) -> tuple[list[Row], list[Row]]:
    """What is of the whole service, and what is of single entries, so that all intervals together hold with CONFIDENCE.

    Half of the risk is spent on what is of the whole service, however many entries there are (weighted Bonferroni). Who
    looks several times, with more runs each time, and stops when something shows, has so many times the risk.
    """
    risk = (1 - CONFIDENCE) / looks
    whole = [case for case in compared if (case.row.method, case.row.name) == TOTAL]
    entries = [case for case in compared if (case.row.method, case.row.name) != TOTAL]
    share = 0.5 if whole and entries else 1.0
    first, second = (
        [case.judged(1 - share * risk / len(side), only_after=only_after) for case in side] for side in (whole, entries)
    )
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
            yield single(case, one, other)


def _of_runs(key: Key, figure: Figure, before: Sequence[Measured], after: Sequence[Measured], floor: float) -> Case:
    values = [[run.value(key, figure) for run in side] for side in (before, after)]
    one, other = ([found for value in side if (found := figure.scaled(value)) is not None] for side in values)
    case = _case(key, figure, [figure.unscaled(fmean(side)) if side else None for side in (one, other)], floor)
    # A run is one value, and needs as much in its tail as the batches of a single one together.
    why = _too_few(figure, [run.requests(key) for run in (*before, *after)])
    if not why and (len(one), len(other)) != (len(before), len(after)):
        why = "not every run has it"
    if why:
        return replace(case, row=msgspec.structs.replace(case.row, why=why))
    return several(case, one, other, least=_least(key, figure, [*before, *after]))


def several(case: Case, before: Sequence[float], after: Sequence[float], *, least: float = 0.0) -> Case:
    """The case, told by one value a run, each of which is unsure by the variance `least` in itself."""
    return replace(
        case,
        interval=lambda level: estimate.difference_of_runs(before, after, level, least=least),
        spreads=estimate.spreads_of_runs(before, after, least=least),
        made=(len(before), len(after)),
    )


def _least(key: Key, figure: Figure, runs: Sequence[Measured]) -> float:
    """What shares of failures are unsure by, whatever runs agree on."""
    if not figure.is_share:
        return 0.0
    return fmean(by_requests(run.value(key, figure) or 0.0, run.requests(key)) for run in runs)


def _case(key: Key, figure: Figure, values: Sequence[float | None], floor: float) -> Case:
    before, after = (None if value is None else round(value, 6) for value in values)
    row = Row(method=key[0], name=key[1], figure=figure.name, unit=figure.unit, before=before, after=after)
    return Case(row, figure.floor(floor), figure.more_is_worse, figure.is_share)


def _too_few(figure: Figure, requests: Sequence[int]) -> str:
    least, needed = min(requests), figure.least_requests(estimate.BATCHES)
    return f"{least:,} requests, and it takes {needed:,}" if least < needed else ""


def single(case: Case, before: Estimate, after: Estimate) -> Case:
    """The case, told by one run of each side: both are unsure by what no single run shows, too."""
    # Rates hardly differ from run to run: they are those of the load.
    differs = case.row.unit == "ms" or case.row.figure == "capacity"
    more = estimate.UNSEEN_SPREAD**2 if differs else 0.0
    one, other = (replace(side, variance=side.variance + more) for side in (before, after))
    return replace(
        case,
        interval=lambda level: estimate.difference(one, other, level),
        spreads=(math.sqrt(one.variance), math.sqrt(other.variance)),
    )
