"""The last seconds of a run, and the figures that a display shows of them; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from loadcell import messages
from loadcell.histogram import Histogram
from loadcell.merge import merge_starts
from loadcell.messages import Interval
from loadcell.store import RollingLatency

SECONDS = 10
_PERCENTS = (50.0, 95.0, 99.0)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Starts:
    """How iterations started within the window, and since the start."""

    per_s: float
    late_p99_ms: float | None
    dropped: int
    """Since the start."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened within the window. Times in ms, None where nothing was timed."""

    rps: float
    failures_per_s: float
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(slots=True)
class _Counts:
    requests: int
    failures: int
    max_us: int
    latency: Histogram


@dataclass(slots=True)
class _Second:
    second: int
    duration_s: float
    entries: dict[Key, _Counts]
    requests: int
    failures: int
    max_us: int
    latency: Histogram
    starts: messages.Starts | None


class Window:
    """The last seconds. What all entries share is kept up to date, a single entry is merged when someone asks."""

    def __init__(self, seconds: int = SECONDS) -> None:
        self._size = seconds
        self._seconds: deque[_Second] = deque()
        self._latency = RollingLatency()
        self._last: Interval | None = None
        self.newest = Histogram()
        """The response times of the last second."""

    def add(self, interval: Interval) -> None:
        """Take in one merged second, if it is not the last one again, and forget those that are too old by then."""
        if interval is self._last:
            return
        self._last = interval
        all_ = Histogram()
        entries: dict[Key, _Counts] = {}
        for entry in interval.entries:
            latency = Histogram.from_bytes(entry.ok)
            latency.merge_bytes(entry.failed)
            entries[entry.method, entry.name] = _Counts(entry.requests, entry.failures, entry.max_us, latency)
            all_.merge(latency)
        self.newest = all_
        requests = sum(one.requests for one in entries.values())
        failures = sum(one.failures for one in entries.values())
        longest = max((one.max_us for one in entries.values()), default=0)
        self._latency.add(all_)
        length_s = interval.end_s - interval.start_s
        self._seconds.append(_Second(interval.second, length_s, entries, requests, failures, longest, all_, interval.starts))
        while self._seconds[0].second <= interval.second - self._size:
            self._latency.remove(self._seconds.popleft().latency)

    @property
    def duration_s(self) -> float:
        """How much time the window covers. What came late for a second does not make it longer."""
        return sum({one.second: one.duration_s for one in self._seconds}.values())

    def busiest(self) -> list[Key]:
        """The entries by number of requests, the most first."""
        requests: dict[Key, int] = {}
        for second in self._seconds:
            for key, counts in second.entries.items():
                requests[key] = requests.get(key, 0) + counts.requests
        return sorted(requests, key=lambda key: (-requests[key], key))

    def rates(self, key: Key | None) -> tuple[float, float]:
        """Requests/s and failures/s of one entry, or of all; cheaper than all of its figures."""
        counts: list[_Counts] | list[_Second]
        if key is None:
            counts = list(self._seconds)
        else:
            counts = [second.entries[key] for second in self._seconds if key in second.entries]
        duration_s = self.duration_s or 1.0
        return sum(one.requests for one in counts) / duration_s, sum(one.failures for one in counts) / duration_s

    def entry(self, key: Key) -> Figures:
        """The figures of one entry."""
        counts = [second.entries[key] for second in self._seconds if key in second.entries]
        latency = Histogram()
        for one in counts:
            latency.merge(one.latency)
        times = [None if us is None else us / 1000 for us in latency.percentiles(_PERCENTS)]
        longest = max((one.max_us for one in counts), default=0)
        return self._figures(sum(one.requests for one in counts), sum(one.failures for one in counts), times, longest)

    def total(self) -> Figures:
        """The figures of all entries together."""
        times = [self._latency.percentile_ms(percent) for percent in _PERCENTS]
        requests = sum(second.requests for second in self._seconds)
        failures = sum(second.failures for second in self._seconds)
        return self._figures(requests, failures, times, max((second.max_us for second in self._seconds), default=0))

    def starts(self, so_far: messages.Starts | None) -> Starts | None:
        """How iterations start; None in the closed model. `so_far`: since the start of the run."""
        if so_far is None:
            return None
        now = merge_starts(second.starts for second in self._seconds) or messages.Starts()
        late_us = Histogram.from_bytes(now.lateness).percentile(99)
        per_s = now.started / self.duration_s if self.duration_s > 0 else 0.0
        return Starts(per_s, None if late_us is None else late_us / 1000, so_far.dropped)

    def _figures(self, requests: int, failures: int, times: list[float | None], max_us: int) -> Figures:
        longest = max_us / 1000
        duration_s = self.duration_s
        # A bucket's middle may lie above the longest time that is in it.
        p50, p95, p99 = (None if time is None else min(time, longest) for time in times)
        rps, failures_per_s = (count / duration_s if duration_s > 0 else 0.0 for count in (requests, failures))
        return Figures(rps, failures_per_s, p50, p95, p99, None if p50 is None else longest)
