"""Locust's CSV files as a script writes them from the statistics of its environment."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import gevent

from loadcell.compat.figures import StatsEntry, StatsError
from loadcell.compat.tables import readable_percentiles

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment


class CSVWriter(Protocol):
    """What rows are given to."""

    def writerow(self, row: Sequence[Any], /) -> Any:
        """Take one row."""


class StatsCSV:
    """Writes the tables of one environment to writers that are handed in."""

    def __init__(self, environment: Environment, percentiles_to_report: Sequence[float]) -> None:
        self.environment = environment
        self.percentiles_to_report = list(percentiles_to_report)
        self.requests_csv_columns = [
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
            *readable_percentiles(self.percentiles_to_report),
        ]
        self.failures_columns = ["Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"]
        self.exceptions_columns = ["Count", "Message", "Traceback", "Nodes"]

    def requests_csv(self, csv_writer: CSVWriter) -> None:
        """The entries and their sum."""
        csv_writer.writerow(self.requests_csv_columns)
        for entry in self._entries():
            csv_writer.writerow(
                [
                    entry.method,
                    entry.name,
                    entry.num_requests,
                    entry.num_failures,
                    entry.median_response_time,
                    entry.avg_response_time,
                    entry.min_response_time or 0,
                    entry.max_response_time,
                    entry.avg_content_length,
                    entry.total_rps,
                    entry.total_fail_per_sec,
                    *self._percentiles(entry),
                ]
            )

    def failures_csv(self, csv_writer: CSVWriter) -> None:
        """The errors."""
        csv_writer.writerow(self.failures_columns)
        errors = self.environment.stats.errors
        for key in sorted(errors):
            error = errors[key]
            seen = (_utc(error.first_seen), _utc(error.last_seen))
            csv_writer.writerow([error.method, error.name, StatsError.parse_error(error.error), error.occurrences, *seen])

    def exceptions_csv(self, csv_writer: CSVWriter) -> None:
        """The exceptions of the scenario."""
        csv_writer.writerow(self.exceptions_columns)
        runner = self.environment.runner
        for row in runner.exceptions.values() if runner else ():
            csv_writer.writerow([row["count"], row["msg"], row["traceback"], ", ".join(sorted(row["nodes"]))])

    def close_files(self) -> None:
        """There are none."""

    def _entries(self) -> list[StatsEntry]:
        entries = self.environment.stats.entries
        return [*(entries[key] for key in sorted(entries)), self.environment.stats.total]

    def _percentiles(self, entry: StatsEntry, current: bool = False) -> list[Any]:
        if not entry.num_requests:
            return ["N/A" for _ in self.percentiles_to_report]
        ask = entry.get_current_response_time_percentile if current else entry.get_response_time_percentile
        return [ask(share) or 0 for share in self.percentiles_to_report]


class StatsCSVFileWriter(StatsCSV):
    """Writes the files once a second, and once more when it is told to close them: the last second is in them."""

    def __init__(
        self,
        environment: Environment,
        percentiles_to_report: Sequence[float],
        base_filepath: str,
        full_history: bool = False,
    ) -> None:
        super().__init__(environment, percentiles_to_report)
        self.base_filepath = base_filepath
        self.full_history = full_history
        self._files = {name: self._open(name) for name in ("stats", "failures", "exceptions")}
        self._history = self._open("stats_history")
        self._history_writer = csv.writer(self._history)
        self._history_writer.writerow(
            [
                "Timestamp",
                "User Count",
                "Type",
                "Name",
                "Requests/s",
                "Failures/s",
                *readable_percentiles(self.percentiles_to_report),
                "Total Request Count",
                "Total Failure Count",
                "Total Median Response Time",
                "Total Average Response Time",
                "Total Min Response Time",
                "Total Max Response Time",
                "Total Average Content Size",
            ]
        )

    def __call__(self) -> None:
        self.stats_writer()

    def stats_writer(self) -> None:
        """Write again and again, until the greenlet is killed; then once more, and close the files."""
        from loadcell.compat.locust import stats

        try:
            while True:
                self._write()
                gevent.sleep(stats.CSV_STATS_INTERVAL_SEC)
        finally:
            self.close_files()

    def stats_history_file_name(self) -> str:
        """Where the history is written."""
        return f"{self.base_filepath}_stats_history.csv"

    def _open(self, name: str) -> TextIO:
        return open(f"{self.base_filepath}_{name}.csv", "w", newline="", encoding="utf-8")

    def _write(self) -> None:
        tables = {"stats": self.requests_csv, "failures": self.failures_csv, "exceptions": self.exceptions_csv}
        for name, write in tables.items():
            file = self._files[name]
            file.seek(0)
            file.truncate()
            write(csv.writer(file))
            file.flush()
        self._write_history()
        self._history.flush()

    def _write_history(self) -> None:
        runner = self.environment.runner
        users = runner.user_count if runner is not None else 0
        for entry in self._entries() if self.full_history else [self.environment.stats.total]:
            self._history_writer.writerow(
                [
                    int(time.time()),
                    users,
                    entry.method,
                    entry.name,
                    f"{entry.current_rps:f}",
                    f"{entry.current_fail_per_sec:f}",
                    *self._percentiles(entry, current=self.full_history),
                    entry.num_requests,
                    entry.num_failures,
                    entry.median_response_time,
                    entry.avg_response_time,
                    entry.min_response_time or 0,
                    entry.max_response_time,
                    entry.avg_content_length,
                ]
            )

    def close_files(self) -> None:
        """Write what is new and close the files; once, however often it is called."""
        if self._history.closed:
            return
        self._write()
        for file in (*self._files.values(), self._history):
            file.close()


def _utc(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
