"""The result document, schema 1: what programs read of a run. It may grow; nothing in it is ever renamed."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from loadcell.objectives import Result
from loadcell.report import causes, over_time, scaling, service, waterfall
from loadcell.store import EntryTotals, RunReader, StoredHealth, StoredStage
from loadcell.validity import LEAD, Exhaustion, Strain

SCHEMA = 1
PERCENTILES = {"p50_ms": 50.0, "p90_ms": 90.0, "p95_ms": 95.0, "p99_ms": 99.0, "p999_ms": 99.9}

_LATENESS = ("p50_ms", "p99_ms", "max_ms")

STOP_IN_STAGE = 0.02
"""Which share of the run a stop may take to count as part of the stage that it ends: its time has fewer requests."""


def document(reader: RunReader) -> dict[str, Any]:
    """Everything about a run as plain dicts and lists.

    Times are in ms, `error_rate` is a fraction (0 … 1). Response times are over all requests, failed ones included, as
    Locust counts them. Rates are per second of the run's measured duration: `run.duration_s`, from the start to the
    end of the last interval; a stage's are per second of that stage.
    """
    duration_s = reader.duration_s
    return {
        "schema": SCHEMA,
        "run": _run(reader, duration_s),
        "environment": reader.environment,
        "verdict": reader.verdict,
        "reasons": reader.reasons,
        "objectives": [msgspec.to_builtins(result) for result in reader.objectives],
        "total": entry(reader.total(), reader.counted_s),
        "entries": [entry(totals, reader.counted_s) for totals in reader.entries()],
        "errors": [
            {
                "method": error.method,
                "name": error.name,
                "error": error.error,
                "occurrences": error.occurrences,
                "first_s": round(error.first_s, 3),
                "last_s": round(error.last_s, 3),
            }
            for error in reader.errors()
        ],
        "exceptions": [
            {"message": found.message, "traceback": found.traceback, "occurrences": found.occurrences}
            for found in reader.exceptions()
        ],
        "events": [
            {"at_s": round(event.at_s, 3), "kind": event.kind, "level": event.level, "text": event.text}
            for event in reader.events()
        ],
        "stages": stages(reader, duration_s),
        "capacity": reader.result("capacity"),
        "breaking_point": reader.result("breaking_point"),
        "recovery": reader.result("recovery"),
        **causes.examined(reader),
        "over_time": over_time.found(reader),
        "waterfall": waterfall.found(reader),
        "scaling": scaling.found(reader),
        "server": service.figures(reader.signals()),
        "starts": starts(reader),
        "generator": generator_of(reader),
    }


def entry(totals: EntryTotals, duration_s: float) -> dict[str, Any]:
    """ENTRY of the document: the figures of one entry over `duration_s` seconds. None where nothing was timed."""
    ok = totals.requests - totals.failures
    return {
        "method": totals.method,
        "name": totals.name,
        "requests": totals.requests,
        "failures": totals.failures,
        "interrupted": totals.interrupted,
        "left_out": totals.left_out,
        "timeouts": totals.timeouts,
        "error_rate": totals.failures / totals.requests if totals.requests else 0.0,
        "rps": totals.requests / duration_s if duration_s > 0 else 0.0,
        "ok_rps": ok / duration_s if duration_s > 0 else 0.0,
        "avg_ms": _ms(totals.avg_us),
        "min_ms": _ms(totals.min_us),
        "max_ms": _ms(totals.max_us),
        **percentiles(totals),
        "bytes": totals.received,
        "from_intended": from_intended(totals),
    }


def percentiles(totals: EntryTotals, wanted: dict[str, float] = PERCENTILES) -> dict[str, float | None]:
    """Percentiles in ms under the names wanted, each at least the shortest and at most the longest time measured."""
    values = totals.latency.percentiles(tuple(wanted.values()))
    found = {name: _ms(_within(value, totals)) for name, value in zip(wanted, values, strict=True)}
    # The longest time is known to the microsecond, not only to its bucket.
    return found | {name: _ms(totals.max_us) for name, percent in wanted.items() if percent == 100}


def from_intended(totals: EntryTotals) -> dict[str, float | None] | None:
    """Percentiles in ms of the times from when iterations were due; None in the closed model."""
    if not totals.intended.counts:
        return None
    found = totals.intended.percentiles(tuple(PERCENTILES.values()))
    return {name: _ms(value) for name, value in zip(PERCENTILES, found, strict=True)}


def stages(reader: RunReader, duration_s: float) -> list[dict[str, Any]]:
    """The stages that the run told of; a plain run's are `ramp` until all users are there, then `load` until they stop.

    In whole seconds, so a short ramp has none. What comes after the stop began belongs to `load`, unless it lasted so
    long that it would blur the figures.
    """
    if stored := reader.stages():
        return [_stage(reader, stage) for stage in stored]
    border, seconds = _borders(reader, duration_s)
    duration_s = min(duration_s, seconds)
    spans = [("ramp", 0, border), ("load", border, seconds)]
    users = reader.users()
    found = []
    for phase, first, last in spans:
        end_s = min(duration_s, last)
        if end_s <= first:
            continue
        found.append(
            {
                "phase": phase,
                "users": _most(users, first, last),
                "rate": None,
                "start_s": float(first),
                "duration_s": end_s - first,
                **_figures(reader, first, last, end_s - first),
                "server": _server(reader, first, last),
                "passed": _passed([result for result in reader.objectives if result.stage == phase]),
            }
        )
    return found


def _stage(reader: RunReader, stage: StoredStage) -> dict[str, Any]:
    """A stage that was told of.

    Its figures are those of whole seconds, each of which belongs to the stage that has more of it: a stage of less than
    a second may have none.
    """
    first, last = round(stage.start_s), round(stage.end_s)
    end_s = min(float(last), reader.duration_s)
    return {
        "phase": stage.phase,
        "users": _most(reader.users(), first, last) if stage.users is None else round(stage.users),
        "rate": stage.rate,
        "start_s": stage.start_s,
        "duration_s": stage.end_s - stage.start_s,
        **_figures(reader, first, last, max(0.0, end_s - first)),
        "server": _server(reader, first, last),
        "passed": _kept(reader, stage) if stage.passed is None else stage.passed,
    }


def _server(reader: RunReader, first: int, last: int) -> dict[str, dict[str, float]]:
    """What the service felt in a stage, by signal."""
    found = service.figures(reader.signals(), first, last)
    return {signal: {"avg": values["avg"], "max": values["max"]} for signal, values in found.items()}


def _kept(reader: RunReader, stage: StoredStage) -> bool | None:
    """Whether the objectives that were judged in a stage were kept: the judge names it by its phase, or phase and load."""
    load = f"{stage.rate:g}/s" if stage.rate is not None else "1 user" if stage.users == 1 else f"{stage.users or 0:g} users"
    names = (stage.phase, f"{stage.phase} at {load}")
    return _passed([result for result in reader.objectives if result.stage in names])


def _figures(reader: RunReader, first: int, last: int, seconds: float) -> dict[str, Any]:
    figures = entry(reader.total(first, last), seconds)
    del figures["method"], figures["name"]
    return figures


def _most(users: dict[int, int], first: int, last: int) -> int:
    return max((count for second, count in users.items() if first <= second < last), default=0)


def starts(reader: RunReader) -> dict[str, Any] | None:
    """How iterations started; None in the closed model."""
    totals = reader.starts()
    if totals is None:
        return None
    return {
        "due": totals.due,
        "started": totals.started,
        "dropped": totals.dropped,
        "late": totals.late,
        "per_s": totals.started / reader.counted_s if reader.counted_s > 0 else 0.0,
        **{f"late_{name}": _ms(us) for name, us in zip(_LATENESS, totals.lateness.percentiles((50, 99, 100)), strict=True)},
    }


def _passed(results: list[Result]) -> bool | None:
    """Whether all objectives that were judged in a stage were kept; None where none was."""
    judged = [result.passed for result in results if result.passed is not None]
    return all(judged) if judged else None


def _borders(reader: RunReader, duration_s: float) -> tuple[int, int]:
    """The second that the load begins with, and the one that ends the run."""
    stopping = next((event.at_s for event in reader.events() if event.kind == "stopping"), duration_s)
    # A run time that ends a moment after the full second is meant to be that second.
    at_once = duration_s - stopping <= STOP_IN_STAGE * duration_s
    seconds = math.ceil(duration_s) if at_once else max(1, math.floor(stopping + 0.1))
    complete = next((event.at_s for event in reader.events() if event.kind == "spawning_complete"), None)
    # A ramp that ends just after a second began is counted as that second's load.
    return seconds if complete is None else min(seconds, max(0, math.ceil(complete - 0.1))), seconds


def generator_of(reader: RunReader) -> dict[str, Any]:
    """Whether the generators of a run had time and means to keep the load up; `reasons` says in sentences why not."""
    exhaustion = Exhaustion()
    for error in reader.errors():
        exhaustion.error(error.error, error.occurrences)
    requests, failures = reader.request_counts()
    border, seconds = _borders(reader, reader.duration_s)
    # A ramp may cost more than the load that follows: it is only looked at where nothing does.
    first = border if border < seconds else 0
    found = generator(reader.health(), first, exhaustion.reasons(connected=requests > failures))
    if late := reader.starts():
        found |= {"late_p99_ms": _ms(late.lateness.percentile(99)), "dropped": late.dropped}
    return found


def generator(health: list[StoredHealth], first: int = 0, exhausted: list[str] | None = None) -> dict[str, Any]:
    """The same from its parts: valid, if neither strained from second `first` on nor `exhausted`."""
    health = [row for row in health if row.generator != LEAD]
    strain, after = Strain(), Strain()
    for row in health:
        strain.second(row.generator, row.cpu, row.lag_ms)
        if row.second >= first:
            after.second(row.generator, row.cpu, row.lag_ms)
    reasons = after.reasons() + (exhausted or [])
    return {
        "valid": not reasons,
        "cpu_max": strain.cpu_max,
        "lag_p99_ms": strain.lag_p99_ms,
        "late_p99_ms": None,
        "dropped": 0,
        "late_starts": sum(row.late_starts for row in health),
        "memory_max_mb": max((row.memory_mb for row in health), default=None),
        "reasons": reasons,
    }


def _run(reader: RunReader, duration_s: float) -> dict[str, Any]:
    facts = reader.facts
    return {
        "id": facts.id,
        "name": facts.name,
        "started": facts.started,
        "duration_s": duration_s,
        "scenario": facts.scenario,
        "host": facts.host,
        "plan": facts.plan,
        "model": facts.model,
        "generators": facts.generators,
        "nodes": facts.nodes,
        "users": facts.users,
        "spawn_rate": facts.spawn_rate,
        "run_time_s": facts.run_time_s,
        "command": facts.command,
        "state": reader.state,
        "exit_code": reader.exit_code,
    }


def _within(us: float | None, totals: EntryTotals) -> float | None:
    """A bucket's middle, moved to what was really measured."""
    if us is None or totals.min_us is None or totals.max_us is None:
        return us
    return min(max(us, totals.min_us), totals.max_us)


def _ms(us: float | None) -> float | None:
    return None if us is None else round(us / 1000, 4)
