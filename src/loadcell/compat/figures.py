"""Statistics as Locust's scripts read and write them, from exact histograms; memory does not grow with time."""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from loadcell.compat.locust.util.rounding import proper_round
from loadcell.histogram import Histogram, middle_of
from loadcell.http.failures import CatchResponseError
from loadcell.messages import MAX_ERRORS, OTHER_ERRORS, EntryCounts, ErrorCount

RECENT_S = 20
"""For how many seconds requests are also kept by second."""
_CURRENT_S = 10
_MAX_HISTORY = 20_000
_ADDRESS = re.compile(r"object at 0x[0-9a-fA-F]+")


class _Second:
    """What one entry saw in one second of the wall clock."""

    __slots__ = ("_latency", "_waiting", "at", "failures", "requests")

    def __init__(self, at: int) -> None:
        self.at = at
        self.requests = 0
        self.failures = 0
        self._latency = Histogram()
        self._waiting: list[bytes] = []

    def add_later(self, histogram: bytes) -> None:
        """Keep a histogram as it came: few seconds are ever looked at, and all of them would cost."""
        self._waiting.append(histogram)

    @property
    def latency(self) -> Histogram:
        """The response times. ValueError if what was added is broken."""
        for histogram in self._waiting:
            self._latency.merge_bytes(histogram)
        self._waiting.clear()
        return self._latency


def _figure(name: str) -> Any:
    """An attribute that is brought up to date before it is read."""
    inner = f"_{name}"

    def read(entry: StatsEntry) -> Any:
        entry.stats.sync()
        return getattr(entry, inner)

    def write(entry: StatsEntry, value: Any) -> None:
        setattr(entry, inner, value)

    return property(read, write)


