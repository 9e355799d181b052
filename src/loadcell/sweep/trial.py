"""One search for the capacity of one setting, as its run file has it."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from loadcell.compare.estimate import variance_of_ends
from loadcell.diagnosis import Finding, diagnose
from loadcell.store import RunReader


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a setting carried, once."""

    run: str
    capacity: float | None = None
    """Users, or iterations/s; None where even the lowest load missed an objective, or nothing could be measured."""
    low: float | None = None
    high: float | None = None
    rps: float | None = None
    """Successes a second at the capacity."""
    at_least: bool = False
    """Whether more was not tried, so that the capacity may be higher."""
    unit: str = "users"
    limited_by: str = ""
    cause: Finding | None = None
    """What limits the setting."""
    memory_mb: float | None = None
    """The most memory of the service."""
    db_connections: float | None = None
    """The most connections to its database."""
    db_limit: float | None = None
    """How many the database takes."""
    problem: str = ""
    """Why there is no capacity."""

    @property
    def variance(self) -> float:
        """Of the logarithm of the capacity, as far as the search itself knows it."""
        if not self.low or not self.high:
            return 0.0
        return variance_of_ends(math.log(self.low), math.log(self.high))


def trial_of(reader: RunReader) -> Trial:
    """What a run says."""
    found = reader.capacity
    findings = diagnose(reader)
    memory = _most(reader, "memory")
    about: dict[str, Any] = {
        "run": reader.facts.id,
        "cause": findings[0] if findings else None,
        "memory_mb": memory,
        "db_connections": _most(reader, "db_connections"),
        "db_limit": _db_limit(reader),
    }
    if reader.verdict == "invalid":
        return Trial(problem="the generator was the limit", **about)
    if found is None:
        return Trial(
            problem=reader.reasons[0] if reader.reasons else "the search was too short: take a longer --search-time", **about
        )
    return Trial(
        capacity=found.load,
        low=found.low,
        high=found.high,
        rps=found.rps,
        at_least=found.at_least,
        unit=found.unit,
        limited_by=found.limited_by,
        **about,
    )


def _most(reader: RunReader, signal: str) -> float | None:
    return max((values[signal] for values in reader.signals().values() if signal in values), default=None)


def _db_limit(reader: RunReader) -> float | None:
    values = [reading.value for reading in reader.readings("db_connections_max")]
    return max(values, default=None)
