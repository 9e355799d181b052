"""What a rule decides on: a low and a high load of one run, as the client and the monitors saw them. Pure once read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean

import msgspec

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Evidence, seen
from loadcell.diagnosis.memory import Life
from loadcell.store import StoredReading

Values = dict[str, dict[str, float]]
"""By signal, and by what it is about."""


_WAITING = {names.P_THREAD_WAIT: names.P_THREADS_WAITING, names.P_POOL_WAIT: names.P_POOL_WAITING}
"""By a part of a request's time, how many requests are in it."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What the generators measured at one load; times in ms, None where nothing was timed."""

    seconds: float
    requests: int = 0
    failures: int = 0
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None

    @property
    def rps(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0

    @property
    def error_rate(self) -> float:
        """Failed requests, of all (0 … 1)."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def concurrency(self) -> float:
        """Requests under way, by Little's law."""
        return self.rps * (self.mean or 0.0) / 1000


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One load: `means` and `peaks` are those of its seconds."""

    name: str
    """low or high."""
    load: str
    """The load in words."""
    client: Client
    span: tuple[int, int] | None = None
    """The seconds of the run, from … to."""
    means: Values = {}
    peaks: Values = {}
    generator_cpu: float | None = None
    """The busiest generator's, in % of a core; a mean."""
    generators_cpu: float = 0.0
    """All of them together."""
    generators: int = 1

    def of(self, signal: str) -> Mapping[str, float]:
        """The means of a signal by what they are about; empty where nobody read it."""
        return self.means.get(signal, {})

    def total(self, signal: str) -> float | None:
        """The means of all workers, databases … added up."""
        found = self.of(signal)
        return sum(found.values()) if found else None

    def most(self, signal: str) -> float | None:
        """The highest mean."""
        return max(self.of(signal).values(), default=None)

    def peak(self, signal: str) -> float | None:
        """The highest value there was."""
        return max(self.peaks.get(signal, {}).values(), default=None)

    def first(self, signal: str) -> tuple[str, float] | None:
        """What has the highest mean, and that."""
        found = self.of(signal)
        return max(found.items(), key=lambda item: item[1]) if found else None

    def per_request(self, signal: str) -> float | None:
        """The mean of the requests of all workers, from the probes' means per worker."""
        found, rates = self.of(signal), self.of(names.P_FINISHED)
        requests = sum(rates.get(worker, 0.0) for worker in found)
        if requests <= 0:
            return None
        return sum(value * rates.get(worker, 0.0) for worker, value in found.items()) / requests

    def share(self, *signals: str) -> float | None:
        """Which part (0 … 1) of a request's time in the service went into these; None without a probe."""
        whole = self.per_request(names.P_TIME)
        if not whole:
            return self._waiting_share(signals)
        return sum(self.per_request(signal) or 0.0 for signal in signals) / whole

    @property
    def stands_still(self) -> bool:
        """Whether requests are under way and none ends."""
        return bool(self.total(names.P_IN_FLIGHT)) and self.total(names.P_FINISHED) == 0

    def _waiting_share(self, signals: tuple[str, ...]) -> float | None:
        """Where no request ends: the part of those under way that waits there, which is the same by Little's law."""
        known = [signal for signal in signals if signal in _WAITING]
        if not known or not self.stands_still:
            return None
        waiting = sum(self.total(_WAITING[signal]) or 0.0 for signal in known)
        return min(1.0, waiting / (self.total(names.P_IN_FLIGHT) or 1.0))

    def evidence(self, signal: str, value: float | None, words: str, unit: str = "", of: str = "") -> Evidence | None:
        """A figure of this load as evidence; None where it is not known."""
        return None if value is None else seen(signal, self.name, value, words, unit=unit, of=of)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which requests failed at the high load."""

    error: str
    occurrences: int
    entry: str = ""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that rules are given."""

    high: Level
    low: Level | None = None
    failures: tuple[Failure, ...] = ()
    """At the high load, the most frequent first."""
    restarts: tuple[str, ...] = ()
    """Workers that went away while the load was on, by pid."""
    memory: tuple[Life, ...] = ()
    """Of each worker, and each one that took its place; empty where no load was held for long."""

    @property
    def cores(self) -> float:
        """Cores that the service may use; where that is not known, one for each worker."""
        high = self.high
        return high.most(names.SERVICE_CORES) or high.most(names.HOST_CORES) or float(self.workers)

    @property
    def workers(self) -> int:
        """The service's workers; as many as were read where it is not known."""
        return round(self.high.most(names.WORKERS) or 0) or max(1, len(self.high.of(names.WORKER_CPU)))

    @property
    def watched(self) -> bool:
        """Whether anybody read the service's processes."""
        return bool(self.high.of(names.LOOP_CPU))

    @property
    def probed(self) -> bool:
        """Whether a probe told of requests."""
        return self.high.per_request(names.P_TIME) is not None

    @property
    def slowed(self) -> float | None:
        """How many times its median at the low load a request takes; None where there is nothing to compare with."""
        low = self.low.client.p50 if self.low else None
        high = self.high.client.p50
        return high / low if low and high is not None else None

    def slower(self) -> Evidence | None:
        """That requests take longer than at the low load, where they do."""
        slowed = self.slowed
        if slowed is None or slowed < SLOWER:
            return None
        return seen("slowed", "high", slowed, "times the low load's median response time")


SLOWER = 1.5
"""From here on requests count as slower than at the low load."""


def values_of(readings: Iterable[StoredReading]) -> tuple[Values, Values]:
    """Means and maxima by signal and what it is about."""
    found: dict[str, dict[str, list[float]]] = {}
    for reading in readings:
        found.setdefault(reading.signal, {}).setdefault(reading.of, []).append(reading.value)
    means = {signal: {of: fmean(values) for of, values in by.items()} for signal, by in found.items()}
    peaks = {signal: {of: max(values) for of, values in by.items()} for signal, by in found.items()}
    return means, peaks
