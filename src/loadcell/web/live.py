"""The run under way as those who watch it see it: figures by entry, points for the charts, errors; no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from loadcell.controller.following import Tell
from loadcell.controller.progress import Progress
from loadcell.controller.window import Window
from loadcell.histogram import Histogram
from loadcell.merge import EntryTotal, TotalsByEntry
from loadcell.messages import Health, Interval
from loadcell.monitors.reading import Batch
from loadcell.store import RollingLatency, RunFacts, StoredStage

SIGNALS = (
    "cpu", "host_cpu", "loop_cpu", "loop_lag", "thread_wait", "db_pool_wait", "http_wait",
    "in_flight", "accept_queue", "db_connections", "db_active", "memory",
)  # fmt: skip
"""What the service feels, as far as it is drawn beside the load."""
DENSE = 100
"""So many requests in a second have percentiles of their own; where there are fewer, those of the last seconds are shown."""
SPARSE_S = 5
TELLING_S = 0.5
"""A shorter interval says little about a second."""
MOST_ERRORS = 500
RATES = 30
"""Over how many seconds the requests of an entry are shown beside it."""
_PERCENTS = (50.0, 95.0, 99.0)

Key = tuple[str, str]
Made = TypeVar("Made")


@dataclass(slots=True)
class Point:
    """One second. Times in ms; None where nothing was timed."""

    second: int
    users: int
    rps: float
    failures_per_s: float
    p50: float | None
    p95: float | None
    p99: float | None
    dropped: int = 0
    late: int = 0
    signals: tuple[float | None, ...] = ()
    """In the order of SIGNALS; empty until they are known."""


@dataclass(slots=True)
class Failure:
    """One way in which an entry failed. Times in s after the run's start."""

    method: str
    name: str
    error: str
    occurrences: int
    first_s: float
    last_s: float


@dataclass(slots=True)
class Raised:
    """An exception of the scenario's."""

    message: str
    traceback: str
    occurrences: int


class Live:
    """A follower that knows what there is to see of one run."""

    def __init__(self) -> None:
        self.facts: RunFacts | None = None
        """None until the load is about to begin."""
        self.progress: Progress | None = None
        self.points: list[Point] = []
        """Every second so far, in order; a second that had no interval is left out."""
        self.health: dict[str, Health] = {}
        self.users_by_class: dict[str, int] = {}
        self.stages: list[StoredStage] = []
        """Those that are over."""
        self.felt_signals: set[str] = set()
        """Of SIGNALS those that there were values of."""
        self._rates: deque[dict[Key, float]] = deque(maxlen=RATES)
        self._recent: deque[tuple[int, Histogram]] = deque()
        self._rolling = RollingLatency()
        self.reset()

    def reset(self) -> None:
        """Count anew; what is drawn over time stays, and so does the run file."""
        self.totals = TotalsByEntry()
        self.window = Window()
        self.failures: dict[tuple[str, str, str], Failure] = {}
        self.exceptions: dict[tuple[str, str], Raised] = {}
        self.counted_s = 0.0
        """For how long was counted."""
        self._latency = Histogram()
        """Of all entries, failed requests included."""
        self._made: dict[object, object] = {}

    # What a run tells

    def began(self, facts: RunFacts, tell: Tell) -> None:
        self.facts = facts

    def measured(self, interval: Interval) -> None:
        self.totals.add(interval.entries)
        self.window.add(interval)
        self.counted_s += interval.end_s - interval.start_s
        self._latency.merge(self.window.newest)
        self._made.clear()
        self.health = dict(interval.health)
        self.users_by_class = dict(interval.users_by_class)
        for error in interval.errors:
            self._fail(Failure(error.method, error.name, error.error, error.occurrences, error.first_s, error.last_s))
        for found in interval.exceptions:
            known = self.exceptions.setdefault((found.message, found.traceback), Raised(found.message, found.traceback, 0))
            known.occurrences += found.occurrences
        self._draw(interval)

    def heard(self, batch: Batch) -> None:
        pass

    def felt(self, second: int, signals: Mapping[str, float]) -> None:
        # Signals come a few seconds after the interval that they belong to.
        for point in reversed(self.points):
            if point.second <= second:
                if point.second == second:
                    point.signals = tuple(signals.get(name) for name in SIGNALS)
                    self.felt_signals.update(name for name in SIGNALS if name in signals)
                return

    def passed(self, stage: StoredStage) -> None:
        self.stages.append(stage)

    def went_on(self, progress: Progress) -> None:
        self.progress = progress

    # What viewers ask

    def total(self) -> EntryTotal:
        """All entries together, under Locust's name for that; in `ok` the response times of failed requests as well."""
        return self.once("total", self._total)

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """What `make` makes of the figures, made once for all viewers until there are new ones."""
        if key not in self._made:
            self._made[key] = make()
        return cast(Made, self._made[key])

    def _total(self) -> EntryTotal:
        total = EntryTotal("", "Aggregated")
        for one in self.totals.values():
            total.include(one)
        total.ok = self._latency
        return total

    def rates(self, key: Key | None) -> list[float]:
        """Requests/s of an entry, or of all, over the last seconds."""
        return [sum(rates.values()) if key is None else rates.get(key, 0.0) for rates in self._rates]

    def since(self, second: int) -> list[Point]:
        """The points from a second on."""
        found = []
        for point in reversed(self.points):
            if point.second < second:
                break
            found.append(point)
        return found[::-1]

    def _fail(self, found: Failure) -> None:
        key = found.method, found.name, found.error
        known = self.failures.get(key)
        if known is None:
            if len(self.failures) < MOST_ERRORS:
                self.failures[key] = found
            return
        known.occurrences += found.occurrences
        known.first_s = min(known.first_s, found.first_s)
        known.last_s = max(known.last_s, found.last_s)

    def _draw(self, interval: Interval) -> None:
        requests = sum(entry.requests for entry in interval.entries)
        length_s = interval.end_s - interval.start_s
        if length_s < TELLING_S:
            return  # what came late for a second, or the beginning of one that the run did not fill
        self._rates.append({(entry.method, entry.name): entry.requests / length_s for entry in interval.entries})
        newest = self.window.newest
        self._rolling.add(newest)
        self._recent.append((interval.second, newest))
        while self._recent[0][0] <= interval.second - SPARSE_S:
            self._rolling.remove(self._recent.popleft()[1])
        if requests >= DENSE:
            times = [us and us / 1000 for us in newest.percentiles(_PERCENTS)]
        else:
            times = self._rolling.percentiles_ms(_PERCENTS) if requests else [None] * len(_PERCENTS)
        starts = interval.starts
        self.points.append(
            Point(
                interval.second,
                interval.users,
                requests / length_s,
                sum(entry.failures for entry in interval.entries) / length_s,
                p50=times[0],
                p95=times[1],
                p99=times[2],
                dropped=starts.dropped if starts else 0,
                late=starts.late if starts else 0,
            )
        )


def latency_of(total: EntryTotal) -> Histogram:
    """The response times of all requests, failed ones included."""
    if not total.failed.total:
        return total.ok
    latency = Histogram()
    latency.merge(total.ok)
    latency.merge(total.failed)
    return latency
