"""One second under load, as the judges of this package are told it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from loadcell.histogram import Histogram


@dataclass(frozen=True, slots=True)
class Second:
    """What was answered within one second of all entries together."""

    load: float
    """The level that the plan asked for: users, or arrivals/s."""
    ok: Histogram = field(default_factory=Histogram)
    """Response times of the successes, in µs."""
    failures: int = 0
    """Requests that failed, whatever the reason: time-outs and refused connections included."""
    timeouts: int = 0
    refused: int = 0
    """Failures because there was no connection: refused, reset, not established in time."""
    gone: bool = False
    """The process of the service is known to be gone."""

    @property
    def served(self) -> int:
        """Successes."""
        return self.ok.total

    @property
    def answered(self) -> bool:
        """Something was answered, be it an error."""
        return self.served > 0 or self.failures > self.timeouts + self.refused


def p95_ms(seconds: Iterable[Second]) -> float | None:
    """p95 of the successes with time-outs as the longest: inf if it is one of them; None if nothing was answered."""
    merged, timeouts = Histogram(), 0
    for second in seconds:
        merged.merge(second.ok)
        timeouts += second.timeouts
    served = merged.total
    if not served + timeouts:
        return None
    rank = math.ceil(0.95 * (served + timeouts) - 1e-9)
    if rank > served:
        return math.inf
    value = merged.percentile(100 * rank / served)
    assert value is not None
    return value / 1000


def error_rate(seconds: Iterable[Second]) -> float | None:
    """Failures over answers; None if there was none."""
    served = failures = 0
    for second in seconds:
        served += second.served
        failures += second.failures
    return failures / (served + failures) if served + failures else None
