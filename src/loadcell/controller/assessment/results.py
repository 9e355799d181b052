"""From what an assessment knows to what it says: capacity, breaking point, recovery, objectives kept or missed; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.findings import Findings, Question
from loadcell.controller.assessment.steps import Model, Stage, level_text
from loadcell.controller.objectives import Figures, measure
from loadcell.controller.search import Capacity
from loadcell.objectives import NOT_JUDGED, Objective, Result
from loadcell.objectives.units import SERVER

REMAINS = ("memory", "descriptors", "db_connections", "workers")
"""The signals that show what stress has left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What was found out."""

    results: tuple[Result, ...] = ()
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name, for the run file: capacity, breaking_point, recovery; those that are known."""
    invalid: tuple[str, ...] = ()
    """Why it says nothing about the service, in sentences."""
    reasons: tuple[str, ...] = ()
    """What else must be known, in sentences."""


def conclude(question: Question, found: Findings, *, finished: bool) -> Conclusion:
    """The conclusion of an assessment that was finished, or broken off."""
    documents: dict[str, dict[str, Any]] = {}
    if found.capacity is not None:
        documents["capacity"] = capacity_document(found.capacity, found.stages, question.model)
    if found.signs:
        documents["breaking_point"] = breaking_point_document(found, question.model)
    if found.recovery is not None and found.recovery.state is not None:
        documents["recovery"] = recovery_document(found)
    reasons = []
    if found.ended:
        reasons.append(found.ended)
    elif not finished:
        reasons.append(f"the assessment was broken off in the phase “{found.phase}”: what comes after it is not known")
    if found.capacity is not None and found.capacity.at_least and found.generator_limit is None:
        most = level_text(found.capacity.load, question.model)
        reasons.append(f"the service met its objectives up to the most load that was tried ({most}): it may carry more")
    return Conclusion(
        results=tuple(_results(question.model, found)),
        found=documents,
        invalid=_invalid(question.model, found),
        reasons=tuple(reasons),
    )


def capacity_document(capacity: Capacity, stages: Sequence[Stage], model: Model) -> dict[str, Any]:
    """`capacity` of the result document. Rates are of successes."""
    carried = _throughput(stages)
    low, high = capacity.low, None if capacity.at_least else capacity.high

    def rps(load: float | None) -> float | None:
        return None if load is None or not carried else round(_between(carried, load), 3)

    closed = model == "closed"
    return {
        "users": capacity.load if closed else None,
        "low_users": low if closed else None,
        "high_users": high if closed else None,
        "rate": None if closed else capacity.load,
        "low_rate": None if closed else low,
        "high_rate": None if closed else high,
        "rps": rps(capacity.load),
        "low_rps": rps(low),
        "high_rps": rps(high),
        "limited_by": capacity.limited_by,
        "at_least": capacity.at_least,
        "trials": capacity.trials,
    }


def breaking_point_document(found: Findings, model: Model) -> dict[str, Any]:
    """`breaking_point` of the result document: the least load with a sign of distress, and where each sign showed."""
    signs = [
        {
            "sign": sign.kind,
            "users": sign.load if model == "closed" else None,
            "rate": None if model == "closed" else sign.load,
            "rps": _ok_rps_at(found, sign.load),
        }
        for sign in found.signs
    ]
    return {**signs[0], "signs": signs}


