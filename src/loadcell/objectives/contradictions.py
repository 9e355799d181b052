"""Objectives that no service can keep to at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from loadcell.objectives.objective import Objective
from loadcell.objectives.units import is_time


def contradictions(objectives: Sequence[Objective]) -> list[str]:
    """A sentence for each two objectives that no service can keep to at once."""
    found = []
    for one, other in combinations(dict.fromkeys(objectives), 2):
        for upper, lower in ((one, other), (other, one)):
            if _exclude(upper, lower):
                found.append(f"the objectives '{one.text}' and '{other.text}' contradict each other: nothing can meet both")
                break
    return found


def _exclude(upper: Objective, lower: Objective) -> bool:
    """Whether nothing that is below the limit of `upper` can be above that of `lower`."""
    if upper.comparison not in ("<", "<=") or lower.comparison not in (">", ">="):
        return False
    same_place = (upper.entry, upper.at_users, upper.at_rate) == (lower.entry, lower.at_users, lower.at_rate)
    if not same_place or not _never_above(lower.metric, upper.metric):
        return False
    strict = "=" not in upper.comparison or "=" not in lower.comparison
    return lower.limit > upper.limit or (strict and lower.limit == upper.limit)


def _never_above(low: str, high: str) -> bool:
    """Whether what `low` measures can't be more than what `high` measures."""
    if low == high or {low, high} == {"rps", "ok_rps"}:
        return True
    if not (is_time(low) and is_time(high)):
        return False
    if "avg" in (low, high):
        return low == "min" or high == "max"
    return _rank(low) <= _rank(high)


def _rank(metric: str) -> float:
    return {"min": 0.0, "max": 100.0}[metric] if metric in ("min", "max") else float(metric.removeprefix("p"))
