"""`--csv PREFIX`: Locust's four files, column by column."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadcell.histogram import Histogram
from loadcell.report.document import percentiles
from loadcell.report.output import written
from loadcell.store import TOTAL_NAME, EntryTotals, RollingLatency, Row, RunReader

PERCENTILES = (50.0, 66.0, 75.0, 80.0, 90.0, 95.0, 98.0, 99.0, 99.9, 99.99, 100.0)
WINDOW_S = 10
"""What “current” means in the history: this many seconds."""

_STATS_COLUMNS = (
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
)
_HISTORY_COLUMNS = (
    "Timestamp",
    "User Count",
    "Type",
    "Name",
    "Requests/s",
    "Failures/s",
)
_TOTAL_COLUMNS = (
    "Total Request Count",
    "Total Failure Count",
    "Total Median Response Time",
    "Total Average Response Time",
    "Total Min Response Time",
    "Total Max Response Time",
    "Total Average Content Size",
)
FAILURES_COLUMNS = ("Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen")
STARTS_COLUMNS = ("Timestamp", "Iterations Due", "Iterations Started", "Iterations Dropped", "Iterations Late")
EXCEPTIONS_COLUMNS = ("Count", "Message", "Traceback", "Nodes")


def wanted_percentiles(reader: RunReader) -> dict[str, float]:
    """The percentiles to report, by the names of their columns: Locust's, or those that the scenario chose instead."""
    return {f"{percent:g}%": percent for percent in reader.facts.percentiles or PERCENTILES}


def write_csv(reader: RunReader, prefix: str, full_history: bool = False) -> None:
    """Write PREFIX_stats.csv, _stats_history.csv, _failures.csv and _exceptions.csv; in the open model _starts.csv.

    `full_history` gives the history a row per entry and percentiles of the last 10 s instead of those since the start.
    UsageError if a file can't be written.
    """
    names = tuple(wanted_percentiles(reader))
    _write(prefix, "stats", (*_STATS_COLUMNS, *names), _stats(reader))
    _write(prefix, "stats_history", (*_HISTORY_COLUMNS, *names, *_TOTAL_COLUMNS), _history(reader, full_history))
    _write(prefix, "failures", FAILURES_COLUMNS, _failures(reader))
    _write(prefix, "exceptions", EXCEPTIONS_COLUMNS, _exceptions(reader))
    if per_second := reader.starts_per_second():
        start = int(reader.facts.started)
        _write(prefix, "starts", STARTS_COLUMNS, ((start + second + 1, *row) for second, row in per_second.items()))


def _write(prefix: str, name: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    with written(Path(f"{prefix}_{name}.csv"), newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _stats(reader: RunReader) -> Iterator[tuple[Any, ...]]:
    duration_s = reader.counted_s or 1.0
    for totals in (*reader.entries(), reader.total()):
        (median,) = percentiles(totals, {"50%": 50.0}).values()
        found = percentiles(totals, wanted_percentiles(reader))
        yield (
            totals.method,
            totals.name,
            totals.requests,
            totals.failures,
            median or 0,
            (totals.avg_us or 0) / 1000,
            (totals.min_us or 0) / 1000,
            (totals.max_us or 0) / 1000,
            totals.received / totals.requests if totals.requests else 0,
            totals.requests / duration_s,
            totals.failures / duration_s,
            *("N/A" if value is None else value for value in found.values()),
        )


class _Course:
    """One entry on its way through the run: what was counted since the start, and within the last 10 s."""

    def __init__(self, method: str, name: str, full_history: bool, percents: tuple[float, ...]) -> None:
        self.totals = EntryTotals(method=method, name=name)
        self.since_start = RollingLatency()
        self.current = RollingLatency()
        self._full_history = full_history
        self._percents = percents
        self._window: deque[tuple[int, int, Histogram]] = deque()
        self._requests = 0
        self._failures = 0
        self._latency = Histogram()

    def count(self, row: Row) -> None:
        """Add what happened in the second under way."""
        self._requests += row.requests
        self._failures += row.failures
        self._latency.merge_bytes(row.ok or b"")
        self._latency.merge_bytes(row.failed or b"")
        totals = self.totals
        totals.requests += row.requests
        totals.failures += row.failures
        totals.received += row.received
        totals.total_us += row.total_us
        totals.untimed += row.untimed
        if row.min_us is not None:
            totals.min_us = row.min_us if totals.min_us is None else min(totals.min_us, row.min_us)
        totals.max_us = max(totals.max_us or 0, row.max_us or 0)

    def end_second(self) -> None:
        """Move the window on by one second."""
        self._window.append((self._requests, self._failures, self._latency))
        self.since_start.add(self._latency)
        if self._full_history:
            self.current.add(self._latency)
        if len(self._window) > WINDOW_S:
            _, _, oldest = self._window.popleft()
            if self._full_history:
                self.current.remove(oldest)
        self._requests, self._failures, self._latency = 0, 0, Histogram()

    def row(self, timestamp: int, users: int) -> tuple[Any, ...]:
        """The history's row at the end of a second."""
        totals, seconds = self.totals, len(self._window)
        rolling = self.current if self._full_history else self.since_start
        nothing = 0 if self._full_history else "N/A"
        found = rolling.percentiles_ms(self._percents)
        median = self.since_start.percentile_ms(50)
        return (
            timestamp,
            users,
            totals.method,
            totals.name,
            f"{sum(entry[0] for entry in self._window) / seconds:f}",
            f"{sum(entry[1] for entry in self._window) / seconds:f}",
            *(nothing if value is None else round(value, 4) for value in found),
            totals.requests,
            totals.failures,
            round(median or 0, 4),
            (totals.avg_us or 0) / 1000,
            (totals.min_us or 0) / 1000,
            (totals.max_us or 0) / 1000,
            totals.received / totals.requests if totals.requests else 0,
        )


def _history(reader: RunReader, full_history: bool) -> Iterator[tuple[Any, ...]]:
    users = reader.users()
    percents = tuple(wanted_percentiles(reader).values())
    total = _Course("", TOTAL_NAME, full_history, percents)
    courses: dict[tuple[str, str], _Course] = {}
    rows = reader.seconds_per_entry()
    current = next(rows, None)
    for second in range(max(users, default=-1) + 1):
        while current is not None and current[0] <= second:
            _, method, name, row = current
            total.count(row)
            if full_history:
                if (name, method) not in courses:
                    courses[name, method] = _Course(method, name, full_history, percents)
                courses[name, method].count(row)
            current = next(rows, None)
        timestamp = int(reader.facts.started) + second + 1
        for course in (*(courses[key] for key in sorted(courses)), total):
            course.end_second()
            yield course.row(timestamp, users.get(second, 0))


def _failures(reader: RunReader) -> Iterator[tuple[Any, ...]]:
    start = reader.facts.started
    for error in reader.errors():
        seen = (_utc(start + error.first_s), _utc(start + error.last_s))
        yield (error.method, error.name, error.error, error.occurrences, *seen)


def _exceptions(reader: RunReader) -> Iterator[tuple[Any, ...]]:
    for found in reader.exceptions():
        # Locust's message is the exception's own text, without its type.
        _, _, text = found.message.partition(": ")
        yield (found.occurrences, text or found.message, found.traceback, "local")


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
