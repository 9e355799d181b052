"""What a RunReader answers with: plain figures, no database in sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from loadcell.histogram import Histogram
from loadcell.store import schema


@dataclass(kw_only=True)
class EntryTotals:
    """Everything counted for one entry (or all of them) over some seconds. Times in µs, sums over timed requests."""

    method: str
    name: str
    requests: int = 0
    failures: int = 0
    interrupted: int = 0
    left_out: int = 0
    timeouts: int = 0
    received: int = 0
    total_us: int = 0
    untimed: int = 0
    connects: int = 0
    connect_us: int = 0
    tls_us: int = 0
    body_us: int = 0
    redirects: int = 0
    min_us: int | None = None
    max_us: int | None = None
    ok: Histogram = field(default_factory=Histogram, repr=False)
    failed: Histogram = field(default_factory=Histogram, repr=False)
    intended: Histogram = field(default_factory=Histogram, repr=False)
    """All timed requests as from when their iteration was due; empty in the closed model."""

    @cached_property
    def latency(self) -> Histogram:
        """Successes and failures together, as Locust counts; build it once the figures are complete."""
        both = Histogram()
        both.merge(self.ok)
        both.merge(self.failed)
        return both

    @property
    def avg_us(self) -> float | None:
        """The mean response time of the timed requests; None when there is none."""
        timed = self.requests - self.untimed
        return self.total_us / timed if timed > 0 else None


def merged(entries: Iterable[EntryTotals], method: str, name: str) -> EntryTotals:
    """The totals of several entries, or of one entry at several times, under this name."""
    known = list(entries)
    total = EntryTotals(method=method, name=name)
    for entry in known:
        for column in schema.SUMMED:
            setattr(total, column, getattr(total, column) + getattr(entry, column))
        total.ok.merge(entry.ok)
        total.failed.merge(entry.failed)
        total.intended.merge(entry.intended)
    total.min_us = min((entry.min_us for entry in known if entry.min_us is not None), default=None)
    total.max_us = max((entry.max_us for entry in known if entry.max_us is not None), default=None)
    return total


@dataclass(slots=True, kw_only=True)
class Point:
    """One step of a timeline. Percentiles are over all requests of the window that ends with this step."""

    start_s: float
    """Where the step begins, in seconds after the run's start."""
    measured_s: float
    """How much of the step was measured; less than the step's length at the end of a run."""
    users: int | None
    """The most users at once; None where no generator reported."""
    requests: int = 0
    failures: int = 0
    interrupted: int = 0
    timeouts: int = 0
    received: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def rps(self) -> float | None:
        """Requests a second; None where too little was measured to say."""
        return self.requests / self.measured_s if self.measured_s >= 0.5 else None

    @property
    def failures_per_s(self) -> float | None:
        """Failures a second; None where too little was measured to say."""
        return self.failures / self.measured_s if self.measured_s >= 0.5 else None


@dataclass(kw_only=True)
class StartTotals:
    """How the iterations of some seconds started, in the open model; what the fields mean is said at `messages.Starts`."""

    due: int = 0
    started: int = 0
    dropped: int = 0
    late: int = 0
    lateness: Histogram = field(default_factory=Histogram, repr=False)


@dataclass(slots=True, frozen=True)
class StoredError:
    """How often an entry failed in one way; times in seconds after the run's start."""

    method: str
    name: str
    error: str
    occurrences: int
    first_s: float
    last_s: float


@dataclass(slots=True, frozen=True)
class StoredException:
    """How often the user's code raised one exception."""

    message: str
    traceback: str
    occurrences: int


@dataclass(slots=True, frozen=True)
class StoredHealth:
    """How one generator fared within one second."""

    second: int
    generator: str
    cpu: float
    lag_ms: float
    memory_mb: float
    late_starts: int