def recovery_document(found: Findings) -> dict[str, Any]:
    """`recovery` of the result document, with what damage remains: the second baseline beside the first."""
    recovery = found.recovery
    assert recovery is not None
    damage: dict[str, dict[str, float | None]] = {}
    for name, stage in (("before", found.baseline), ("after", found.again)):
        if stage is not None and stage.intervals:
            figures = readings.figures_of(stage.intervals)
            damage[name] = {"p95_ms": _finite(figures.percentile_ms(95)), "error_rate": figures.error_rate}
            damage[name] |= {signal: value for signal in REMAINS if (value := _felt(found, [stage], signal)) is not None}
    return {
        "recovered": recovery.state == "recovered",
        "seconds": found.recovery_s,
        "state": recovery.state,
        "load": recovery.load,
        "tolerance": {"p95_ms": _finite(recovery.tolerance.p95_ms), "error_rate": recovery.tolerance.error_rate},
        "baselines": damage,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or value == float("inf") else round(value, 3)


def _ok_rps_at(found: Findings, load: float) -> float:
    return round(_between(_throughput(found.stages), load), 3)


def _throughput(stages: Sequence[Stage]) -> list[tuple[float, float]]:
    """(load, successes/s) for each load on the way up, ascending; the median where it was held several times."""
    rates: dict[float, list[float]] = {}
    for stage in stages:
        ok_rps = readings.figures_of(stage.intervals).ok_rps
        if not stage.rest and stage.phase != "recovery" and ok_rps is not None:
            rates.setdefault(stage.level, []).append(ok_rps)
    return [(load, sorted(found)[len(found) // 2]) for load, found in sorted(rates.items())]


def _between(points: Sequence[tuple[float, float]], load: float) -> float:
    """The throughput at a load between those that were held, in a straight line; beyond them, that of the last one."""
    for (low, below), (high, above) in pairwise(points):
        if low <= load <= high:
            return below + (above - below) * (load - low) / (high - low)
    return points[0][1] * load / points[0][0] if load < points[0][0] else points[-1][1]


def _invalid(model: Model, found: Findings) -> tuple[str, ...]:
    if found.generator_limit is None:
        return ()
    if found.capacity is not None and not found.capacity.at_least:
        return ()  # The limit came later, under stress: the capacity was found before.
    limit = level_text(found.generator_limit, model)
    return (
        f"The generators were busy at {limit}, before the service was: its capacity is not known. "
        "Use more --processes, or another machine for the generators.",
    )


def _results(model: Model, found: Findings) -> list[Result]:
    return [_result(model, found, objective) for objective in found.objectives]


def _result(model: Model, found: Findings, objective: Objective) -> Result:
    text = objective.text
    if objective.metric == "recovery":
        return _recovery_result(found, objective)
    at = objective.at_users if model == "closed" else objective.at_rate
    if at is not None or objective.at_users is not None or objective.at_rate is not None:
        stages = [stage for stage in found.stages if at is not None and stage.level == at]
        if not stages:
            return Result(text=text, stage="", passed=False, reason=f"{NOT_JUDGED}this load was never held")
        return _over(found, objective, stages, model)
    carried = [stage for stage in found.stages if not stage.rest and _is_carried(found, stage)]
    if not carried:
        baseline = [stage for stage in found.stages if stage.phase == "baseline"][:2]
        if not baseline:
            return Result(text=text, stage="", passed=False, reason=f"{NOT_JUDGED}the baseline was not completed")
        return _over(found, objective, baseline, model)
    if objective.metric in ("rps", "ok_rps"):
        best = max(carried, key=lambda stage: readings.figures_of(stage.intervals).ok_rps or 0.0)
        return _over(found, objective, [best], model)
    top = max(stage.level for stage in carried)
    return _over(found, objective, [stage for stage in carried if stage.level == top], model)


def _is_carried(found: Findings, stage: Stage) -> bool:
    """Whether the stage met the objectives on the way up, at a load that the service carries."""
    if stage.phase not in ("load", "search"):
        return False
    limiting = [objective for objective in found.objectives if readings.limits(objective)]
    low = found.capacity.load if found.capacity is not None else float("inf")
    return stage.level <= low and readings.trial_of(stage, limiting).passed


def _over(found: Findings, objective: Objective, stages: Sequence[Stage], model: Model) -> Result:
    if objective.metric.startswith(SERVER):
        return _signal_over(found, objective, stages, model)
    intervals = [interval for stage in stages for interval in stage.intervals]
    figures: Figures = readings.figures_of(intervals, objective)
    label = level_text(stages[0].level, model)
    measured = measure(objective, figures)
    if measured is None:
        reason = "no request succeeded" if figures.requests else "no request was made"
        return Result(text=objective.text, stage=label, passed=False, reason=reason)
    if measured == float("inf"):
        return Result(text=objective.text, stage=label, passed=False, reason=f"its {objective.metric} is a time-out")
    return Result(text=objective.text, stage=label, measured=measured, passed=objective.holds(measured))


def _signal_over(found: Findings, objective: Objective, stages: Sequence[Stage], model: Model) -> Result:
    measured = _felt(found, stages, objective.metric.removeprefix(SERVER))
    label = level_text(stages[0].level, model)
    if measured is None:
        return Result(text=objective.text, stage="", reason="this signal of the service was not seen")
    return Result(text=objective.text, stage=label, measured=measured, passed=objective.holds(measured))


def _felt(found: Findings, stages: Sequence[Stage], signal: str) -> float | None:
    """The mean of a signal of the service over these stages; None where nobody saw it."""
    seconds = {interval.second for stage in stages for interval in stage.intervals}
    values = [found.signals[second][signal] for second in seconds if signal in found.signals.get(second, {})]
    return round(sum(values) / len(values), 3) if values else None


def _recovery_result(found: Findings, objective: Objective) -> Result:
    text, recovery = objective.text, found.recovery
    if recovery is None or recovery.state is None:
        return Result(text=text, stage="", reason="there was no stress to recover from")
    if recovery.state != "recovered" or found.recovery_s is None:
        return Result(text=text, stage="recovery", passed=False, reason=f"the service is {recovery.state}")
    return Result(text=text, stage="recovery", measured=found.recovery_s, passed=objective.holds(found.recovery_s))