class StatsEntry:
    """The figures of one name and method, or of all together. Times in ms, sizes in bytes."""

    use_response_times_cache = True

    num_requests = _figure("num_requests")
    num_none_requests = _figure("num_none_requests")
    num_failures = _figure("num_failures")
    total_response_time = _figure("total_response_time")
    min_response_time = _figure("min_response_time")
    max_response_time = _figure("max_response_time")
    total_content_length = _figure("total_content_length")
    last_request_timestamp = _figure("last_request_timestamp")

    def __init__(self, stats: RequestStats, name: str, method: str, use_response_times_cache: bool = True) -> None:
        self.stats = stats
        self.name = name
        self.method = method
        self.use_response_times_cache = use_response_times_cache
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.start_time = time.time()
        self._num_requests = self._num_none_requests = self._num_failures = 0
        self._total_response_time = 0.0
        self._min_response_time: float | None = None
        self._max_response_time: float = 0
        self._total_content_length = 0
        self._last_request_timestamp: float | None = None
        self._latency = Histogram()
        self._recent: deque[_Second] = deque()

    # What comes in

    def log(self, response_time: float | None, content_length: int) -> None:
        """Count one request."""
        now = time.time()
        self._num_requests += 1
        self._last_request_timestamp = now
        self._total_content_length += content_length
        second = self._second(int(now))
        second.requests += 1
        if response_time is None:
            self._num_none_requests += 1
            return
        us = max(0, round(response_time * 1000))
        self._total_response_time += response_time
        self._bound(response_time, response_time)
        self._latency.record(us)
        second.latency.record(us)

    def log_error(self, error: BaseException | str | None) -> None:
        """Count one failure, of a request that is counted by `log`."""
        self._num_failures += 1
        self._second(int(time.time())).failures += 1

    def add(self, counts: EntryCounts, at: float) -> None:
        """Add what was counted up to the epoch second `at`. ValueError if a histogram is broken."""
        self._num_requests += counts.requests
        self._num_none_requests += counts.untimed
        self._num_failures += counts.failures
        self._total_response_time += counts.total_us / 1000
        self._total_content_length += counts.received
        if counts.requests:
            self._last_request_timestamp = at
        if counts.requests > counts.untimed:
            self._bound(counts.min_us / 1000, counts.max_us / 1000)
        second = self._second(int(at))
        second.requests += counts.requests
        second.failures += counts.failures
        for histogram in (counts.ok, counts.failed):
            if histogram:
                self._latency.merge_bytes(histogram)
                second.add_later(histogram)

    def extend(self, other: StatsEntry) -> None:
        """Add another entry's figures to these."""
        self._num_requests += other.num_requests
        self._num_none_requests += other.num_none_requests
        self._num_failures += other.num_failures
        self._total_response_time += other.total_response_time
        self._total_content_length += other.total_content_length
        if other._min_response_time is not None:
            self._bound(other._min_response_time, other._max_response_time)
        times = [at for at in (self._last_request_timestamp, other._last_request_timestamp) if at is not None]
        self._last_request_timestamp = max(times, default=None)
        self.start_time = min(self.start_time, other.start_time)
        self._latency.merge(other._latency)
        for theirs in other._recent:
            second = self._second(theirs.at)
            second.requests += theirs.requests
            second.failures += theirs.failures
            second.latency.merge(theirs.latency)

    def _bound(self, low: float, high: float) -> None:
        self._min_response_time = low if self._min_response_time is None else min(self._min_response_time, low)
        self._max_response_time = max(self._max_response_time, high)

    def _second(self, at: int) -> _Second:
        recent = self._recent
        if not recent or recent[-1].at < at:
            recent.append(_Second(at))
            while recent[0].at <= at - RECENT_S:
                recent.popleft()
        return next((second for second in reversed(recent) if second.at <= at), recent[0])

    # What it says

    @property
    def fail_ratio(self) -> float:
        """The failures' share of the requests, from 0 to 1."""
        requests, failures = self.num_requests, self._num_failures
        return failures / requests if requests else float(failures > 0)

    @property
    def avg_response_time(self) -> float:
        """The mean response time in ms; 0 without any."""
        timed = self.num_requests - self._num_none_requests
        return float(self._total_response_time / timed) if timed else 0.0

    @property
    def median_response_time(self) -> float:
        """The median response time in ms; 0 without any."""
        return self.get_response_time_percentile(0.5)

    @property
    def avg_content_length(self) -> float:
        """The mean size of responses in bytes."""
        requests = self.num_requests
        return self._total_content_length / requests if requests else 0

    @property
    def total_rps(self) -> float:
        """Requests a second since the statistics began."""
        return self.num_requests / self._duration_s() if self.stats.start_time else 0.0

    @property
    def total_fail_per_sec(self) -> float:
        """Failures a second since the statistics began."""
        return self.num_failures / self._duration_s() if self.stats.start_time else 0.0

    def _duration_s(self) -> float:
        total = self.stats.total
        last = total._last_request_timestamp
        return max(last - total.start_time, 1e-3) if last is not None else 1.0

    @property
    def current_rps(self) -> float:
        """Requests a second within the last 10 s."""
        return self._current(lambda second: second.requests)

    @property
    def current_fail_per_sec(self) -> float:
        """Failures a second within the last 10 s."""
        return self._current(lambda second: second.failures)

    def _current(self, count: Callable[[_Second], int]) -> float:
        self.stats.sync()
        now = time.time()
        since = int(now) - _CURRENT_S
        found = sum(count(second) for second in self._recent if second.at >= since)
        return found / max(1.0, now - max(self.stats.start_time, since))

    def get_response_time_percentile(self, percent: float) -> float:
        """The time in ms within which this share (0 to 1) of the requests ended; 0 without any."""
        self.stats.sync()
        return self._percentile(self._latency, percent) or 0

    def get_current_response_time_percentile(self, percent: float) -> float | None:
        """The same over the last seconds (`stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW`); None without any."""
        from loadcell.compat.locust import stats

        if not self.use_response_times_cache:
            raise ValueError("The percentiles of the last seconds need a StatsEntry with use_response_times_cache=True.")
        self.stats.sync()
        since = int(time.time()) - min(RECENT_S, stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW)
        latency = Histogram()
        for second in self._recent:
            if second.at >= since:
                latency.merge(second.latency)
        return self._percentile(latency, percent)

    def _percentile(self, latency: Histogram, percent: float) -> float | None:
        us = latency.percentile(percent * 100)
        if us is None:
            return None
        # The middle of a bucket may lie outside of what was measured.
        return float(min(max(us / 1000, self._min_response_time or 0.0), self._max_response_time))

    @property
    def response_times(self) -> dict[float, int]:
        """How many requests took how long: {ms: count}, in the buckets of `stats.bucket_response_time`."""
        from loadcell.compat.locust import stats

        self.stats.sync()
        found: dict[float, int] = {}
        for bucket, count in sorted(self._latency.counts.items()):
            ms = stats.bucket_response_time(middle_of(bucket) / 1000)
            found[ms] = found.get(ms, 0) + count
        return found

    @property
    def num_reqs_per_sec(self) -> dict[int, int]:
        """Requests by second of the wall clock, for the last seconds."""
        self.stats.sync()
        return {second.at: second.requests for second in self._recent if second.requests}

    @property
    def num_fail_per_sec(self) -> dict[int, int]:
        """Failures by second of the wall clock, for the last seconds."""
        self.stats.sync()
        return {second.at: second.failures for second in self._recent if second.failures}

    def to_string(self, current: bool = True) -> str:
        """A line of Locust's table."""
        from loadcell.compat.tables import stats_line

        return stats_line(self, current)

    __str__ = to_string

    def percentile(self) -> str:
        """A line of Locust's table of percentiles; ValueError without any response time."""
        from loadcell.compat.tables import percentile_line

        if not self._latency.counts:
            raise ValueError("Can't calculate percentile on url with no successful requests")
        return percentile_line(self)

    def to_dict(self, escape_string_values: bool = False) -> dict[str, Any]:
        """The figures, as Locust's page gets them; text is as it is, whatever `escape_string_values` asks for."""
        from loadcell.compat.locust import stats

        chosen = {
            f"response_time_percentile_{p}": self.get_response_time_percentile(p) for p in stats.PERCENTILES_TO_STATISTICS
        }
        return {
            "method": self.method,
            "name": self.name,
            "num_requests": self.num_requests,
            "num_failures": self.num_failures,
            "min_response_time": proper_round(self.min_response_time or 0),
            "max_response_time": proper_round(self.max_response_time),
            "current_rps": self.current_rps,
            "current_fail_per_sec": self.current_fail_per_sec,
            "avg_response_time": self.avg_response_time,
            "median_response_time": self.median_response_time,
            "total_rps": self.total_rps,
            "total_fail_per_sec": self.total_fail_per_sec,
            **chosen,
            "avg_content_length": self.avg_content_length,
        }

    def serialize(self) -> dict[str, Any]:
        """The entry as plain values."""
        return {
            "name": self.name,
            "method": self.method,
            "last_request_timestamp": self.last_request_timestamp,
            "start_time": self.start_time,
            "num_requests": self.num_requests,
            "num_none_requests": self.num_none_requests,
            "num_failures": self.num_failures,
            "total_response_time": self.total_response_time,
            "max_response_time": self.max_response_time,
            "min_response_time": self.min_response_time,
            "total_content_length": self.total_content_length,
            "response_times": self.response_times,
            "num_reqs_per_sec": self.num_reqs_per_sec,
            "num_fail_per_sec": self.num_fail_per_sec,
        }

    @classmethod
    def unserialize(cls, data: dict[str, Any], stats: RequestStats) -> StatsEntry:
        """The entry that `serialize` told."""
        entry = cls(stats, data["name"], data["method"])
        for key in (
            "start_time",
            "num_requests",
            "num_none_requests",
            "num_failures",
            "total_response_time",
            "max_response_time",
            "min_response_time",
            "total_content_length",
            "last_request_timestamp",
        ):
            setattr(entry, key, data[key])
        for ms, count in data["response_times"].items():
            one = Histogram()
            one.record(round(float(ms) * 1000))
            for bucket in one.counts:
                entry._latency.counts[bucket] += count
        for at, requests in sorted(data["num_reqs_per_sec"].items()):
            entry._second(int(at)).requests += requests
        for at, failures in sorted(data["num_fail_per_sec"].items()):
            entry._second(int(at)).failures += failures
        return entry

    def get_stripped_report(self) -> dict[str, Any]:
        """As `serialize`. Locust empties the entry; here it keeps its figures."""
        return self.serialize()


