"""Statistics: what scenarios read, what scripts print and write, and the settings both may change."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import gevent

from loadcell.compat import tables
from loadcell.compat.figures import RequestStats, StatsEntry, StatsError
from loadcell.compat.locust.util.rounding import proper_round
from loadcell.compat.stats_csv import StatsCSV, StatsCSVFileWriter

if TYPE_CHECKING:
    from loadcell.compat.locust.runners import Runner

logger = logging.getLogger("locust.stats")
console_logger = logging.getLogger("locust.stats_logger")

# A scenario may set these; they are read when they are needed.
STATS_TYPE_WIDTH = 8
STATS_AUTORESIZE = True
CONSOLE_STATS_INTERVAL_SEC = 2
HISTORY_STATS_INTERVAL_SEC = 5
CSV_STATS_INTERVAL_SEC = 1
CSV_STATS_FLUSH_INTERVAL_SEC = 5
CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW = 10
PERCENTILES_TO_REPORT = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
PERCENTILES_TO_STATISTICS = [0.95, 0.99]
PERCENTILES_TO_CHART = [0.5, 0.95]

Held = TypeVar("Held")


def _name_width() -> int:
    try:
        return max(min(os.get_terminal_size().columns - 80, 80), 0)
    except OSError:
        return 80


STATS_NAME_WIDTH = _name_width()


def bucket_response_time(response_time: float) -> float:
    """The bucket of a response time in ms in `StatsEntry.response_times`: two digits, whole ms below 100 ms."""
    if response_time < 100:
        return round(response_time)
    if response_time < 1000:
        return int(round(response_time, -1))
    if response_time < 10_000:
        return int(round(response_time, -2))
    return int(round(response_time, -3))


def calculate_response_time_percentile(response_times: Mapping[Any, int], num_requests: int, percent: float) -> float:
    """The response time of {time: count} within which a share (0 to 1) of `num_requests` ended; 0 if there is none."""
    wanted = int(num_requests * percent)
    seen = 0
    for response_time in sorted(response_times, reverse=True):
        seen += response_times[response_time]
        if num_requests - seen <= wanted:
            return float(response_time) if isinstance(response_time, float) else int(response_time)
    return 0


def diff_response_time_dicts(latest: Mapping[Any, int], old: Mapping[Any, int]) -> dict[Any, int]:
    """What of {time: count} came after `old`."""
    return {key: rest for key, count in latest.items() if (rest := count - old.get(key, 0))}


def avg(values: list[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / max(len(values), 1)


def sort_stats(stats: Mapping[Any, Held]) -> list[Held]:
    """The values in the order of their keys."""
    return [stats[key] for key in sorted(stats)]


get_readable_percentiles = tables.readable_percentiles
get_stats_summary = tables.stats_table
get_percentile_stats_summary = tables.percentile_table
get_error_report_summary = tables.error_table


def _say(lines: list[str]) -> None:
    for line in lines:
        console_logger.info(line)


def print_stats(stats: RequestStats, current: bool = True) -> None:
    """Log the table of entries."""
    _say([*get_stats_summary(stats, current), ""])


def print_percentile_stats(stats: RequestStats) -> None:
    """Log the table of percentiles."""
    _say([*get_percentile_stats_summary(stats), ""])


def print_error_report(stats: RequestStats) -> None:
    """Log the table of errors, if there are any."""
    if stats.errors:
        _say(get_error_report_summary(stats))


def print_stats_json(stats: RequestStats) -> None:
    """Print the entries as JSON."""
    print(json.dumps(stats.serialize_stats(), indent=4))  # noqa: T201 - what it is for


def save_stats_json(stats: RequestStats, filename: str) -> None:
    """Write the entries as JSON to `filename`.json."""
    with open(f"{filename}.json", "w", encoding="utf-8") as file:
        json.dump(stats.serialize_stats(), file, indent=4)


def stats_printer(stats: RequestStats) -> Callable[[], None]:
    """A function that logs the table every `CONSOLE_STATS_INTERVAL_SEC` s until its greenlet is killed."""

    def print_again_and_again() -> None:
        while True:
            print_stats(stats)
            gevent.sleep(CONSOLE_STATS_INTERVAL_SEC)

    return print_again_and_again


def update_stats_history(runner: Runner, timestamp: str | None = None) -> None:
    """Add the figures of this moment to `stats.history`."""
    total = runner.stats.total
    at = timestamp or f"{datetime.fromtimestamp(time.time(), UTC):%Y-%m-%dT%H:%M:%SZ}"
    now: dict[str, Any] = {
        f"response_time_percentile_{share}": [at, total.get_current_response_time_percentile(share) or 0]
        for share in PERCENTILES_TO_CHART
    }
    now |= {
        "current_rps": [at, total.current_rps],
        "current_fail_per_sec": [at, total.current_fail_per_sec],
        "total_avg_response_time": [at, proper_round(total.avg_response_time, 2)],
        "user_count": [at, runner.user_count],
        "time": at,
    }
    runner.stats.history.append(now)


def stats_history(runner: Runner) -> None:
    """Add to `stats.history` every `HISTORY_STATS_INTERVAL_SEC` s while a test runs, until the greenlet is killed."""
    while True:
        if runner.state not in ("ready", "stopped"):
            update_stats_history(runner)
        gevent.sleep(HISTORY_STATS_INTERVAL_SEC)


def validate_stats_configuration() -> None:
    """ValueError if the percentiles that a scenario set can't be used."""
    for name, shares in (
        ("PERCENTILES_TO_CHART", PERCENTILES_TO_CHART),
        ("PERCENTILES_TO_STATISTICS", PERCENTILES_TO_STATISTICS),
    ):
        if len(shares) > 6:
            raise ValueError(f"stats.{name} holds {len(shares)} percentiles: six at most can be shown.")
        if not all(isinstance(share, (int, float)) and 0 < share < 1 for share in shares):
            raise ValueError(f"stats.{name} is {shares}: each must lie between 0 and 1, as 0.95 does.")


__all__ = [
    "CONSOLE_STATS_INTERVAL_SEC",
    "CSV_STATS_FLUSH_INTERVAL_SEC",
    "CSV_STATS_INTERVAL_SEC",
    "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW",
    "HISTORY_STATS_INTERVAL_SEC",
    "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT",
    "PERCENTILES_TO_STATISTICS",
    "STATS_AUTORESIZE",
    "STATS_NAME_WIDTH",
    "STATS_TYPE_WIDTH",
    "RequestStats",
    "StatsCSV",
    "StatsCSVFileWriter",
    "StatsEntry",
    "StatsError",
    "bucket_response_time",
    "calculate_response_time_percentile",
    "diff_response_time_dicts",
    "get_error_report_summary",
    "get_percentile_stats_summary",
    "get_readable_percentiles",
    "get_stats_summary",
    "print_error_report",
    "print_percentile_stats",
    "print_stats",
    "print_stats_json",
    "save_stats_json",
    "sort_stats",
    "stats_history",
    "stats_printer",
    "update_stats_history",
    "validate_stats_configuration",
]
