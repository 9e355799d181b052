"""The figures of a run since its start, added up for whoever asks; pure.

Unlike those of a result they never begin anew, so that counters don't fall when statistics are reset or a stage begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from operator import add, attrgetter

from loadcell.controller.progress import Progress
from loadcell.exports.error_kinds import kind_of
from loadcell.exports.families import (
    BYTES,
    NUMBER,
    PER_SECOND,
    RATIO,
    SECONDS,
    Distribution,
    Family,
    Kind,
    Sample,
    Unit,
)
from loadcell.histogram import Histogram, counts_between
from loadcell.messages import EntryCounts, Health, Interval, Starts
from loadcell.store import RunFacts
from loadcell.validity import LEAD

BOUNDS_S = (
    0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0,
    3.0, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
"""Upper bounds of buckets: up to 5 s a value lies at most a factor of 2 above the bound before."""
_BOUNDS_US = tuple(round(bound * 1e6) for bound in BOUNDS_S)
_SUCCESS, _FAILURE = "success", "failure"


class _Times:
    """Response times of one kind."""

    __slots__ = ("counts", "sum_us")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_us = 0.0

    def add(self, histogram: bytes, sum_us: float) -> None:
        """Add a histogram's bytes, and the sum of its latencies."""
        if histogram:
            self.counts = list(map(add, self.counts, counts_between(histogram, _BOUNDS_US)))
            self.sum_us += sum_us

    def distribution(self) -> Distribution:
        return Distribution(tuple(self.counts), self.sum_us / 1e6)


class _Entry:
    """What happened to one entry so far."""

    __slots__ = ("failed", "failures", "interrupted", "ok", "received", "requests")

    def __init__(self) -> None:
        self.requests = self.failures = self.interrupted = self.received = 0
        self.ok, self.failed = _Times(), _Times()

    def add(self, counts: EntryCounts) -> None:
        """Add one second."""
        self.requests += counts.requests
        self.failures += counts.failures
        self.interrupted += counts.interrupted
        self.received += counts.received
        # The exact sum is of both together; failures are few, so theirs is summed up.
        failed_us = _sum_us(counts.failed)
        self.failed.add(counts.failed, failed_us)
        self.ok.add(counts.ok, max(0.0, counts.total_us - failed_us))