class StatsError:
    """One way in which the requests of one entry failed."""

    def __init__(
        self,
        method: str,
        name: str,
        error: BaseException | str | None,
        occurrences: int = 0,
        first_seen: float | None = None,
        last_seen: float | None = None,
    ) -> None:
        self.method = method
        self.name = name
        self.error = error
        self.occurrences = occurrences
        self.first_seen = first_seen
        self.last_seen = last_seen

    @classmethod
    def parse_error(cls, error: BaseException | str | None) -> str:
        """The text by which errors are told apart: without addresses of objects."""
        return _ADDRESS.sub("object at 0x....", error if isinstance(error, str) else repr(error))

    @classmethod
    def create_key(cls, method: str, name: str, error: BaseException | str | None) -> str:
        """The key in `RequestStats.errors`."""
        return hashlib.sha256(f"{method}.{name}.{cls.parse_error(error)!r}".encode("utf-8", "replace")).hexdigest()

    def occurred(self, times: int = 1, at: float | None = None) -> None:
        """Count it once more."""
        now = time.time() if at is None else at
        self.occurrences += times
        self.first_seen = now if self.first_seen is None else self.first_seen
        self.last_seen = now

    def to_name(self) -> str:
        """Method, name and error, for tables."""
        error = self.error
        if isinstance(error, CatchResponseError):
            error = str(error.args[0]) if error.args else ""
        elif not isinstance(error, str):
            error = repr(error)
        elif error.startswith("CatchResponseError("):
            error = error[len("CatchResponseError(") : -1]
        return f"{self.method} {self.name}: {error}"

    def to_dict(self) -> dict[str, Any]:
        """The error as plain values."""
        return {
            "method": self.method,
            "name": self.name,
            "error": self.parse_error(self.error),
            "occurrences": self.occurrences,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
        }

    serialize = to_dict

    @classmethod
    def unserialize(cls, data: dict[str, Any]) -> StatsError:
        """The error that `serialize` told."""
        return cls(
            data["method"],
            data["name"],
            data["error"],
            data["occurrences"],
            data.get("first_seen"),
            data.get("last_seen"),
        )


