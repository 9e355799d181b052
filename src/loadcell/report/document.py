"""The result document, schema 1: what programs read of a run. It may grow; nothing in it is ever renamed."""

from __future__ import annotations

import math
from typing import Any

from loadcell.histogram import Histogram
from loadcell.store import EntryTotals, RunReader, StoredHealth

SCHEMA = 1
PERCENTILES = {"p50_ms": 50.0, "p90_ms": 90.0, "p95_ms": 95.0, "p99_ms": 99.0, "p999_ms": 99.9}

STOP_IN_STAGE = 0.02
"""Which share of the run a stop may take to count as part of the stage that it ends: its time has fewer requests."""
MAX_CPU = 90.0
"""Above this, in % of a core, a generator has no time left to send requests when they are due."""
MAX_CPU_SECONDS = 3
MAX_LAG_MS = 100.0


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
        "environment": reader.facts.environment,
        "verdict": reader.verdict,
        "reasons": reader.reasons,
        "objectives": [],
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
        "capacity": None,
        "breaking_point": None,
        "recovery": None,
        "findings": [],
        "server": {},
        "generator": generator(reader.health()),
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
        "timeouts": totals.timeouts,
        "error_rate": totals.failures / totals.requests if totals.requests else 0.0,
        "rps": totals.requests / duration_s if duration_s > 0 else 0.0,
        "ok_rps": ok / duration_s if duration_s > 0 else 0.0,
        "avg_ms": _ms(totals.avg_us),
        "min_ms": _ms(totals.min_us),
        "max_ms": _ms(totals.max_us),
        **percentiles(totals),
        "bytes": totals.received,
        "from_intended": None,
    }


def percentiles(totals: EntryTotals, wanted: dict[str, float] = PERCENTILES) -> dict[str, float | None]:
    """Percentiles in ms under the names wanted, each at least the shortest and at most the longest time measured."""
    values = totals.latency.percentiles(tuple(wanted.values()))
    found = {name: _ms(_within(value, totals)) for name, value in zip(wanted, values, strict=True)}
    # The longest time is known to the microsecond, not only to its bucket.
    return found | {name: _ms(totals.max_us) for name, percent in wanted.items() if percent == 100}


def stages(reader: RunReader, duration_s: float) -> list[dict[str, Any]]:
    """The plain run's stages: `ramp` until all users are there, then `load` until they are stopped.

    In whole seconds, so a short ramp has none. What comes after the stop began belongs to `load`, unless it lasted so
    long that it would blur the figures.
    """
    stopping = next((event.at_s for event in reader.events() if event.kind == "stopping"), duration_s)
    # A run time that ends a moment after the full second is meant to be that second.
    at_once = duration_s - stopping <= STOP_IN_STAGE * duration_s
    seconds = math.ceil(duration_s) if at_once else max(1, math.floor(stopping + 0.1))
    duration_s = min(duration_s, seconds)
    complete = next((event.at_s for event in reader.events() if event.kind == "spawning_complete"), None)
    # A ramp that ends just after a second began is counted as that second's load.
    border = seconds if complete is None else min(seconds, max(0, math.ceil(complete - 0.1)))
    spans = [("ramp", 0, border), ("load", border, seconds)]
    users = reader.users()
    found = []
    for phase, first, last in spans:
        end_s = min(duration_s, last)
        if end_s <= first:
            continue
        figures = entry(reader.total(first, last), end_s - first)
        del figures["method"], figures["name"]
        present = [count for second, count in users.items() if first <= second < last]
        found.append(
            {
                "phase": phase,
                "users": max(present, default=0),
                "rate": None,
                "start_s": float(first),
                "duration_s": end_s - first,
                **figures,
                "server": {},
                "passed": None,
            }
        )
    return found


def generator(health: list[StoredHealth]) -> dict[str, Any]:
    """Whether the generators had time to keep the load up; `reasons` says in sentences why not."""
    # The lead of several carries no users: its pauses delay no request.
    health = [row for row in health if row.generator != "lead"]
    lags = Histogram()
    busy: dict[str, int] = {}
    for row in health:
        lags.record(round(row.lag_ms * 1000))
        if row.cpu > MAX_CPU:
            busy[row.generator] = busy.get(row.generator, 0) + 1
    lag_p99_ms = _ms(lags.percentile(99))
    reasons = []
    worst = max(busy, key=lambda name: busy[name], default=None)
    if worst is not None and busy[worst] > MAX_CPU_SECONDS:
        reasons.append(
            f"Generator {worst} used more than {MAX_CPU:.0f} % of a core for {busy[worst]} s: "
            "it sent requests later than it should have, and fewer. Use more --processes."
        )
    if lag_p99_ms is not None and lag_p99_ms > MAX_LAG_MS:
        reasons.append(
            f"The generators' event loops were up to {lag_p99_ms:.0f} ms late (p99): requests were sent later "
            "than they should have been, and fewer. Look for code in the scenario that blocks, or use more --processes."
        )
    return {
        "valid": not reasons,
        "cpu_max": max((row.cpu for row in health), default=None),
        "lag_p99_ms": lag_p99_ms,
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
