"""Locust's tables of figures as text, for scripts that print them and for those who read their output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loadcell.compat.figures import RequestStats, StatsEntry


def _widths() -> tuple[int, int]:
    from loadcell.compat.locust import stats

    return stats.STATS_TYPE_WIDTH, stats.STATS_NAME_WIDTH


def stats_line(entry: StatsEntry, current: bool) -> str:
    """One entry; rates are those of the last 10 s if `current`, else since the statistics began."""
    kind, name = _widths()
    rps = entry.current_rps if current else entry.total_rps
    failing = entry.current_fail_per_sec if current else entry.total_fail_per_sec
    failed = f"{entry.num_failures}({entry.fail_ratio * 100:.2f}%)"
    times = (entry.avg_response_time, entry.min_response_time or 0, entry.max_response_time)
    shown = " ".join(f"{int(time):7d}" for time in times)
    label = f"{entry.method and entry.method + ' ':<{kind}} {entry.name:<{name - kind + 4}}"
    median = round(entry.median_response_time)
    return f"{label} {entry.num_requests:7d} {failed:>12} |{shown}{median:7d} | {rps:7.2f} {failing:11.2f}"


def stats_table(stats: RequestStats, current: bool = True) -> list[str]:
    """All entries and their sum."""
    kind, name = _widths()
    label = f"{'Type':<{kind}} {'Name':<{name - kind + 4}}"
    times = f"{'Avg':>7} {'Min':>7} {'Max':>7}{'Med':>7}"
    head = f"{label} {'# reqs':>7} {'# fails':>12} |{times} | {'req/s':>7} {'failures/s':>11}"
    rule = "|".join("-" * width for width in (kind, name - kind + 4, 7, 13, 7, 7, 7, 7, 8, 11))
    entries = stats.entries
    rows = [stats_line(entries[key], current) for key in sorted(entries)]
    return [head, rule, *rows, rule, stats_line(stats.total, current)]


def readable_percentiles(shares: Sequence[float]) -> list[str]:
    """Shares from 0 to 1 as percentages: 0.95 → 95%."""
    percents = [share * 100 for share in shares]
    return [f"{int(percent) if float(percent).is_integer() else round(percent, 6)}%" for percent in percents]


def _percentile_cells(cells: Sequence[object]) -> str:
    """The first column is two wider than the others, as Locust has it."""
    return " ".join(f"{cell:>{6 if n else 8}}" for n, cell in enumerate(cells))


def percentile_line(entry: StatsEntry) -> str:
    """The percentiles of one entry, in ms."""
    from loadcell.compat.locust import stats

    kind, name = _widths()
    times = [round(entry.get_response_time_percentile(share)) for share in stats.PERCENTILES_TO_REPORT]
    return f"{entry.method or '':<{kind}} {entry.name:<{name}} {_percentile_cells([*times, entry.num_requests])}"


def percentile_table(stats: RequestStats) -> list[str]:
    """The percentiles of all entries and their sum."""
    from loadcell.compat.locust import stats as settings

    kind, name = _widths()
    names = readable_percentiles(settings.PERCENTILES_TO_REPORT)
    head = f"{'Type':<{kind}} {'Name':<{name}} {_percentile_cells([*names, '# reqs'])}"
    rule = "|".join(["-" * kind, "-" * name, "-" * 8, *["-" * 6 for _ in names]])
    entries = stats.entries
    rows = [percentile_line(entries[key]) for key in sorted(entries) if entries[key]._latency.counts]
    total = [percentile_line(stats.total)] if stats.total._latency.counts else []
    return ["Response time percentiles (approximated)", head, rule, *rows, rule, *total]


def error_table(stats: RequestStats) -> list[str]:
    """The errors by their number."""
    _, name = _widths()
    rule = f"{'-' * 18}|{'-' * (80 + name - 19)}"
    rows = [f"{error.occurrences:<18d} {error.to_name():<100}" for error in stats.errors.values()]
    return ["Error report", f"{'# occurrences':<18} {'Error':<100}", rule, *rows, rule, ""]