class _Entries(dict[tuple[str, str], StatsEntry]):
    """Entries by (name, method); one that is asked for and missing is made."""

    def __init__(self, stats: RequestStats) -> None:
        super().__init__()
        self._stats = stats

    def __missing__(self, key: tuple[str, str]) -> StatsEntry:
        entry = self[key] = StatsEntry(self._stats, *key, self._stats.use_response_times_cache)
        return entry


class RequestStats:
    """The statistics of one environment. What is read is brought up to date first."""

    def __init__(self, use_response_times_cache: bool = True) -> None:
        self.use_response_times_cache = use_response_times_cache
        self.before_read: Callable[[], None] | None = None
        """Brings in what is not counted yet; called before anything is read."""
        self._syncing = False
        self._entries = _Entries(self)
        self._errors: dict[str, StatsError] = {}
        self._total = StatsEntry(self, "Aggregated", "", use_response_times_cache)
        self.history: deque[dict[str, Any]] = deque(maxlen=_MAX_HISTORY)

    def sync(self) -> None:
        """Bring the figures up to date."""
        if self.before_read is not None and not self._syncing:
            self._syncing = True
            try:
                self.before_read()
            finally:
                self._syncing = False

    @property
    def entries(self) -> dict[tuple[str, str], StatsEntry]:
        """By (name, method)."""
        self.sync()
        return self._entries

    @property
    def errors(self) -> dict[str, StatsError]:
        """By a key made of method, name and error; the first MAX_ERRORS apart, the rest together."""
        self.sync()
        return self._errors

    @errors.setter
    def errors(self, errors: dict[str, StatsError]) -> None:
        self.sync()
        self._errors = errors

    @property
    def total(self) -> StatsEntry:
        """All entries together."""
        return self._total

    @property
    def num_requests(self) -> int:
        """All requests."""
        return int(self._total.num_requests)

    @property
    def num_none_requests(self) -> int:
        """Those without a response time."""
        return int(self._total.num_none_requests)

    @property
    def num_failures(self) -> int:
        """Those that failed."""
        return int(self._total.num_failures)

    @property
    def last_request_timestamp(self) -> float | None:
        """When the last request ended, in s since the epoch."""
        at: float | None = self._total.last_request_timestamp
        return at

    @property
    def start_time(self) -> float:
        """When the statistics began, in s since the epoch."""
        return self._total.start_time

    def get(self, name: str, method: str) -> StatsEntry:
        """The entry; one that is missing is made."""
        return self.entries[name, method]

    def log_request(self, method: str, name: str, response_time: float | None, content_length: int) -> None:
        """Count one request; time in ms, length in bytes."""
        self._total.log(response_time, content_length)
        self._entries[name, method].log(response_time, content_length)

    def log_error(self, method: str, name: str, error: BaseException | str | None) -> None:
        """Count that a request failed, which `log_request` counts as a request."""
        self._total.log_error(error)
        self._entries[name, method].log_error(error)
        self._error(method, name, error).occurred()

    def add_counts(self, entries: Iterable[EntryCounts], errors: Iterable[ErrorCount], at: float) -> None:
        """Add what was counted up to `at`, in s since the epoch."""
        for counts in entries:
            self._total.add(counts, at)
            self._entries[counts.name, counts.method].add(counts, at)
        for error in errors:
            self._error(error.method, error.name, error.error).occurred(error.occurrences, at)

    def _error(self, method: str, name: str, error: BaseException | str | None) -> StatsError:
        key = StatsError.create_key(method, name, error)
        found = self._errors.get(key)
        if found is None and len(self._errors) >= MAX_ERRORS:
            key, method, name, error = OTHER_ERRORS, "", "", OTHER_ERRORS
            found = self._errors.get(key)
        if found is None:
            found = self._errors[key] = StatsError(method, name, error)
        return found

    def reset_all(self) -> None:
        """Set every figure to 0; the entries stay."""
        self.sync()
        self._total.reset()
        for entry in self._entries.values():
            entry.reset()
        self._errors.clear()
        self.history.clear()

    def clear_all(self) -> None:
        """Begin anew, without entries."""
        self.sync()
        self._total = StatsEntry(self, "Aggregated", "", self.use_response_times_cache)
        self._entries.clear()
        self._errors.clear()
        self.history.clear()

    def serialize_stats(self) -> list[dict[str, Any]]:
        """Every entry with requests as plain values. Locust empties the entries by this; here they stay."""
        return [entry.serialize() for entry in self._sorted() if entry.num_requests or entry.num_failures]

    def serialize_errors(self) -> dict[str, dict[str, Any]]:
        """Every error as plain values."""
        return {key: error.to_dict() for key, error in self.errors.items()}

    def _sorted(self) -> Iterator[StatsEntry]:
        entries = self.entries
        yield from (entries[key] for key in sorted(entries))
