"""The statistics of one method and name within the interval under way, as sessions add to them."""

from __future__ import annotations

from collections.abc import Callable

from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts

_SUMS = (
    "_max_us",
    "_min_us",
    "_total_us",
    "body_us",
    "connect_us",
    "connects",
    "failures",
    "interrupted",
    "left_out",
    "received",
    "redirects",
    "timeouts",
    "tls_us",
    "untimed",
)


class Entry:
    """The statistics of one method and name within the interval under way."""

    __slots__ = ("_ok", "failed", "intended", "method", "name", "times", *_SUMS)

    received: int
    """Bytes of bodies as they came over the wire."""
    failures: int
    timeouts: int
    untimed: int
    interrupted: int
    left_out: int
    connects: int
    connect_us: int
    tls_us: int
    body_us: int
    redirects: int
    _total_us: int
    _max_us: int
    _min_us: int | None

    def __init__(self, method: str, name: str) -> None:
        self.method = method
        self.name = name
        self.times: list[int] = []
        """Response times of successes since the last fold, in µs."""
        self._ok = Histogram()
        self.failed = Histogram()
        self.intended: Histogram | None = None
        """All requests as from when their iteration was due; None in the closed model."""
        self._begin()

    def from_intended(self, take_lateness: Callable[[], int]) -> None:
        """From now on record times also from when iterations were due; `take_lateness` tells what to add, in µs."""
        self.fold()
        self.times = times = _FromIntended(take_lateness)
        self.intended = times.begin()

    def _begin(self) -> None:
        self.received = self.failures = self.timeouts = self.untimed = 0
        self.interrupted = self.left_out = 0
        self.connects = self.connect_us = self.tls_us = self.body_us = self.redirects = 0
        self._total_us = self._max_us = 0
        self._min_us = None

    def fold(self) -> None:
        """Count the successes that `times` holds: many at once cost a fraction of one by one."""
        times = self.times
        if times:
            self._measure(times)
            self._ok.record_all(times)
            times.clear()

    def fail(self, us: int) -> None:
        """Count a failure that took `us` µs."""
        self.failures += 1
        self._measure([us])
        self.failed.record(us)
        if isinstance(self.times, _FromIntended):
            self.times.intend(us)

    def _measure(self, times: list[int]) -> None:
        self._total_us += sum(times)
        least = min(times)
        if self._min_us is None or least < self._min_us:
            self._min_us = least
        self._max_us = max(self._max_us, *times)

    @property
    def empty(self) -> bool:
        """Whether nothing happened within the interval."""
        measured = self.times or self._ok.counts or self.failed.counts or self.untimed
        return not (measured or self.interrupted or self.left_out or self.connects)

    def close(self) -> Entry:
        """End the interval and begin the next: what it brought, as an entry that nobody adds to. Quick: no sum is made."""
        closed = Entry(self.method, self.name)
        for field in _SUMS:
            setattr(closed, field, getattr(self, field))
        if self.times:
            closed.times = list(self.times)
            self.times.clear()
        closed._ok, closed.failed, closed.intended = self._ok, self.failed, self.intended
        self._ok, self.failed = Histogram(), Histogram()
        if isinstance(self.times, _FromIntended):
            self.intended = self.times.begin()
        self._begin()
        return closed

    def counts(self) -> EntryCounts | None:
        """What a closed entry brought; None when nothing happened."""
        self.fold()
        if self.empty:
            return None
        requests = self._ok.total + self.failed.total + self.untimed
        return EntryCounts(
            method=self.method,
            name=self.name,
            requests=requests,
            failures=self.failures,
            interrupted=self.interrupted,
            left_out=self.left_out,
            timeouts=self.timeouts,
            received=self.received,
            total_us=self._total_us,
            min_us=self._min_us or 0,
            max_us=self._max_us,
            untimed=self.untimed,
            ok=self._ok.to_bytes(),
            failed=self.failed.to_bytes(),
            intended=b"" if self.intended is None else self.intended.to_bytes(),
            connects=self.connects,
            connect_us=self.connect_us,
            tls_us=self.tls_us,
            body_us=self.body_us,
            redirects=self.redirects,
        )


class _FromIntended(list[int]):
    """Response times, each also recorded from when its iteration was due: a subclass so that the closed model, and the
    session that appends, need not know."""

    __slots__ = ("_intended", "_take_lateness")

    def __init__(self, take_lateness: Callable[[], int]) -> None:
        self._take_lateness = take_lateness
        self._intended = Histogram()

    def begin(self) -> Histogram:
        """From now on record into another histogram: this one."""
        self._intended = Histogram()
        return self._intended

    def append(self, us: int) -> None:
        list.append(self, us)
        self._intended.record(us + self._take_lateness())

    def intend(self, us: int) -> None:
        """Record a request that is not among these."""
        self._intended.record(us + self._take_lateness())
