"""Objectives that can't be meant as they are written: what contradicts another, and what looks the wrong way round."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from loadcell.objectives.objective import Objective
from loadcell.objectives.units import PERCENTILE, is_time


def contradictions(objectives: Sequence[Objective]) -> list[str]:
    """A sentence for each two objectives that no service can keep to at once."""
    found = []
    for one, other in combinations(dict.fromkeys(objectives), 2):
        for upper, lower in ((one, other), (other, one)):
            if _exclude(upper, lower):
                found.append(f"the objectives '{one.text}' and '{other.text}' contradict each other: nothing can meet both")
                break
    return found


def wrong_way_round(objectives: Sequence[Objective]) -> list[str]:
    """A sentence for each objective that only a service that is slow, failing or idle keeps to.

    Not for one that has another on its other side, for then a range is meant; nor for `min`, which tells answers that come
    too fast to be real from others.
    """
    found = []
    for one in dict.fromkeys(objectives):
        good = _good_side(one.metric)
        if good is None or one.comparison[0] == good or any(_makes_range(one, other) for other in objectives):
            continue
        meant = one.comparison.replace(one.comparison[0], good)
        found.append(f"the objective '{one.text}' is missed by a service that does better: is {meant} meant?")
    return found


def _good_side(metric: str) -> str | None:
    """On which side of a limit a service does well; None where both may be wanted."""
    if metric in ("rps", "ok_rps"):
        return ">"
    return "<" if metric in ("avg", "max", "error_rate", "recovery") or PERCENTILE.fullmatch(metric) else None


def _makes_range(one: Objective, other: Objective) -> bool:
    return _place(one) == _place(other) and one.comparison[0] != other.comparison[0]


def _place(objective: Objective) -> tuple[str, str | None, float | None, float | None]:
    return objective.metric, objective.entry, objective.at_users, objective.at_rate


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