class RunFigures:
    """One run: seconds and its progress go in, families come out."""

    def __init__(self) -> None:
        self._facts: RunFacts | None = None
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._errors: Counter[str] = Counter()
        self._exceptions = self._connections = self._late_users = 0
        self._starts: Starts | None = None
        self._lateness = _Times()
        self._users: dict[str, int] = {}
        self._health: Mapping[str, Health] = {}
        self._progress: Progress | None = None

    def begin(self, facts: RunFacts) -> None:
        """The run is known."""
        self._facts = facts

    def add(self, interval: Interval) -> None:
        """Take in one merged second, each once."""
        for counts in interval.entries:
            key = (counts.method, counts.name)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Entry()
            entry.add(counts)
        for error in interval.errors:
            self._errors[kind_of(error.error)] += error.occurrences
        self._exceptions += sum(exception.occurrences for exception in interval.exceptions)
        self._connections += interval.connections
        self._late_users += sum(health.late_starts for health in interval.health.values())
        self._users = dict.fromkeys(self._users, 0) | interval.users_by_class
        self._health = interval.health
        if (starts := interval.starts) is not None:
            known = self._starts or Starts()
            self._starts = Starts(
                known.due + starts.due,
                known.started + starts.started,
                known.dropped + starts.dropped,
                known.late + starts.late,
            )
            self._lateness.add(starts.lateness, _sum_us(starts.lateness))

    def update(self, progress: Progress) -> None:
        """Take in how far the run is."""
        self._progress = progress
        if progress.state == "stopped":
            self._users, self._health = dict.fromkeys(self._users, 0), {}

    def families(self) -> Iterator[Family]:
        """All that is known."""
        yield from self._of_the_run()
        yield from self._of_entries()
        yield from self._of_errors()
        yield from self._of_starts()
        yield from self._of_generators()

    def _of_the_run(self) -> Iterator[Family]:
        if (facts := self._facts) is not None:
            about = {
                "run": facts.id, "scenario": facts.scenario, "target": facts.host or "", "plan": facts.plan,
                "model": facts.model, "profile": facts.name,
            }  # fmt: skip
            yield Family("run", "info", "What the run is", (Sample(1, about),))
        users = tuple(Sample(users, {"user_class": name}) for name, users in sorted(self._users.items()))
        yield Family("users", "gauge", "Users that are there", users)
        if (progress := self._progress) is None:
            return
        yield _one("run_elapsed", "gauge", "Time since the load began", progress.elapsed_s, SECONDS)
        yield Family("run_state", "gauge", "1 for the state that the run is in", (Sample(1, {"state": progress.state}),))
        if progress.phase:
            phase = Sample(1, {"phase": progress.phase})
            yield Family("run_phase", "gauge", "1 for the phase of the load", (phase,))
        if progress.valid is not None:
            about_valid = "1 as long as the generators were not the limit of the run, else 0"
            yield _one("run_valid", "gauge", about_valid, float(progress.valid))
        yield _one("target_users", "gauge", "Users that the plan leads to", progress.target_users)
        if progress.rate is not None:
            yield _one("target_iterations", "gauge", "Iterations that are to start now", progress.rate, PER_SECOND)

    def _of_entries(self) -> Iterator[Family]:
        entries = sorted(self._entries.items())
        requests, times = [], []
        for (method, name), entry in entries:
            outcomes = (
                (_SUCCESS, entry.requests - entry.failures, entry.ok),
                (_FAILURE, entry.failures, entry.failed),
            )
            for outcome, number, measured in outcomes:
                labels = {"method": method, "name": name, "outcome": outcome}
                requests.append(Sample(number, labels))
                if outcome == _SUCCESS or number:
                    times.append(Sample(measured.distribution(), labels))
        yield Family("requests", "counter", "Requests that have ended", tuple(requests))
        yield Family(
            "response_time", "histogram", "From the call to the answer's last byte", tuple(times), SECONDS, BOUNDS_S
        )
        for field, help, unit in (
            ("received", "Bytes of the answers' bodies, as they came over the wire", BYTES),
            ("interrupted", "Requests that the end of the load cut off", NUMBER),
        ):
            value: Callable[[_Entry], int] = attrgetter(field)
            samples = tuple(Sample(value(entry), {"method": key[0], "name": key[1]}) for key, entry in entries)
            yield Family(field if unit is BYTES else f"{field}_requests", "counter", help, samples, unit)

    def _of_errors(self) -> Iterator[Family]:
        kinds = tuple(Sample(times, {"kind": kind}) for kind, times in sorted(self._errors.items()))
        yield Family("errors", "counter", "Failed requests by what was wrong", kinds)
        yield _one("exceptions", "counter", "Exceptions that the scenario's code raised", self._exceptions)
        yield _one("connections_opened", "counter", "Connections to the service that were opened", self._connections)

    def _of_starts(self) -> Iterator[Family]:
        yield _one("late_users", "counter", "Users that started more than 100 ms after they were due", self._late_users)
        if (starts := self._starts) is None:
            return
        for field, help in (
            ("due", "Iterations that were due"),
            ("started", "Iterations that were started"),
            ("dropped", "Iterations that were due and for which there was no user, or no time"),
            ("late", "Iterations that started more than 100 ms after they were due"),
        ):
            yield _one(f"iterations_{field}", "counter", help, getattr(starts, field))
        lateness = Sample(self._lateness.distribution())
        yield Family(
            "iteration_lateness", "histogram", "How long after it was due an iteration began", (lateness,), SECONDS, BOUNDS_S
        )

    def _of_generators(self) -> Iterator[Family]:
        health = [(name, one) for name, one in sorted(self._health.items()) if name != LEAD]
        for field, name, help, unit, factor in (
            ("cpu", "generator_cpu", "CPU used, of one core", RATIO, 0.01),
            ("lag_ms", "generator_lag", "The longest that the event loop was late in a second", SECONDS, 1e-3),
            ("memory_mb", "generator_memory", "Resident memory", BYTES, 1e6),
            ("users", "generator_users", "Users that the generator carries", NUMBER, 1),
        ):
            samples = tuple(Sample(getattr(one, field) * factor, {"generator": of}) for of, one in health)
            yield Family(name, "gauge", help, samples, unit)


def _one(name: str, kind: Kind, help: str, value: float, unit: Unit = NUMBER) -> Family:
    return Family(name, kind, help, (Sample(value),), unit)


def _sum_us(histogram: bytes) -> float:
    """The sum of its latencies, to 0.05 %."""
    return sum(middle * count for middle, count in Histogram.from_bytes(histogram).buckets()) if histogram else 0.0
